//! `store`, `erase` and `list`, and the keyring that they use.

mod damaged;

use std::time::Duration;

use docker_credential_scw::Exit;
use docker_credential_scw::system::keyring::KeyringError;

use crate::support::{FR, KEY_A, KEY_B, KEY_C, NL, NOT_FOUND, Outcome, World, stable};

fn absent() -> KeyringError {
    KeyringError::Absent("no D-Bus session bus".to_owned())
}

#[test]
fn what_is_stored_is_answered_until_it_is_erased() {
    let world = World::new();
    assert_eq!(world.store(FR, KEY_A), Outcome::success());
    assert_eq!(world.key_for("https://RG.fr-par.scw.cloud:443/v2/"), KEY_A);
    assert_eq!(world.store(FR, KEY_B), Outcome::success());
    assert_eq!(world.key_for(FR), KEY_B, "the latest wins");
    assert_eq!(world.erase(FR), Outcome::success());
    assert_eq!(world.erase(FR), Outcome::success());
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND));
    assert!(world.keyring.state().entries.is_empty());
    assert_eq!(world.stored_hosts(), "", "nothing is left to remember");
}

#[test]
fn the_keyring_is_not_touched_for_a_host_that_was_never_stored() {
    let world = World::new();
    world.store(NL, KEY_A);
    let calls = world.keyring.state().calls;
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND));
    assert_eq!(world.erase(FR), Outcome::success());
    assert_eq!(world.keyring.state().calls, calls);
    world.run(&["list"], "");
    assert_eq!(world.keyring.state().calls, calls + 1, "for the one host that was stored");
}

#[test]
fn list_is_every_known_host_that_get_would_answer() {
    let world = World::new();
    world.store("rg.de-fra.scw.cloud", KEY_A);
    world.store("rg.fr-par.scw.eu", KEY_B);
    let expected = "{\"rg.de-fra.scw.cloud\":\"nologin\",\"rg.fr-par.scw.eu\":\"nologin\"}\n";
    assert_eq!(world.run(&["list"], "unused").stdout, expected);
    world.keyring.state().entries.remove("rg.fr-par.scw.eu");
    assert_eq!(world.run(&["list"], "").stdout, "{\"rg.de-fra.scw.cloud\":\"nologin\"}\n");
    let world = world.config(format!("secret_key: {KEY_C}\n"));
    assert_eq!(world.run(&["list"], "").stdout.matches("nologin").count(), 7);
}

#[test]
fn list_shows_what_works_where_something_is_broken_and_the_error_where_nothing_does() {
    let world = World::new().config("secret_key: bad\n");
    assert_eq!(
        stable(world.run(&["list"], "").our_line()),
        "~/.config/scw/config.yaml line 1: secret_key of profile \"default\" is not a secret \
         key; use a secret key: a UUID, 36 characters long",
    );
    world.store(FR, KEY_A);
    assert_eq!(world.run(&["list"], "").stdout, "{\"rg.fr-par.scw.cloud\":\"nologin\"}\n");
}

#[test]
fn list_is_an_error_where_a_file_cannot_be_read() {
    // The file may contain more keys, so a list without it would be incomplete.
    let world = World::new();
    world.store(FR, KEY_A);
    let path = world.path(".config/scw/config.yaml");
    std::fs::create_dir_all(&path).unwrap();
    let expected = format!(
        "cannot read {}: it is a directory; move the directory away and run \
         `docker-credential-scw save-key`, or set SCW_CONFIG_PATH to another file",
        path.display()
    );
    assert_eq!(world.run(&["list"], "").our_line(), expected);
}

#[test]
fn nothing_is_stored_when_a_profile_already_yields_the_same_key() {
    let world = World::new().config(format!("secret_key: {KEY_A}\n"));
    assert_eq!(world.store(FR, KEY_A), Outcome::success());
    assert_eq!((world.keyring.state().calls, world.stored_hosts()), (0, String::new()));
    let world = world
        .config(format!("secret_key: {KEY_A}\nprofiles: {{p: {{secret_key: {KEY_B}}}}}\n"))
        .set("SCW_PROFILE", "p");
    assert_eq!(world.store(FR, KEY_B), Outcome::success());
    assert_eq!((world.keyring.state().calls, world.stored_hosts()), (0, String::new()));
}

#[test]
fn a_stale_copy_goes_when_a_login_brings_the_profiles_key() {
    let world = World::new().config(format!("secret_key: {KEY_A}\n"));
    assert_eq!(world.store(FR, KEY_B), Outcome::success());
    assert_eq!(world.key_for(FR), KEY_B);
    assert_eq!(world.store(FR, KEY_A), Outcome::success());
    assert_eq!(world.key_for(FR), KEY_A);
    assert!(world.keyring.state().entries.is_empty());
}

#[test]
fn a_key_that_the_variable_holds_is_stored_all_the_same_as_variables_go() {
    let world = World::new().set("SCW_SECRET_KEY", KEY_A);
    assert_eq!(world.store(FR, KEY_A), Outcome::success());
    assert_eq!(world.set("SCW_SECRET_KEY", "").key_for(FR), KEY_A);
}

#[test]
fn a_different_key_for_a_host_bound_by_name_is_refused_as_it_would_never_be_used() {
    let world = World::new()
        .config(format!("profiles: {{prod: {{secret_key: {KEY_A}}}}}\n"))
        .started_as("docker-credential-scw-prod");
    assert_eq!(world.store(FR, KEY_A), Outcome::success());
    let outcome = world.store(FR, KEY_B);
    assert_eq!(
        outcome.our_line(),
        "cannot store the key for rg.fr-par.scw.cloud: this helper is bound to the profile \"prod\" \
         of config.yaml, which has a different key; change secret_key there instead"
    );
    assert_eq!(world.keyring.state().calls, 0);
    assert_eq!(world.key_for(FR), KEY_A);
}

#[test]
fn a_broken_profile_that_get_would_use_first_is_an_error_at_login() {
    let world = World::new().set("SCW_PROFILE", "missing");
    assert_eq!(
        stable(world.store(FR, KEY_A).our_line()),
        "SCW_PROFILE is \"missing\", but ~/.config/scw/config.yaml does not exist; unset \
         SCW_PROFILE, or set it to a profile that exists",
    );
    let world = World::new().started_as("docker-credential-scw-missing");
    assert_eq!(
        stable(world.store(FR, KEY_A).our_line()),
        "this helper is bound to the profile \"missing\", but ~/.config/scw/config.yaml does \
         not exist; add it: `docker-credential-scw save-key profile=missing`",
    );
}

#[test]
fn without_a_keyring_a_login_with_the_variables_key_succeeds_with_a_note() {
    let world = World::new().set("SCW_SECRET_KEY", KEY_A);
    world.keyring.fails_with(absent());
    let outcome = world.store(FR, KEY_A);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Success, ""));
    assert_eq!(
        outcome.stderr,
        "docker-credential-scw: the key for rg.fr-par.scw.cloud was not stored: there is no \
         keyring in this session (no D-Bus session bus); variable SCW_SECRET_KEY already has it\n",
    );
    assert!(!world.state_dir().exists());
}

#[test]
fn without_a_keyring_any_other_login_fails_with_the_alternatives() {
    for world in [World::new(), World::new().set("SCW_SECRET_KEY", KEY_B)] {
        world.keyring.fails_with(absent());
        let outcome = world.store(FR, KEY_A);
        let expected = format!(
            "cannot store the key for {FR}: {}; set SCW_SECRET_KEY, or run \
             `docker-credential-scw save-key`: then no login is needed",
            absent()
        );
        assert_eq!(outcome.our_line(), expected);
        assert!(!world.state_dir().exists());
    }
    let homeless = World::new().without_state_dir();
    assert_eq!(
        homeless.store(FR, KEY_A).our_line(),
        "cannot store the key: this user has no home directory; set HOME, or set \
         SCW_SECRET_KEY instead of logging in",
    );
}

#[test]
fn a_keyring_that_refuses_is_an_error_for_the_host_it_was_stored_for_only() {
    for (error, unlock) in [
        (KeyringError::Locked, "unlock the keyring, "),
        (KeyringError::Silent(Duration::from_secs(2)), "unlock the keyring, "),
        (KeyringError::Refused("x".to_owned()), ""),
        (KeyringError::Ambiguous, ""),
        (absent(), ""),
    ] {
        let world = World::new().config(format!("secret_key: {KEY_C}\n"));
        world.store(FR, KEY_A);
        world.keyring.fails_with(error.clone());
        let outcome = world.get(FR);
        let expected = format!(
            "cannot read the key stored for {FR}: {error}; {unlock}set SCW_SECRET_KEY, or remove the \
             stored key with `docker logout {FR}`"
        );
        assert_eq!(outcome.our_line(), expected);
        assert_eq!(world.key_for(NL), KEY_C);
        world.keyring.is_well();
        assert_eq!(world.key_for(FR), KEY_A);
    }
}

#[test]
fn a_login_that_the_keyring_refuses_changes_nothing() {
    let world = World::new();
    world.keyring.fails_with(KeyringError::Locked);
    assert_eq!(
        world.store(FR, KEY_A).our_line(),
        "cannot store the key for rg.fr-par.scw.cloud: the keyring is locked; set \
         SCW_SECRET_KEY, or run `docker-credential-scw save-key`: then no login is needed",
    );
    assert_eq!(world.stored_hosts(), "");
    world.keyring.is_well();
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND));
    world.store(FR, KEY_A);
    world.keyring.fails_with(KeyringError::Locked);
    assert_eq!(
        world.store(FR, KEY_B).our_line(),
        "cannot store the key for rg.fr-par.scw.cloud: the keyring is locked; set \
         SCW_SECRET_KEY, or run `docker-credential-scw save-key`: then no login is needed",
    );
    world.keyring.is_well();
    assert_eq!(world.key_for(FR), KEY_A);
}

#[test]
fn a_logout_that_the_keyring_refuses_takes_effect_and_is_finished_later() {
    let world = World::new();
    world.store(FR, KEY_A);
    world.keyring.fails_with(KeyringError::Locked);
    let outcome = world.erase(FR);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Success, ""));
    assert_eq!(
        outcome.stderr,
        "docker-credential-scw: the key stored for rg.fr-par.scw.cloud is no longer used, \
         but is still in the keyring: the keyring is locked; the next login or logout that \
         can open the keyring removes it\n",
    );
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND), "the key is still used");
    assert_eq!(world.run(&["list"], "").stdout, "{}\n");
    world.keyring.is_well();
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND));
    assert_eq!(world.store(NL, KEY_B), Outcome::success());
    assert_eq!(world.keyring.state().entries.keys().collect::<Vec<_>>(), [NL]);
    assert_eq!(world.stored_hosts(), "{\"rg.nl-ams.scw.cloud\":\"stored\"}\n");
}

#[test]
fn a_keyring_that_falls_silent_during_a_login_may_hold_the_key_so_it_is_removed_later() {
    let world = World::new();
    world.keyring.fails_with(KeyringError::Silent(Duration::from_secs(2)));
    assert_eq!(
        world.store(FR, KEY_A).our_line(),
        "cannot store the key for rg.fr-par.scw.cloud: the keyring did not answer within 2 \
         s; set SCW_SECRET_KEY, or run `docker-credential-scw save-key`: then no login is \
         needed",
    );
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND));
    world.keyring.is_well();
    world.store(NL, KEY_B);
    assert_eq!(world.stored_hosts(), "{\"rg.nl-ams.scw.cloud\":\"stored\"}\n");
}

#[test]
fn an_entry_that_was_removed_from_the_keyring_is_not_found() {
    let world = World::new().config(format!("secret_key: {KEY_C}\n"));
    world.store(FR, KEY_A);
    world.keyring.state().entries.clear();
    assert_eq!(world.key_for(FR), KEY_C);
}

#[test]
fn an_entry_that_another_run_erases_while_it_is_read_is_nothing_there() {
    // A keyring finds an entry and then reads it: between the two it may go.
    let world = World::new();
    world.store(FR, KEY_A);
    world.keyring.state().entries.clear();
    world.keyring.state().fails_once = Some(KeyringError::Refused("a failure".to_owned()));
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND));
}

#[test]
fn a_key_that_was_logged_out_does_not_come_back_while_another_is_stored() {
    let world = World::new();
    world.store(FR, KEY_A);
    world.keyring.fails_with(KeyringError::Locked);
    world.erase(FR);
    assert_eq!(
        world.store(FR, KEY_B).our_line(),
        "cannot store the key for rg.fr-par.scw.cloud: the keyring is locked; set \
         SCW_SECRET_KEY, or run `docker-credential-scw save-key`: then no login is needed",
    );
    assert_eq!(world.stored_hosts(), "{\"rg.fr-par.scw.cloud\":\"left-behind\"}\n");
    world.keyring.is_well();
    let list = world.state_dir().join("stored-hosts.json");
    // If the process is killed here, the listed host has no key, rather than the old one.
    world.keyring.state().before_store = Some(Box::new(move |entries| {
        assert_eq!(
            std::fs::read_to_string(&list).unwrap(),
            "{\"rg.fr-par.scw.cloud\":\"stored\"}\n",
        );
        assert!(entries.is_empty(), "the old key is removed first");
    }));
    assert_eq!(world.store(FR, KEY_B), Outcome::success());
    assert_eq!(world.key_for(FR), KEY_B);
}

#[test]
fn list_gives_a_keyring_up_that_does_not_answer() {
    let world = World::new();
    for host in [FR, NL, "rg.pl-waw.scw.cloud", "rg.de-fra.scw.cloud"] {
        world.store(host, KEY_A);
    }
    let calls = world.keyring.state().calls;
    world.keyring.fails_with(KeyringError::Silent(Duration::from_secs(2)));
    assert_eq!(
        world.run(&["list"], "").our_line(),
        "cannot read the key stored for rg.de-fra.scw.cloud: the keyring did not answer \
         within 2 s; unlock the keyring, set SCW_SECRET_KEY, or remove the stored key with \
         `docker logout rg.de-fra.scw.cloud`",
    );
    assert_eq!(world.keyring.state().calls, calls + 1);
}

#[test]
fn a_login_succeeds_where_get_would_answer_whatever_stands_further_down() {
    let world = World::new().set("SCW_SECRET_KEY", KEY_A).set("SCW_PROFILE", "missing");
    assert_eq!(world.key_for(FR), KEY_A);
    assert_eq!(world.store(FR, KEY_A), Outcome::success());
}

#[test]
fn a_login_with_the_key_of_a_profile_that_a_variable_names_leaves_the_stored_one_alone() {
    let config = format!("secret_key: {KEY_C}\nprofiles: {{p: {{secret_key: {KEY_B}}}}}\n");
    let world = World::new().config(config);
    world.store(FR, KEY_A);
    let world = world.set("SCW_PROFILE", "p");
    assert_eq!(world.store(FR, KEY_B), Outcome::success());
    assert_eq!(world.set("SCW_PROFILE", "").key_for(FR), KEY_A);
}

#[test]
fn a_logout_forgets_the_key_under_whatever_name_the_program_is_started() {
    let world = World::new();
    world.store(FR, KEY_A);
    let world = world.started_as("docker-credential-scw-prod");
    assert_eq!(world.erase(FR), Outcome::success());
    assert!(world.keyring.state().entries.is_empty());
}
