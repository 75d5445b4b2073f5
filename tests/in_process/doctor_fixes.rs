//! `doctor`: the wording of causes and fixes.
#![cfg(unix)]

use std::fs;

use docker_credential_scw::Exit;
use docker_credential_scw::system::users::InvokingUser;

use crate::doctor::{CONFIG, checks, mode, shown, sound, write};
use crate::support::{FR, KEY_A, KEY_B, NL};

#[test]
fn words_of_commands_are_quoted_for_the_shell() {
    let world = sound();
    fs::rename(world.path(".config/scw"), world.path("my config")).unwrap();
    let path = world.path("my config/config.yaml");
    mode(&world, "my config/config.yaml", 0o644);
    let (_, screen) = shown(&world.set("SCW_CONFIG_PATH", path), &[]);
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
  ✓ all 5 registries: from the profile default in ~/my config/config.yaml
  ! ~/my config/config.yaml: other users may read it, and the keys in it
    → chmod 600 '~/my config/config.yaml'
  ✓ keyring: it answers

Programs that pull
  ✓ ~/bin/docker: Docker version 29.7.2, build 1
  ✓ ~/bin/podman: podman version 5.6.0

Pulls will work. What is marked ! needs attention.
"
    );
}

#[test]
fn fixes_under_sudo_name_the_config_that_was_checked() {
    let mut world = sound();
    fs::remove_file(world.path(CONFIG)).unwrap();
    // `install` alone would change the config of the invoking user.
    let home = world.path("ada");
    world.invoking_user = Some(InvokingUser { uid: 1000, gid: 1000, name: "ada".into(), home });
    let (_, screen) = shown(&world, &[]);
    assert_eq!(
        screen,
        "\
The program
  ✓ PROGRAM: this program, version VERSION
  ✓ ~/bin/docker-credential-scw: found on PATH; same version; runs

Docker's and podman's files
  ✗ ~/.docker/config.json: does not exist, so no helper is registered
    → sudo docker-credential-scw install --docker-config ~/.docker

The key
  ✓ all 5 registries: from the profile default in ~/.config/scw/config.yaml
  ✓ ~/.config/scw/config.yaml: readable by its owner only
  ✓ keyring: it answers

Programs that pull
  ✓ ~/bin/docker: Docker version 29.7.2, build 1
  ✓ ~/bin/podman: podman version 5.6.0

Pulls will not work. Fix what is marked ✗.
"
    );
}

#[test]
fn a_plaintext_login_of_docker_is_one_problem() {
    let world = sound();
    let config = world.read(CONFIG).replace(&format!("\"{FR}\": \"scw\","), "");
    let login = format!("{{\"auths\": {{\"{FR}\": {{\"auth\": \"eDp5\"}}}},");
    write(&world, CONFIG, &config.replacen('{', &login, 1));
    let (_, checks) = checks(&world);
    let about_it = checks.iter().filter(|check| check["status"] == "warning").count();
    assert_eq!(about_it, 1, "{checks:?}");
}

#[test]
fn names_of_profiles_are_part_of_the_cause_and_not_of_the_fix() {
    let world = sound().config("profiles: {prd: {}}\n").set("SCW_PROFILE", "prod");
    mode(&world, ".config/scw/config.yaml", 0o600);
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
  ✗ all 5 registries: SCW_PROFILE is \"prod\", but ~/.config/scw/config.yaml has no such \
profile (it has prd)
    → unset SCW_PROFILE, or set it to a profile that exists
  ✓ ~/.config/scw/config.yaml: readable by its owner only
  ✓ keyring: it answers

Programs that pull
  ✓ ~/bin/docker: Docker version 29.7.2, build 1
  ✓ ~/bin/podman: podman version 5.6.0

Pulls will not work. Fix what is marked ✗.
"
    );
}

#[test]
fn sources_that_a_key_hides_are_named() {
    let world = sound().set("SCW_SECRET_KEY", KEY_B);
    assert_eq!(world.store(NL, KEY_A).exit, Exit::Success);
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
  ✓ all 5 registries: from the variable SCW_SECRET_KEY; it hides the profile default in \
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
