//! What a user sees of the calls to the Registry API: `--debug`, and progress.

use std::time::Duration;

use docker_credential_scw::Exit;

use crate::registry::{run, user};
use crate::support::api_stub::{ApiStub, Fault, id};

const JSON: &str = "Content-Type: application/json\r\n";

/// The text with the stub's address and all times replaced.
fn normalized(text: &str, stub: &ApiStub) -> String {
    let text = text.replace(&stub.url, "URL");
    let lines = text.lines().map(|line| match line.rsplit_once(", ") {
        Some((start, time)) if time.ends_with(" ms") => format!("{start}, TIME"),
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn debug_prints_each_call_on_standard_error() {
    let stub = ApiStub::new();
    for flag in ["-D", "--debug", "debug=true"] {
        let outcome = run(&user(&stub), &format!("namespace list -o human=NAME {flag}"));
        assert_eq!(outcome.exit, Exit::Success);
        assert_eq!(outcome.stdout, "NAME\nmy-ns\nother\n");
        assert_eq!(
            normalized(&outcome.stderr, &stub),
            "docker-credential-scw: GET URL/registry/v1/regions/fr-par/namespaces?page=1&page_size=100: 200, 925 bytes, TIME\n"
        );
    }
    let outcome = run(&user(&stub), "namespace list -o human=NAME debug=false");
    assert_eq!(outcome.stderr, "");
}

#[test]
fn debug_prints_calls_that_fail_and_request_ids() {
    let stub = ApiStub::new();
    let refusal = r#"{"message": "no"}"#.to_owned();
    let headers = "Content-Type: application/json\r\nX-Request-ID: 42\r\n";
    stub.state().faults = [Fault::Closed, Fault::Status(403, headers, refusal)].into();
    let outcome = run(&user(&stub), "image prune --dry-run --debug");
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, ""));
    assert_eq!(
        normalized(&outcome.stderr, &stub),
        "docker-credential-scw: GET URL/registry/v1/regions/fr-par/images?page=1&page_size=100: \
         the connection was lost, TIME\n\
         docker-credential-scw: GET URL/registry/v1/regions/fr-par/images?page=1&page_size=100: \
         403, 17 bytes, request ID 42, TIME\n\
         error: cannot list the images in fr-par: no\n\
         hint: add the permission set ContainerRegistryReadOnly to the IAM policy of the API key \
         from variable SCW_SECRET_KEY\n"
    );
}

#[test]
fn debug_prints_at_most_a_thousand_calls() {
    let stub = ApiStub::new();
    let ids = vec![id(12); 1010].join(" ");
    let outcome = run(&user(&stub), &format!("image get {ids} -o json --debug"));
    let lines: Vec<_> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), 1001);
    assert_eq!(lines[1000], "docker-credential-scw: 1020 more calls");
}

#[test]
fn prune_reads_the_config_file_that_is_named() {
    let stub = ApiStub::new();
    let world = user(&stub).file("other.yaml", "default_region: nl-ams\n");
    let file = world.path("other.yaml").display().to_string();
    let outcome = run(&world, &format!("image prune --dry-run -c {file}"));
    assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
    assert!(stub.calls().iter().all(|call| call.starts_with("GET nl-ams/")), "{:?}", stub.calls());
}

#[test]
fn a_list_that_takes_more_than_a_second_shows_progress_on_a_terminal() {
    let late = || {
        let stub = ApiStub::new();
        stub.state().faults = [Fault::Late(Duration::from_millis(1500))].into();
        stub
    };
    let stub = late();
    let outcome = run(&user(&stub).on_a_terminal(), "namespace list -o human=NAME");
    assert_eq!(outcome.stdout, "NAME\nmy-ns\nother\n");
    let progress = "\r\u{1b}[KReading: 0 items in 1 requests ...";
    let shown = outcome.stderr.matches(progress).count();
    assert!(shown > 0, "{:?}", outcome.stderr);
    assert_eq!(outcome.stderr, progress.repeat(shown) + "\r\u{1b}[K");

    let stub = late();
    let outcome = run(&user(&stub), "namespace list -o human=NAME");
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("NAME\nmy-ns\nother\n", ""));

    let stub = ApiStub::new();
    let outcome = run(&user(&stub).on_a_terminal(), "namespace list -o human=NAME");
    assert_eq!(outcome.stderr, "");
}

#[test]
fn an_error_after_progress_is_on_a_line_of_its_own() {
    let stub = ApiStub::new();
    let refusal = r#"{"message": "no"}"#.to_owned();
    stub.state().faults =
        [Fault::Late(Duration::from_millis(1200)), Fault::Status(403, JSON, refusal)].into();
    let outcome = run(&user(&stub).on_a_terminal(), "image list my-ns");
    let (_, after) = outcome.stderr.rsplit_once("\r\u{1b}[K").unwrap();
    assert_eq!(
        after,
        "error: cannot list the images in fr-par: no\n\
         hint: add the permission set ContainerRegistryReadOnly to the IAM policy of the API key from \
         variable SCW_SECRET_KEY\n"
    );
}
