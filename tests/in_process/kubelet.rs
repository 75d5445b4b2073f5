//! The kubelet's credential provider, asked by a strict model of the kubelet.

use std::sync::atomic::Ordering;
use std::time::Duration;

use docker_credential_scw::Exit;

use crate::support::kubelet::{Execution, Kubelet, Provider, matches, request};
use crate::support::{FR, KEY_A, KEY_B, KEY_C, NL, Outcome, World};

const NAME: &str = "/opt/bin/scw-credential-provider";
const APP: &str = "rg.fr-par.scw.cloud/ns/app";
const ALL: &[&str] = &["rg.*.scw.cloud", "rg.*.scw.eu"];

fn node() -> World {
    World::new().started_as(NAME)
}

fn with_key() -> World {
    node().set("SCW_SECRET_KEY", KEY_A)
}

fn ask(world: &World, image: &str) -> Outcome {
    world.run(&[], request(image))
}

/// A kubelet on this machine.
fn run(world: &World) -> impl Fn(&Provider, &str) -> Execution {
    |_, request| {
        let outcome = world.run(&[], request);
        let code = i32::from(outcome.exit != Exit::Success);
        let stdout = outcome.stdout.into_bytes();
        Execution { code: Some(code), stdout, stderr: outcome.stderr, time: Duration::ZERO }
    }
}

fn answer(auth: &str, duration: &str) -> Outcome {
    let head = r#"{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderResponse","cacheKeyType":"Registry","cacheDuration":"#;
    Outcome { stdout: format!("{head}\"{duration}\"{auth}}}\n"), ..Outcome::success() }
}

fn with_login(host: &str, key: &str) -> Outcome {
    let auth = format!(r#","auth":{{"{host}":{{"username":"nologin","password":"{key}"}}}}"#);
    answer(&auth, "5m0s")
}

fn without_login() -> Outcome {
    answer("", "0s")
}

fn failure(message: &str) -> Outcome {
    let stderr = format!("docker-credential-scw: {message}\n");
    Outcome { exit: Exit::Failure, stdout: String::new(), stderr }
}

#[test]
fn an_image_of_scaleways_registry_gets_the_key_under_its_registry() {
    for (image, host) in [
        ("rg.fr-par.scw.cloud/ns/app", FR),
        ("rg.fr-par.scw.cloud/ns/app:1.2", FR),
        ("rg.fr-par.scw.cloud/ns/app@sha256:96e9340afe8cd4ab5ee2989f5a544c34", FR),
        ("rg.fr-par.scw.cloud:443/ns/app", "rg.fr-par.scw.cloud:443"),
        ("rg.it-mil.scw.eu/ns/app", "rg.it-mil.scw.eu"),
        ("rg.xx-new.scw.cloud/ns/app", "rg.xx-new.scw.cloud"),
        ("RG.fr-par.scw.cloud/ns/app", "RG.fr-par.scw.cloud"),
    ] {
        assert_eq!(ask(&with_key(), image), with_login(host, KEY_A), "{image}");
    }
}

#[test]
fn both_ways_to_start_it_give_the_same_answer() {
    let world = World::new().set("SCW_SECRET_KEY", KEY_A);
    let by_word = world.run(&["kubelet-credential-provider"], request(APP));
    assert_eq!(by_word, with_login(FR, KEY_A));
    assert_eq!(with_key().run(&["kubelet-credential-provider"], request(APP)), by_word);
    assert_eq!(
        with_key().started_as("scw-credential-provider.exe").run(&[], request(APP)),
        by_word
    );
}

#[test]
fn under_its_name_the_other_commands_are_there_as_well() {
    let version = with_key().run(&["version"], "");
    let expected = concat!("(docker-credential-scw) ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(version.stdout, format!("scw-credential-provider {expected}"));
    let help = with_key().run(&["kubelet-credential-provider", "--help"], "");
    assert_eq!((help.exit, help.stderr.as_str()), (Exit::Success, ""));
    assert_eq!(with_key().run(&["x", "y"], "").exit, Exit::Usage);
}

#[test]
fn an_image_of_another_registry_is_an_answer_without_a_login() {
    for image in [
        "debian",
        "docker.io/library/debian",
        "rg.fr-par.scw.cloud",
        "rg.fr-par.scw.cloud:443",
        "localhost/rg.fr-par.scw.cloud/app",
        "rg.fr-par.scw.cloud.evil.com/ns/app",
        "evil.com/rg.fr-par.scw.cloud/app",
        "rg.fr-par.scw.cloud:80/ns/app",
        "rg.fr-par.scw.cloud:0443/ns/app",
        "rg.fr-par.scw.cloud./ns/app",
        "user@rg.fr-par.scw.cloud/ns/app",
        "http://rg.fr-par.scw.cloud/ns/app",
        "https://rg.fr-par.scw.cloud/ns/app",
        "evil.com?x.rg.fr-par.scw.cloud/ns/app",
        "rg.*.scw.cloud/ns/app",
        "rg.fr-par.ѕcw.cloud/ns/app",
    ] {
        assert_eq!(ask(&with_key(), image), without_login(), "{image}");
    }
}

#[test]
fn no_key_is_an_answer_without_a_login() {
    assert_eq!(ask(&node(), APP), without_login());
    assert_eq!(ask(&node().homeless(), APP), without_login());
}

#[test]
fn the_key_is_looked_up_in_the_order_of_get() {
    let config = format!("secret_key: {KEY_A}\nprofiles:\n  prod:\n    secret_key: {KEY_B}\n");
    let world = || node().config(&config);
    assert_eq!(ask(&world(), APP), with_login(FR, KEY_A));
    assert_eq!(ask(&world().set("SCW_PROFILE", "prod"), APP), with_login(FR, KEY_B));
    let both = world().set("SCW_PROFILE", "prod").set("SCW_SECRET_KEY", KEY_C);
    assert_eq!(ask(&both, APP), with_login(FR, KEY_C));
    let bound = world().started_as("docker-credential-scw-prod").set("SCW_SECRET_KEY", KEY_C);
    let answer = bound.run(&["kubelet-credential-provider"], request(APP));
    assert_eq!(answer, with_login(FR, KEY_B));
    let stored = world();
    stored.store(NL, KEY_C);
    assert_eq!(ask(&stored, "rg.nl-ams.scw.cloud/ns/app"), with_login(NL, KEY_C));
}

#[test]
fn without_home_the_config_is_the_one_that_the_variable_names() {
    let world = World::new().file("etc/scw.yaml", format!("secret_key: {KEY_A}\n"));
    let path = world.path("etc/scw.yaml");
    let world = world.started_as(NAME).homeless().without_state_dir().set("SCW_CONFIG_PATH", path);
    assert_eq!(ask(&world, APP), with_login(FR, KEY_A));
}

#[test]
fn a_broken_source_is_one_line_on_stderr_and_1() {
    assert_eq!(
        ask(&node().set("SCW_SECRET_KEY", "SCWXXXXXXXXXXXXXXXXX"), APP),
        failure(
            "the variable SCW_SECRET_KEY holds an access key (they begin with SCW), not a secret \
             key; use the secret key (a UUID) of that API key, or unset SCW_SECRET_KEY to use \
             another source"
        )
    );
    // Other registries do not need the key.
    let broken = node().set("SCW_SECRET_KEY", "SCWXXXXXXXXXXXXXXXXX");
    assert_eq!(ask(&broken, "docker.io/library/debian"), without_login());
}

#[test]
fn a_request_that_is_none_is_one_line_on_stderr_and_1() {
    let not_a_request =
        |at: &str| format!("the request is not a CredentialProviderRequest as JSON ({at})");
    let of_version = |version: &str| {
        format!(
            r#"{{"kind":"CredentialProviderRequest","apiVersion":"{version}","image":"{APP}"}}"#
        )
    };
    let other_version = |version: &str| {
        format!(
            "the request has the apiVersion \"{version}\"; this program supports \
             credentialprovider.kubelet.k8s.io/v1 only; set apiVersion of the provider \
             scw-credential-provider to credentialprovider.kubelet.k8s.io/v1 in the kubelet's \
             CredentialProviderConfig"
        )
    };
    let v1 = "credentialprovider.kubelet.k8s.io/v1";
    let of_kind =
        |kind: &str| format!(r#"{{"kind":"{kind}","apiVersion":"{v1}","image":"{APP}"}}"#);
    let other_kind = "the request is not of the kind CredentialProviderRequest".to_owned();
    let not_an_image = "the image in the request is not an image name".to_owned();
    for (request, message) in [
        (String::new(), not_a_request("line 1, column 0")),
        ("not json".to_owned(), not_a_request("line 1, column 2")),
        ("[]".to_owned(), not_a_request("line 1, column 0")),
        (request(APP) + "{}", not_a_request("line 2, column 1")),
        (r#"{"image":5}"#.to_owned(), not_a_request("line 1, column 10")),
        ("{}".to_owned(), other_version("")),
        (of_version("v1"), other_version("v1")),
        (
            of_version("credentialprovider.kubelet.k8s.io/v1beta1"),
            other_version("credentialprovider.kubelet.k8s.io/v1beta1"),
        ),
        (of_kind("Pod"), other_kind.clone()),
        (of_kind(""), other_kind),
        (request(""), not_an_image.clone()),
        (request("rg.fr-par.scw.cloud/"), not_an_image.clone()),
        (request("rg.fr-par.scw.cloud/ns/app\\n"), not_an_image.clone()),
        (request("rg.fr-par.scw.cloud\\u0000/ns/app"), not_an_image),
        ("x".repeat(300_000), "the request is longer than 256 KiB: refused".to_owned()),
    ] {
        let shown: String = request.chars().take(100).collect();
        assert_eq!(with_key().run(&[], &request), failure(&message), "{shown}");
    }
}

#[test]
fn fields_that_newer_kubelets_send_are_ignored() {
    let request = format!(
        r#"{{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderRequest",
        "image":"{APP}","serviceAccountToken":"ey.a.b","serviceAccountAnnotations":{{"a":"b"}},
        "new":[1,{{"x":null}}]}}"#
    );
    assert_eq!(with_key().run(&[], request), with_login(FR, KEY_A));
}

#[test]
fn on_a_terminal_it_prints_what_it_waits_for() {
    let outcome = ask(&with_key().on_a_terminal(), APP);
    let stderr = "docker-credential-scw: waiting for a CredentialProviderRequest as JSON, which the \
                  kubelet sends\n";
    assert_eq!(outcome, Outcome { stderr: stderr.to_owned(), ..with_login(FR, KEY_A) });
}

#[test]
fn the_models_patterns_match_as_the_kubelets() {
    for (pattern, image, expected) in [
        ("rg.*.scw.cloud", APP, true),
        ("rg.*.scw.cloud", "rg.a.b.scw.cloud/x", false),
        ("*.scw.cloud", APP, false),
        ("rg.fr-*.scw.cloud", APP, true),
        ("rg.fr-par.scw.cloud", "rg.fr-par.scw.cloud:443/ns/app", false),
        ("rg.fr-par.scw.cloud:443", "rg.fr-par.scw.cloud:443/ns/app", true),
        ("rg.fr-par.scw.cloud/ns", APP, true),
        ("rg.fr-par.scw.cloud/other", APP, false),
    ] {
        assert_eq!(matches(pattern, image), expected, "{pattern} {image}");
    }
}

#[test]
fn the_model_refuses_a_configuration_that_the_kubelet_refuses() {
    let good = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n\
                - name: a\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n  matchImages: [b.c]\n\
                \x20 defaultCacheDuration: 1h0m5s\n  env: [{name: D, value: e}]\n";
    let started = Kubelet::start(good).unwrap();
    let expected = Provider {
        name: "a".to_owned(),
        match_images: vec!["b.c".to_owned()],
        default_cache_duration: Duration::from_secs(3605),
        args: vec![],
        env: vec![("D".to_owned(), "e".to_owned())],
    };
    assert_eq!(started.providers, [expected]);
    for (from, to) in [
        ("kubelet.config.k8s.io/v1", "v1"),
        ("name: a", "name: a/b"),
        ("name: a", "name: 1"),
        ("[b.c]", "[]"),
        ("1h0m5s", "5"),
        ("1h0m5s", "5 minutes"),
        ("env:", "envs:"),
        ("value: e", "value: yes"),
        ("name: a", "name: a\n  name: b"),
        ("k8s.io/v1\n  match", "k8s.io/v9\n  match"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        assert!(Kubelet::start(&bad).is_err(), "{bad}");
    }
}

#[test]
fn the_kubelet_gets_the_key_and_keeps_it_for_five_minutes() {
    let kubelet = Kubelet::with_provider(ALL);
    let world = with_key();
    let logins = |image: &str| kubelet.logins(image, &run(&world)).unwrap();
    let login = vec![("nologin".to_owned(), KEY_A.to_owned())];
    assert_eq!(logins(APP), login);
    assert_eq!(logins("rg.fr-par.scw.cloud/other/image"), login);
    assert_eq!(kubelet.runs.load(Ordering::Relaxed), 1, "one registry is asked about once");
    assert_eq!(logins("rg.nl-ams.scw.cloud/ns/app"), login);
    assert_eq!(logins("rg.it-mil.scw.eu/ns/app"), login);
    assert_eq!(kubelet.runs.load(Ordering::Relaxed), 3);
    assert_eq!(logins("docker.io/library/debian"), []);
    assert_eq!(kubelet.runs.load(Ordering::Relaxed), 3, "no pattern matches");
    kubelet.wait(Duration::from_secs(300));
    logins(APP);
    assert_eq!(kubelet.runs.load(Ordering::Relaxed), 3);
    kubelet.wait(Duration::from_secs(1));
    logins(APP);
    assert_eq!(kubelet.runs.load(Ordering::Relaxed), 4);
}

#[test]
fn the_kubelet_asks_again_at_once_where_there_was_no_key() {
    let kubelet = Kubelet::with_provider(ALL);
    assert_eq!(kubelet.logins(APP, &run(&node())), Ok(vec![]));
    let login = vec![("nologin".to_owned(), KEY_B.to_owned())];
    let later = node().set("SCW_SECRET_KEY", KEY_B);
    assert_eq!(kubelet.logins(APP, &run(&later)), Ok(login));
}

#[test]
fn the_kubelet_uses_an_answer_for_a_registry_with_its_port() {
    let kubelet = Kubelet::with_provider(&["rg.fr-par.scw.cloud:443"]);
    let logins = kubelet.logins("rg.fr-par.scw.cloud:443/ns/app", &run(&with_key())).unwrap();
    assert_eq!(logins, [("nologin".to_owned(), KEY_A.to_owned())]);
}
