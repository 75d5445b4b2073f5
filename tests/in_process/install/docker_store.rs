//! Docker's login in its credential store: it keeps working, or its key is copied with consent.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use docker_credential_scw::system::keyring::KeyringError;
use serde_json::json;

use super::docker_login::{REGIONS, helpers, stays_unregistered};
use super::{CONFIG, install, user, with_login};
use crate::support::{FR, KEY_A, KEY_B, NL, World};

/// A user without a key for the helper. Docker has this config, and its store `pass` answers `get` for
/// the registry with the shell command `answer`.
pub(super) fn with_store(config: &str, answer: &str) -> World {
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, config).file(
        "bin/docker-credential-pass",
        format!("#!/bin/sh\nread host; [ \"$1 $host\" = \"get {FR}\" ] && {answer}\n"),
    );
    let program = world.path("bin/docker-credential-pass");
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    world
}

/// The command with which a store answers with this key.
pub(super) fn answer_with(key: &str) -> String {
    format!("echo '{{\"ServerURL\":\"{FR}\",\"Username\":\"nologin\",\"Secret\":\"{key}\"}}'")
}

/// The command with which a store answers that it has no credentials.
const NOTHING: &str = "{ echo credentials not found in native keychain; false; }";

/// A config with a login in the store `pass`.
pub(super) const STORE: &str =
    "{\"auths\": {\"rg.fr-par.scw.cloud\": {}}, \"credsStore\": \"pass\"}";

/// The screen if the store has a login and the helper no key.
const LOGIN_IN_STORE: &str = "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! rg.fr-par.scw.cloud: Docker uses its own login, in its store pass; the helper has no key
  -> docker-credential-scw install --yes --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
";

/// docker-credential-pass 0.6.4 answers so for a server that it does not know.
#[test]
fn an_empty_answer_of_dockers_store_is_no_login() {
    let empty = format!("echo '{{\"ServerURL\":\"{FR}\",\"Username\":\"\",\"Secret\":\"\"}}'");
    let world = with_store("{\"credsStore\": \"pass\"}", &empty).set("SCW_SECRET_KEY", KEY_A);
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

#[test]
fn a_login_in_dockers_store_stays_in_use_or_is_copied_with_consent() {
    // Docker asks its store for every registry, whether `auths` has an entry or not.
    for config in [STORE, "{\"credsStore\": \"pass\"}"] {
        let world = with_store(config, &answer_with(KEY_A));
        assert_eq!(stays_unregistered(&world, &[]), LOGIN_IN_STORE);
        assert_eq!(
            install(&world, &["--yes", REGIONS]),
            "\
Copied the key for rg.fr-par.scw.cloud from Docker's credential store pass to the keyring
~/bin/docker-credential-scw is there already
Changed ~/.docker/config.json

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     keyring   cannot read the key stored for rg.fr-par.scw.cloud: \
there is no keyring in this session (no D-Bus session bus); set SCW_SECRET_KEY, or remove the \
stored key with `docker logout rg.fr-par.scw.cloud`
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix this, then run install again.
"
        );
        assert_eq!(world.key_for(FR), KEY_A);
    }
}

#[test]
fn an_entry_in_auths_counts_as_a_login_if_the_store_fails() {
    let world = with_store(STORE, "exit 1");
    assert_eq!(
        stays_unregistered(&world, &[]),
        "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! rg.fr-par.scw.cloud: Docker uses its own login, in its store pass; the helper has no key
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
fn a_password_in_dockers_store_stays_in_use_and_is_never_copied() {
    let not_a_key = "echo '{\"ServerURL\":\"x\",\"Username\":\"ada\",\"Secret\":\"hunter2\"}'";
    let world = with_store(STORE, not_a_key);
    assert_eq!(
        stays_unregistered(&world, &["--yes"]),
        "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! rg.fr-par.scw.cloud: Docker uses its own login, in its store pass; the helper has no key
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
fn the_store_that_docker_chooses_for_an_empty_config_counts() {
    let world = with_store("{}", &answer_with(KEY_A)).file("bin/pass", "");
    fs::set_permissions(world.path("bin/pass"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(
        stays_unregistered(&world, &[]),
        "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
credsStore pass is named there for all other registries: Docker would have chosen it by itself, \
and with credHelpers in the file it no longer does
! rg.fr-par.scw.cloud: Docker uses its own login, in its store pass; the helper has no key
  -> docker-credential-scw install --yes --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
"
    );
}

#[test]
fn a_login_in_dockers_store_stays_in_use_without_a_keyring() {
    let world = with_store(STORE, &answer_with(KEY_A));
    world.keyring.fails_with(KeyringError::Absent("no bus".to_owned()));
    assert_eq!(
        stays_unregistered(&world, &["--yes"]),
        "\
! rg.fr-par.scw.cloud: the key in Docker's store pass cannot be kept: there is no keyring in \
this session (no bus)
  -> docker-credential-scw save-key
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! rg.fr-par.scw.cloud: Docker uses its own login, in its store pass; the helper has no key
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
fn a_store_without_a_login_and_the_helper_as_the_store_are_no_login() {
    let plaintext = with_login(FR, KEY_A).replace("}}}", "}}, \"credsStore\": \"pass\"}");
    let helper = STORE.replace("pass", "scw");
    for (world, expected) in [
        (
            with_store(STORE, NOTHING),
            "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix this, then run install again.
",
        ),
        (
            with_store(&plaintext, NOTHING),
            "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud
  -> docker-credential-scw install --yes

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
",
        ),
        (
            with_store(&helper, "false"),
            "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix this, then run install again.
",
        ),
    ] {
        assert_eq!(install(&world, &[REGIONS]), expected);
        assert_eq!(helpers(&world), json!({FR: "scw", NL: "scw"}));
    }
}

#[test]
fn json_hides_a_key_in_the_name_of_a_store() {
    let store = format!("{{\"auths\": {{\"{FR}\": {{}}}}, \"credsStore\": \"{KEY_B}\"}}");
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, store);
    assert_eq!(
        install(&world, &["-o", "json", "region=fr-par"]),
        "\
{
  \"dry_run\": false,
  \"steps\": [
    {
      \"action\": \"install-program\",
      \"target\": \"~/bin/docker-credential-scw\",
      \"status\": \"done\",
      \"error\": null
    },
    {
      \"action\": \"change-config\",
      \"target\": \"~/.docker/config.json\",
      \"status\": \"unchanged\",
      \"error\": null
    }
  ],
  \"program\": \"~/bin/docker-credential-scw\",
  \"program_before\": \"nothing\",
  \"config\": \"~/.docker/config.json\",
  \"config_changed\": false,
  \"creds_store_added\": null,
  \"refusals\": [],
  \"kept\": [],
  \"taken_over\": [],
  \"left_to_login\": [
    \"rg.fr-par.scw.cloud\"
  ],
  \"findings\": [
    {
      \"section\": \"config\",
      \"id\": \"docker-login\",
      \"subject\": \"rg.fr-par.scw.cloud\",
      \"status\": \"warning\",
      \"found\": \"Docker uses its own login, in its store (not shown); the helper has no key\",
      \"remedy\": \"docker-credential-scw save-key && docker-credential-scw install --force \
--region fr-par\",
      \"commands\": [
        \"docker-credential-scw save-key\",
        \"docker-credential-scw install --force --region fr-par\"
      ]
    }
  ],
  \"registries\": [
    {
      \"host\": \"rg.fr-par.scw.cloud\",
      \"helper\": null,
      \"key_from\": null,
      \"ready\": false,
      \"problem\": \"not registered\",
      \"hint\": null
    }
  ],
  \"diff\": null
}
"
    );
}
