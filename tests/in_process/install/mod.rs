//! `install` and `uninstall`.
#![cfg(unix)]

mod command_line;
mod config_file;
mod consent;
mod docker_login;
mod docker_store;
mod other_accounts;
mod packages;
mod plaintext_credentials;
mod program_file;
mod regions_and_profiles;
mod screen;
mod steps;
mod stored_keys;

use std::fs;

use docker_credential_scw::Exit;

use crate::support::{KEY_A, KEY_B, Outcome, World, cause_and_hint};

const CONFIG: &str = ".docker/config.json";
const AUTH_FILE: &str = ".config/containers/auth.json";

/// A user with `~/bin` on PATH and a key.
fn user() -> World {
    let world = World::new().set("SCW_SECRET_KEY", KEY_A);
    fs::create_dir(world.path("bin")).unwrap();
    let (home, path) = (world.path(""), world.path("bin"));
    world.set("PATH", path).set("HOME", home)
}

fn run(world: &World, command: &str, words: &[&str]) -> Outcome {
    let path = format!("path={}", world.path("bin").display());
    let words = [&[command, &path], words].concat();
    world.run(&words, "")
}

/// Installs, and returns the whole screen.
#[track_caller]
fn install(world: &World, words: &[&str]) -> String {
    let outcome = run(world, "install", words);
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{outcome:?}");
    assert!(!outcome.stdout.contains(KEY_A) && !outcome.stdout.contains(KEY_B));
    world.shown(&outcome.stdout)
}

/// Undoes it, and returns the whole screen.
#[track_caller]
fn uninstall(world: &World, words: &[&str]) -> String {
    let outcome = run(world, "uninstall", words);
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{outcome:?}");
    world.shown(&outcome.stdout)
}

/// An `install` that fails and changes nothing. Returns its error as `CAUSE; HINT`.
#[track_caller]
fn refused(world: &World, words: &[&str]) -> String {
    let before = fs::read(world.path(CONFIG)).ok();
    let outcome = run(world, "install", words);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, ""), "{outcome:?}");
    assert_eq!(fs::read(world.path(CONFIG)).ok(), before, "nothing changed");
    world.shown(&cause_and_hint(&outcome.stderr))
}

fn login(key: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("nologin:{key}"))
}

fn with_login(server: &str, key: &str) -> String {
    format!("{{\"auths\": {{\"{server}\": {{\"auth\": \"{}\"}}}}}}", login(key))
}
