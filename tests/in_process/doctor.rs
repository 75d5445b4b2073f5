//! `doctor` without asking any registry: what it prints, for people and for scripts. Broken set-ups are
//! in `doctor_setups.rs`.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use docker_credential_scw::Exit;
use serde_json::Value;

use crate::support::snapshot::matches_snapshot;
use crate::support::{FR, KEY_A, KEY_B, World};

pub(crate) const CONFIG: &str = ".docker/config.json";

/// A healthy machine: the helper is installed, config.yaml has a key, and there are clients.
pub(crate) fn sound() -> World {
    let mut world = World::new().config(format!("secret_key: {KEY_A}\n"));
    world.uid = Some(nix::unistd::Uid::effective().as_raw());
    fs::create_dir(world.path("bin")).unwrap();
    mode(&world, ".config/scw/config.yaml", 0o600);
    let (home, path) = (world.path(""), world.path("bin"));
    let world = world.set("PATH", path).set("HOME", home).set("LANG", "en_US.UTF-8");
    let path = format!("path={}", world.path("bin").display());
    assert_eq!(world.run(&["install", &path], "").exit, Exit::Success);
    script(&world, "bin/docker", "echo Docker version 29.7.2, build 1");
    script(&world, "bin/podman", "echo podman version 5.6.0");
    world
}

/// What precedes a command that only root may run. Empty for root.
pub(crate) fn sudo() -> &'static str {
    if nix::unistd::Uid::effective().is_root() { "" } else { "sudo " }
}

pub(crate) fn script(world: &World, path: &str, line: &str) {
    fs::create_dir_all(world.path(path).parent().unwrap()).unwrap();
    fs::write(world.path(path), format!("#!/bin/sh\n{line}\n")).unwrap();
    mode(world, path, 0o755);
}

pub(crate) fn mode(world: &World, path: &str, mode: u32) {
    fs::set_permissions(world.path(path), fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn write(world: &World, path: &str, text: &str) {
    fs::create_dir_all(world.path(path).parent().unwrap()).unwrap();
    fs::write(world.path(path), text).unwrap();
}

/// The exit code and the screen, with placeholders ([`World::shown`]).
pub(crate) fn shown(world: &World, words: &[&str]) -> (Exit, String) {
    let outcome = world.run(&[&["doctor", "--offline"], words].concat(), "");
    assert_eq!(outcome.stderr, "");
    for key in [KEY_A, KEY_B] {
        assert!(!outcome.stdout.contains(&key[..8]), "{}", outcome.stdout);
    }
    (outcome.exit, world.shown(&outcome.stdout))
}

pub(crate) fn checks(world: &World) -> (bool, Vec<Value>) {
    let (exit, text) = shown(world, &["-o", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    let works = report["pulls_will_work"].as_bool().unwrap();
    assert_eq!(exit, if works { Exit::Success } else { Exit::Failure });
    (works, report["checks"].as_array().unwrap().clone())
}

#[test]
fn a_sound_set_up_on_one_screen() {
    let (exit, screen) = shown(&sound(), &[]);
    assert_eq!(exit, Exit::Success);
    assert_eq!(
        screen,
        "\
The program
  ✓ PROGRAM: this program, version VERSION
  ✓ ~/bin/docker-credential-scw: found on PATH; same version; runs

Docker's and podman's files
  ✓ ~/.docker/config.json: found; Docker, podman, buildah and skopeo read it
  ✓ all 5 registries: registered with the helper scw

The key
  ✓ all 5 registries: from the profile default in ~/.config/scw/config.yaml
  ✓ ~/.config/scw/config.yaml: readable by its owner only
  ✓ keyring: it answers

Programs that pull
  ✓ ~/bin/docker: Docker version 29.7.2, build 1
  ✓ ~/bin/podman: podman version 5.6.0

Pulls will work.
"
    );
}

#[test]
fn without_utf8_there_are_words_instead_of_marks() {
    let world = sound();
    fs::remove_file(world.path(CONFIG)).unwrap();
    let world = world.set("LANG", "C");
    let (_, screen) = shown(&world, &[]);
    assert_eq!(
        screen,
        "\
The program
  ok   PROGRAM: this program, version VERSION
  ok   ~/bin/docker-credential-scw: found on PATH; same version; runs

Docker's and podman's files
  FAIL ~/.docker/config.json: does not exist, so no helper is registered
       -> docker-credential-scw install

The key
  ok   all 5 registries: from the profile default in ~/.config/scw/config.yaml
  ok   ~/.config/scw/config.yaml: readable by its owner only
  ok   keyring: it answers

Programs that pull
  ok   ~/bin/docker: Docker version 29.7.2, build 1
  ok   ~/bin/podman: podman version 5.6.0

Pulls will not work. Fix what is marked FAIL.
"
    );
}

#[test]
fn on_a_terminal_there_is_colour() {
    let world = sound();
    fs::remove_file(world.path(CONFIG)).unwrap();
    let world = world.on_a_terminal();
    let outcome = world.run(&["doctor", "--offline"], "");
    assert_eq!(
        world.shown(&outcome.stdout),
        "\
\u{1b}[1mThe program\u{1b}[0m
  \u{1b}[32m✓\u{1b}[0m PROGRAM: this program, version VERSION
  \u{1b}[32m✓\u{1b}[0m ~/bin/docker-credential-scw: found on PATH; same version; runs

\u{1b}[1mDocker's and podman's files\u{1b}[0m
  \u{1b}[31m✗\u{1b}[0m ~/.docker/config.json: does not exist, so no helper is registered
    → docker-credential-scw install

\u{1b}[1mThe key\u{1b}[0m
  \u{1b}[32m✓\u{1b}[0m all 5 registries: from the profile default in ~/.config/scw/config.yaml
  \u{1b}[32m✓\u{1b}[0m ~/.config/scw/config.yaml: readable by its owner only
  \u{1b}[32m✓\u{1b}[0m keyring: it answers

\u{1b}[1mPrograms that pull\u{1b}[0m
  \u{1b}[32m✓\u{1b}[0m ~/bin/docker: Docker version 29.7.2, build 1
  \u{1b}[32m✓\u{1b}[0m ~/bin/podman: podman version 5.6.0

Pulls will not work. Fix what is marked \u{1b}[31m✗\u{1b}[0m.
"
    );
}

#[test]
fn no_color_a_dumb_terminal_and_json_have_no_escape_sequences() {
    for plain in
        [sound().on_a_terminal().set("NO_COLOR", "1"), sound().on_a_terminal().set("TERM", "dumb")]
    {
        assert!(!plain.run(&["doctor", "--offline"], "").stdout.contains('\u{1b}'));
    }
    let json = sound().on_a_terminal().run(&["doctor", "--offline", "-o", "json"], "");
    assert!(!json.stdout.contains("\\u001b"));
}

#[test]
fn the_findings_for_scripts() {
    let world = sound();
    let (works, checks) = checks(&world);
    assert!(works);
    let one = checks.iter().find(|check| check["id"] == "key").unwrap();
    assert_eq!(
        one.to_string(),
        r#"{"section":"key","id":"key","subject":"all 5 registries","status":"ok","found":"from the profile default in ~/.config/scw/config.yaml","remedy":null,"commands":[]}"#
    );
    let sections = ["program", "config", "key", "client"];
    assert!(checks.iter().all(|check| sections.contains(&check["section"].as_str().unwrap())));
}

#[test]
fn a_broken_set_up_for_people_and_for_scripts() {
    let world = sound().config("secret_key: SCW12345678901234567\n");
    write(&world, CONFIG, &format!("{{\"credHelpers\":{{\"{FR}\":\"scw\"}}}}"));
    mode(&world, ".config/scw/config.yaml", 0o644);
    for (file, words) in [("doctor.txt", &[][..]), ("doctor.json", &["-o", "json"][..])] {
        let (exit, text) = shown(&world, words);
        assert_eq!(exit, Exit::Failure);
        matches_snapshot(file, &text);
    }
}

#[test]
fn a_terminal_shows_progress_which_is_erased() {
    let outcome = sound().on_a_terminal().run(&["doctor", "--offline"], "");
    assert_eq!(outcome.stderr, "\r\u{1b}[KLooking at the program and the files\r\u{1b}[K");
}

#[test]
fn doctor_changes_nothing_and_asks_the_keyring_for_no_key() {
    let world = sound();
    write(&world, "run/containers/auth.json", &auths(FR, KEY_B));
    let world = world.set("XDG_RUNTIME_DIR", "/nowhere");
    let listing = || {
        let mut files: Vec<_> = ["bin", ".docker", ".config/scw", "", "run/containers"]
            .iter()
            .flat_map(|dir| fs::read_dir(world.path(dir)).unwrap().flatten())
            .map(|entry| {
                let metadata = entry.metadata().unwrap();
                (entry.path(), metadata.len(), metadata.modified().unwrap())
            })
            .collect();
        files.sort();
        files
    };
    let before = listing();
    let calls = world.keyring.state().calls;
    shown(&world, &[]);
    assert_eq!(listing(), before);
    assert_eq!(world.keyring.state().calls, calls, "no key is stored");
}

pub(crate) fn auths(server: &str, key: &str) -> String {
    let login = base64(&format!("nologin:{key}"));
    format!(r#"{{"auths":{{"{server}":{{"auth":"{login}"}}}}}}"#)
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Types one line; returns false for one that would change this machine.
pub(crate) fn type_line(world: &mut World, line: &str, what: &str) -> bool {
    let words: Vec<_> = line.split(' ').filter(|word| *word != "sudo").collect();
    // Without --path, `install` means the directory with this program, else the machine's.
    let is_in_place = fs::read(world.path("bin/docker-credential-scw")).ok()
        == fs::read(&world.program_file).ok();
    match words[0] {
        helper
            if helper.ends_with("docker-credential-scw")
                && (words[1] != "install" || is_in_place || words.contains(&"--path")) =>
        {
            let outcome = world.run(&words[1..], format!("{KEY_A}\n"));
            // `logout` runs the client, which is a script in these tests.
            let ended = matches!(outcome.exit, Exit::Success | Exit::OfChild(0));
            assert!(ended, "{what}: {line}: {outcome:?}");
        }
        "unset" => world.unset(words[1]),
        "chmod" | "rm" | "mv" | "chown" => {
            let status = std::process::Command::new(words[0]).args(&words[1..]).status();
            assert!(status.unwrap().success(), "{what}: {line}");
        }
        _ => return false,
    }
    true
}

#[test]
fn podman_alone_may_have_the_helper_registered_in_its_own_file() {
    let world = sound();
    fs::remove_dir_all(world.path(".docker")).unwrap();
    fs::remove_file(world.path("bin/docker")).unwrap();
    let text = format!("{{\"credHelpers\":{{\"{FR}\":\"scw\"}}}}");
    write(&world, ".config/containers/auth.json", &text);
    let (works, checks) = checks(&world);
    assert!(works, "{checks:?}");
    assert!(checks.iter().any(|check| check["id"] == "key" && check["subject"] == FR));
}

#[test]
fn an_image_names_its_registry_and_is_tried_online() {
    let world = sound();
    let refused = |words: &[&str]| {
        let outcome = world.run(&[&["doctor"], words].concat(), "");
        assert_eq!(outcome.exit, Exit::Usage, "{outcome:?}");
        outcome.stderr.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(
        refused(&["my-ns/app"]),
        "error: invalid value 'my-ns/app' for '[IMAGE]': the registry is missing; an image looks \
         like rg.fr-par.scw.cloud/my-ns/app:1.2"
    );
    assert_eq!(
        refused(&["rg.fr-par.scw.cloud/my-ns"]),
        "error: invalid value 'rg.fr-par.scw.cloud/my-ns' for '[IMAGE]': the image is missing \
         after the namespace, as in rg.fr-par.scw.cloud/my-ns/app:1.2"
    );
    let image = "rg.fr-par.scw.cloud/my-ns/app";
    assert_eq!(
        refused(&[image, "--offline"]),
        "error: the argument '[IMAGE]' cannot be used with '--offline'"
    );
    assert_eq!(
        refused(&[image, "--region", "fr-par"]),
        "error: the argument '[IMAGE]' cannot be used with '--region <REGION>'"
    );
    assert_eq!(refused(&["--push"]), "error: the following required arguments were not provided:");
}

#[test]
fn with_a_region_only_its_registries_are_checked() {
    let world = sound();
    let (_, screen) = shown(&world, &["--region", "nl-ams,it-mil"]);
    assert_eq!(
        screen,
        "\
The program
  ✓ PROGRAM: this program, version VERSION
  ✓ ~/bin/docker-credential-scw: found on PATH; same version; runs

Docker's and podman's files
  ✓ ~/.docker/config.json: found; Docker, podman, buildah and skopeo read it
  ✓ rg.nl-ams.scw.cloud, rg.it-mil.scw.cloud, rg.it-mil.scw.eu: registered with the helper scw

The key
  ✓ rg.nl-ams.scw.cloud, rg.it-mil.scw.cloud, rg.it-mil.scw.eu: from the profile default in \
~/.config/scw/config.yaml
  ✓ ~/.config/scw/config.yaml: readable by its owner only
  ✓ keyring: it answers

Programs that pull
  ✓ ~/bin/docker: Docker version 29.7.2, build 1
  ✓ ~/bin/podman: podman version 5.6.0

Pulls will work.
"
    );
}
