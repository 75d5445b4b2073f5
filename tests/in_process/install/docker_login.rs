//! Docker's own login to a registry: it keeps working until the helper has the same key.

use docker_credential_scw::system::keyring::KeyringError;
use serde_json::{Value, json};

use super::{AUTH_FILE, CONFIG, install, user, with_login};
use crate::support::{FR, KEY_A, NL, World};

pub(super) const REGIONS: &str = "region=fr-par,nl-ams";

/// The helpers that Docker's config names.
pub(super) fn helpers(world: &World) -> Value {
    let config: Value = serde_json::from_str(&world.read(CONFIG)).unwrap();
    config["credHelpers"].clone()
}

/// Installs for two registries. Docker is logged in to the first, which must stay unregistered.
#[track_caller]
pub(super) fn stays_unregistered(world: &World, words: &[&str]) -> String {
    let screen = install(world, &[words, &[REGIONS]].concat());
    assert_eq!(helpers(world), json!({NL: "scw"}), "{screen}");
    screen
}

/// A user with Docker's login as plaintext in its config, and no key for the helper.
fn logged_in() -> World {
    user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(FR, KEY_A))
}

/// A config with plaintext credentials, in which the helper is registered already.
fn registered() -> String {
    let helpers = "}}, \"credHelpers\": {\"rg.fr-par.scw.cloud\": \"scw\"}}";
    with_login(FR, KEY_A).replace("}}}", helpers)
}

#[test]
fn dockers_login_stays_in_use_while_the_helper_has_no_key() {
    let world = logged_in();
    assert_eq!(
        stays_unregistered(&world, &[]),
        "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; the helper \
has no key
  -> docker-credential-scw install --yes --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
"
    );
    let config: Value = serde_json::from_str(&world.read(CONFIG)).unwrap();
    let login: Value = serde_json::from_str(&with_login(FR, KEY_A)).unwrap();
    assert_eq!(config["auths"], login["auths"]);
}

#[test]
fn a_registry_is_registered_once_the_helper_has_the_key_of_dockers_login() {
    let world = logged_in();
    stays_unregistered(&world, &[]);
    let world = world.set("SCW_SECRET_KEY", KEY_A);
    assert_eq!(
        install(&world, &[REGIONS]),
        "\
~/bin/docker-credential-scw is there already
Changed ~/.docker/config.json
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud
  -> docker-credential-scw install --yes

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set
rg.nl-ams.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
"
    );
    assert_eq!(helpers(&world), json!({NL: "scw", FR: "scw"}));
}

#[test]
fn without_a_keyring_consent_changes_nothing() {
    let world = logged_in();
    world.keyring.fails_with(KeyringError::Absent("no bus".to_owned()));
    assert_eq!(
        stays_unregistered(&world, &["--yes"]),
        "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud; their key is kept \
nowhere else and cannot be stored: there is no keyring in this session (no bus)
  -> docker-credential-scw save-key
  -> docker-credential-scw install --yes
! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; the helper \
has no key
  -> docker-credential-scw save-key
  -> docker-credential-scw install --force --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
"
    );
}

#[test]
fn a_registered_registry_stays_registered_without_a_key() {
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, registered());
    assert_eq!(
        install(&world, &[REGIONS]),
        "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud
  -> docker-credential-scw install --yes

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
"
    );
    assert_eq!(helpers(&world), json!({FR: "scw", NL: "scw"}));
}

#[test]
fn force_registers_and_reports_that_the_login_is_no_longer_used() {
    let world = logged_in();
    assert_eq!(
        install(&world, &["--force", REGIONS]),
        "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! rg.fr-par.scw.cloud: Docker's login, in plaintext in its config.json, is no longer used, and \
the helper has no key
  -> docker-credential-scw save-key

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
"
    );
    assert_eq!(helpers(&world), json!({FR: "scw", NL: "scw"}));
}

#[test]
fn a_dry_run_shows_which_registries_stay_with_dockers_login() {
    assert_eq!(
        install(&logged_in(), &["--dry-run", REGIONS]),
        "\
Would ask whether to copy the key for rg.fr-par.scw.cloud from ~/.docker/config.json to the \
keyring
Would install ~/bin/docker-credential-scw
Would change ~/.docker/config.json:
--- ~/.docker/config.json
+++ ~/.docker/config.json
@@ -1,1 +1,1 @@
-{\"auths\": ...}
+{\"auths\": ..., \"credHelpers\": {\"rg.nl-ams.scw.cloud\": \"scw\"}}
Would ask whether to remove the plaintext credentials for rg.fr-par.scw.cloud from \
~/.docker/config.json
! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; the helper \
has no key
  -> PROGRAM install --path ~/bin --yes --region fr-par
"
    );
    assert_eq!(
        install(&logged_in(), &["--dry-run", "--yes", REGIONS]),
        "\
Would copy the key for rg.fr-par.scw.cloud from ~/.docker/config.json to the keyring
Would install ~/bin/docker-credential-scw
Would change ~/.docker/config.json:
--- ~/.docker/config.json
+++ ~/.docker/config.json
@@ -1,1 +1,1 @@
-{\"auths\": ...}
+{\"auths\": ..., \"credHelpers\": {\"rg.fr-par.scw.cloud\": \"scw\", \"rg.nl-ams.scw.cloud\": \
\"scw\"}}
Would remove the plaintext credentials for rg.fr-par.scw.cloud from ~/.docker/config.json
"
    );
}

#[test]
fn the_reason_why_the_helper_has_no_key_is_reported() {
    let world = user().set("SCW_SECRET_KEY", "").set("SCW_PROFILE", "nope");
    let world = world.config("secret_key: x\n").file(CONFIG, with_login(FR, KEY_A));
    assert_eq!(
        stays_unregistered(&world, &["--yes"]),
        "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud; SCW_PROFILE is \
\"nope\", but ~/.config/scw/config.yaml has no named profile
  -> unset SCW_PROFILE, or set it to a profile that exists, then:
  -> docker-credential-scw install --yes
! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; SCW_PROFILE \
is \"nope\", but ~/.config/scw/config.yaml has no named profile
  -> unset SCW_PROFILE, or set it to a profile that exists, then:
  -> docker-credential-scw install --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered
rg.nl-ams.scw.cloud  scw     -         SCW_PROFILE is \"nope\", but ~/.config/scw/config.yaml \
has no named profile; unset SCW_PROFILE, or set it to a profile that exists

Fix what is marked !, then run install again.
"
    );
}

#[test]
fn plaintext_credentials_of_a_registered_registry_are_reported() {
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, registered());
    assert_eq!(
        install(&world, &["region=fr-par"]),
        "\
Installed ~/bin/docker-credential-scw
~/.docker/config.json names it already
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud
  -> docker-credential-scw install --yes

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
"
    );
}

#[test]
fn a_login_to_a_registry_of_another_helper_stays() {
    for (helper, expected) in [
        (
            "",
            "\
Installed ~/bin/docker-credential-scw
~/.docker/config.json is left unchanged
! rg.fr-par.scw.cloud is left to Docker's own file (--force takes it over)

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud          -         left to Docker's own file by an empty entry in \
credHelpers, and there is no login

Fix this, then run install again.
",
        ),
        (
            "pass",
            "\
Installed ~/bin/docker-credential-scw
~/.docker/config.json is left unchanged
! rg.fr-par.scw.cloud is left to the helper pass (--force takes it over)

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  pass    -         the helper pass is registered instead of this one

Fix this, then run install again.
",
        ),
    ] {
        let config = with_login(FR, KEY_A).replace(
            "}}}",
            &format!("}}}}, \"credHelpers\": {{\"rg.fr-par.scw.cloud\": \"{helper}\"}}}}"),
        );
        let world = user().file(CONFIG, &config).file(AUTH_FILE, with_login(FR, KEY_A));
        assert_eq!(install(&world, &["--yes", "region=fr-par"]), expected);
        assert_eq!(world.read(CONFIG), config);
        assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_A));
    }
}
