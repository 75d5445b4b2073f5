//! `docker-config` and `kubernetes-secret`: copies of the key, and nothing else, on standard output.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docker_credential_scw::Exit;
use serde_json::{Value, json};

use crate::support::kubelet::yaml;
use crate::support::{FR, KEY_A, KEY_B, NL, Outcome, World};

const NOTE: &str =
    "docker-credential-scw: this is a copy of the key; after the key is rotated, create it again\n";

fn with_key() -> World {
    World::new().set("SCW_SECRET_KEY", KEY_A)
}

fn two_profiles() -> World {
    World::new().config(format!(
        "secret_key: {KEY_A}\nprofiles:\n  prod:\n    secret_key: {KEY_B}\n    default_region: nl-ams\n"
    ))
}

fn auth(key: &str) -> String {
    STANDARD.encode(format!("nologin:{key}"))
}

fn copied(stdout: impl Into<String>) -> Outcome {
    Outcome { stdout: stdout.into(), stderr: NOTE.to_owned(), exit: Exit::Success }
}

fn config(logins: &[(&str, &str)]) -> String {
    let login = |(host, key): &(&str, &str)| format!("\"{host}\":{{\"auth\":\"{}\"}}", auth(key));
    let logins: Vec<_> = logins.iter().map(login).collect();
    format!("{{\"auths\":{{{}}}}}", logins.join(","))
}

fn failed(error: &str, hint: &str) -> Outcome {
    let stderr = format!("error: {error}\nhint: {hint}\n");
    Outcome { exit: Exit::Failure, stdout: String::new(), stderr }
}

#[test]
fn docker_config_is_one_line_for_the_profiles_region() {
    let outcome = with_key().run(&["docker-config"], "");
    assert_eq!(outcome, copied(config(&[(FR, KEY_A)]) + "\n"));
    let outcome = two_profiles().run(&["docker-config", "--profile", "prod"], "");
    assert_eq!(outcome, copied(config(&[(NL, KEY_B)]) + "\n"));
    let bound = two_profiles().started_as("docker-credential-scw-prod");
    assert_eq!(bound.run(&["docker-config"], ""), outcome);
}

#[test]
fn docker_config_takes_regions_and_all() {
    let outcome = with_key().run(&["docker-config", "--region", "nl-ams,fr-par"], "");
    assert_eq!(outcome, copied(config(&[(NL, KEY_A), (FR, KEY_A)]) + "\n"));
    let outcome = with_key().run(&["docker-config", "region=all"], "");
    let all = [
        (FR, KEY_A),
        (NL, KEY_A),
        ("rg.pl-waw.scw.cloud", KEY_A),
        ("rg.it-mil.scw.cloud", KEY_A),
        ("rg.it-mil.scw.eu", KEY_A),
    ];
    assert_eq!(outcome, copied(config(&all) + "\n"));
}

#[test]
fn docker_config_in_base64_is_the_same_file() {
    let outcome = with_key().run(&["docker-config", "-o", "base64"], "");
    assert_eq!(outcome, copied(STANDARD.encode(config(&[(FR, KEY_A)])) + "\n"));
}

#[test]
fn each_registry_gets_the_key_that_get_answers() {
    let world = World::new().config(format!("secret_key: {KEY_A}\n"));
    world.store(NL, KEY_B);
    let outcome = world.run(&["docker-config", "--region", "fr-par,nl-ams"], "");
    assert_eq!(outcome, copied(config(&[(FR, KEY_A), (NL, KEY_B)]) + "\n"));
}

#[test]
fn the_key_on_standard_input_is_used_instead_of_any_other() {
    let words = ["docker-config", "--secret-key-stdin"];
    let outcome = with_key().run(&words, format!("{KEY_B}\n"));
    assert_eq!(outcome, copied(config(&[(FR, KEY_B)]) + "\n"));
    // The profile says the region then.
    let words = ["docker-config", "--secret-key-stdin", "--profile", "prod"];
    let outcome = two_profiles().run(&words, KEY_A);
    assert_eq!(outcome, copied(config(&[(NL, KEY_A)]) + "\n"));
    let outcome = with_key().run(&["kubernetes-secret", "--secret-key-stdin"], "SCWABC");
    let expected = failed(
        "standard input holds an access key (they begin with SCW), not a secret key",
        "use the secret key (a UUID) of that API key",
    );
    assert_eq!(outcome, expected);
}

#[test]
fn without_a_key_nothing_is_printed() {
    let hint = "set SCW_SECRET_KEY, run `docker-credential-scw save-key`, or pipe the key in with \
                --secret-key-stdin";
    for command in ["docker-config", "kubernetes-secret"] {
        let outcome = World::new().run(&[command], "");
        assert_eq!(outcome, failed("no key for rg.fr-par.scw.cloud", hint));
        // A copy that lacks a registry would be noticed when a pod does not start.
        let world = World::new();
        world.store(FR, KEY_A);
        let outcome = world.run(&[command, "--region", "fr-par,nl-ams"], "");
        assert_eq!(outcome, failed("no key for rg.nl-ams.scw.cloud", hint));
    }
}

#[test]
fn a_secret_is_yaml_that_a_strict_reader_takes() {
    let data = STANDARD.encode(config(&[(FR, KEY_A)]));
    let text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"scaleway-registry\"\n  labels:\n    \
         app.kubernetes.io/managed-by: docker-credential-scw\ntype: kubernetes.io/dockerconfigjson\n\
         data:\n  .dockerconfigjson: {data}\n"
    );
    assert_eq!(with_key().run(&["kubernetes-secret"], ""), copied(&text));
    let words = ["kubernetes-secret", "1.5", "--namespace", "77", "-o"];
    let manifest = |name: &str, namespace: &str| {
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "labels": {"app.kubernetes.io/managed-by": "docker-credential-scw"},
            },
            "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": data},
        })
    };
    for format in ["yaml", "json"] {
        let outcome = with_key().run(&[&words[..], &[format]].concat(), "");
        assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, NOTE));
        assert_eq!(yaml(&outcome.stdout), Ok(manifest("1.5", "77")), "{format}");
        let is_json = serde_json::from_str::<Value>(&outcome.stdout).is_ok();
        assert_eq!(is_json, format == "json");
    }
    let named = with_key().run(&["kubernetes-secret", "name=null", "namespace=no"], "");
    assert_eq!(yaml(&named.stdout), Ok(manifest("null", "no")));
}

#[test]
fn a_name_that_kubernetes_refuses_is_refused_before_a_key_is_read() {
    let world = with_key().set("SCW_PROFILE", "missing");
    for words in [["My_Secret", "--namespace=web"], ["my-secret", "--namespace=a.b"]] {
        let outcome = world.run(&[&["kubernetes-secret"], &words[..]].concat(), "");
        assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Usage, ""), "{words:?}");
    }
    let outcome = world.run(&["kubernetes-secret", "My_Secret"], "");
    assert_eq!(
        outcome.stderr,
        "error: invalid value 'My_Secret' for '[NAME]': a name has lower-case letters, digits, - \
         and ., up to 253 characters, and begins and ends with a letter or a digit\n\nFor more \
         information, try '--help'.\n"
    );
}

#[test]
fn on_a_terminal_the_copy_is_printed_as_well() {
    let outcome = with_key().on_a_terminal().run(&["docker-config"], "");
    assert_eq!(outcome, copied(config(&[(FR, KEY_A)]) + "\n"));
}
