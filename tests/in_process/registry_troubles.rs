//! What a service can do to `namespace`, `image` and `tag`: errors, noise, silence, lies.

mod errors;
mod lists;

use std::time::Duration;

use docker_credential_scw::Exit;
use serde_json::json;

use crate::registry::{done, refused, run, user};
use crate::support::api_stub::{ApiStub, Fault, image, namespace};
use crate::support::{KEY_A, World, stable};

const JSON: &str = "Content-Type: application/json\r\n";

fn says(status: u16, body: &str) -> Fault {
    Fault::Status(status, JSON, body.to_owned())
}

fn after(troubles: impl IntoIterator<Item = Fault>) -> (ApiStub, World) {
    let stub = ApiStub::new();
    stub.state().faults = troubles.into_iter().collect();
    let world = user(&stub);
    (stub, world)
}

#[test]
fn overload_and_broken_connections_are_tried_again_with_growing_pauses() {
    let (stub, world) = after([says(502, ""), Fault::Closed, says(503, "{}"), Fault::Cut]);
    done(&world, "namespace list");
    assert_eq!(stub.calls().len(), 5);
    let pauses = world.clock.pauses();
    assert_eq!(pauses.len(), 4);
    for (at, pause) in pauses.iter().enumerate() {
        let middle = 0.5 * 2f64.powi(i32::try_from(at).unwrap());
        let pause = pause.as_secs_f64();
        assert!(pause >= middle * 0.5 && pause <= middle * 1.5, "{at}: {pause}");
    }
}

#[test]
fn trying_again_has_an_end() {
    let (stub, world) = after(vec![says(503, r#"{"message":"busy"}"#); 20]);
    let error = refused(&world, "namespace list");
    assert_eq!(
        error,
        "cannot list the namespaces in fr-par: busy; try again later, and check \
         https://status.scaleway.com for known problems",
    );
    assert_eq!(stub.calls().len(), 5);
    assert!(world.clock.pauses().iter().sum::<Duration>() < Duration::from_secs(60));
}

#[test]
fn retry_after_is_respected_within_the_bound() {
    let slow = |text| Fault::Status(429, text, r#"{"message":"slowly"}"#.to_owned());
    let (_, world) = after([slow("Retry-After: 7\r\n"), slow("Retry-After: 20\r\n")]);
    done(&world, "namespace list");
    assert_eq!(world.clock.pauses(), [Duration::from_secs(7), Duration::from_secs(20)]);
    // The test's clock stands at noon on that day.
    let (_, world) = after([slow("Retry-After: Sat, 21 Nov 2026 12:00:09 GMT\r\n")]);
    done(&world, "namespace list");
    assert_eq!(world.clock.pauses(), [Duration::from_secs(9)]);
    let (stub, world) = after([slow("Retry-After: 3600\r\n")]);
    let error = refused(&world, "namespace list");
    assert_eq!(error, "cannot list the namespaces in fr-par: slowly; wait a minute and try again");
    assert_eq!((stub.calls().len(), world.clock.pauses().len()), (1, 0));
}

#[test]
fn what_may_have_been_done_is_not_repeated() {
    const LOST: &str = "cannot create the namespace x in fr-par: 127.0.0.1:PORT (from SCW_API_URL): the \
                        connection was lost; check whether it was done before you try again";
    for (trouble, expected) in [
        (
            says(503, "{}"),
            "cannot create the namespace x in fr-par: the service has a problem (status 503); \
             try again later, and check https://status.scaleway.com for known problems",
        ),
        (
            says(502, ""),
            "cannot create the namespace x in fr-par: the service has a problem (status 502), \
             the answer is empty; try again later, and check https://status.scaleway.com for \
             known problems",
        ),
        (Fault::Closed, LOST),
        (Fault::Cut, LOST),
    ] {
        let (stub, world) = after([trouble]);
        let error = refused(&world, "namespace create --name x");
        assert_eq!(stub.calls(), ["POST fr-par/namespaces"]);
        assert_eq!(stable(&error), expected);
    }
    let (_, world) = after([Fault::Closed]);
    let error = refused(&world, "namespace create --name x");
    assert_eq!(
        stable(&error),
        "cannot create the namespace x in fr-par: 127.0.0.1:PORT (from SCW_API_URL): the \
         connection was lost; check whether it was done before you try again",
    );
    // 429 says that nothing was done.
    let (stub, world) = after([says(429, "{}")]);
    done(&world, "namespace create --name x");
    assert_eq!(stub.calls().len(), 2);
}

#[test]
fn a_deletion_whose_answer_was_lost_is_a_deletion() {
    let stub = ApiStub::new();
    let gone = r#"{"type":"not_found","message":"gone"}"#;
    stub.state().faults = [Fault::None, says(502, ""), says(404, gone)].into();
    assert_eq!(done(&user(&stub), "namespace delete my-ns -o human=NAME"), "NAME\nmy-ns\n");
    // The first answer that something is not there means what it says.
    let stub = ApiStub::new();
    stub.state().faults = [Fault::None, says(404, gone)].into();
    assert_eq!(
        refused(&user(&stub), "namespace delete my-ns"),
        "cannot delete the namespace rg.fr-par.scw.cloud/my-ns in fr-par: gone",
    );
}

#[test]
fn an_unreachable_service_is_reported() {
    let world = World::new().set("SCW_SECRET_KEY", KEY_A).set("SCW_API_URL", "http://127.0.0.1:1");
    let error = refused(&world, "namespace list");
    assert_eq!(
        stable(&error),
        "cannot list the namespaces in fr-par: 127.0.0.1:PORT (from SCW_API_URL): connection \
         refused; check the network, the proxy and SCW_API_URL",
    );
    assert_eq!(world.clock.pauses().len(), 4);
}

#[test]
fn what_speaks_no_http_is_not_tried_again() {
    let (stub, world) = after([Fault::Garbage]);
    let error = refused(&world, "namespace list");
    assert_eq!(
        stable(&error),
        "cannot list the namespaces in fr-par: 127.0.0.1:PORT (from SCW_API_URL): the answer \
         is not HTTP",
    );
    assert_eq!(stub.calls().len(), 1);
}

#[test]
fn no_redirect_is_followed_and_the_key_stays_here() {
    let elsewhere = ApiStub::new();
    let location: &'static str =
        Box::leak(format!("Location: {}/registry/v1/x\r\n", elsewhere.url).into_boxed_str());
    for status in [301, 302, 303, 307, 308] {
        for (line, what) in [
            ("namespace list", "list the namespaces"),
            ("namespace create --name x", "create the namespace x"),
        ] {
            let stub = ApiStub::new();
            stub.state().always = vec![("/", Fault::Status(status, location, String::new()))];
            let error = refused(&user(&stub), line);
            let expected = format!(
                "cannot {what} in fr-par: the service redirects to 127.0.0.1, where the key is not sent; \
                 check SCW_API_URL"
            );
            assert_eq!(error, expected);
            assert_eq!(stub.calls().len(), 1);
        }
    }
    assert!(elsewhere.calls().is_empty());
}

#[test]
fn control_characters_of_the_service_never_reach_the_terminal() {
    let evil = "x\u{1b}[2J\u{202e}\u{9b}31m\r\nfake";
    let stub = ApiStub::new();
    stub.state().namespaces = vec![namespace(1, evil)];
    stub.state().namespaces[0]["description"] = json!(evil);
    stub.state().namespaces[0]["status"] = json!(evil);
    stub.state().images = vec![image(2, evil, 1)];
    let world = user(&stub).on_a_terminal().set("NO_COLOR", "1").set("COLUMNS", "300");
    for list in ["namespace list", "image list"] {
        for output in ["human", "wide", "json", "yaml"] {
            let text = done(&world, &format!("{list} -o {output}"));
            let is_evil = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!text.contains(is_evil), "{list} -o {output}: {text:?}");
            assert!(!text.lines().any(|line| line.starts_with("fake")), "{text}");
        }
    }
    let message = json!({"type": "not_found", "message": evil, "resource": evil});
    stub.state().always = vec![("/", says(404, &message.to_string()))];
    let error = refused(&user(&stub), "namespace list");
    assert!(!error.contains(|c: char| c.is_control() || c == '\u{202e}'), "{error:?}");
    let outcome = run(&user(&ApiStub::new()), "namespace get zzz-x");
    assert_eq!(outcome.exit, Exit::Failure);
}

#[test]
fn a_service_that_repeats_the_key_does_not_get_it_shown() {
    let stub = ApiStub::new();
    stub.state().namespaces[0]["description"] = json!(format!("a {KEY_A} b"));
    for output in ["wide", "json", "yaml"] {
        let text = done(&user(&stub), &format!("namespace list -o {output}"));
        // A fragment: `registry_fields.rs` compares the rest.
        assert!(text.contains(&format!("a {} b", "*".repeat(36))), "{text}");
    }
    let message = json!({"message": format!("the key {} is bad", KEY_A.to_uppercase())});
    stub.state().always = vec![("/", says(400, &message.to_string()))];
    let error = refused(&user(&stub), "namespace list");
    assert!(!error.to_lowercase().contains(KEY_A), "{error}");
}
