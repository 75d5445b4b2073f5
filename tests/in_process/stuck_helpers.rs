//! Helpers that never end, print without end, or print nothing: how long `doctor` and `install` wait
//! for them, and what they call it.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use docker_credential_scw::Exit;

use crate::support::{FR, KEY_A, World};

/// What `doctor` waits for other programs in all, `install` for one, and what they need for themselves
/// on a busy machine. `doctor` ends within 30 s.
const ALL_PROGRAMS: Duration = Duration::from_secs(15);
const ONE_PROGRAM: Duration = Duration::from_secs(20);
const BUSY: Duration = Duration::from_secs(15);

/// A user with `~/bin` on PATH, and this in Docker's config.
fn user(config: &str) -> World {
    let world = World::new().file(".docker/config.json", config);
    fs::create_dir(world.path("bin")).unwrap();
    let (home, path) = (world.path(""), world.path("bin"));
    world.set("PATH", path).set("HOME", home)
}

/// A helper of this name, which notes that it was started with `get`.
fn helper(world: &World, name: &str, line: &str) {
    let path = world.path(&format!("bin/docker-credential-{name}"));
    let version = env!("CARGO_PKG_VERSION");
    let starts = world.path(name).display().to_string();
    let script = format!(
        "#!/bin/sh\n[ $1 = version ] && echo 'x (docker-credential-scw) {version}' && exit\n\
         echo x >>{starts}\n{line}\n"
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn starts(world: &World, name: &str) -> usize {
    world.read(name).lines().count()
}

const STUCK: &str = "exec /bin/sleep 300";

#[test]
fn doctor_starts_a_helper_that_never_ends_once_and_has_15_s_for_all() {
    let hosts = [FR, "rg.nl-ams.scw.cloud"].map(|host| format!("\"{host}\": \"scw\"")).join(", ");
    let world = user(&format!("{{\"credsStore\": \"stuck\", \"credHelpers\": {{{hosts}}}}}"));
    let world = world.set("SCW_SECRET_KEY", KEY_A);
    helper(&world, "stuck", STUCK);
    helper(&world, "scw", STUCK);
    let start = Instant::now();
    let outcome = world.run(&["doctor", "--offline"], "");
    assert!(start.elapsed() < ALL_PROGRAMS + BUSY, "{:?}", start.elapsed());
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!((starts(&world, "stuck"), starts(&world, "scw")), (1, 1));
    let screen = outcome.stdout;
    // Fragments: how much of the 15 s is left after the store depends on the machine.
    let no_answer = "the helper scw has no answer for Docker: the helper";
    assert!(screen.contains(&format!("{FR}: {no_answer} does not answer within ")), "{screen}");
    let line = format!(
        "  FAIL rg.nl-ams.scw.cloud: {no_answer} is not started: other programs used up the 15 s that they \
         share"
    );
    assert!(screen.lines().any(|shown| shown == line), "{screen}");
}

#[test]
fn install_starts_a_store_that_never_ends_once() {
    let world = user("{\"credsStore\": \"stuck\"}");
    helper(&world, "stuck", STUCK);
    let start = Instant::now();
    let path = format!("path={}", world.path("bin").display());
    let outcome = world.run(&["install", &path], "");
    assert!(start.elapsed() < ONE_PROGRAM + BUSY, "{:?}", start.elapsed());
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""));
    assert_eq!(starts(&world, "stuck"), 1);
}

#[test]
fn a_helper_that_prints_too_much_or_nothing_differs_from_one_that_fails() {
    for (line, cause) in [
        ("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxx; done", "prints more than 64 KiB"),
        ("exit 0", "printed no answer"),
        ("exit 1", "failed"),
        ("echo hello", "printed something that is not a secret key"),
    ] {
        let world = user(&format!("{{\"credHelpers\": {{\"{FR}\": \"scw\"}}}}"));
        let world = world.set("SCW_SECRET_KEY", KEY_A);
        helper(&world, "scw", line);
        let screen = world.run(&["doctor", "--offline"], "").stdout;
        let line = format!("{FR}: the helper scw has no answer for Docker: the helper {cause}");
        let mut failures = screen.lines().filter_map(|line| line.strip_prefix("  FAIL "));
        assert_eq!(failures.find(|failure| failure.starts_with(FR)), Some(line.as_str()));
    }
}

/// Under load, or while our own process is stopped, an answer may be read long after the helper has
/// ended.
#[test]
fn an_answer_that_comes_late_is_an_answer() {
    let world = user(&format!("{{\"credHelpers\": {{\"{FR}\": \"scw\"}}}}"));
    let world = world.set("SCW_SECRET_KEY", KEY_A);
    let answer = format!(r#"{{"ServerURL":"{FR}","Username":"nologin","Secret":"{KEY_A}"}}"#);
    helper(&world, "scw", &format!("(/bin/sleep 1; echo '{answer}') &\nexit 0"));
    let screen = world.run(&["doctor", "--offline"], "").stdout;
    assert!(!screen.contains("has no answer for Docker"), "{screen}");
}
