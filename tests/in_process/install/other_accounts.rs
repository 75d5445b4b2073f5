//! Docker's own login is of another account than the helper's key: nothing switches without `--force`.

use std::fs;

use docker_credential_scw::Exit;
use serde_json::{Value, json};

use super::docker_login::{helpers, stays_unregistered};
use super::docker_store::{STORE, answer_with, with_store};
use super::{AUTH_FILE, CONFIG, install, login, run, user, with_login};
use crate::support::{FR, KEY_A, KEY_B, NL, World};

const REGIONS: &str = "region=fr-par,nl-ams";
const PLAINTEXT: &str = "in plaintext in its config.json";
const IN_STORE: &str = "in its store pass";

/// What `install` prints after the changes if Docker's login is of another account.
fn kept(install: &str, login: &str) -> String {
    format!(
        "\
! rg.fr-par.scw.cloud: Docker uses its own login, {login} (variable SCW_SECRET_KEY), so switching may \
change the account
  -> {install} --force --region fr-par
"
    )
}

/// The end of the screen if the first registry is not registered.
const TABLE: &str = "
REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  no      -                        not registered
rg.nl-ams.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Fix what is marked !, then run install again.
";

/// What `install --force` prints about Docker's plaintext credentials.
const OTHER_KEY: &str = "\
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud; the helper has another key \
(variable SCW_SECRET_KEY)
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it
";
const NO_KEY: &str = "\
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud; they are more or other than one \
secret key
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it
";

/// The whole screen of `install --force`.
fn forced(plaintext: &str, place: &str) -> String {
    format!(
        "\
~/bin/docker-credential-scw is there already
Changed ~/.docker/config.json
{plaintext}! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
uses before the helper
  -> docker-credential-scw install --yes
+ rg.fr-par.scw.cloud: Docker's login, {place}, is no longer used: the helper answers with the key from \
the variable SCW_SECRET_KEY

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
"
    )
}

/// Installs and expects that neither the login nor podman's credentials change.
#[track_caller]
fn keeps_its_account(world: &World, words: &[&str], login: &str) {
    let (auths, auth_file) = (auths(world), fs::read(world.path(AUTH_FILE)).ok());
    let is_dry = words.contains(&"--dry-run");
    let screen = install(world, &[words, &[REGIONS]].concat());
    // The steps come before; `steps.rs` and `screen.rs` compare those.
    let start = screen.find("! ").unwrap();
    let expected = if world.path("bin/docker-credential-scw").exists() {
        kept("docker-credential-scw install", login)
    } else {
        kept("PROGRAM install --path ~/bin", login)
    };
    let table = if is_dry { "" } else { TABLE };
    assert_eq!(screen[start..], expected + table);
    let helpers = helpers(world);
    assert_eq!(helpers, if is_dry { Value::Null } else { json!({NL: "scw"}) });
    assert_eq!(self::auths(world), auths);
    assert_eq!(fs::read(world.path(AUTH_FILE)).ok(), auth_file);
    assert!(world.keyring.state().entries.is_empty());
}

/// The member `auths` of Docker's config.
fn auths(world: &World) -> Value {
    let config: Value = serde_json::from_str(&world.read(CONFIG)).unwrap();
    config["auths"].clone()
}

#[test]
fn a_login_of_another_account_stays_unless_forced() {
    let another = "the helper has another key";
    let unknown = "it cannot be compared with the helper's key";
    let not_a_key = "echo '{\"ServerURL\":\"x\",\"Username\":\"ada\",\"Secret\":\"hunter2\"}'";
    for (world, place, comparison, plaintext) in [
        (user().file(CONFIG, with_login(FR, KEY_A)), PLAINTEXT, another, OTHER_KEY),
        (with_store(STORE, &answer_with(KEY_A)), IN_STORE, another, ""),
        (with_store("{\"credsStore\": \"pass\"}", &answer_with(KEY_A)), IN_STORE, another, ""),
        (with_store(STORE, not_a_key), IN_STORE, unknown, ""),
        // A store that fails.
        (with_store(STORE, "exit 1"), IN_STORE, unknown, ""),
        (user().file(CONFIG, with_login(FR, "not-a-uuid-token")), PLAINTEXT, unknown, NO_KEY),
    ] {
        // podman's credentials have the helper's key. podman needs them while nothing is registered.
        let world = world.set("SCW_SECRET_KEY", KEY_B).file(AUTH_FILE, with_login(FR, KEY_B));
        for words in [&["--dry-run"][..], &["--dry-run", "--yes"], &[], &["--yes"]] {
            keeps_its_account(&world, words, &format!("{place}; {comparison}"));
        }
        let screen = install(&world, &["--force", "region=fr-par"]);
        assert_eq!(screen, forced(plaintext, place));
        assert_eq!(helpers(&world), json!({NL: "scw", FR: "scw"}));
        assert_eq!(world.key_for(FR), KEY_B);
    }
}

#[test]
fn a_login_of_another_account_causes_no_question() {
    let world = user().on_a_terminal().set("SCW_SECRET_KEY", KEY_B);
    let world = world.file(CONFIG, with_login(FR, KEY_A));
    let outcome = run(&world, "install", &["region=fr-par"]);
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{outcome:?}");
    assert_eq!(
        world.shown(&outcome.stdout),
        "\
Installed ~/bin/docker-credential-scw
~/.docker/config.json is left unchanged
! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; the helper \
has another key (variable SCW_SECRET_KEY), so switching may change the account
  -> docker-credential-scw install --force --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered

Fix what is marked !, then run install again.
"
    );
}

#[test]
fn a_login_with_the_helpers_key_is_replaced_by_the_helper() {
    for (world, expected) in [
        (
            user().file(CONFIG, with_login(FR, KEY_A)),
            "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud
  -> docker-credential-scw install --yes

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
",
        ),
        (
            with_store(STORE, &answer_with(KEY_A)).set("SCW_SECRET_KEY", KEY_A),
            "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
",
        ),
    ] {
        assert_eq!(install(&world, &["region=fr-par"]), expected);
    }
}

#[test]
fn the_key_of_dockers_store_is_stored_before_any_other() {
    // Docker does not use the plaintext credentials of the second config.
    let plaintext = with_login(FR, KEY_B).replace("}}}", "}}, \"credsStore\": \"pass\"}");
    for (config, expected) in [
        (
            STORE,
            "\
Copied the key for rg.fr-par.scw.cloud from Docker's credential store pass to the keyring
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
uses before the helper; the helper has another key (keyring)
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     keyring   cannot read the key stored for rg.fr-par.scw.cloud: \
there is no keyring in this session (no D-Bus session bus); set SCW_SECRET_KEY, or remove the \
stored key with `docker logout rg.fr-par.scw.cloud`

Fix what is marked !, then run install again.
",
        ),
        (
            &plaintext,
            "\
Copied the key for rg.fr-par.scw.cloud from Docker's credential store pass to the keyring
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud; the helper has another \
key (keyring)
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
uses before the helper; the helper has another key (keyring)
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     keyring   cannot read the key stored for rg.fr-par.scw.cloud: \
there is no keyring in this session (no D-Bus session bus); set SCW_SECRET_KEY, or remove the \
stored key with `docker logout rg.fr-par.scw.cloud`

Fix what is marked !, then run install again.
",
        ),
    ] {
        let world = with_store(config, &answer_with(KEY_A));
        let world = world.file(AUTH_FILE, with_login(FR, KEY_B));
        assert_eq!(install(&world, &["--yes", "region=fr-par"]), expected);
        assert_eq!(world.key_for(FR), KEY_A);
        assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_B));
    }
}

#[test]
fn a_key_of_another_account_is_not_stored_in_place_of_dockers() {
    let broken = with_store(STORE, "exit 1");
    let token = user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(FR, "not-a-uuid-token"));
    for (world, expected) in [
        (
            broken,
            "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
uses before the helper; Docker uses another login
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it
! rg.fr-par.scw.cloud: Docker uses its own login, in its store pass; the helper has no key
  -> docker-credential-scw save-key
  -> docker-credential-scw install --force --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
",
        ),
        (
            token,
            "\
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud; they are more or other \
than one secret key
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
uses before the helper; Docker uses another login
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it
! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; the helper \
has no key
  -> docker-credential-scw save-key
  -> docker-credential-scw install --force --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered
rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix what is marked !, then run install again.
",
        ),
    ] {
        let world = world.file(AUTH_FILE, with_login(FR, KEY_B));
        assert_eq!(stays_unregistered(&world, &["--yes"]), expected);
        assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_B));
        assert!(world.keyring.state().entries.is_empty());
    }
}

#[test]
fn the_entry_with_the_exact_name_counts_before_others() {
    let (other, exact) = (login(KEY_B), login(KEY_A));
    let both = format!(
        "{{\"auths\": {{\"https://{FR}/v1/\": {{\"auth\": \"{other}\"}}, \"{FR}\": {{\"auth\": \"{exact}\"}}}}}}"
    );
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, both);
    install(&world, &["--yes"]);
    assert_eq!(world.key_for(FR), KEY_A);
}

#[test]
fn only_entries_that_docker_finds_are_logins() {
    for (server, is_login) in [
        ("https://rg.fr-par.scw.cloud/", true),
        ("rg.fr-par.scw.cloud/v1/", true),
        ("RG.fr-par.scw.cloud", false),
        ("rg.fr-par.scw.cloud:443", false),
    ] {
        let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(server, KEY_A));
        install(&world, &["region=fr-par"]);
        let expected = if is_login { Value::Null } else { json!({FR: "scw"}) };
        assert_eq!(helpers(&world), expected, "{server}");
    }
}
