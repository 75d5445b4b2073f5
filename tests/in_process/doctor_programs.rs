//! `doctor` and other programs: who may change them, how they are started, and what they print.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::chown;

use serde_json::Value;

use crate::doctor::{CONFIG, checks, script, shown, sound, sudo, write};
use crate::support::{FR, KEY_A};

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
        let user = Uid::effective();
        // Only root can change the owner. Other users take the role of another user instead.
        let who = if user.is_root() {
            chown(world.path(path), Some(54321), None).unwrap();
            world.uid = Some(0);
            "user ID 54321".to_owned()
        } else {
            world.uid = Some(user.as_raw() + 1);
            User::from_uid(user).unwrap().unwrap().name
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

/// The client answers only once the helper is asked for the key, and the helper only once the client runs.
#[test]
fn the_helper_is_asked_for_the_key_while_the_clients_are_asked_for_their_versions() {
    let world = sound();
    let directory = world.path("").display().to_string();
    let wait = |this: &str, other: &str| {
        format!(
            ": >{directory}/{this}; i=0; until [ -e {directory}/{other} ]; do i=$((i+1)); \
             [ $i -gt 300 ] && exit 1; /bin/sleep 0.01; done; "
        )
    };
    script(&world, "bin/docker", &format!("{} echo Docker version 1", wait("client", "get")));
    let version = env!("CARGO_PKG_VERSION");
    let answer = format!(r#"{{"ServerURL":"{FR}","Username":"nologin","Secret":"{KEY_A}"}}"#);
    let helper = format!(
        "[ $1 = version ] && echo 'x (docker-credential-scw) {version}' && exit\n{}\necho '{answer}'",
        wait("get", "client")
    );
    fs::remove_file(world.path("bin/docker-credential-scw")).unwrap();
    script(&world, "bin/docker-credential-scw", &helper);
    let (works, checks) = checks(&world);
    assert!(works, "{checks:?}");
    let client = checks.iter().find(|check| check["subject"] == "~/bin/docker").unwrap();
    assert_eq!((&client["status"], &client["found"]), (&"ok".into(), &"Docker version 1".into()));
}

#[test]
fn a_program_that_hangs_is_reported_after_its_time_limit() {
    let world = sound();
    script(&world, "bin/docker", "echo Docker version 1; /bin/sleep 30 & exit 0");
    script(&world, "bin/podman", "exec >&-; exec /bin/sleep 60");
    let start = std::time::Instant::now();
    let (_, screen) = shown(&world, &[]);
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
  ✓ ~/bin/docker: Docker version 1
  ! ~/bin/podman: does not answer within 5 s
    → reinstall podman

Pulls will work. What is marked ! needs attention.
"
    );
    assert!(start.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn hostile_text_in_files_and_answers_is_escaped() {
    let world = sound();
    let config = world.read(CONFIG).replace(
        "\"credHelpers\": {",
        "\"credHelpers\": {\"https://rg.fr-par.scw.cloud/\\u001b[2J\":\"scw-\\u001b[2J\\u202e\",",
    );
    write(&world, CONFIG, &config);
    script(&world, "bin/docker", "printf '\\033[2Jevil'");
    let (_, screen) = shown(&world, &[]);
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
  ✓ ~/bin/docker: \\u{1b}[2Jevil
  ✓ ~/bin/podman: podman version 5.6.0

Pulls will work.
"
    );
}
