//! Deletions: the question, waiting, progress and `--force`.

use docker_credential_scw::Exit;

use super::{done, run, user};
use crate::support::api_stub::ApiStub;

#[test]
fn a_deletion_is_asked_for_on_a_terminal_and_carried_out_in_a_script() {
    let stub = ApiStub::new();
    let world = user(&stub).on_a_terminal();
    let refused = world.run(&["namespace", "delete", "my-ns"], "n\n");
    assert_eq!(refused.exit, Exit::Failure);
    assert_eq!(
        refused.stderr,
        "\
To be deleted, for good:
  rg.fr-par.scw.cloud/my-ns (1 image, 3.8 MB)
Delete this namespace? [y/N] error: nothing was deleted
",
    );
    assert!(!stub.calls().iter().any(|call| call.starts_with("DELETE")));
    let agreed = world.run(&["namespace", "delete", "my-ns"], "y\n");
    assert_eq!(agreed.exit, Exit::Success, "{agreed:?}");
    let stub = ApiStub::new();
    let yes = user(&stub).on_a_terminal().run(&["image", "delete", "my-ns/app", "--yes"], "");
    assert_eq!((yes.exit, yes.stderr.as_str()), (Exit::Success, ""));
    let script = user(&stub).run(&["image", "delete", "other/app"], "");
    assert_eq!(script.exit, Exit::Success);
    let deletions = stub.calls().iter().filter(|call| call.starts_with("DELETE")).count();
    assert_eq!(deletions, 2);
}

#[test]
fn waiting_polls_less_and_less_often_until_the_image_is_gone() {
    let stub = ApiStub::new();
    stub.state().fetches_before_deleted = 6;
    let world = user(&stub);
    done(&world, "image delete my-ns/app my-ns/team/app --wait");
    assert_eq!(stub.state().images.len(), 1);
    let pauses: Vec<_> = world.clock.pauses().iter().map(std::time::Duration::as_millis).collect();
    assert_eq!(pauses, [1000, 1500, 2250, 3375, 5000, 5000]);
}

#[test]
fn waiting_ends_at_the_time_limit_or_when_the_deletion_fails() {
    let stub = ApiStub::new();
    stub.state().fetches_before_deleted = 1000;
    let world = user(&stub);
    let outcome = run(&world, "image delete my-ns/app --wait --timeout 10s");
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(
        outcome.stderr,
        "\
error: rg.fr-par.scw.cloud/my-ns/app is still being deleted after 10 s
hint: check again later: the service continues the deletion
",
    );
    assert_eq!(world.clock.pauses().iter().sum::<std::time::Duration>().as_secs(), 10);
    let stub = ApiStub::new();
    stub.state().deletion_ends_in = Some("error");
    let outcome = run(&user(&stub), "image delete my-ns/app --wait");
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(
        outcome.stderr,
        "error: rg.fr-par.scw.cloud/my-ns/app is not deleted, its status is error: a layer \
         is in use\n",
    );
}

#[test]
fn what_waits_shows_progress_on_a_terminal_only() {
    let stub = ApiStub::new();
    stub.state().fetches_before_deleted = 2;
    let on_terminal = user(&stub).on_a_terminal();
    let outcome = on_terminal.run(&["image", "delete", "my-ns/app", "--wait", "--yes"], "");
    assert_eq!(
        outcome.stderr,
        "\r\u{1b}[KWaiting: 1 of 1 still being deleted ...\r\u{1b}[KWaiting: 1 of 1 still \
         being deleted ...\r\u{1b}[KWaiting: 1 of 1 still being deleted ...\r\u{1b}[K",
    );
}

#[test]
fn force_warns_and_names_the_other_tags_that_are_deleted() {
    let stub = ApiStub::new();
    let digest = stub.state().tags[0]["digest"].clone();
    stub.state().tags[3]["digest"] = digest;
    let outcome = run(&user(&stub), "tag delete my-ns/app:1.0 --force");
    assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
    assert_eq!(
        outcome.stderr,
        "docker-credential-scw: --force is deprecated: it can delete other tags with the \
         same digest as well (these are: 1.3)\n",
    );
    assert!(stub.calls().last().unwrap().ends_with("?force=true"), "{:?}", stub.calls());
}
