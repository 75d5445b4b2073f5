//! Keys and IDs in the answers of the Registry API.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docker_credential_scw::Exit;
use serde_json::{Value, json};

use super::machine::{scaleway_config, world};
use super::{CANARY, Change, assert_no_key, encodings, hex};
use crate::support::api_stub::{ApiStub, Fault};
use crate::support::{FR, KEY_B, World};

#[test]
fn a_key_that_the_run_knows_is_not_shown_where_an_id_belongs() {
    let stub = ApiStub::new();
    let known: [(&str, Change); 3] = [
        ("a variable", Box::new(|world| world.set("SCW_TOKEN", CANARY))),
        ("the key in use", Box::new(|world| world.set("SCW_SECRET_KEY", CANARY))),
        (
            "another profile",
            Box::new(|world| {
                let mut config = scaleway_config();
                config["profiles"]["other"]["secret_key"] = json!(CANARY);
                world.file(".config/scw/config.yaml", config.to_string())
            }),
        ),
    ];
    for (what, change) in known {
        for encoded in encodings(CANARY).into_iter().chain([hex(&format!("{CANARY}{CANARY}"))]) {
            for output in ["wide", "json", "yaml"] {
                stub.refill();
                for field in ["description", "project_id", "name"] {
                    stub.state().namespaces[0][field] = json!(encoded);
                }
                // Cut off by the width of the terminal.
                let world = change(world(&stub)).set("COLUMNS", "90");
                let outcome = world.run(&["namespace", "list", "-o", output], "");
                assert_eq!(outcome.exit, Exit::Success, "{what}: {outcome:?}");
                assert_no_key(&format!("{what}: {encoded}"), &outcome);
                let error = json!({"message": format!("{}{encoded}", "x".repeat(380))});
                let json = "Content-Type: application/json\r\n";
                let says = Fault::Status(400, json, error.to_string());
                stub.state().always = vec![("/", says)];
                let outcome = world.run(&["namespace", "list", "-o", output], "");
                assert_eq!(outcome.exit, Exit::Failure, "{what}: {outcome:?}");
                assert_no_key(&format!("{what}: {encoded}"), &outcome);
                assert!(!outcome.stderr.contains("c0ffee00-cafe-4"), "{}", outcome.stderr);
            }
        }
    }
}

#[test]
fn a_key_in_an_error_of_the_api_is_not_shown() {
    let stub = ApiStub::new();
    for encoded in encodings(CANARY) {
        stub.refill();
        let error = json!({"type": "not_found", "message": encoded, "resource_id": encoded});
        let headers = "Content-Type: application/json\r\n";
        stub.state().always = vec![("/", Fault::Status(404, headers, error.to_string()))];
        let outcome = world(&stub).run(&["namespace", "list"], "");
        assert_eq!(outcome.exit, Exit::Failure, "{outcome:?}");
        assert_no_key(&encoded, &outcome);
    }
}

#[test]
fn ids_and_digests_that_the_api_gives_are_shown() {
    let stub = ApiStub::new();
    let bare = "d41d8cd98f00b204e9800998ecf8427e";
    for name in ["build-11111111-2222-4333-8444-555555555555", bare] {
        stub.refill();
        stub.state().tags[0]["name"] = json!(name);
        let outcome = world(&stub).run(&["tag", "list", "my-ns/app", "-o", "json"], "");
        let tags: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let digest = format!("sha256:{:064x}", 100);
        assert_eq!((&tags[0]["name"], &tags[0]["digest"]), (&json!(name), &json!(digest)));
    }
}

#[test]
fn messages_say_that_something_is_not_shown() {
    let stub = ApiStub::new();
    let world = || World::new().set("SCW_SECRET_KEY", KEY_B).set("SCW_API_URL", &stub.url);
    let api = "error: the API URL is set to (not shown), and keys are not sent there\n\
               hint: set SCW_API_URL, or api_url in config.yaml, to an https URL (or http on this \
               machine)\n";
    let by_variable = world().set("SCW_API_URL", CANARY).run(&["namespace", "list"], "");
    assert_eq!((by_variable.stdout.as_str(), by_variable.stderr.as_str()), ("", api));
    let by_file = world().set("SCW_API_URL", "").config(format!("api_url: {CANARY}\n"));
    assert_eq!(by_file.run(&["namespace", "list"], ""), by_variable);

    let reference = format!("rg.nl-ams.scw.cloud/{CANARY}");
    let outcome = world().run(&["image", "get", &reference, "--region", "fr-par"], "");
    let expected = "error: rg.nl-ams.scw.cloud/(not shown) is in nl-ams, but --region is fr-par\n\
                hint: omit --region, or the registry\n";
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Usage, expected));
    let outcome = world().run(&["image", "get", CANARY], "");
    let expected = "error: cannot get the image (not shown) in fr-par: resource is not found (image (not \
                shown))\n";
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Failure, expected));

    let login = STANDARD.encode(format!("nologin:{CANARY}"));
    let helper = format!("{CANARY} {login} \u{7f}\u{9b}31m\u{202e}");
    let config = json!({"credHelpers": {FR: helper}});
    let world = world().file(".docker/config.json", config.to_string());
    let path = world.path("").display().to_string();
    let outcome = world.run(&["install", "--path", &path, "-o", "json"], "");
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""));
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let shown = "(not shown) bm9sb2dp(not shown)= \u{7f}\u{9b}31m\u{202e}";
    assert_eq!(report["registries"][0]["helper"], shown, "{}", outcome.stdout);
    // Whole above; here how JSON writes it.
    assert!(outcome.stdout.contains(r"(not shown)= \u007f\u009b31m\u202e"), "{}", outcome.stdout);
}
