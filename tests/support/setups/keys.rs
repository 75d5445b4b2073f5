//! The sources of keys: Scaleway's config.yaml and the keyring.

use super::machine::{KeyringState, YAML};
use super::{FR, KEY, OTHER_KEY, Setup, broken};

pub const SETUPS: &[Setup] = &[
    broken("there is no key", |machine| machine.remove(YAML), &["failure key-none"]),
    broken(
        "there is no key, and scw is there",
        |machine| {
            machine.remove(YAML);
            machine.script("bin/scw", "exit 0");
        },
        &["failure key-none"],
    ),
    broken(
        "config.yaml has a profile without a key",
        |machine| machine.write(YAML, "default_region: fr-par\n"),
        &["failure key-none"],
    ),
    broken("config.yaml has no content", |machine| machine.write(YAML, ""), &["failure key-none"]),
    broken(
        "config.yaml is not valid YAML",
        |machine| machine.write(YAML, "a: [\n"),
        &["failure key-broken"],
    )
    .after("correct the line", |machine| machine.write(YAML, format!("secret_key: {KEY}\n"))),
    broken(
        "config.yaml has an access key in the secret key's place",
        |machine| machine.write(YAML, "secret_key: SCW12345678901234567\n"),
        &["failure key-broken"],
    )
    .after("write the secret key", |machine| {
        machine.write(YAML, format!("secret_key: {KEY}\n"));
    }),
    broken(
        "config.yaml has a key with a digit too few",
        |machine| machine.write(YAML, format!("secret_key: {}\n", &KEY[..35])),
        &["failure key-broken"],
    )
    .after("write the secret key", |machine| {
        machine.write(YAML, format!("secret_key: {KEY}\n"));
    }),
    broken(
        "config.yaml names an active profile that does not exist",
        |machine| machine.write(YAML, format!("active_profile: prod\nsecret_key: {KEY}\n")),
        &["failure key-broken"],
    )
    .after("remove the line", |machine| machine.write(YAML, format!("secret_key: {KEY}\n"))),
    broken(
        "a directory has config.yaml's name",
        |machine| {
            machine.remove(YAML);
            machine.directory(YAML);
            machine.mode(YAML, 0o700);
        },
        &["failure key-broken"],
    )
    .after("move the directory away and save a key", |machine| {
        machine.remove(YAML);
        machine.write(YAML, format!("secret_key: {KEY}\n"));
        machine.mode(YAML, 0o600);
    }),
    broken(
        "SCW_SECRET_KEY has a key, and config.yaml is not valid YAML",
        |machine| {
            machine.write(YAML, "a: [\n");
            machine.set("SCW_SECRET_KEY", KEY);
        },
        &["warning key-other-broken"],
    )
    .after("correct the line", |machine| machine.write(YAML, format!("secret_key: {KEY}\n"))),
    broken(
        "the keyring is locked, and a login's key is in it",
        |machine| {
            machine.stored = Some((FR, OTHER_KEY));
            machine.keyring = KeyringState::Locked;
        },
        &["failure key-broken"],
    )
    .after("unlock the keyring", |machine| machine.keyring = KeyringState::Works)
    .leaves(
        &["failure helper-has-no-answer"],
        "the helper that doctor starts here is a real process, and has no keyring",
    ),
    broken(
        "the keyring is gone, and a login's key was in it",
        |machine| {
            machine.stored = Some((FR, OTHER_KEY));
            machine.keyring = KeyringState::Absent;
        },
        &["failure key-broken", "warning keyring-unusable"],
    ),
];
