//! `doctor`, without asking any registry: a sound set-up, and every way in which one can be broken.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

use docker_credential_scw::Exit;
use docker_credential_scw::system::keyring::KeyringError;
use docker_credential_scw::system::users::InvokingUser;
use serde_json::Value;

use crate::support::{FR, KEY_A, KEY_B, NL, World};

pub(crate) const CONFIG: &str = ".docker/config.json";

/// Everything as it should be: installed, a key in config.yaml, and programs that pull.
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

/// What stands in front of a command that only root may give: nothing for root.
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

/// The screen, with `~` for the home directory and the program's own file named.
pub(crate) fn shown(world: &World, words: &[&str]) -> (Exit, String) {
    let outcome = world.run(&[&["doctor", "--offline"], words].concat(), "");
    assert_eq!(outcome.stderr, "");
    for key in [KEY_A, KEY_B] {
        assert!(!outcome.stdout.contains(&key[..8]), "{}", outcome.stdout);
    }
    let program = world.program_file.display().to_string();
    let home = world.home.path().display().to_string();
    (outcome.exit, outcome.stdout.replace(&program, "PROGRAM").replace(&home, "~"))
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
        format!(
            "\
The program
  ✓ PROGRAM: this program, version {version}
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
",
            version = env!("CARGO_PKG_VERSION")
        )
    );
}

#[test]
fn without_utf8_there_are_words_and_on_a_terminal_there_is_colour() {
    let world = sound();
    fs::remove_file(world.path(CONFIG)).unwrap();
    let world = world.set("LANG", "C");
    let (_, screen) = shown(&world, &[]);
    assert!(screen.is_ascii(), "{screen}");
    assert!(
        screen
            .contains("  FAIL ~/.docker/config.json: does not exist, so no helper is registered\n"),
        "{screen}"
    );
    assert!(screen.contains("       -> docker-credential-scw install\n"), "{screen}");
    assert!(screen.contains("  ok   keyring: it answers\n"), "{screen}");
    assert!(screen.ends_with("\nPulls will not work. Fix what is marked FAIL.\n"));
    let world = world.on_a_terminal();
    let outcome = world.run(&["doctor", "--offline"], "");
    assert!(outcome.stdout.contains("\u{1b}[31mFAIL\u{1b}[0m"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("\u{1b}[1mThe program\u{1b}[0m"));
    for plain in [world.set("NO_COLOR", "1"), sound().on_a_terminal().set("TERM", "dumb")] {
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
        snapshot(file, &text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }
}

/// Compares with a file, which is written anew if `UPDATE_SNAPSHOTS` is set.
#[track_caller]
fn snapshot(file: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/in_process/snapshots");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join(file), text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(path.join(file)).unwrap_or_default(), "{file}");
}

#[test]
fn a_line_of_progress_is_drawn_on_a_terminal_and_taken_away() {
    let outcome = sound().on_a_terminal().run(&["doctor", "--offline"], "");
    assert!(outcome.stderr.starts_with("\r\u{1b}[KLooking at"), "{:?}", outcome.stderr);
    assert!(outcome.stderr.ends_with("\r\u{1b}[K"), "{:?}", outcome.stderr);
}

#[test]
fn it_changes_nothing() {
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
    assert_eq!(world.keyring.state().calls, calls, "no key is stored, so none is asked for");
}

pub(crate) fn auths(server: &str, key: &str) -> String {
    let login = e2e_base64(&format!("nologin:{key}"));
    format!(r#"{{"auths":{{"{server}":{{"auth":"{login}"}}}}}}"#)
}

fn e2e_base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// An older version of the program, which answers with this key.
fn older(key: &str) -> String {
    format!(
        "case $1 in
        version) echo 'docker-credential-scw (docker-credential-scw) 0.0.1';;
        *) read -r host; echo \"{{\\\"ServerURL\\\":\\\"$host\\\",\\\"Username\\\":\\\"nologin\\\",\\\"Secret\\\":\\\"{key}\\\"}}\";;
        esac"
    )
}

/// A way in which a set-up is broken: what is found, and what mends it.
struct Broken {
    what: &'static str,
    set_up: fn(World) -> World,
    id: &'static str,
    status: &'static str,
    found: &'static str,
    remedy: &'static str,
}

const BROKEN: &[Broken] = &[
    Broken {
        what: "never installed",
        set_up: |world| {
            fs::remove_dir_all(world.path(".docker")).unwrap();
            world
        },
        id: "docker-config-missing",
        status: "failure",
        found: "does not exist, so no helper is registered",
        remedy: "docker-credential-scw install",
    },
    Broken {
        what: "config.json is no JSON",
        set_up: |world| {
            write(&world, CONFIG, "{\n \"credHelpers\": {,}\n}");
            world
        },
        id: "docker-config-broken",
        status: "failure",
        found: "line 2, column 18: it is not valid JSON",
        remedy: "correct the file, then: docker-credential-scw install",
    },
    Broken {
        what: "nothing is registered",
        set_up: |world| {
            write(&world, CONFIG, "{}");
            world
        },
        id: "not-registered",
        status: "failure",
        found: "no helper is registered",
        remedy: "docker-credential-scw install",
    },
    Broken {
        what: "another helper is asked",
        set_up: |world| {
            let config = world
                .read(CONFIG)
                .replace(&format!("\"{FR}\": \"scw\""), &format!("\"{FR}\": \"pass\""));
            script(&world, "bin/docker-credential-pass", "exit 1");
            write(&world, CONFIG, &config);
            world
        },
        id: "other-helper",
        status: "warning",
        found: "the helper pass is registered instead of this one",
        remedy: "docker-credential-scw install --force --region fr-par",
    },
    Broken {
        what: "the helper is the store of everything",
        set_up: |world| {
            write(&world, CONFIG, "{\"credsStore\":\"scw\"}");
            world
        },
        id: "registered-as-store",
        status: "failure",
        found: "scw is registered as credsStore, which podman, buildah and skopeo do not use",
        remedy: "docker-credential-scw install",
    },
    Broken {
        what: "entries in another letter case, with a port or a scheme",
        set_up: |world| {
            let config = world.read(CONFIG).replace(
                "\"credHelpers\": {",
                "\"credHelpers\": {\"RG.fr-par.scw.cloud\":\"scw\",\"rg.nl-ams.scw.cloud:443\":\"scw\",\"https://rg.pl-waw.scw.cloud\":\"scw\",",
            );
            write(&world, CONFIG, &config);
            world
        },
        id: "entry-never-matches",
        status: "warning",
        found: "this entry of credHelpers never matches: clients ask for rg.fr-par.scw.cloud",
        remedy: "delete \"RG.fr-par.scw.cloud\" from credHelpers, then: docker-credential-scw install",
    },
    Broken {
        what: "Docker has a login of its own",
        set_up: |world| {
            let config = world.read(CONFIG).replace(&format!("\"{FR}\": \"scw\","), "");
            let login = format!("{{\"auths\": {{\"{FR}\": {{\"auth\": \"eDp5\"}}}},");
            write(&world, CONFIG, &config.replacen('{', &login, 1));
            world
        },
        id: "docker-login",
        status: "warning",
        found: "Docker uses its own login, in plaintext in its config.json; it cannot be compared with the helper's key (profile default), so switching may change the account",
        remedy: "docker-credential-scw install --force --region fr-par",
    },
    Broken {
        what: "the program is not on PATH",
        set_up: |world| {
            fs::remove_file(world.path("bin/docker-credential-scw")).unwrap();
            world
        },
        id: "helper-missing",
        status: "failure",
        found: "named in a config file, but not found on PATH",
        // Its name alone would find nothing.
        remedy: "SUDO PROGRAM install",
    },
    Broken {
        what: "the program for a profile is missing",
        set_up: |world| {
            let config = world
                .read(CONFIG)
                .replace(&format!("\"{NL}\": \"scw\""), &format!("\"{NL}\": \"scw-prod\""));
            write(&world, CONFIG, &config);
            world
        },
        id: "helper-missing",
        status: "failure",
        found: "named in a config file, but not found on PATH",
        remedy: "add the profile \"prod\" to Scaleway's config.yaml, then: docker-credential-scw install --path ~/bin --profile prod --region nl-ams",
    },
    Broken {
        what: "the program does not run",
        set_up: |world| {
            script(&world, "bin/docker-credential-scw", "exit 3");
            world
        },
        id: "program-does-not-run",
        status: "failure",
        found: "fails when asked for its version",
        remedy: "PROGRAM install --path ~/bin --force",
    },
    Broken {
        what: "the program cannot be executed",
        set_up: |world| {
            mode(&world, "bin/docker-credential-scw", 0o644);
            world
        },
        id: "program-not-executable",
        status: "failure",
        found: "you have no permission to execute it",
        remedy: "chmod 755 ~/bin/docker-credential-scw",
    },
    Broken {
        what: "an older version is started",
        set_up: |world| {
            script(&world, "bin/docker-credential-scw", &older(KEY_A));
            world
        },
        id: "program-other-version",
        status: "warning",
        found: "version 0.0.1 of the helper",
        remedy: "PROGRAM install --path ~/bin",
    },
    Broken {
        what: "an older version that answers otherwise is started",
        set_up: |world| {
            script(&world, "bin/docker-credential-scw", &older(KEY_B));
            world
        },
        id: "helper-answers-otherwise",
        status: "warning",
        found: "the helper scw answers Docker with another key",
        remedy: "PROGRAM install",
    },
    Broken {
        what: "the program that is started has no answer",
        set_up: |world| {
            let version = env!("CARGO_PKG_VERSION");
            let line = format!("[ $1 = version ] && echo 'x (docker-credential-scw) {version}'");
            script(&world, "bin/docker-credential-scw", &line);
            world
        },
        id: "helper-has-no-answer",
        status: "failure",
        found: "the helper scw has no answer for Docker: the helper failed",
        remedy: "PROGRAM install",
    },
    Broken {
        what: "something else of our name is started",
        set_up: |world| {
            script(&world, "bin/docker-credential-scw", "echo hello");
            world
        },
        id: "program-foreign",
        status: "failure",
        found: "another program, not this helper",
        remedy: "PROGRAM install --path ~/bin --force",
    },
    Broken {
        what: "scw's own script is started",
        set_up: |world| {
            script(&world, "bin/docker-credential-scw", "scw registry docker-helper \"$@\"");
            // scw itself.
            script(&world, "bin/scw", &older(KEY_A).replace("case $1", "case $3"));
            world
        },
        id: "program-scw-script",
        status: "warning",
        found: "starts scw for every pull",
        remedy: "PROGRAM install --path ~/bin",
    },
    Broken {
        what: "an older version is passed over",
        set_up: |world| {
            script(
                &world,
                "old/docker-credential-scw",
                "echo 'docker-credential-scw (docker-credential-scw) 0.0.1'",
            );
            let path = format!("{}:{}", world.path("bin").display(), world.path("old").display());
            world.set("PATH", path)
        },
        id: "program-shadowed",
        status: "warning",
        found: "not used: ~/bin/docker-credential-scw is earlier on PATH",
        remedy: "rm ~/old/docker-credential-scw",
    },
    Broken {
        what: "others may write where the program is",
        set_up: |world| {
            mode(&world, "bin", 0o777);
            world
        },
        id: "directory-writable",
        status: "warning",
        found: "everybody may change what is in it",
        remedy: "chmod go-w ~/bin",
    },
    Broken {
        what: "everybody may write to the program",
        set_up: |world| {
            mode(&world, "bin/docker-credential-scw", 0o777);
            world
        },
        id: "program-writable",
        status: "warning",
        found: "everybody may change it",
        remedy: "chmod go-w ~/bin/docker-credential-scw",
    },
    Broken {
        what: "everybody may write to the program that a link leads to",
        set_up: |world| {
            fs::create_dir(world.path("real")).unwrap();
            fs::rename(world.path("bin/docker-credential-scw"), world.path("real/program"))
                .unwrap();
            symlink(world.path("real/program"), world.path("bin/docker-credential-scw")).unwrap();
            mode(&world, "real/program", 0o757);
            world
        },
        id: "program-writable",
        status: "warning",
        found: "everybody may change it",
        remedy: "chmod go-w ~/real/program",
    },
    Broken {
        what: "everybody may write to the directory that a link to the program leads to",
        set_up: |world| {
            fs::create_dir(world.path("real")).unwrap();
            fs::rename(world.path("bin/docker-credential-scw"), world.path("real/program"))
                .unwrap();
            symlink(world.path("real/program"), world.path("bin/docker-credential-scw")).unwrap();
            mode(&world, "real", 0o777);
            world
        },
        id: "directory-writable",
        status: "warning",
        found: "everybody may change what is in it",
        remedy: "chmod go-w ~/real",
    },
    Broken {
        what: "others may write to a directory that is earlier on PATH",
        set_up: |world| {
            fs::create_dir(world.path("open")).unwrap();
            mode(&world, "open", 0o1777);
            let path = format!("{}:{}", world.path("open").display(), world.path("bin").display());
            world.set("PATH", path)
        },
        id: "directory-writable",
        status: "warning",
        found: "everybody may change what is in it",
        remedy: "chmod go-w ~/open",
    },
    Broken {
        what: "no key anywhere",
        set_up: |world| {
            fs::remove_file(world.path(".config/scw/config.yaml")).unwrap();
            world
        },
        id: "key-none",
        status: "failure",
        found: "no source has a key",
        remedy: "docker-credential-scw save-key",
    },
    Broken {
        what: "an access key in the secret key's place",
        set_up: |world| world.set("SCW_SECRET_KEY", "SCW12345678901234567"),
        id: "key-broken",
        status: "failure",
        found: "the variable SCW_SECRET_KEY holds an access key",
        remedy: "use the secret key (a UUID) of that API key, or unset SCW_SECRET_KEY to use another source",
    },
    Broken {
        what: "the file is no YAML",
        set_up: |world| world.config("a: [\n"),
        id: "key-broken",
        status: "failure",
        found: "~/.config/scw/config.yaml is not valid YAML at line 2",
        remedy: "fix that line (indentation, quotes), or move the file away and run `docker-credential-scw save-key`",
    },
    Broken {
        what: "the profile is missing",
        set_up: |world| world.set("SCW_PROFILE", "prod"),
        id: "key-broken",
        status: "failure",
        found: "SCW_PROFILE is \"prod\", but ~/.config/scw/config.yaml has no named profile",
        remedy: "unset SCW_PROFILE, or set it to a profile that exists",
    },
    Broken {
        what: "a directory in the place of config.yaml",
        set_up: |world| {
            fs::remove_file(world.path(".config/scw/config.yaml")).unwrap();
            fs::create_dir(world.path(".config/scw/config.yaml")).unwrap();
            mode(&world, ".config/scw/config.yaml", 0o700);
            world
        },
        id: "key-broken",
        status: "failure",
        found: "cannot read ~/.config/scw/config.yaml: it is a directory",
        remedy: "move the directory away and run `docker-credential-scw save-key`, or set SCW_CONFIG_PATH to another file",
    },
    Broken {
        what: "a source that is hidden is broken",
        set_up: |world| world.config("a: [\n").set("SCW_SECRET_KEY", KEY_B),
        id: "key-other-broken",
        status: "warning",
        found: "from the variable SCW_SECRET_KEY; another source is broken: ~/.config/scw/config.yaml is not valid YAML at line 2",
        remedy: "fix that line (indentation, quotes)",
    },
    Broken {
        what: "others may read config.yaml",
        set_up: |world| {
            mode(&world, ".config/scw/config.yaml", 0o644);
            world
        },
        id: "config-yaml-readable",
        status: "warning",
        found: "other users may read it, and the keys in it",
        remedy: "chmod 600 ~/.config/scw/config.yaml",
    },
    Broken {
        what: "the keyring does not answer and a key is there",
        set_up: |world| {
            assert_eq!(world.store(FR, KEY_B).exit, Exit::Success);
            world.keyring.fails_with(KeyringError::Absent("no D-Bus session bus".to_owned()));
            world
        },
        id: "key-broken",
        status: "failure",
        found: "cannot read the key stored for rg.fr-par.scw.cloud",
        remedy: "docker-credential-scw logout --region fr-par",
    },
    Broken {
        what: "a plain-text login in Docker's own file",
        set_up: |world| {
            let config = world.read(CONFIG).replacen(
                '{',
                &format!("{{{},", auths(FR, KEY_A).trim_matches(['{', '}']).to_owned() + "}}"),
                1,
            );
            write(&world, CONFIG, &config);
            world
        },
        id: "plaintext",
        status: "warning",
        found: "plaintext credentials for rg.fr-par.scw.cloud",
        remedy: "docker-credential-scw install --yes",
    },
    Broken {
        what: "podman's runtime file shadows the helper with the same key",
        set_up: |world| {
            write(&world, "run/containers/auth.json", &auths(FR, KEY_A));
            let run = world.path("run");
            world.set("XDG_RUNTIME_DIR", run)
        },
        id: "plaintext-before-helper",
        status: "warning",
        found: "plaintext credentials for rg.fr-par.scw.cloud, which podman uses before the helper",
        remedy: "docker-credential-scw install --yes",
    },
    Broken {
        what: "podman's runtime file shadows the helper with another key",
        set_up: |world| {
            write(&world, "run/containers/auth.json", &auths(FR, KEY_B));
            let run = world.path("run");
            world.set("XDG_RUNTIME_DIR", run)
        },
        id: "plaintext-before-helper",
        status: "failure",
        found: "plaintext credentials for rg.fr-par.scw.cloud, which podman uses before the helper; the helper has another key (profile default)",
        remedy: "podman logout --authfile ~/run/containers/auth.json rg.fr-par.scw.cloud",
    },
    Broken {
        what: "podman's file is no JSON, which stops it",
        set_up: |world| {
            write(&world, ".config/containers/auth.json", "[");
            world
        },
        id: "podman-file-broken",
        status: "failure",
        found: "it is not valid JSON",
        remedy: "mv ~/.config/containers/auth.json ~/.config/containers/auth.json.broken",
    },
    Broken {
        what: "podman's runtime file has another key under a name that nobody logs out of",
        set_up: |world| {
            let text = auths("rg.fr-par.scw.cloud/$(reboot);x", KEY_B);
            write(&world, "run/containers/auth.json", &text);
            let run = world.path("run");
            world.set("XDG_RUNTIME_DIR", run)
        },
        id: "plaintext-before-helper",
        status: "failure",
        found: "the helper has another key (profile default)",
        remedy: "delete rg.fr-par.scw.cloud/$(reboot);x from auths in this file if you no longer need it",
    },
    Broken {
        what: "podman's own file names another helper",
        set_up: |world| {
            let text = format!("{{\"credHelpers\":{{\"{FR}\":\"pass\"}}}}");
            write(&world, ".config/containers/auth.json", &text);
            world
        },
        id: "podman-other-helper",
        status: "failure",
        found: "podman asks the helper pass for rg.fr-par.scw.cloud, by credHelpers of this file",
        remedy: "delete rg.fr-par.scw.cloud from credHelpers in this file",
    },
    Broken {
        what: "REGISTRY_AUTH_FILE names something that is no file",
        set_up: |world| {
            let bin = world.path("bin");
            world.set("REGISTRY_AUTH_FILE", bin)
        },
        id: "podman-file-broken",
        status: "failure",
        found: "cannot read it",
        remedy: "unset REGISTRY_AUTH_FILE",
    },
    Broken {
        what: "DOCKER_AUTH_CONFIG is no JSON",
        set_up: |world| world.set("DOCKER_AUTH_CONFIG", "{"),
        id: "docker-auth-config-broken",
        status: "warning",
        found: "Docker cannot read it: line 1, column 1: it is not valid JSON",
        remedy: "unset DOCKER_AUTH_CONFIG",
    },
    Broken {
        what: "a file that podman does not read now holds a login",
        set_up: |world| {
            write(&world, "run/containers/auth.json", &auths(FR, KEY_B));
            write(&world, "other.json", "{}");
            let (run, other) = (world.path("run"), world.path("other.json"));
            world.set("XDG_RUNTIME_DIR", run).set("REGISTRY_AUTH_FILE", other)
        },
        id: "plaintext",
        status: "warning",
        found: "plaintext credentials for rg.fr-par.scw.cloud; the helper has another key (profile default)",
        remedy: "delete rg.fr-par.scw.cloud from auths in this file if you no longer need it",
    },
    Broken {
        what: "DOCKER_AUTH_CONFIG goes before the helper",
        set_up: |world| world.set("DOCKER_AUTH_CONFIG", auths(FR, KEY_B)),
        id: "docker-auth-config",
        status: "warning",
        found: "credentials for rg.fr-par.scw.cloud, which Docker uses before the helper",
        remedy: "unset DOCKER_AUTH_CONFIG",
    },
    Broken {
        what: "REGISTRY_AUTH_FILE leads nowhere",
        set_up: |world| world.set("REGISTRY_AUTH_FILE", "/nowhere/auth.json"),
        id: "podman-file-variable",
        status: "warning",
        found: "it names /nowhere/auth.json, which does not exist",
        remedy: "unset REGISTRY_AUTH_FILE",
    },
    Broken {
        what: "Docker is a snap",
        set_up: |world| {
            fs::remove_file(world.path("bin/docker")).unwrap();
            write(&world, "usr/bin/snap", "");
            mode(&world, "usr/bin/snap", 0o755);
            symlink(world.path("usr/bin/snap"), world.path("bin/docker")).unwrap();
            world
        },
        id: "client-snap",
        status: "failure",
        found: "a snap: it cannot start helpers",
        remedy: "SUDO snap remove docker",
    },
    Broken {
        what: "podman is a flatpak",
        set_up: |world| {
            script(&world, "flatpak/exports/bin/buildah", "exit 0");
            let path = format!(
                "{}:{}",
                world.path("bin").display(),
                world.path("flatpak/exports/bin").display()
            );
            world.set("PATH", path)
        },
        id: "client-flatpak",
        status: "failure",
        found: "a flatpak: it cannot start helpers",
        remedy: "install buildah from the system's packages",
    },
    Broken {
        what: "Docker does not run",
        set_up: |world| {
            script(&world, "bin/docker", "exit 127");
            world
        },
        id: "client-does-not-run",
        status: "warning",
        found: "fails when asked for its version",
        remedy: "reinstall docker",
    },
    Broken {
        what: "nothing that pulls",
        set_up: |world| {
            fs::remove_file(world.path("bin/docker")).unwrap();
            fs::remove_file(world.path("bin/podman")).unwrap();
            world
        },
        id: "client-none",
        status: "failure",
        found: "none of these is on PATH: docker, podman, nerdctl, buildah, skopeo",
        remedy: "install docker or podman",
    },
];

/// Types the commands of the fix as they are printed: the problem is gone then. What would change this
/// machine, or has to be done by hand first, is not typed.
fn type_fix(mut world: World, broken: &Broken) {
    let of_kind = |world: &World| {
        let report = world.run(&["doctor", "--offline", "-o", "json"], "");
        let report: Value = serde_json::from_str(&report.stdout).unwrap();
        let checks = report["checks"].as_array().unwrap().clone();
        let is_it = |check: &Value| check["id"] == broken.id && check["status"] != "ok";
        checks.into_iter().filter(is_it).collect::<Vec<_>>()
    };
    let before = of_kind(&world);
    let lines = |check: &Value| -> Vec<String> {
        let lines = check["commands"].as_array().unwrap().iter();
        lines.map(|line| line.as_str().unwrap().to_owned()).collect()
    };
    let is_by_hand =
        before.iter().any(|check| check["remedy"].as_str().unwrap().contains(", then: "));
    let commands: Vec<_> = before.iter().flat_map(lines).collect();
    if is_by_hand || commands.is_empty() {
        return;
    }
    for line in commands {
        if !type_line(&mut world, &line, broken.what) {
            return;
        }
    }
    assert_eq!(of_kind(&world), [] as [Value; 0], "{}", broken.what);
}

/// Types one line; returns false for one that would change this machine.
pub(crate) fn type_line(world: &mut World, line: &str, what: &str) -> bool {
    let words: Vec<_> = line.split(' ').filter(|word| *word != "sudo").collect();
    // Without a directory, install means the one that has this very program, else the machine's.
    let is_in_place = fs::read(world.path("bin/docker-credential-scw")).ok()
        == fs::read(&world.program_file).ok();
    match words[0] {
        helper
            if helper.ends_with("docker-credential-scw")
                && (words[1] != "install" || is_in_place || words.contains(&"--path")) =>
        {
            let outcome = world.run(&words[1..], format!("{KEY_A}\n"));
            // logout runs the client, which these tests have a script for.
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
fn each_broken_set_up_has_its_own_finding_and_remedy() {
    for broken in BROKEN {
        let world = (broken.set_up)(sound());
        let (works, checks) = checks(&world);
        let mut found = checks.iter().filter(|check| check["id"] == broken.id);
        let Some(check) = found.next() else { panic!("{}: {checks:?}", broken.what) };
        let text = |name: &str| check[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(text("status"), broken.status, "{}: {check}", broken.what);
        assert!(text("found").contains(broken.found), "{}: {check}", broken.what);
        let remedy = broken.remedy.replace("SUDO ", sudo());
        assert!(text("remedy").contains(&remedy), "{}: {check}", broken.what);
        // A fix is there exactly where something is wrong.
        for check in &checks {
            assert_eq!(check["status"] == "ok", check["remedy"].is_null(), "{check}");
        }
        // Nothing else is found, but what follows from it; and the exit code says the same.
        assert_eq!(
            works,
            checks.iter().all(|check| check["status"] != "failure"),
            "{}",
            broken.what
        );
        assert_eq!(works, broken.status != "failure", "{}: {checks:?}", broken.what);
        let (_, screen) = shown(&world, &[]);
        assert!(screen.contains(broken.found), "{screen}");
        type_fix(world, broken);
    }
}

#[test]
fn a_program_or_directory_that_another_user_owns_is_a_finding() {
    use nix::unistd::{Uid, User};
    for (path, id, found) in [
        ("bin/docker-credential-scw", "program-writable", "WHO, who owns it, may change it"),
        (
            "bin",
            "directory-writable",
            "leads to the helper, and WHO, who owns it, may change what is in it",
        ),
    ] {
        let mut world = sound();
        let own = Uid::effective();
        // Only root can give a file away: others see their own file as another user would see it.
        let who = if own.is_root() {
            chown(world.path(path), Some(54321), None).unwrap();
            world.uid = Some(0);
            "user ID 54321".to_owned()
        } else {
            world.uid = Some(own.as_raw() + 1);
            User::from_uid(own).unwrap().unwrap().name
        };
        let (works, checks) = checks(&world);
        assert!(works, "{checks:?}");
        let is_it = |check: &&Value| check["id"] == id && check["subject"] == format!("~/{path}");
        let check = checks.iter().find(is_it).unwrap_or_else(|| panic!("{checks:?}"));
        assert_eq!(check["found"], found.replace("WHO", &who));
        assert_eq!(check["status"], "warning");
        assert_eq!(check["remedy"], format!("{}chown root ~/{path}", sudo()));
    }
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

/// Each of these programs answers only once all of them run.
#[test]
fn all_programs_are_started_at_the_same_time() {
    let world = sound();
    fs::create_dir(world.path("running")).unwrap();
    let running = world.path("running").display().to_string();
    let names = ["docker", "podman", "nerdctl", "buildah", "skopeo", "docker-credential-scw-prod"];
    let wait = format!(
        ": >{running}/$$; i=0; while set -- {running}/*; [ $# -lt {count} ]; do i=$((i+1)); \
         [ $i -gt 300 ] && exit 1; /bin/sleep 0.01; done; ",
        count = names.len()
    );
    let version = format!("(docker-credential-scw) {}", env!("CARGO_PKG_VERSION"));
    for name in names {
        script(&world, &format!("bin/{name}"), &format!("{wait} echo 'x {version}'"));
    }
    let (_, checks) = checks(&world);
    for name in names {
        let subject = format!("~/bin/{name}");
        let check = checks.iter().find(|check| check["subject"] == subject).unwrap();
        assert_eq!(check["status"], "ok", "{check}");
    }
}

#[test]
fn a_program_that_hangs_holds_up_nothing() {
    let world = sound();
    script(&world, "bin/docker", "echo Docker version 1; /bin/sleep 30 & exit 0");
    script(&world, "bin/podman", "exec >&-; exec /bin/sleep 60");
    let start = std::time::Instant::now();
    let (_, screen) = shown(&world, &[]);
    assert!(screen.contains("✓ ~/bin/docker: Docker version 1\n"), "{screen}");
    assert!(screen.contains("! ~/bin/podman: does not answer within 5 s\n"), "{screen}");
    assert!(start.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn words_of_commands_are_quoted_for_the_shell() {
    let world = sound();
    fs::rename(world.path(".config/scw"), world.path("my config")).unwrap();
    let path = world.path("my config/config.yaml");
    mode(&world, "my config/config.yaml", 0o644);
    let (_, screen) = shown(&world.set("SCW_CONFIG_PATH", path), &[]);
    assert!(screen.contains("→ chmod 600 '~/my config/config.yaml'\n"), "{screen}");
}

#[test]
fn what_a_key_hides_is_told() {
    let world = sound().set("SCW_SECRET_KEY", KEY_B);
    assert_eq!(world.store(NL, KEY_A).exit, Exit::Success);
    let (_, screen) = shown(&world, &[]);
    assert!(
        screen.contains("from the variable SCW_SECRET_KEY; it hides the profile default in ~/.config/scw/config.yaml"),
        "{screen}"
    );
}

#[test]
fn hostile_text_in_files_and_variables_moves_no_cursor() {
    let world = sound();
    let config = world.read(CONFIG).replace(
        "\"credHelpers\": {",
        "\"credHelpers\": {\"https://rg.fr-par.scw.cloud/\\u001b[2J\":\"scw-\\u001b[2J\\u202e\",",
    );
    write(&world, CONFIG, &config);
    script(&world, "bin/docker", "printf '\\033[2Jevil'");
    let (_, screen) = shown(&world, &[]);
    assert!(!screen.contains('\u{1b}') && !screen.contains('\u{202e}'), "{screen}");
    assert!(screen.contains("\\u{1b}[2Jevil"), "{screen}");
}

#[test]
fn what_mends_it_under_sudo_names_the_config_that_was_looked_at() {
    let mut world = sound();
    fs::remove_file(world.path(CONFIG)).unwrap();
    // install alone would mean that of the person who typed sudo.
    let home = world.path("ada");
    world.invoking_user = Some(InvokingUser { uid: 1000, gid: 1000, name: "ada".into(), home });
    let (_, screen) = shown(&world, &[]);
    let remedy = "-> sudo docker-credential-scw install --docker-config ~/.docker\n";
    assert!(screen.replace('\u{2192}', "->").contains(remedy), "{screen}");
}

#[test]
fn one_finding_and_one_remedy_a_login() {
    // Of Docker's own login in plain text nothing is said twice.
    let world = sound();
    let config = world.read(CONFIG).replace(&format!("\"{FR}\": \"scw\","), "");
    let login = format!("{{\"auths\": {{\"{FR}\": {{\"auth\": \"eDp5\"}}}},");
    write(&world, CONFIG, &config.replacen('{', &login, 1));
    let (_, checks) = checks(&world);
    let about_it = checks.iter().filter(|check| check["status"] == "warning").count();
    assert_eq!(about_it, 1, "{checks:?}");
    // A list of names belongs to the cause, and is no remedy.
    let world = sound().config("profiles: {prd: {}}\n").set("SCW_PROFILE", "prod");
    mode(&world, ".config/scw/config.yaml", 0o600);
    let (_, screen) = shown(&world, &[]);
    let told = "SCW_PROFILE is \"prod\", but ~/.config/scw/config.yaml has no such profile (it has prd)\n    \
                \u{2192} unset SCW_PROFILE, or set it to a profile that exists\n";
    assert!(screen.contains(told), "{screen}");
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
fn with_a_region_only_its_registries_are_looked_at() {
    let world = sound();
    let (_, screen) = shown(&world, &["--region", "nl-ams,it-mil"]);
    for host in [NL, "rg.it-mil.scw.cloud", "rg.it-mil.scw.eu"] {
        assert!(screen.contains(host), "{screen}");
    }
    for host in [FR, "rg.pl-waw.scw.cloud"] {
        assert!(!screen.contains(host), "{screen}");
    }
}
