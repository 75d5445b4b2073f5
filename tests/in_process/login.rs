//! `login` through the helper: what the keyring holds after a login that failed.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use docker_credential_scw::Exit;
use docker_credential_scw::secret_key::SecretKey;

use crate::support::{FR, KEY_A, KEY_B, KEY_C, World};

/// Answers with no key the first time, and as `then` says from then on.
fn helper(then: &str) -> String {
    format!(
        "#!/bin/sh\nread host\nif [ -e \"$HOME/asked\" ]; then {then}\nelse : >\"$HOME/asked\"; \
         echo credentials not found in native keychain; exit 1; fi\n"
    )
}

fn answer(key: &str) -> String {
    format!("echo '{{\"ServerURL\":\"{FR}\",\"Username\":\"nologin\",\"Secret\":\"{key}\"}}'")
}

fn key(text: &str) -> SecretKey {
    SecretKey::parse(text).unwrap()
}

/// A user whose helper is registered, with this key in the keyring, and podman.
fn user(before: Option<&str>, helper: &str, podman: &str) -> World {
    let world = World::new()
        .file("bin/docker-credential-scw", helper)
        .file("bin/podman", podman)
        .file(".docker/config.json", format!("{{\"credHelpers\": {{\"{FR}\": \"scw\"}}}}"));
    for program in ["bin/docker-credential-scw", "bin/podman"] {
        fs::set_permissions(world.path(program), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (home, path) = (world.path(""), world.path("bin"));
    let world = world.set("HOME", home).set("PATH", path);
    if let Some(before) = before {
        world.store(FR, before);
    }
    world
}

/// Logs in with `KEY_B`, and returns the exit code, the messages, and the key in the keyring.
fn login(world: &World) -> (Exit, String, Option<SecretKey>) {
    let words = ["login", "--program", "podman", "--secret-key-stdin"];
    let outcome = world.run(&words, KEY_B);
    assert_eq!(outcome.stdout, "");
    let messages = outcome.stderr.replace(world.home.path().to_str().unwrap(), "~");
    let key = world.keyring.state().entries.get(FR).cloned();
    (outcome.exit, messages, key)
}

#[test]
fn a_login_that_succeeds_keeps_its_key() {
    for before in [None, Some(KEY_A)] {
        let world = user(before, &helper(&answer(KEY_B)), "#!/bin/sh\nexit 0\n");
        let expected = (Exit::OfChild(0), String::new(), Some(key(KEY_B)));
        assert_eq!(login(&world), expected);
    }
}

#[test]
fn a_login_that_fails_puts_back_the_key_that_was_stored_before() {
    let other = "error: the helper has another key for rg.fr-par.scw.cloud (keyring)\n\
                 hint: change or remove that key first\n";
    let fails =
        "error: the helper for rg.fr-par.scw.cloud has no answer: the helper printed no answer\n";
    let cannot_start = "error: cannot start ~/bin/podman: No such file or directory (os error 2)\n";
    let interrupted = "#!/bin/sh\nkill -INT $$\n";
    for before in [None, Some(KEY_A)] {
        for (then, podman, exit, messages) in [
            (answer(KEY_B), "#!/bin/sh\nexit 125\n", Exit::OfChild(125), ""),
            (answer(KEY_B), interrupted, Exit::Interrupted, ""),
            (answer(KEY_B), "#!/nonexistent/shell\n", Exit::Failure, cannot_start),
            (answer(KEY_C), "#!/bin/sh\nexit 0\n", Exit::Failure, other),
            ("exit 0".to_owned(), "#!/bin/sh\nexit 0\n", Exit::Failure, fails),
        ] {
            let world = user(before, &helper(&then), podman);
            let expected = (exit, messages.to_owned(), before.map(key));
            assert_eq!(login(&world), expected, "{then}");
            assert_eq!(world.stored_hosts().is_empty(), before.is_none());
        }
    }
}
