//! `tag prune`, `image prune` and `namespace prune`: the plan, the question, and what is deleted
//! whatever happens meanwhile.

mod arguments;
mod empty;
mod kept;

use docker_credential_scw::Exit;
use serde_json::{Value, json};

use crate::registry::{done, run, user};
use crate::support::Outcome;
use crate::support::api_stub::{ApiStub, Fault, id, tag};
use crate::support::snapshot::matches_snapshot;

const JSON: &str = "Content-Type: application/json\r\n";

/// A stub whose image my-ns/app has these tags: a name, a digest, and how many days old it is.
fn with_tags(tags: &[(&str, usize, u64)]) -> ApiStub {
    let stub = ApiStub::new();
    stub.state().tags =
        tags.iter().enumerate().map(|(at, one)| dated(100 + at, one.0, one.1, one.2)).collect();
    stub
}

fn dated(number: usize, name: &str, digest: usize, days: u64) -> Value {
    let mut made = tag(number, name, 11);
    made["digest"] = json!(format!("sha256:{digest:064x}"));
    let day = std::time::Duration::from_secs(days * 86_400);
    // The test's clock stands at noon on that day.
    let noon = jiff::Timestamp::from_second(1_795_262_400).unwrap();
    made["updated_at"] = json!((noon - day).to_string());
    made
}

fn usual() -> ApiStub {
    with_tags(&[
        ("1.0", 1, 90),
        ("1.1", 2, 60),
        ("stable", 2, 60),
        ("1.2", 3, 20),
        ("1.3", 4, 10),
        ("latest", 4, 10),
    ])
}

fn deletions(stub: &ApiStub) -> Vec<String> {
    let calls = stub.calls().into_iter();
    calls.filter_map(|call| call.strip_prefix("DELETE fr-par/").map(str::to_owned)).collect()
}

/// The names of the tags that are there and not being deleted.
fn left(stub: &ApiStub) -> Vec<String> {
    let state = stub.state();
    let tags = state.tags.iter().filter(|tag| tag["status"] != "deleting");
    tags.map(|tag| tag["name"].as_str().unwrap().to_owned()).collect()
}

/// A kind of outcome in the JSON of one image, as names.
fn names(value: &Value, kind: &str) -> Vec<String> {
    let lines = value["results"][0][kind].as_array().unwrap().iter();
    lines.map(|line| line["tag"].as_str().unwrap().to_owned()).collect()
}

fn json_of(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"))
}

#[test]
fn the_plan_has_a_line_for_each_tag_and_a_dry_run_sends_no_deletion() {
    let stub = usual();
    let line = "tag prune my-ns/app --keep 2 --older-than 30d --except 1.0 --dry-run";
    let text = done(&user(&stub), line);
    assert_eq!(
        text,
        "rg.fr-par.scw.cloud/my-ns/app\n\
         TAG     DIGEST        UPDATED               ACTION  WHY\n\
         1.0     000000000000  2026-08-23T12:00:00Z  keep    matches --except 1.0\n\
         1.1     000000000000  2026-09-22T12:00:00Z  delete  not among the 2 newest digests, not updated for 30d\n\
         stable  000000000000  2026-09-22T12:00:00Z  delete  not among the 2 newest digests, not updated for 30d\n\
         1.2     000000000000  2026-11-01T12:00:00Z  keep    among the 2 newest digests\n\
         1.3     000000000000  2026-11-11T12:00:00Z  keep    among the 2 newest digests\n\
         latest  000000000000  2026-11-11T12:00:00Z  keep    no --match latest\n\
         2 tags to delete, 4 to keep\n"
    );
    assert_eq!(deletions(&stub), Vec::<String>::new());
    let text = done(&user(&stub), &format!("{line} -o json"));
    matches_snapshot("tag-prune-dry-run.json", &text);
}

#[test]
fn without_a_terminal_nothing_is_deleted_unless_it_was_agreed_to() {
    let stub = usual();
    let outcome = run(&user(&stub), "tag prune my-ns/app --keep 1");
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(
        outcome.stderr,
        "error: nothing was deleted: there is no terminal to ask on\n\
         hint: add --yes to delete without asking\n"
    );
    assert_eq!(
        outcome.stdout,
        "\
rg.fr-par.scw.cloud/my-ns/app
TAG     DIGEST        UPDATED               ACTION  WHY
1.0     000000000000  2026-08-23T12:00:00Z  delete  not the newest digest
1.1     000000000000  2026-09-22T12:00:00Z  delete  not the newest digest
stable  000000000000  2026-09-22T12:00:00Z  delete  not the newest digest
1.2     000000000000  2026-11-01T12:00:00Z  delete  not the newest digest
1.3     000000000000  2026-11-11T12:00:00Z  keep    has the newest digest
latest  000000000000  2026-11-11T12:00:00Z  keep    no --match latest
4 tags to delete, 2 to keep
",
    );
    assert_eq!(deletions(&stub), Vec::<String>::new());
    let text = done(&user(&stub), "tag prune my-ns/app --keep 1 --yes");
    assert_eq!(
        text,
        "\
rg.fr-par.scw.cloud/my-ns/app
TAG     DIGEST        UPDATED               ACTION  WHY
1.0     000000000000  2026-08-23T12:00:00Z  delete  not the newest digest
1.1     000000000000  2026-09-22T12:00:00Z  delete  not the newest digest
stable  000000000000  2026-09-22T12:00:00Z  delete  not the newest digest
1.2     000000000000  2026-11-01T12:00:00Z  delete  not the newest digest
1.3     000000000000  2026-11-11T12:00:00Z  keep    has the newest digest
latest  000000000000  2026-11-11T12:00:00Z  keep    no --match latest
4 tags to delete, 2 to keep
rg.fr-par.scw.cloud/my-ns/app: 4 tags deleted, 0 skipped, 0 failed; size 782 kB before, 782 kB \
now
",
    );
    assert_eq!(left(&stub), ["1.3", "latest"]);
    assert!(!stub.calls().iter().any(|call| call.contains("force")));
}

#[test]
fn on_a_terminal_the_plan_is_shown_and_asked_about_once() {
    let stub = usual();
    let world = || user(&stub).on_a_terminal().set("COLUMNS", "80").set("NO_COLOR", "1");
    let words = ["tag", "prune", "my-ns/app", "--keep", "1"];
    let no = world().run(&words, "n\n");
    assert_eq!(no.exit, Exit::Failure);
    assert_eq!(no.stderr, "Delete 4 tags? [y/N] error: nothing was deleted\n");
    assert!(no.stdout.lines().all(|line| line.chars().count() <= 80), "{}", no.stdout);
    assert_eq!(deletions(&stub), Vec::<String>::new());
    let json = world().run(&[&words[..], &["-o", "json"]].concat(), "n\n");
    assert_eq!(
        json.stderr,
        "\
rg.fr-par.scw.cloud/my-ns/app
TAG     DIGEST        UPDATED               ACTION  WHY
1.0     000000000000  2026-08-23T12:00:00Z  delete  not the newest digest
1.1     000000000000  2026-09-22T12:00:00Z  delete  not the newest digest
stable  000000000000  2026-09-22T12:00:00Z  delete  not the newest digest
1.2     000000000000  2026-11-01T12:00:00Z  delete  not the newest digest
1.3     000000000000  2026-11-11T12:00:00Z  keep    has the newest digest
latest  000000000000  2026-11-11T12:00:00Z  keep    no --match latest
4 tags to delete, 2 to keep
Delete 4 tags? [y/N] error: nothing was deleted
",
    );
    assert_eq!(names(&json_of(&json), "to_delete").len(), 4);
    let yes = world().run(&words, "y\n");
    assert_eq!(yes.exit, Exit::Success, "{yes:?}");
    assert_eq!(left(&stub), ["1.3", "latest"]);
}

#[test]
fn nothing_to_delete_is_a_success_without_a_question() {
    let stub = usual();
    let outcome = user(&stub).on_a_terminal().run(&["tag", "prune", "my-ns/app", "--keep=9"], "");
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""));
    assert_eq!(
        outcome.stdout,
        "\
rg.fr-par.scw.cloud/my-ns/app
TAG     DIGEST        UPDATED       ACTION  WHY
1.0     000000000000  3 months ago  keep    among the 9 newest digests
1.1     000000000000  2 months ago  keep    among the 9 newest digests
stable  000000000000  2 months ago  keep    among the 9 newest digests
1.2     000000000000  2 weeks ago   keep    among the 9 newest digests
1.3     000000000000  10 days ago   keep    among the 9 newest digests
latest  000000000000  10 days ago   keep    no --match latest
0 tags to delete, 6 to keep
",
    );
}

#[test]
fn each_tag_is_read_again_and_the_oldest_are_deleted_first_four_at_once() {
    let tags: Vec<_> = (0..40).map(|at| (format!("t{at:02}"), at, 100 - at as u64)).collect();
    let tags: Vec<_> = tags.iter().map(|(name, at, days)| (name.as_str(), *at, *days)).collect();
    let stub = with_tags(&tags);
    stub.state().before = Some(Box::new(|_, _| {}));
    let outcome = run(&user(&stub), "tag prune my-ns/app --keep 1 --yes -o json");
    assert_eq!(names(&json_of(&outcome), "deleted").len(), 39);
    let calls = stub.calls();
    for number in 100..139 {
        let at = |call: &str| calls.iter().position(|one| *one == call).unwrap();
        let path = format!("fr-par/tags/{}", id(number));
        assert!(at(&format!("GET {path}")) < at(&format!("DELETE {path}")));
    }
    let order = deletions(&stub);
    assert!((100..104).any(|one| order[0].ends_with(&id(one))), "{}", order[0]);
    assert!((132..139).all(|one| order[28..].contains(&format!("tags/{}", id(one)))), "{order:?}");
    assert!(stub.state().most_at_once <= 4, "{}", stub.state().most_at_once);
}

#[test]
fn a_tag_that_is_pushed_during_the_run_is_skipped() {
    let stub = usual();
    let moved = id(100);
    stub.state().before = Some(Box::new(move |request, tags| {
        if request.path.ends_with(&moved) && request.method == "GET" {
            tags[0]["digest"] = json!(format!("sha256:{:064x}", 9));
        }
        if request.path.ends_with(&id(103)) {
            tags[3]["updated_at"] = json!("2026-11-21T11:59:59Z");
        }
    }));
    let outcome = run(&user(&stub), "tag prune my-ns/app --keep 1 --yes -o json");
    assert_eq!(outcome.exit, Exit::Success);
    assert_eq!(
        outcome.stderr,
        "docker-credential-scw: skipped the tag 1.0: it has another digest now\n\
         docker-credential-scw: skipped the tag 1.2: it was pushed again meanwhile\n"
    );
    let value = json_of(&outcome);
    assert_eq!(names(&value, "skipped"), ["1.0", "1.2"]);
    assert_eq!(value["results"][0]["skipped"][0]["reason"], "moved");
    assert_eq!(names(&value, "deleted"), ["1.1", "stable"]);
    assert_eq!(left(&stub), ["1.0", "1.2", "1.3", "latest"]);
}

#[test]
fn an_alias_that_the_registry_refuses_to_delete_is_a_failure_and_the_others_go() {
    let stub = usual();
    stub.state().refuses_aliases = true;
    let outcome = run(&user(&stub), "tag prune my-ns/app --keep 1 --yes -o json");
    assert_eq!(outcome.exit, Exit::Failure);
    let value = json_of(&outcome);
    assert_eq!(names(&value, "deleted"), ["1.0", "1.2"]);
    assert_eq!(names(&value, "failed"), ["1.1", "stable"]);
    let cause = "cannot delete the tag rg.fr-par.scw.cloud/my-ns/app:1.1 in fr-par: tag digest is \
                 shared by other tags";
    assert_eq!(value["results"][0]["failed"][0]["error"]["cause"], cause);
}

#[test]
fn a_deletion_whose_answer_is_lost_is_looked_up_and_429_is_waited_for() {
    let stub = usual();
    let mut count = 0;
    stub.state().on_delete = Some(Box::new(move |_| {
        count += 1;
        match count {
            1 => Fault::Lost,
            2 => Fault::Status(504, "", String::new()),
            3 => Fault::Status(429, "Retry-After: 7\r\n", String::new()),
            _ => Fault::None,
        }
    }));
    let world = user(&stub);
    done(&world, "tag prune my-ns/app --keep 1 --yes");
    assert_eq!(left(&stub), ["1.3", "latest"]);
    // Four, and one more for the 504 and for the 429 each: the lost one was done.
    assert_eq!(deletions(&stub).len(), 6);
    assert!(world.clock.pauses().iter().any(|pause| pause.as_secs() == 7));
}

#[test]
fn failures_do_not_stop_the_others_and_a_second_run_finishes() {
    let tags: Vec<_> = (0..60).map(|at| (format!("t{at:02}"), at, 100 - at as u64)).collect();
    let tags: Vec<_> = tags.iter().map(|(name, at, days)| (name.as_str(), *at, *days)).collect();
    let stub = with_tags(&tags);
    stub.state().on_delete = Some(Box::new(|path| {
        let is_even = u8::from_str_radix(&path[path.len() - 1..], 16).unwrap() % 2 == 0;
        let no = r#"{"type":"locked","message":"locked"}"#.to_owned();
        if is_even { Fault::Status(423, JSON, no) } else { Fault::None }
    }));
    let line = "tag prune my-ns/app --keep 10 --yes -o json";
    let first = run(&user(&stub), line);
    assert_eq!(first.exit, Exit::Failure);
    let value = json_of(&first);
    assert_eq!((names(&value, "deleted").len(), names(&value, "failed").len()), (25, 25));
    assert_eq!(names(&value, "kept").len(), 10);
    stub.state().on_delete = None;
    let second = run(&user(&stub), line);
    assert_eq!((second.exit, second.stderr.as_str()), (Exit::Success, ""));
    assert_eq!(names(&json_of(&second), "deleted").len(), 25);
    stub.state().tags.retain(|tag| tag["status"] == "ready");
    let third = json_of(&run(&user(&stub), line));
    assert_eq!((names(&third, "deleted").len(), names(&third, "kept").len()), (0, 10));
}

#[test]
fn several_images_have_a_plan_each_and_one_that_is_not_found_does_not_hide_the_others() {
    let stub = usual();
    stub.state().tags.push(tag(200, "x", 13));
    stub.state().tags.push(tag(201, "y", 13));
    let line = "tag prune my-ns/app my-ns/zzz other/app my-ns/app --keep 1 --yes -o json";
    let outcome = run(&user(&stub), line);
    assert_eq!(outcome.exit, Exit::Failure);
    let value = json_of(&outcome);
    let titles: Vec<_> =
        value["results"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(titles, ["rg.fr-par.scw.cloud/my-ns/app", "rg.fr-par.scw.cloud/other/app"]);
    assert_eq!(
        outcome.stderr,
        "\
error: there is no image zzz in the namespace my-ns in fr-par
hint: use one of app, team/app
",
    );
}
