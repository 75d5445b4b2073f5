//! `tag prune`, `image prune` and `namespace prune`: the plan, the question, and what is deleted
//! whatever happens meanwhile.

use docker_credential_scw::Exit;
use serde_json::{Value, json};

use crate::registry::{done, refused_as_usage, run, user};
use crate::support::Outcome;
use crate::support::api_stub::{ApiStub, Fault, id, image, namespace, tag};
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
fn a_digest_that_a_kept_tag_has_keeps_its_tags_unless_aliases_go_too() {
    let line = "tag prune my-ns/app --keep 1 --except stable --yes";
    let stub = usual();
    let text = done(&user(&stub), line);
    assert_eq!(
        text,
        "\
rg.fr-par.scw.cloud/my-ns/app
TAG     DIGEST        UPDATED               ACTION  WHY
1.0     000000000000  2026-08-23T12:00:00Z  delete  not the newest digest
1.1     000000000000  2026-09-22T12:00:00Z  keep    same digest as stable
stable  000000000000  2026-09-22T12:00:00Z  keep    matches --except stable
1.2     000000000000  2026-11-01T12:00:00Z  delete  not the newest digest
1.3     000000000000  2026-11-11T12:00:00Z  keep    has the newest digest
latest  000000000000  2026-11-11T12:00:00Z  keep    no --match latest
2 tags to delete, 4 to keep
rg.fr-par.scw.cloud/my-ns/app: 2 tags deleted, 0 skipped, 0 failed; size 782 kB before, 782 kB \
now
",
    );
    assert_eq!(left(&stub), ["1.1", "stable", "1.3", "latest"]);
    let stub = usual();
    let text = done(&user(&stub), &format!("{line} --aliases"));
    assert_eq!(
        text,
        "\
rg.fr-par.scw.cloud/my-ns/app
TAG     DIGEST        UPDATED               ACTION  WHY
1.0     000000000000  2026-08-23T12:00:00Z  delete  not the newest digest
1.1     000000000000  2026-09-22T12:00:00Z  delete  not the newest digest; stable keeps the \
digest
stable  000000000000  2026-09-22T12:00:00Z  keep    matches --except stable
1.2     000000000000  2026-11-01T12:00:00Z  delete  not the newest digest
1.3     000000000000  2026-11-11T12:00:00Z  keep    has the newest digest
latest  000000000000  2026-11-11T12:00:00Z  keep    no --match latest
3 tags to delete, 3 to keep
rg.fr-par.scw.cloud/my-ns/app: 3 tags deleted, 0 skipped, 0 failed; size 782 kB before, 782 kB \
now
",
    );
    assert_eq!(left(&stub), ["stable", "1.3", "latest"]);
}

#[test]
fn aliases_stop_where_a_kept_tag_vanishes() {
    let stub = with_tags(&[("a", 1, 90), ("b", 1, 80), ("keep", 1, 70), ("new", 2, 1)]);
    stub.state().before = Some(Box::new(|request, tags| {
        if request.method == "DELETE" {
            tags.retain(|tag| tag["name"] != "keep");
        }
    }));
    let line = "tag prune my-ns/app --keep 1 --except keep --aliases --yes -o json";
    let outcome = run(&user(&stub), line);
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(
        outcome.stderr,
        format!(
            "error: the tag keep had to be kept, and is gone since an alias of it was deleted\n\
             hint: push it again: its digest was sha256:{:064x}\n\
             docker-credential-scw: skipped the tag b: stopped, because keep is gone\n",
            1
        )
    );
    assert_eq!(deletions(&stub).len(), 1);
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
fn an_image_is_not_left_without_tags_unless_that_is_allowed() {
    let stub = with_tags(&[("a", 1, 90), ("b", 2, 80)]);
    let line = "tag prune my-ns/app --older-than 30d --yes";
    let outcome = run(&user(&stub), line);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, ""));
    assert_eq!(
        outcome.stderr,
        "error: this would leave rg.fr-par.scw.cloud/my-ns/app without tags\n\
         hint: keep some with --keep, or allow it with --allow-empty\n"
    );
    assert_eq!(left(&stub), ["a", "b"]);
    let outcome = run(&user(&stub), &format!("{line} --dry-run"));
    assert_eq!(outcome.exit, Exit::Success);
    done(&user(&stub), &format!("{line} --allow-empty"));
    assert_eq!(left(&stub), Vec::<String>::new());
}

#[test]
fn what_is_in_use_is_kept() {
    let used = format!("rg.fr-par.scw.cloud/my-ns/app:1.0 sha256:{:064x}\nother/app:1.2\n", 2);
    for file in ["-", "in-use"] {
        let stub = usual();
        let world = user(&stub).file("in-use", &used);
        let path =
            if file == "-" { file.to_owned() } else { world.path(file).display().to_string() };
        let words = ["tag", "prune", "my-ns/app", "--keep=1", "--yes", "--protect-from", &path];
        let outcome = world.run(&words, if file == "-" { &used } else { "" });
        assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
        assert_eq!(left(&stub), ["1.0", "1.1", "stable", "1.3", "latest"]);
    }
}

#[test]
fn a_list_of_what_is_in_use_that_is_missing_empty_or_not_understood_stops_everything() {
    for (file, stdin, words) in [
        ("-", "", "standard input for --protect-from: it lists nothing that is in use"),
        ("-", "# none\n", "standard input for --protect-from: it lists nothing that is in use"),
        (
            "-",
            "a\n{\"items\":[]}\n",
            "standard input for --protect-from: line 2 has {\"items\":[]}, which is not a tag, a \
             reference or a digest",
        ),
        ("/no/such/file", "", "/no/such/file for --protect-from: there is no such file"),
    ] {
        let stub = usual();
        let words = format!(
            "error: cannot use {words}\nhint: list what is in use there: tags, references or digests\n"
        );
        let line = ["tag", "prune", "my-ns/app", "--keep=1", "--yes", "--protect-from", file];
        let outcome = user(&stub).run(&line, stdin);
        assert_eq!((outcome.exit, outcome.stderr), (Exit::Failure, words));
        assert_eq!(stub.calls(), Vec::<String>::new());
    }
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
hint: name one of app, team/app
",
    );
}

#[test]
fn a_rule_is_required_and_an_image_needs_its_namespace() {
    for (line, words) in [
        (
            "tag prune my-ns/app",
            "\
error: the following required arguments were not provided:
  <--keep <N>|--older-than <TIME>>

Usage: docker-credential-scw tag prune [OPTIONS] --keep <N> <IMAGE>...
       docker-credential-scw tag prune [OPTIONS] --older-than <TIME> <IMAGE>...

For more information, try '--help'.
",
        ),
        (
            "tag prune --keep 3",
            "\
error: the following required arguments were not provided:
  <IMAGE>...

Usage: docker-credential-scw tag prune [OPTIONS] --keep <N> <IMAGE>...
       docker-credential-scw tag prune [OPTIONS] --older-than <TIME> <IMAGE>...

For more information, try '--help'.
",
        ),
        (
            "tag prune app --keep 3",
            "\
error: app has no namespace, and other namespaces may hold the same name
hint: write it as my-ns/app, or use the ID
",
        ),
        (
            "tag prune my-ns/app --older-than soon",
            "\
error: invalid value 'soon' for '--older-than <TIME>': an age is a number with m, h, d or w, as \
in 12h, 30d or 8w

For more information, try '--help'.
",
        ),
        (
            "tag prune my-ns/app --keep 1 --match a/b",
            "\
error: invalid value 'a/b' for '--match <GLOB>': no tag can match: use letters, digits, . _ - \
and the wildcards * and ?

For more information, try '--help'.
",
        ),
        (
            "namespace prune",
            "\
error: the following required arguments were not provided:
  --empty

Usage: docker-credential-scw namespace prune --empty

For more information, try '--help'.
",
        ),
    ] {
        let error = refused_as_usage(line);
        assert_eq!(error, words);
    }
}

#[test]
fn empty_images_and_namespaces_are_deleted_but_for_new_ones_and_those_in_use() {
    let fill = |stub: &ApiStub| {
        let mut state = stub.state();
        for (number, name) in [(14, "old"), (15, "new"), (16, "filled")] {
            let mut empty = image(number, name, 1);
            empty["tags"] = json!([]);
            state.images.push(empty);
        }
        state.images[4]["updated_at"] = json!("2026-11-21T11:00:00Z");
        state.tags.push(tag(300, "hidden", 16));
        let mut empty = namespace(3, "empty");
        empty["image_count"] = json!(0);
        state.namespaces.push(empty);
    };
    let stub = ApiStub::new();
    fill(&stub);
    let text = done(&user(&stub), "image prune --yes");
    assert_eq!(
        text,
        "images without tags in fr-par\n\
         IMAGE                          UPDATED               ACTION  WHY\n\
         rg.fr-par.scw.cloud/my-ns/old  2024-12-23T09:33:47Z  delete  has no tags\n\
         rg.fr-par.scw.cloud/my-ns/new  2026-11-21T11:00:00Z  keep    updated less than 1d ago\n\
         1 image to delete, 1 to keep\n\
         images without tags in fr-par: 1 image deleted, 0 skipped, 0 failed\n"
    );
    assert_eq!(deletions(&stub), [format!("images/{}", id(14))]);
    let stub = ApiStub::new();
    fill(&stub);
    let text = done(&user(&stub), "image prune my-ns other --yes -o json");
    matches_snapshot("image-prune.json", &text);
    let stub = ApiStub::new();
    fill(&stub);
    let text = done(&user(&stub), "namespace prune --empty --yes");
    assert_eq!(
        text,
        "namespaces without images in fr-par\n\
         NAMESPACE                  UPDATED               ACTION  WHY\n\
         rg.fr-par.scw.cloud/empty  2026-07-17T09:50:08Z  delete  has no images\n\
         1 namespace to delete, 0 to keep\n\
         namespaces without images in fr-par: 1 namespace deleted, 0 skipped, 0 failed\n"
    );
    assert_eq!(deletions(&stub), [format!("namespaces/{}", id(3))]);
}

#[test]
fn an_image_that_gets_a_tag_meanwhile_is_skipped() {
    let stub = ApiStub::new();
    let mut empty = image(14, "old", 1);
    empty["tags"] = json!([]);
    stub.state().images.push(empty);
    stub.state().before = Some(Box::new(|request, tags| {
        if request.path.ends_with(&id(14)) {
            tags.push(tag(300, "new", 14));
        }
    }));
    let outcome = run(&user(&stub), "image prune --yes -o json");
    assert_eq!(
        outcome.stderr,
        "docker-credential-scw: skipped the image rg.fr-par.scw.cloud/my-ns/old: something was \
         pushed to it meanwhile\n"
    );
    assert_eq!(deletions(&stub), Vec::<String>::new());
}

/// Random tags in the service, a run with troubles, and runs until nothing is left to do.
#[test]
fn whatever_fails_no_kept_digest_loses_a_tag() {
    let mut random = fastrand::Rng::with_seed(14);
    for _ in 0..12 {
        let tags: Vec<_> = (0..random.usize(3..20))
            .map(|at| (format!("t{at}"), random.usize(0..8), random.u64(1..60)))
            .collect();
        let tags: Vec<_> =
            tags.iter().map(|(name, at, days)| (name.as_str(), *at, *days)).collect();
        let stub = with_tags(&tags);
        let line = format!(
            "tag prune my-ns/app --keep {} --older-than {}d --yes -o json",
            random.usize(1..4),
            random.usize(1..40)
        );
        let dry = json_of(&run(&user(&stub), &format!("{line} --dry-run")));
        let kept = names(&dry, "kept");
        let mut fork = random.fork();
        stub.state().on_delete = Some(Box::new(move |_| match fork.usize(0..4) {
            0 => Fault::Lost,
            1 => Fault::Status(503, "", String::new()),
            2 => Fault::Status(423, JSON, r#"{"type":"locked"}"#.to_owned()),
            _ => Fault::None,
        }));
        run(&user(&stub), &line);
        stub.state().on_delete = None;
        run(&user(&stub), &line);
        let mut expected = kept;
        let mut found = left(&stub);
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{line}: {tags:?}");
        let again = json_of(&run(&user(&stub), &line));
        assert_eq!(names(&again, "deleted"), Vec::<String>::new());
    }
}
