//! Whole screens on terminals of 80 and 120 columns: sentences break between words, and tables,
//! differences and commands stay whole.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::snapshot::matches_snapshot;
use crate::support::{FR, KEY_A, KEY_B, World};

/// A user on a terminal of this width. The home directory has the same length everywhere.
fn user(columns: &str) -> World {
    let mut world = World::new().on_a_terminal().set("COLUMNS", columns).set("LANG", "C.UTF-8");
    world.home = tempfile::Builder::new().prefix("home-").tempdir_in("/tmp").unwrap();
    fs::create_dir(world.path("bin")).unwrap();
    let downloaded = world.path("docker-credential-scw");
    fs::copy(&world.program_file, &downloaded).unwrap();
    world.program_file = downloaded;
    let (home, path) = (world.path(""), world.path("bin"));
    world.set("HOME", home).set("PATH", path).set("TERM", "dumb")
}

fn program(world: &World, name: &str, script: &str) {
    fs::write(world.path("bin").join(name), script).unwrap();
    fs::set_permissions(world.path("bin").join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs a command, and returns what the terminal shows of it.
fn screen(world: &World, words: &[&str], answers: &str) -> String {
    let path = format!("--path={}", world.path("bin").display());
    let mut words = words.to_vec();
    if matches!(words.first(), Some(&("install" | "uninstall"))) {
        words.push(&path);
    }
    let outcome = world.run(&words, answers);
    let text = outcome.stderr + &outcome.stdout;
    // Other runs have other directories of the same length.
    text.replace(world.home.path().to_str().unwrap(), "/tmp/home-000000")
        .replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

fn basic(user: &str, key: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("{user}:{key}"))
}

fn credentials(key: &str) -> String {
    format!("{{\"auths\": {{\"{FR}\": {{\"auth\": \"{}\"}}}}}}", basic("nologin", key))
}

/// The commands on one terminal.
fn all_screens(columns: &str) -> String {
    let mut text = String::new();
    let mut add = |title: &str, screen: String| {
        text += &format!("$ {title}\n{screen}\n");
    };
    let config = ".docker/config.json";
    let auth_file = ".config/containers/auth.json";

    let world = user(columns).file(config, credentials(KEY_A)).file(auth_file, credentials(KEY_B));
    add("install --dry-run", screen(&world, &["install", "--dry-run"], ""));
    add("install, and the answer is no", screen(&world, &["install"], "n\n"));
    let world = world.config(format!("profiles: {{prod: {{secret_key: {KEY_B}}}}}\n"));
    let secret = fs::Permissions::from_mode(0o600);
    fs::set_permissions(world.path(".config/scw/config.yaml"), secret).unwrap();
    let words = ["install", "--profile", "prod", "--region", "nl-ams"];
    add("install --profile prod --region nl-ams", screen(&world, &words, ""));
    world.store(FR, KEY_A);
    add("uninstall, and the answer is no", screen(&world, &["uninstall"], "n\n"));
    add("doctor --offline", screen(&world, &["doctor", "--offline"], ""));

    let world = user(columns).set("SCW_SECRET_KEY", KEY_A);
    program(&world, "docker", "#!/bin/sh\nexit 0\n");
    add("login", screen(&world, &["login"], ""));
    add("login --region all", screen(&world, &["login", "--region", "all"], ""));
    let words = ["login", "--program", "podman"];
    add("login --program podman, which is missing", screen(&world, &words, ""));
    text
}

#[test]
fn sentences_break_between_words_at_80_columns() {
    matches_snapshot("screens-80.txt", &all_screens("80"));
}

#[test]
fn sentences_break_between_words_at_120_columns() {
    matches_snapshot("screens-120.txt", &all_screens("120"));
}
