//! What Docker itself would send: its own login, or an outdated key in the keyring.

use std::fs;

use super::{assert_check, doctor};
use crate::Scenario;
use crate::canary::base64;
use crate::doctor::{read, sound};
use crate::keyring::{Keyring, Session, login as login_request};
use crate::stage::{FR, KEY, NL, OTHER_KEY, Stage, both, run};
use crate::tls_server::{Response, TlsServer};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "doctor_checks_the_credentials_docker_would_send",
        needs: &[],
        play: dockers_own,
    },
    Scenario {
        name: "doctor_finds_an_outdated_key_in_the_keyring",
        needs: &["dbus-daemon", "gnome-keyring-daemon", "docker"],
        play: rotated,
    },
];

fn login(host: &str, key: &str) -> String {
    let auth = base64(format!("nologin:{key}").as_bytes());
    format!(r#"{{"auths":{{"{host}":{{"auth":"{auth}"}}}}}}"#)
}

fn dockers_own(stage: &Stage) {
    sound(stage);
    let _server = takes_one_key(stage);
    let docker = |version: &str| {
        let path = stage.directory.join("bin/docker");
        let _ = fs::remove_file(&path);
        fs::write(&path, format!("#!/bin/sh\necho Docker version {version}, build 1\n")).unwrap();
        let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        fs::set_permissions(&path, mode).unwrap();
    };
    // Docker 28.3 uses the variable before any helper.
    let with_variable = |key: &str| {
        let line = "docker-credential-scw doctor -o json --region fr-par";
        let words: Vec<_> = line.split(' ').collect();
        let mut command = stage.command(&words, None);
        command.env("DOCKER_AUTH_CONFIG", login(FR, key));
        read(&run(command, ""))
    };
    docker("28.3.0");
    let (works, checks) = with_variable(OTHER_KEY);
    assert!(!works, "{checks:?}");
    let found = "the key is not known (from variable DOCKER_AUTH_CONFIG)";
    assert_check(&checks[0], "registry-wrong-key", found, Some("unset DOCKER_AUTH_CONFIG"));
    let (works, checks) = with_variable("no-uuid");
    assert!(!works, "{checks:?}");
    let found = "the login is not a secret key (from variable DOCKER_AUTH_CONFIG)";
    assert_check(&checks[0], "registry-not-a-key", found, Some("unset DOCKER_AUTH_CONFIG"));
    assert!(with_variable(KEY).0);
    docker("28.2.2");
    assert!(with_variable(OTHER_KEY).0);

    // Nothing is registered, and Docker's file has old credentials.
    let config = stage.home().join(".docker/config.json");
    fs::write(&config, login(FR, OTHER_KEY)).unwrap();
    let (works, checks) = doctor(stage, "--region fr-par", None);
    assert!(!works, "{checks:?}");
    assert_check(
        &checks[0],
        "registry-wrong-key",
        "the key is not known (of Docker's login in plaintext in its config.json)",
        Some("docker logout rg.fr-par.scw.cloud && docker-credential-scw install --region fr-par"),
    );
    fs::write(&config, login(NL, KEY)).unwrap();
    let (works, checks) = doctor(stage, "--region nl-ams", None);
    assert!(works, "{checks:?}");
    let found = "the key is accepted (of Docker's login in plaintext in its config.json)";
    assert_check(&checks[0], "registry", found, None);
    fs::remove_file(&config).unwrap();
}

/// A server for Paris that accepts only `KEY`.
fn takes_one_key(stage: &Stage) -> TlsServer {
    let good = format!("Basic {}", base64(format!("nologin:{KEY}").as_bytes()));
    TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 443), move |request| match &request
        .authorization
    {
        Some(key) if *key == good => Response::json(200, "{}"),
        _ => Response::json(401, "{}").with("WWW-Authenticate", "Basic realm=\"x\""),
    })
}

/// The key in config.yaml was replaced, and the keyring still has the old one.
fn rotated(stage: &Stage) {
    sound(stage);
    let _server = takes_one_key(stage);
    let session = Session::start(stage, &Keyring::Unlocked);
    assert_eq!(session.call("store", &login_request(FR, OTHER_KEY)), "");
    let doctor = || {
        let line = "docker-credential-scw doctor --region fr-par -o json";
        let words: Vec<_> = line.split(' ').collect();
        read(&run(session.command(&words), ""))
    };
    let (works, checks) = doctor();
    assert!(!works);
    let remedy = "docker-credential-scw logout --region fr-par";
    assert_check(
        &checks[0],
        "registry-wrong-key",
        "the key is not known (from keyring); that of the profile default would work",
        Some(remedy),
    );
    let typed: Vec<_> = remedy.split(' ').collect();
    let output = run(session.command(&typed), "");
    assert!(output.status.success(), "{}", both(&output));
    let (works, checks) = doctor();
    assert!(works, "{checks:?}");
    assert_check(&checks[0], "registry", "the key is accepted (from profile default)", None);
}
