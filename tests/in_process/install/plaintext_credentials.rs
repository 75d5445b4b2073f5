//! Plaintext credentials: reported, and removed only after their key is safe.

use docker_credential_scw::system::keyring::KeyringError;

use super::{AUTH_FILE, CONFIG, install, login, user, with_login};
use crate::support::{FR, KEY_A, KEY_B};

#[test]
fn plaintext_credentials_are_reported_and_removed_with_consent() {
    let docker = with_login(FR, KEY_A)
        .replace("{\"auths\": {", "{\"auths\": {\"docker.io\": {\"auth\": \"eA==\"}, ");
    let world = user().set("SCW_SECRET_KEY", "").config(format!("secret_key: {KEY_A}\n"));
    let world = world.file(CONFIG, &docker).file(AUTH_FILE, with_login(FR, KEY_A));
    assert_eq!(
        install(&world, &["region=fr-par"]),
        "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud
  -> docker-credential-scw install --yes
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
uses before the helper
  -> docker-credential-scw install --yes

REGISTRY             HELPER  KEY FROM         STATUS
rg.fr-par.scw.cloud  scw     profile default  ready

Ready, but what is marked ! may still get in the way.
"
    );
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_A));

    assert_eq!(
        install(&world, &["--yes", "region=fr-par"]),
        "\
~/bin/docker-credential-scw is there already
~/.docker/config.json names it already
Removed the plaintext credentials for rg.fr-par.scw.cloud from ~/.docker/config.json
Removed the plaintext credentials for rg.fr-par.scw.cloud from ~/.config/containers/auth.json

REGISTRY             HELPER  KEY FROM         STATUS
rg.fr-par.scw.cloud  scw     profile default  ready

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    assert_eq!(
        world.read(CONFIG),
        "{\"auths\": {\"docker.io\": {\"auth\": \"eA==\"}}, \"credHelpers\": \
         {\"rg.fr-par.scw.cloud\": \"scw\"}}"
    );
    assert_eq!(world.read(AUTH_FILE), "{\"auths\": {}}");
    assert!(world.keyring.state().entries.is_empty(), "the key has another source already");
}

#[test]
fn a_key_in_a_variable_is_stored_before_its_plaintext_is_removed() {
    let world = user().file(CONFIG, with_login(FR, KEY_A));
    let screen = install(&world, &["--yes", "region=fr-par"]);
    assert_eq!(
        screen,
        "\
Copied the key for rg.fr-par.scw.cloud from the variable SCW_SECRET_KEY to the keyring
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
Removed the plaintext credentials for rg.fr-par.scw.cloud from ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    assert_eq!(world.set("SCW_SECRET_KEY", "").key_for(FR), KEY_A);
}

#[test]
fn without_a_keyring_the_variable_has_the_only_copy_of_the_key() {
    let world = user().file(CONFIG, with_login(FR, KEY_A));
    world.keyring.fails_with(KeyringError::Absent("no bus".to_owned()));
    let screen = install(&world, &["--yes", "region=fr-par"]);
    assert_eq!(
        screen,
        "\
! rg.fr-par.scw.cloud: the key is in the variable SCW_SECRET_KEY only now
  -> set the variable in your shell's profile
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
Removed the plaintext credentials for rg.fr-par.scw.cloud from ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
"
    );
}

#[test]
fn the_only_key_is_stored_and_a_second_one_never_replaces_it() {
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(FR, KEY_A));
    let world = world.file(AUTH_FILE, with_login(FR, KEY_B));
    let screen = install(&world, &["--yes", "region=fr-par"]);
    assert_eq!(
        screen,
        "\
Copied the key for rg.fr-par.scw.cloud from ~/.docker/config.json to the keyring
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
Removed the plaintext credentials for rg.fr-par.scw.cloud from ~/.docker/config.json
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
uses before the helper; the helper has another key (keyring)
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     keyring   cannot read the key stored for rg.fr-par.scw.cloud: \
there is no keyring in this session (no D-Bus session bus); set SCW_SECRET_KEY, or remove the \
stored key with `docker logout rg.fr-par.scw.cloud`

Fix what is marked !, then run install again.
"
    );
    assert_eq!(world.key_for(FR), KEY_A);
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_B));
}

#[test]
fn credentials_of_podman_with_another_key_are_never_removed() {
    let world = user().file(AUTH_FILE, with_login(FR, KEY_B));
    for (words, expected) in [
        (
            &["--dry-run"][..],
            "\
Would install ~/bin/docker-credential-scw
Would create ~/.docker/config.json:
--- ~/.docker/config.json
+++ ~/.docker/config.json
@@ -0,0 +1,5 @@
+{
+\t\"credHelpers\": {
+\t\t\"rg.fr-par.scw.cloud\": \"scw\"
+\t}
+}
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
uses before the helper; the helper has another key (variable SCW_SECRET_KEY)
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it
",
        ),
        (
            &["--dry-run", "--yes"],
            "\
Would install ~/bin/docker-credential-scw
Would create ~/.docker/config.json:
--- ~/.docker/config.json
+++ ~/.docker/config.json
@@ -0,0 +1,5 @@
+{
+\t\"credHelpers\": {
+\t\t\"rg.fr-par.scw.cloud\": \"scw\"
+\t}
+}
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
uses before the helper; the helper has another key (variable SCW_SECRET_KEY)
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it
",
        ),
        (
            &[],
            "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
uses before the helper; the helper has another key (variable SCW_SECRET_KEY)
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
",
        ),
        (
            &["--yes"],
            "\
~/bin/docker-credential-scw is there already
~/.docker/config.json names it already
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
uses before the helper; the helper has another key (variable SCW_SECRET_KEY)
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
",
        ),
    ] {
        assert_eq!(install(&world, &[words, &["region=fr-par"]].concat()), expected);
    }
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_B));
}

#[test]
fn a_dry_run_with_consent_predicts_the_run() {
    for has_keyring in [true, false] {
        let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(FR, KEY_A));
        if !has_keyring {
            world.keyring.fails_with(KeyringError::Absent("no bus".to_owned()));
        }
        let left = |words: &[&str]| {
            let report: serde_json::Value = serde_json::from_str(&install(&world, words)).unwrap();
            report["left_to_login"].clone()
        };
        let before = world.read(CONFIG);
        let would_be = left(&["--dry-run", "--yes", "-o", "json"]);
        assert_eq!(world.read(CONFIG), before);
        assert_eq!(would_be, left(&["--yes", "-o", "json"]), "{has_keyring}");
        assert_eq!(would_be.as_array().unwrap().is_empty(), has_keyring);
    }
}

#[test]
fn a_key_for_one_namespace_never_becomes_the_key_of_the_registry() {
    let before = with_login("rg.fr-par.scw.cloud/team", KEY_B);
    let world = user().set("SCW_SECRET_KEY", "").file(AUTH_FILE, &before);
    let screen = install(&world, &["--yes", "region=fr-par"]);
    assert_eq!(
        screen,
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud/team, which \
podman uses before the helper; their key is for a part of the registry only
  -> delete rg.fr-par.scw.cloud/team from auths in this file if you no longer need it

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
"
    );
    assert_eq!(world.read(AUTH_FILE), before);
    // If the helper has the same key, the credentials for the namespace are not needed.
    let world = world.set("SCW_SECRET_KEY", KEY_B);
    assert_eq!(
        install(&world, &["--yes", "region=fr-par"]),
        "\
~/bin/docker-credential-scw is there already
~/.docker/config.json names it already
Removed the plaintext credentials for rg.fr-par.scw.cloud/team from \
~/.config/containers/auth.json
! rg.fr-par.scw.cloud: the key is in the variable SCW_SECRET_KEY only now
  -> set the variable in your shell's profile

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
"
    );
}

#[test]
fn credentials_stay_if_the_keyring_is_locked() {
    for (key, expected) in [
        (
            KEY_B,
            "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! ~/.config/containers/auth.json: plaintext credentials for https://rg.fr-par.scw.cloud, which \
podman uses before the helper; their key is kept nowhere else and cannot be stored: the keyring \
is locked
  -> docker-credential-scw save-key
  -> docker-credential-scw install --yes

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
",
        ),
        (
            "hunter2",
            "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! ~/.config/containers/auth.json: plaintext credentials for https://rg.fr-par.scw.cloud, which \
podman uses before the helper; they are more or other than one secret key
  -> delete https://rg.fr-par.scw.cloud from auths in this file if you no longer need it

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
",
        ),
    ] {
        // No other source has a key.
        let before =
            format!("{{\"auths\": {{\"https://{FR}\": {{\"auth\": \"{}\"}}}}}}", login(key));
        let auth_file = ".config/containers/auth.json";
        let world = user().set("SCW_SECRET_KEY", "").file(auth_file, &before);
        world.keyring.fails_with(KeyringError::Locked);
        let screen = install(&world, &["-y", "region=fr-par"]);
        assert_eq!(screen, expected);
        assert_eq!(world.read(auth_file), before);
    }
}

#[test]
fn a_broken_auth_file_is_reported_and_left_unchanged() {
    let world = user().file(".config/containers/auth.json", "");
    assert_eq!(
        install(&world, &["--yes", "region=fr-par"]),
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    let world = user().file(".config/containers/auth.json", "{ nonsense");
    let screen = install(&world, &["--yes", "region=fr-par"]);
    assert_eq!(
        screen,
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! ~/.config/containers/auth.json: line 1, column 3: it is not valid JSON
  -> mv ~/.config/containers/auth.json ~/.config/containers/auth.json.broken

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
"
    );
    assert_eq!(world.read(".config/containers/auth.json"), "{ nonsense");
}
