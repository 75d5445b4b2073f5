//! `login` through a registered helper.

use std::fs;

use super::{Machine, RECORDER, WITH_KEY, login_call};
use crate::{FR, KEY, OTHER_KEY, shown};

#[test]
fn podman_logs_in_through_a_helper_that_has_the_key() {
    for program in ["podman", "buildah", "skopeo"] {
        let machine = Machine::new(&[program]);
        machine.register(FR, "scw");
        let output = machine.run(&["login", "--program", program], WITH_KEY, "");
        let (code, _, stderr) = shown(&output);
        assert_eq!((code, stderr.as_str()), (Some(0), "printed on standard error\n"));
        assert_eq!(machine.calls(), format!("~/bin/{program} login {FR}\n"));
        assert_eq!(machine.read("stdin"), "");
    }
    // Docker passes the key to the helper itself.
    let machine = Machine::new(&["docker"]);
    machine.register(FR, "scw");
    machine.run(&["login"], WITH_KEY, "");
    assert_eq!(machine.calls(), login_call("docker", FR));
}

#[test]
fn a_key_that_differs_from_the_helpers_is_stored_first() {
    let machine = Machine::new(&["podman"]);
    machine.register(FR, "scw");
    let words = ["login", "--program", "podman", "--secret-key-stdin"];
    // The key cannot be stored: there is no keyring.
    let (code, _, stderr) = shown(&machine.run(&words, &[], OTHER_KEY));
    let error = "error: cannot store the key for rg.fr-par.scw.cloud: there is no keyring in this \
                 session (no D-Bus session bus)\n\
                 hint: set SCW_SECRET_KEY, or run `docker-credential-scw save-key`: then no login \
                 is needed\n";
    assert_eq!((code, stderr.as_str()), (Some(1), error));
    // For every client, a variable takes precedence over stored keys.
    machine.config(&format!("secret_key: {OTHER_KEY}\n"));
    machine.program("docker", RECORDER);
    for program in ["podman", "docker"] {
        let words = ["login", "--program", program, "--secret-key-stdin"];
        let (code, _, stderr) = shown(&machine.run(&words, WITH_KEY, OTHER_KEY));
        assert_eq!(code, Some(1));
        let message = "error: the helper has another key for rg.fr-par.scw.cloud (variable \
                    SCW_SECRET_KEY)\nhint: change or remove that key first\n";
        assert_eq!(stderr, message);
    }
    assert_eq!(machine.calls(), "");
    // Without the variable, the login works.
    assert_eq!(machine.run(&words, &[], OTHER_KEY).status.code(), Some(0));
    assert_eq!(machine.calls(), format!("~/bin/podman login {FR}\n"));
}

#[test]
fn login_uses_the_key_of_the_helpers_profile() {
    let machine = Machine::new(&["podman", "docker"]);
    machine.register(FR, "scw-prod");
    machine
        .config(&format!("secret_key: {OTHER_KEY}\nprofiles: {{prod: {{secret_key: {KEY}}}}}\n"));
    let output = machine.run(&["login", "--program", "podman"], &[], "");
    assert_eq!(output.status.code(), Some(0));
    machine.run(&["login"], &[], "");
    assert_eq!(machine.read("stdin"), KEY);
    let words = ["login", "--program", "podman", "--secret-key-stdin"];
    let (code, _, stderr) = shown(&machine.run(&words, &[], OTHER_KEY));
    let error = "error: cannot store the key for rg.fr-par.scw.cloud: this helper is bound to the \
                 profile \"prod\" of config.yaml, which has a different key\n\
                 hint: change secret_key there instead\n";
    assert_eq!((code, stderr.as_str()), (Some(1), error));
}

#[test]
fn a_failing_helper_is_an_error_and_nothing_is_stored() {
    let machine = Machine::new(&["podman"]);
    machine.register(FR, "scw");
    fs::remove_file(machine.path("bin/docker-credential-scw")).unwrap();
    machine.program("docker-credential-scw", "#!/bin/sh\nexit 3\n");
    let words = ["login", "--program", "podman"];
    let (code, _, stderr) = shown(&machine.run(&words, WITH_KEY, ""));
    assert_eq!(code, Some(1));
    let message = "error: the helper for rg.fr-par.scw.cloud has no answer: the helper failed\n";
    assert_eq!(stderr, message);
    assert_eq!(machine.calls(), "");
}

#[test]
fn a_registered_helper_that_is_missing_is_an_error_before_login() {
    let machine = Machine::new(&["docker", "podman"]);
    machine.register(FR, "scw-prod");
    fs::remove_file(machine.path("bin/docker-credential-scw-prod")).unwrap();
    for program in ["docker", "podman"] {
        let (code, _, stderr) = shown(&machine.run(&["login", "--program", program], WITH_KEY, ""));
        let error = "error: ~/.docker/config.json registers the helper scw-prod for \
                     rg.fr-par.scw.cloud, but docker-credential-scw-prod is not on PATH\n\
                     hint: install it with `docker-credential-scw install --profile prod`\n";
        assert_eq!((code, machine.stable(&stderr).as_str()), (Some(1), error));
    }
    assert_eq!(machine.calls(), "");
}

#[test]
fn plaintext_credentials_are_reported() {
    // Without a helper, the client stores the key as plaintext, and `login` says so.
    let machine = Machine::new(&["docker"]);
    machine.finish_with(&format!(
        "mkdir -p \"$HOME/.docker\"; echo '{{\"auths\":{{\"{FR}\":{{\"auth\":\"bm9sb2dpbjp4\"}}}}}}' >\"$HOME/.docker/config.json\""
    ));
    let (_, _, stderr) = shown(&machine.run(&["login"], WITH_KEY, ""));
    assert_eq!(
        machine.stable(&stderr),
        "printed on standard error\n\
         docker-credential-scw: ~/.docker/config.json: plaintext credentials for \
         rg.fr-par.scw.cloud; to fix it: PROGRAM install --yes\n"
    );
    // With the helper registered, older credentials in podman's file are used before it.
    let machine = Machine::new(&["podman", "buildah", "skopeo"]);
    machine.register(FR, "scw");
    fs::create_dir_all(machine.path("run/containers")).unwrap();
    let auths = format!("{{\"auths\":{{\"{FR}\":{{\"auth\":\"bm9sb2dpbjp4\"}}}}}}");
    fs::write(machine.path("run/containers/auth.json"), auths).unwrap();
    let runtime = machine.path("run").display().to_string();
    let variables = [("SCW_SECRET_KEY", KEY), ("XDG_RUNTIME_DIR", &runtime)];
    for client in ["podman", "buildah", "skopeo"] {
        let (_, _, stderr) = shown(&machine.run(&["login", "--program", client], &variables, ""));
        assert_eq!(
            machine.stable(&stderr),
            format!(
                "printed on standard error\n\
                 docker-credential-scw: ~/run/containers/auth.json: plaintext credentials for \
                 rg.fr-par.scw.cloud, which {client} uses before the helper; to fix it: \
                 docker-credential-scw install --yes\n"
            )
        );
    }
}
