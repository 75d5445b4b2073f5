//! Each system call of the actions, `install` and `uninstall` fails once with each error that it
//! can plausibly return, and the program is killed at each call.
//!
//! `cargo test` injects some of these faults, and `tests/faults` injects all of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use crate::Scenario;
use crate::fault_injection::{Action, State, play};
use crate::keyring::{Keyring, Session};
use crate::stage::{FR, KEY, OTHER_KEY, Stage, answer_with, both, run};

const NEEDS: &[&str] = &["strace", "timeout"];
const WITH_KEYRING: &[&str] = &["strace", "timeout", "dbus-daemon", "gnome-keyring-daemon"];

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "faults_in_get", needs: NEEDS, play: get },
    Scenario { name: "faults_in_list", needs: NEEDS, play: list },
    Scenario { name: "faults_in_store", needs: WITH_KEYRING, play: store },
    Scenario { name: "faults_in_erase", needs: WITH_KEYRING, play: erase },
    Scenario { name: "faults_in_install", needs: NEEDS, play: install },
    Scenario { name: "faults_in_uninstall", needs: NEEDS, play: uninstall },
];

fn key_in_file(stage: &Stage) {
    stage.scaleway_config(&format!("profiles:\n  a:\n    secret_key: {KEY}\nactive_profile: a\n"));
}

fn get(stage: &Stage) {
    key_in_file(stage);
    let command = || stage.command(&["docker-credential-scw", "get"], None);
    let look = || Ok(State::New);
    let action =
        Action { command: &command, stdin: FR, has_threads: false, reset: &|| {}, state: &look };
    play(stage, &action);
}

fn list(stage: &Stage) {
    key_in_file(stage);
    let command = || stage.command(&["docker-credential-scw", "list"], None);
    let look = || Ok(State::New);
    let action =
        Action { command: &command, stdin: "", has_threads: false, reset: &|| {}, state: &look };
    play(stage, &action);
}

/// `store` and `erase` change between two states, which `get` shows.
fn with_keyring(stage: &Stage, name: &str, request: &str, old: Option<&str>, new: Option<&str>) {
    let session = Session::start(stage, &Keyring::Unlocked);
    let answer = || {
        let output = run(session.command(&["docker-credential-scw", "get"]), FR);
        let text = both(&output);
        let key = [KEY, OTHER_KEY].into_iter().find(|key| text == answer_with(FR, key));
        match key {
            Some(key) => Ok(Some(key)),
            None if text == "credentials not found in native keychain\n" => Ok(None),
            None => Err(text),
        }
    };
    let reset = || {
        let _ = fs::remove_dir_all(stage.home().join(".local/state"));
        let output = match old {
            Some(key) => run(session.command(&["docker-credential-scw", "store"]), &login(key)),
            None => run(session.command(&["docker-credential-scw", "erase"]), FR),
        };
        assert!(output.status.success(), "{}", both(&output));
        assert_eq!(answer(), Ok(old));
    };
    let look = || match answer() {
        Ok(found) if found == new => Ok(State::New),
        Ok(found) if found == old => Ok(State::Old),
        // A key that may not have been stored is not used, and the login reports an error. The list
        // may name a key that the keyring does not have yet.
        Ok(None) => Ok(State::Between),
        other => Err(format!("get answers with {other:?}")),
    };
    let command = || session.command(&["docker-credential-scw", name]);
    play(
        stage,
        &Action {
            command: &command,
            stdin: request,
            has_threads: true,
            reset: &reset,
            state: &look,
        },
    );
}

fn login(key: &str) -> String {
    format!(r#"{{"ServerURL":"{FR}","Username":"nologin","Secret":"{key}"}}"#)
}

fn store(stage: &Stage) {
    with_keyring(stage, "store", &login(KEY), None, Some(KEY));
    with_keyring(stage, "store", &login(KEY), Some(OTHER_KEY), Some(KEY));
}

fn erase(stage: &Stage) {
    with_keyring(stage, "erase", FR, Some(KEY), None);
}

/// The script that `scw` writes to the program's path, and that `install` replaces.
const OLD_PROGRAM: &str = "#!/bin/sh\nscw registry docker-helper \"$@\"\n";

const OLD_CONFIG: &str = "{\n  \"auths\": {},\n  \"psFormat\": \"x\"\n}\n";

/// The files that install and uninstall change: Docker's config and the program.
type Files = (Option<Vec<u8>>, Option<Vec<u8>>);

fn read(stage: &Stage) -> Files {
    let program = stage.directory.join("bin/docker-credential-scw");
    (fs::read(stage.home().join(".docker/config.json")).ok(), fs::read(program).ok())
}

fn put(path: &Path, content: Option<&[u8]>, mode: u32) {
    let _ = fs::remove_file(path);
    if let Some(content) = content {
        fs::write(path, content).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn between(stage: &Stage, words: &[&str], old: &Files, new: &Files) {
    let reset = || {
        let directory = stage.home().join(".docker");
        let _ = fs::remove_dir_all(&directory);
        let _ = fs::remove_dir_all(stage.directory.join("bin"));
        fs::create_dir(stage.directory.join("bin")).unwrap();
        if old.0.is_some() {
            fs::create_dir(&directory).unwrap();
        }
        put(&directory.join("config.json"), old.0.as_deref(), 0o600);
        put(&stage.directory.join("bin/docker-credential-scw"), old.1.as_deref(), 0o755);
    };
    let look = || {
        let (config, program) = read(stage);
        if config != old.0 && config != new.0 {
            return Err(format!("config.json holds {:?}", config.map(String::from_utf8)));
        }
        if program != old.1 && program != new.1 {
            return Err("the program is neither the old nor the new one".to_owned());
        }
        let is_registered = config.as_ref().is_some_and(|text| {
            // install wrote it, so it is JSON.
            let config: serde_json::Value = serde_json::from_slice(text).unwrap();
            config["credHelpers"][FR] == "scw"
        });
        if is_registered && program.is_none() {
            return Err("config.json names a program that is not there".to_owned());
        }
        Ok(if (&config, &program) == (&new.0, &new.1) {
            State::New
        } else if (&config, &program) == (&old.0, &old.1) {
            State::Old
        } else {
            State::Between
        })
    };
    let program = stage.program.display().to_string();
    let path = format!("--path={}", stage.directory.join("bin").display());
    let words = [&[program.as_str(), words[0], &path], &words[1..]].concat();
    let command = || {
        let mut command = stage.command(&words, None);
        command.stdin(Stdio::null());
        command
    };
    play(
        stage,
        &Action { command: &command, stdin: "", has_threads: false, reset: &reset, state: &look },
    );
}

/// The files after an `install` that started from `old`.
fn installed(stage: &Stage, old: &str) -> Files {
    key_in_file(stage);
    let bin = stage.directory.join("bin/docker-credential-scw");
    fs::remove_file(&bin).unwrap();
    put(&stage.home().join(".docker/config.json"), Some(old.as_bytes()), 0o600);
    let path = format!("--path={}", stage.directory.join("bin").display());
    let program = stage.program.display().to_string();
    let words = [program.as_str(), "install", &path, "--region", "fr-par"];
    let output = run(stage.command(&words, None), "");
    assert!(output.status.success(), "{}", both(&output));
    read(stage)
}

fn install(stage: &Stage) {
    let new = installed(stage, OLD_CONFIG);
    let old = (Some(OLD_CONFIG.into()), Some(OLD_PROGRAM.into()));
    between(stage, &["install", "--region", "fr-par"], &old, &new);
}

fn uninstall(stage: &Stage) {
    let old = installed(stage, OLD_CONFIG);
    between(stage, &["uninstall"], &old, &(Some(OLD_CONFIG.into()), None));
}
