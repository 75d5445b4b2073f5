//! Docker's `config.json`: what is written, kept and restored.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use docker_credential_scw::Exit;

use super::{CONFIG, install, refused, run, uninstall, user, with_login};
use crate::support::{FR, KEY_A, World};

#[test]
fn uninstall_restores_the_config_and_may_run_twice() {
    for before in [None, Some(""), Some("{}\n"), Some("{\n  \"auths\": {}, \"x\":1}")] {
        let mut world = user();
        if let Some(text) = before {
            world = world.file(CONFIG, text);
        }
        install(&world, &[]);
        let screen = uninstall(&world, &[]);
        let change = if before.is_some() { "Changed" } else { "Removed" };
        let expected =
            format!("{change} ~/.docker/config.json\nRemoved ~/bin/docker-credential-scw\n");
        assert_eq!(screen, expected);
        assert_eq!(fs::read_to_string(world.path(CONFIG)).ok().as_deref(), before);
        assert_eq!(world.path(".docker").exists(), before.is_some());
        assert_eq!(fs::read_dir(world.path("bin")).unwrap().count(), 0);
        assert!(!world.path(".local").exists(), "no state is left");
        let screen = uninstall(&world, &[]);
        assert_eq!(
            screen,
            "\
~/.docker/config.json does not name it
~/bin/docker-credential-scw: nothing to remove
"
        );
    }
}

#[test]
fn docker_config_must_be_a_directory() {
    let world = user().file("config.json", "{}");
    let file = world.path("config.json");
    let line = refused(&world, &["--docker-config", file.to_str().unwrap()]);
    assert_eq!(
        line,
        "~/config.json is not a directory; name the directory of config.json with \
         --docker-config"
    );
}

#[test]
fn hostile_text_in_the_config_is_escaped() {
    let before = "{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"ev\\u001b[31mil\\u202e\", \"rg.nl-ams.scw.cloud\": \"scw-\\u001b]0;x\\u0007\"}}";
    let world = user().file(CONFIG, before);
    assert_eq!(
        install(&world, &["region=fr-par,nl-ams"]),
        "\
Installed ~/bin/docker-credential-scw
~/.docker/config.json is left unchanged
! rg.fr-par.scw.cloud is left to the helper ev\\u{1b}[31mil\\u{202e} (--force takes it over)
rg.nl-ams.scw.cloud stays bound to the helper scw-\\u{1b}]0;x\\u{7} (--force takes it over)

REGISTRY             HELPER                  KEY FROM  STATUS
rg.fr-par.scw.cloud  ev\\u{1b}[31mil\\u{202e}  -         the helper ev\\u{1b}[31mil\\u{202e} is \
registered instead of this one
rg.nl-ams.scw.cloud  scw-\\u{1b}]0;x\\u{7}     -         the helper scw-\\u{1b}]0;x\\u{7} is \
registered instead of this one

Fix this, then run install again.
"
    );
    assert_eq!(
        uninstall(&world, &[]),
        "\
~/.docker/config.json does not name it
! ~/bin/docker-credential-scw stays: it is still needed
! ~/.docker/config.json names scw-\\u{1b}]0;x\\u{7} for rg.nl-ams.scw.cloud: \
`docker-credential-scw uninstall --profile '\\u{1b}]0;x\\u{7}' --path ~/bin` undoes that
! `docker-credential-scw uninstall --all --path ~/bin` undoes all of it
"
    );
}

#[test]
fn an_empty_directory_that_existed_before_stays() {
    // Docker makes its directory with the second mode, too.
    for mode in [0o755, 0o700] {
        let world = user();
        fs::create_dir(world.path(".docker")).unwrap();
        fs::set_permissions(world.path(".docker"), fs::Permissions::from_mode(mode)).unwrap();
        install(&world, &[]);
        uninstall(&world, &[]);
        assert_eq!(fs::read_dir(world.path(".docker")).unwrap().count(), 0, "{mode:o}");
    }
    let world = user();
    fs::create_dir(world.path("dot")).unwrap();
    fs::set_permissions(world.path("dot"), fs::Permissions::from_mode(0o700)).unwrap();
    symlink("dot", world.path(".docker")).unwrap();
    install(&world, &[]);
    uninstall(&world, &[]);
    assert_eq!(fs::read_dir(world.path("dot")).unwrap().count(), 0);
    assert!(fs::symlink_metadata(world.path(".docker")).unwrap().is_symlink());
}

#[test]
fn created_directories_are_removed_if_they_are_empty() {
    for keeps in [None, Some("a/kept"), Some("a/b/kept"), Some("a/b/c/kept")] {
        let world = user();
        let config = world.path("a/b/c");
        let words = ["--docker-config", config.to_str().unwrap()];
        install(&world, &words);
        // `uninstall` undoes both runs.
        install(&world, &[&words[..], &["region=de-fra"]].concat());
        if let Some(path) = keeps {
            fs::write(world.path(path), "").unwrap();
        }
        uninstall(&world, &words);
        assert!(!config.join("config.json").exists(), "{keeps:?}");
        let last = keeps.map_or("", |path| path.rsplit_once('/').unwrap().0);
        for directory in ["a", "a/b", "a/b/c"] {
            let is_needed = keeps.is_some() && last.starts_with(directory);
            assert_eq!(world.path(directory).exists(), is_needed, "{keeps:?}: {directory}");
        }
    }
}

#[test]
fn the_target_of_a_dangling_link_is_created() {
    let world = user();
    symlink("dotfiles/docker", world.path(".docker")).unwrap();
    install(&world, &[]);
    assert!(world.path("dotfiles/docker/config.json").exists());
    uninstall(&world, &[]);
    assert!(fs::symlink_metadata(world.path(".docker")).unwrap().is_symlink());
}

#[test]
fn uninstall_reports_a_store_that_it_cannot_recognize_as_added() {
    // Docker has rewritten the file, so the mark of `install` is gone.
    let docker_wrote = "{\n\t\"auths\": {},\n\t\"credsStore\": \"secretservice\",\n\t\"credHelpers\": \
        {\n\t\t\"rg.fr-par.scw.cloud\": \"scw\"\n\t}\n}";
    let world = user().file(CONFIG, docker_wrote);
    assert_eq!(
        uninstall(&world, &[]),
        "\
Changed ~/.docker/config.json
~/bin/docker-credential-scw: nothing to remove
! credsStore secretservice stays, as logins to other registries may be in it
"
    );
}

#[test]
fn a_broken_config_is_refused_with_line_and_column_before_any_change() {
    for (text, expected) in [
        (
            "{",
            "~/.docker/config.json: line 1, column 1: it is not valid JSON; fix that place in \
             the file, then try again",
        ),
        (
            "{\"credHelpers\": []}",
            "~/.docker/config.json: line 1, column 17: credHelpers is not an object; fix that \
             place in the file, then try again",
        ),
        (
            "{\"credHelpers\":{},\"credHelpers\":{}}",
            "~/.docker/config.json: line 1, column 19: duplicate credHelpers; fix that place in \
             the file, then try again",
        ),
        (
            "[]",
            "~/.docker/config.json: line 1, column 1: it is not a JSON object; fix that place in \
             the file, then try again",
        ),
    ] {
        let world = user().file(CONFIG, text);
        assert_eq!(refused(&world, &[]), expected);
        assert!(!world.path("bin/docker-credential-scw").exists());
        let outcome = run(&world, "uninstall", &[]);
        assert_eq!(outcome.exit, Exit::Failure);
        assert_eq!(world.read(CONFIG), text);
    }
}

#[test]
fn an_entry_for_another_helper_is_kept_unless_forced() {
    let before =
        "{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"other\", \"rg.nl-ams.scw.cloud\": \"\"}}";
    let world = user().file(CONFIG, before);
    assert_eq!(
        install(&world, &["region=fr-par,nl-ams"]),
        "\
Installed ~/bin/docker-credential-scw
~/.docker/config.json is left unchanged
! rg.fr-par.scw.cloud is left to the helper other (--force takes it over)
! rg.nl-ams.scw.cloud is left to Docker's own file (--force takes it over)

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  other   -         the helper other is registered instead of this one
rg.nl-ams.scw.cloud          -         left to Docker's own file by an empty entry in \
credHelpers, and there is no login

Fix this, then run install again.
"
    );
    assert_eq!(
        world.read(CONFIG),
        "{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"other\", \"rg.nl-ams.scw.cloud\": \
         \"\"}}"
    );
    uninstall(&world, &[]);
    assert_eq!(world.read(CONFIG), before);
    install(&world, &["--force", "region=fr-par,nl-ams"]);
    assert_eq!(
        world.read(CONFIG),
        "{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"scw\", \"rg.nl-ams.scw.cloud\": \
         \"scw\"}}"
    );
}

/// Adds the credential store `secretservice`.
fn with_store(world: World) -> World {
    let world = world.file("bin/docker-credential-secretservice", "");
    let rights = fs::Permissions::from_mode(0o755);
    fs::set_permissions(world.path("bin/docker-credential-secretservice"), rights).unwrap();
    world
}

#[test]
fn an_empty_config_gets_the_store_that_docker_would_choose() {
    let world = with_store(user());
    assert_eq!(
        install(&world, &["region=fr-par"]),
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
credsStore secretservice is named there for all other registries: Docker would have chosen it \
by itself, and with credHelpers in the file it no longer does

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    assert_eq!(
        world.read(CONFIG),
        "\
{
\t\"credHelpers\": {
\t\t\"rg.fr-par.scw.cloud\": \"scw\"
\t},
\t\"credsStore\":\t \"secretservice\"
} \t"
    );
    uninstall(&world, &[]);
    assert!(!world.path(CONFIG).exists());
}

#[test]
fn a_config_that_is_not_empty_gets_no_store() {
    for before in ["{\"auths\": {\"docker.io\": {}}}", "{\"credsStore\": \"pass\"}"] {
        let world = with_store(user().file(CONFIG, before));
        assert_eq!(
            install(&world, &["region=fr-par"]),
            "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
        );
    }
    // Docker prefers `pass` if that program exists, even if its helper is missing.
    let world = with_store(user()).file("bin/pass", "");
    fs::set_permissions(world.path("bin/pass"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(
        install(&world, &["region=fr-par"]),
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
}

#[test]
fn docker_config_is_the_option_else_the_variable() {
    let world = user();
    let (variable, argument) = (world.path("by-variable"), world.path("by-argument"));
    let world = world.set("DOCKER_CONFIG", &variable);
    install(&world, &[]);
    assert!(variable.join("config.json").exists() && !world.path(CONFIG).exists());
    install(&world, &["--docker-config", argument.to_str().unwrap()]);
    assert!(argument.join("config.json").exists());
}

#[test]
fn without_a_home_directory_the_error_names_the_option() {
    let world = user().set("HOME", "").homeless();
    assert_eq!(
        refused(&world, &[]),
        "there is no home directory to find Docker's config in; set HOME, or name the directory with \
         --docker-config"
    );
    assert_eq!(fs::read_dir(world.path("bin")).unwrap().count(), 0);
    let named = world.path("named");
    install(&world, &["--docker-config", named.to_str().unwrap()]);
    assert!(named.join("config.json").exists());
}

#[test]
fn a_config_to_which_nothing_is_added_stays_unchanged() {
    for before in [
        with_login(FR, KEY_A),
        with_login(FR, KEY_A).replace("}}}", "}}, \"credHelpers\": {\"gcr.io\": \"gcr\"}}"),
    ] {
        let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, &before);
        for expected in [
            "\
Installed ~/bin/docker-credential-scw
~/.docker/config.json is left unchanged
! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; the helper \
has no key
  -> docker-credential-scw install --yes --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered

Fix what is marked !, then run install again.
",
            "\
~/bin/docker-credential-scw is there already
~/.docker/config.json is left unchanged
! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; the helper \
has no key
  -> docker-credential-scw install --yes --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered

Fix what is marked !, then run install again.
",
        ] {
            assert_eq!(install(&world, &["region=fr-par"]), expected);
            assert_eq!(world.read(CONFIG), before);
        }
    }
}
