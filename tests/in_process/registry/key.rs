//! The secret key of `namespace`, `image` and `tag`: where it comes from, and where it is never sent.

use docker_credential_scw::Exit;

use super::{done, refused, run, user};
use crate::support::api_stub::{ApiStub, Fault};
use crate::support::{KEY_A, KEY_B, World, stable};

#[test]
fn the_key_is_looked_up_as_for_get_and_a_profile_may_be_named() {
    let config = format!(
        "secret_key: {KEY_A}\ndefault_region: pl-waw\nprofiles:\n  prod:\n    secret_key: {KEY_B}\n    \
         default_region: nl-ams\n"
    );
    let stub = ApiStub::new();
    let world = || {
        let world = World::new().set("SCW_API_URL", &stub.url);
        let dir = world.path(".config/scw");
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("config.yaml"), &config).unwrap();
        world
    };
    let last = || {
        let state = stub.state();
        let request = state.requests.last().unwrap();
        (request.headers["x-auth-token"].clone(), request.path.contains("/nl-ams/"))
    };
    done(&world(), "namespace list");
    assert_eq!(last(), (KEY_A.to_owned(), false));
    done(&world(), "namespace list --profile prod");
    assert_eq!(last(), (KEY_B.to_owned(), true));
    done(&world().set("SCW_SECRET_KEY", KEY_A), "namespace list profile=prod");
    assert_eq!(last(), (KEY_B.to_owned(), true));
    done(&world().started_as("docker-credential-scw-prod"), "namespace list");
    assert_eq!(last(), (KEY_B.to_owned(), true));
    let error = refused(&world(), "namespace list --profile missing");
    assert_eq!(
        stable(&error),
        "profile \"missing\" was requested, but ~/.config/scw/config.yaml has no such profile \
         (it has prod); name a profile that exists",
    );
    let agent = stub.state().requests[0].headers["user-agent"].clone();
    assert_eq!(agent, concat!("docker-credential-scw/", env!("CARGO_PKG_VERSION")));
}

#[test]
fn without_a_key_nothing_is_sent_and_the_hint_says_where_to_get_one() {
    let stub = ApiStub::new();
    let error = refused(&World::new().set("SCW_API_URL", &stub.url), "image list");
    assert_eq!(
        error,
        "no secret key for rg.fr-par.scw.cloud; run `docker-credential-scw save-key`, set \
         SCW_SECRET_KEY, or name a profile with --profile",
    );
    assert!(stub.calls().is_empty());
}

#[test]
fn a_key_in_place_of_an_id_is_not_sent() {
    let stub = ApiStub::new();
    for line in ["namespace get", "image delete", "tag get", "tag list"] {
        let error = refused(&user(&stub), &format!("{line} {KEY_A}"));
        assert_eq!(
            error,
            "the argument is the secret key itself: it was not sent; use a name or an ID"
        );
    }
    assert!(stub.calls().is_empty());
}

#[test]
fn a_part_of_a_key_that_was_typed_as_a_name_is_not_shown() {
    let stub = ApiStub::new();
    let part = &KEY_A[..30];
    for line in ["namespace get", "image get", "tag get", "image update visibility=public"] {
        for reference in [
            part.to_owned(),
            format!("{part}/app:1"),
            format!("my-ns/{part}:x"),
            format!("{part}?"),
        ] {
            let outcome = run(&user(&stub), &format!("{line} {reference}"));
            // A change needs the namespace: it is refused before anything is sent.
            let has_namespace = reference.contains('/') || !line.contains("update");
            let is_understood = !reference.contains('?') && has_namespace;
            let exit = if is_understood { Exit::Failure } else { Exit::Usage };
            assert_eq!(outcome.exit, exit, "{outcome:?}");
            assert!(!outcome.stderr.contains(part), "{}", outcome.stderr);
        }
    }
    stub.state().always = vec![("/", Fault::Status(400, "", String::new()))];
    let error = refused(&user(&stub), &format!("namespace create --name {part}"));
    assert!(!error.contains(part), "{error}");
}

#[test]
fn a_key_goes_over_https_or_to_this_machine_only() {
    for (url, api) in [
        ("http://api.scaleway.com", "api.scaleway.com"),
        ("http://127.0.0.1.evil.com", "127.0.0.1.evil.com"),
        ("http://user@127.0.0.1:1", "127.0.0.1"),
        ("http://127.0.0.1@evil.com", "evil.com"),
        ("ftp://127.0.0.1", "127.0.0.1"),
        ("api.scaleway.com", "api.scaleway.com"),
        ("https://", "something that is not a URL"),
        ("https://api.scaleway.com/?x=", "api.scaleway.com"),
        ("https://api.scaleway.com/#", "api.scaleway.com"),
        ("https://api.scaleway.com:http", "something that is not a URL"),
        ("http://127.0.0.1:99999", "something that is not a URL"),
        ("nonsense", "nonsense"),
    ] {
        let world = World::new().set("SCW_SECRET_KEY", KEY_A).set("SCW_API_URL", url);
        let error = refused(&world, "namespace list");
        let end = ", and keys are not sent there; set SCW_API_URL, or api_url in config.yaml, to an \
                   https URL (or http on this machine)";
        let start = error.strip_prefix("the API URL is set to ").unwrap();
        assert_eq!(start.strip_suffix(end).unwrap(), api);
    }
}
