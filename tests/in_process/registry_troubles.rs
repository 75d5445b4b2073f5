//! What a service can do to `namespace`, `image` and `tag`: errors, noise, silence, lies.

use std::time::Duration;

use docker_credential_scw::Exit;
use serde_json::{Value, json};

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
fn every_error_of_the_service_reads_like_advice() {
    for (status, body, words) in [
        (
            404,
            json!({"type": "not_found", "message": "resource is not found", "resource": "namespace", "resource_id": "x"}),
            "cannot list the namespaces in fr-par: resource is not found (namespace x)",
        ),
        (
            404,
            json!({"message": "Namespace was not found"}),
            "cannot list the namespaces in fr-par: Namespace was not found",
        ),
        (
            400,
            json!({"type": "invalid_arguments", "message": "invalid argument(s)", "details": [{"argument_name": "name", "reason": "format", "help_message": "too short"}]}),
            "cannot list the namespaces in fr-par: invalid argument(s) (name: format: too short)",
        ),
        (
            403,
            json!({"type": "permissions_denied", "message": "insufficient permissions", "details": [{"action": "read", "resource": "registry"}]}),
            "cannot list the namespaces in fr-par: insufficient permissions (read: registry); \
             add the permission set ContainerRegistryReadOnly to the IAM policy of the API key \
             from variable SCW_SECRET_KEY",
        ),
        (
            401,
            json!({"type": "denied_authentication", "message": "authentication is denied", "method": "api_key", "reason": "expired"}),
            "cannot list the namespaces in fr-par: authentication is denied (expired); create a \
             new API key in Scaleway's console (IAM, API keys): the one from variable \
             SCW_SECRET_KEY has expired",
        ),
        (
            401,
            json!({"type": "denied_authentication", "message": "authentication is denied", "reason": "not_found"}),
            "cannot list the namespaces in fr-par: authentication is denied (not_found); check \
             the secret key from variable SCW_SECRET_KEY: no API key has it, so it was deleted \
             or mistyped",
        ),
        (
            401,
            json!({"message": "no"}),
            "cannot list the namespaces in fr-par: no; check the secret key from variable \
             SCW_SECRET_KEY: it is not accepted",
        ),
        (
            403,
            json!({"type": "quotas_exceeded", "message": "quota", "details": [{"resource": "namespaces", "quota": 5, "current": 5}]}),
            "cannot list the namespaces in fr-par: quota (namespaces: quota 5: current 5); \
             delete what you no longer need, or ask for more in Scaleway's console \
             (Organization, Quotas)",
        ),
        (
            412,
            json!({"type": "precondition_failed", "message": "precondition", "precondition": "resource_still_in_use", "help_message": "empty it"}),
            "cannot list the namespaces in fr-par: precondition (resource_still_in_use, empty \
             it); it is still in use: delete what uses it first",
        ),
        (
            409,
            json!({"type": "transient_state", "message": "busy", "resource": "image", "resource_id": "x", "current_state": "deleting"}),
            "cannot list the namespaces in fr-par: busy (image x, deleting); try again in a \
             minute: another change is still in progress",
        ),
        (
            423,
            json!({"type": "locked", "message": "locked", "resource": "image"}),
            "cannot list the namespaces in fr-par: locked (image); ask Scaleway's support: it is \
             locked, perhaps because of unpaid bills",
        ),
        (
            503,
            json!({"type": "out_of_stock", "message": "none left", "resource": "image"}),
            "cannot list the namespaces in fr-par: none left (image); try later, or in another \
             region",
        ),
        (
            410,
            json!({"type": "resource_expired", "message": "expired", "resource": "image"}),
            "cannot list the namespaces in fr-par: expired (image); create it again: it is gone \
             for good",
        ),
        (
            429,
            json!({"type": "too_many_requests", "message": "slowly"}),
            "cannot list the namespaces in fr-par: slowly; wait a minute and try again",
        ),
        (
            500,
            json!({"message": "oops"}),
            "cannot list the namespaces in fr-par: oops; try again later, and check \
             https://status.scaleway.com for known problems",
        ),
        (
            400,
            json!({"message": "Server is not delivered"}),
            "cannot list the namespaces in fr-par: Server is not delivered",
        ),
        (418, json!({}), "cannot list the namespaces in fr-par: unexpected (status 418)"),
        (
            400,
            json!({"message": 12, "details": "x"}),
            "cannot list the namespaces in fr-par: bad request (status 400)",
        ),
    ] {
        let stub = ApiStub::new();
        stub.state().always = vec![("/", says(status, &body.to_string()))];
        let error = refused(&user(&stub), "namespace list");
        assert_eq!(error, words);
    }
    let stub = ApiStub::new();
    let denied = says(403, r#"{"type":"permissions_denied","message":"no"}"#);
    stub.state().always = vec![("/namespaces", denied)];
    let error = refused(&user(&stub), "namespace create --name x");
    assert_eq!(
        error,
        "cannot create the namespace x in fr-par: no; add the permission set \
         ContainerRegistryFullAccess to the IAM policy of the API key from variable \
         SCW_SECRET_KEY",
    );
}

#[test]
fn unexpected_bodies_are_described() {
    for (status, body, words) in [
        (
            200,
            "",
            "cannot list the namespaces in fr-par: the answer (status 200) is empty where a list \
             of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "<!DOCTYPE html><html>",
            "cannot list the namespaces in fr-par: the answer (status 200) is an HTML page where \
             a list of namespaces was expected; check SCW_API_URL and the proxy, or try again \
             later",
        ),
        (
            200,
            "<Error><Code>x</Code></Error>",
            "cannot list the namespaces in fr-par: the answer (status 200) is XML where a list \
             of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{\"namespaces\":[{\"id\":\"a\"",
            "cannot list the namespaces in fr-par: the answer (status 200) is cut off where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{\"namespaces\": nonsense}",
            "cannot list the namespaces in fr-par: the answer (status 200) is broken JSON where \
             a list of namespaces was expected; check SCW_API_URL and the proxy, or try again \
             later",
        ),
        (
            200,
            "[]",
            "cannot list the namespaces in fr-par: the answer (status 200) is other JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{}",
            "cannot list the namespaces in fr-par: the answer (status 200) is other JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{\"namespaces\":{}}",
            "cannot list the namespaces in fr-par: the answer (status 200) is other JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{\"namespaces\":[1]}",
            "cannot list the namespaces in fr-par: the answer (status 200) is other JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{\"namespaces\":[{\"name\":\"no id\"}]}",
            "cannot list the namespaces in fr-par: the answer (status 200) is other JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "hello",
            "cannot list the namespaces in fr-par: the answer (status 200) is not JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            204,
            "",
            "cannot list the namespaces in fr-par: the answer (status 204) is empty where a list \
             of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            404,
            "",
            "cannot list the namespaces in fr-par: not found (status 404), the answer is empty; \
             check SCW_API_URL: this may not be Scaleway's API",
        ),
        (
            404,
            "<html>",
            "cannot list the namespaces in fr-par: not found (status 404), the answer is an HTML \
             page; check SCW_API_URL: this may not be Scaleway's API",
        ),
        (
            500,
            "<html>",
            "cannot list the namespaces in fr-par: the service has a problem (status 500), the \
             answer is an HTML page; try again later, and check https://status.scaleway.com for \
             known problems",
        ),
    ] {
        let stub = ApiStub::new();
        let trouble = Fault::Status(status, "", body.to_owned());
        stub.state().always = vec![("/", trouble)];
        let error = refused(&user(&stub), "namespace list");
        assert_eq!(error, words);
    }
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

fn many(count: usize) -> ApiStub {
    let stub = ApiStub::empty();
    stub.state().namespaces = vec![namespace(1, "ns")];
    stub.state().images = (0..count).map(|at| image(100 + at, &format!("i{at:05}"), 1)).collect();
    stub
}

fn names(world: &World) -> Vec<String> {
    let text = done(world, "image list -o json");
    let values: Vec<Value> = serde_json::from_str(&text).unwrap();
    values.iter().map(|value| value["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_list_is_read_to_its_end_in_the_services_order() {
    for count in [0, 1, 99, 100, 101, 200, 1234] {
        let stub = many(count);
        let expected: Vec<_> = (0..count).map(|at| format!("i{at:05}")).collect();
        assert_eq!(names(&user(&stub)), expected, "{count}");
    }
}

#[test]
fn what_appears_and_vanishes_between_pages_is_neither_missed_nor_twice_in_the_list() {
    // Removing the first item moves an item from the second page to the first.
    let stub = many(350);
    stub.state().between = Some(Box::new(|at, images| {
        if at == 2 {
            images.remove(0);
        }
    }));
    let names_after = names(&user(&stub));
    let expected: Vec<_> = (1..350).map(|at| format!("i{at:05}")).collect();
    assert_eq!(names_after, expected);
    // One is put in at the start, so that one is on two pages.
    let stub = many(350);
    stub.state().between = Some(Box::new(|at, images| {
        if at == 2 {
            images.insert(0, image(9, "new", 1));
        }
    }));
    let names_after = names(&user(&stub));
    assert_eq!(names_after.len(), 351);
    assert_eq!(names_after.iter().filter(|name| *name == "new").count(), 1);
    // They are added for ever: it ends all the same, and what was there is in the list.
    let stub = many(350);
    stub.state().between = Some(Box::new(|at, images| {
        images.insert(0, image(10_000 + at, &format!("new{at}"), 1));
    }));
    let names_after = names(&user(&stub));
    assert!((0..350).all(|at| names_after.contains(&format!("i{at:05}"))), "one is missing");
    assert!(stub.calls().len() < 60, "{}", stub.calls().len());
}

/// A list of images that grows with every answer, and says that it has no end.
fn endless(number: usize, page: usize) -> String {
    let images: Vec<_> = (0..page).map(|at| format!(r#"{{"id":"{number}-{at}"}}"#)).collect();
    format!(r#"{{"total_count":{},"images":[{}]}}"#, u64::MAX, images.join(","))
}

#[test]
fn a_list_without_end_is_given_up() {
    let start = "cannot list the images in fr-par:";
    let narrower = "ask for one region, one namespace or one name at a time, and check SCW_API_URL";
    let elsewhere = "check SCW_API_URL and the proxy, or try again later";
    let given_up = |body: fn(usize) -> String| {
        let stub = ApiStub::new();
        stub.state().always = vec![("/images", Fault::Body(body))];
        (refused(&user(&stub), "image list"), stub.calls().len())
    };
    let (error, calls) = given_up(|number| endless(number, 1));
    let end = format!("answers, where 100 an answer were asked for; {elsewhere}");
    let gives = format!("{start} the service gives 200 items in 200 {end}");
    assert_eq!(error, gives);
    assert!(calls < 250, "{calls}");

    let (error, calls) = given_up(|number| endless(number, 100));
    assert_eq!(error, format!("{start} there are more than 250000 items; {narrower}"));
    assert!(calls < 2_600, "{calls}");

    let (error, calls) = given_up(|number| endless(number, 20_000));
    assert_eq!(error, format!("{start} there are more than 250000 items; {narrower}"));
    assert!(calls < 40, "{calls}");

    let (error, calls) = given_up(|number| {
        endless(number, 1).replacen(
            "\"id\"",
            &format!("\"x\":\"{}\",\"id\"", ",".repeat(1_000_000)),
            1,
        )
    });
    assert_eq!(error, format!("{start} it takes more than 512 MiB of memory; {narrower}"));
    assert!(calls < 100, "{calls}");

    let (error, _) = given_up(|_| format!("{{\"images\":[{}", "{\"a\":0},".repeat(300_000)));
    assert_eq!(error, format!("{start} one answer takes more than 128 MiB of memory; {elsewhere}"));

    let (error, _) = given_up(|_| "x".repeat(17 * 1024 * 1024));
    assert_eq!(error, format!("{start} the answer is larger than 16 MiB"));
}

#[test]
fn a_total_that_is_a_lie_does_not_keep_us_for_ever() {
    for total in [json!(0), json!(5_000_000_000u64), json!(null), json!("many"), json!(-1)] {
        let stub = ApiStub::new();
        let body = json!({"images": [], "total_count": total});
        stub.state().always = vec![("/images", says(200, &body.to_string()))];
        assert_eq!(done(&user(&stub), "image list -o json"), "[]\n");
    }
}
