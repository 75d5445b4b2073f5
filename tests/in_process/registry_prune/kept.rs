//! Tags that `tag prune` keeps: aliases, tags in use, and the last tags of an image.

use docker_credential_scw::Exit;

use super::{JSON, deletions, json_of, left, names, usual, with_tags};
use crate::registry::{done, run, user};
use crate::support::api_stub::Fault;

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
