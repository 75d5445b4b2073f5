//! Where the key comes from: bound beats environment beats stored beats default.

use crate::support::{FR, KEY_A, KEY_B, KEY_C, NL, NOT_FOUND, Outcome, World, stable};

const ROOT_KEY: &str = "00000000-0000-4000-8000-00000000000f";
const PROD_KEY: &str = "99999999-0000-4000-8000-00000000000d";
const DEV_KEY: &str = "77777777-0000-4000-8000-00000000000e";

fn config() -> String {
    format!(
        "secret_key: {ROOT_KEY}\nactive_profile: prod\nprofiles:\n  prod:\n    secret_key: \
         {PROD_KEY}\n  dev:\n    secret_key: {DEV_KEY}\n  keyless:\n    default_region: nl-ams\n"
    )
}

#[test]
fn each_source_hides_those_below_it() {
    let mut world = World::new().config(config());
    assert_eq!(world.key_for(FR), PROD_KEY, "the active profile");
    assert_eq!(world.store(FR, KEY_B), Outcome::success());
    assert_eq!(world.key_for(FR), KEY_B, "what docker login stored");
    assert_eq!(world.key_for(NL), PROD_KEY, "stored for one host only");
    world = world.set("SCW_PROFILE", "dev");
    assert_eq!(world.key_for(FR), DEV_KEY, "the profile that SCW_PROFILE names");
    world = world.set("SCALEWAY_TOKEN", KEY_C);
    assert_eq!(world.key_for(FR), KEY_C, "the SDK's oldest name");
    world = world.set("SCW_TOKEN", KEY_B);
    assert_eq!(world.key_for(FR), KEY_B, "the SDK's older name");
    world = world.set("SCW_SECRET_KEY", KEY_A);
    assert_eq!(world.key_for(FR), KEY_A, "the variable");
    world = world.started_as("docker-credential-scw-prod");
    assert_eq!(world.key_for(FR), PROD_KEY, "the profile in the program's name");
}

#[test]
fn a_bound_profile_holds_whatever_else_is_there() {
    let world = World::new()
        .config(config())
        .set("SCW_SECRET_KEY", "not a key")
        .set("SCW_PROFILE", "missing")
        .started_as("/opt/docker-credential-scw-dev");
    assert_eq!(world.key_for(FR), DEV_KEY);
    assert_eq!(world.started_as("docker-credential-scw-default").key_for(FR), ROOT_KEY);
}

#[test]
fn a_bound_profile_that_is_missing_or_has_no_key_is_never_replaced_by_another_account() {
    let world = World::new().set("SCW_SECRET_KEY", KEY_A).started_as("docker-credential-scw-prod");
    let outcome = world.get(FR);
    let file = world.path(".config/scw/config.yaml");
    assert_eq!(
        outcome.our_line(),
        format!(
            "this helper is bound to the profile \"prod\", but {} does not exist; add it: \
             `docker-credential-scw save-key profile=prod`",
            file.display()
        )
    );

    let world = world.config("profiles:\n  dev:\n    secret_key: x\n  stage: {}\n");
    let outcome = world.get(FR);
    assert_eq!(
        stable(outcome.our_line()),
        "this helper is bound to the profile \"prod\", but ~/.config/scw/config.yaml has no \
         such profile (it has dev, stage); add it: `docker-credential-scw save-key \
         profile=prod`",
    );

    let outcome = world.started_as("docker-credential-scw-stage").get(FR);
    assert_eq!(
        stable(outcome.our_line()),
        "profile \"stage\" in ~/.config/scw/config.yaml has no secret_key; add secret_key to \
         that profile",
    );

    let outcome = World::new().config("").started_as("docker-credential-scw-").get(FR);
    // As the system's shell quotes it.
    let empty = if cfg!(windows) { "\"\"" } else { "''" };
    assert_eq!(
        stable(outcome.our_line()),
        format!(
            "this helper is bound to the profile \"\", but ~/.config/scw/config.yaml has no named \
             profile; add it: `docker-credential-scw save-key profile={empty}`"
        ),
    );
}

#[test]
fn empty_variables_count_as_unset() {
    let world = World::new()
        .config(config())
        .set("SCW_SECRET_KEY", "")
        .set("SCW_TOKEN", " \n")
        .set("SCW_PROFILE", "")
        .set("SCW_CONFIG_PATH", "")
        .set("XDG_CONFIG_HOME", "");
    assert_eq!(world.key_for(FR), PROD_KEY);
}

#[test]
fn a_variable_without_a_valid_key_is_an_error_that_names_it() {
    for name in ["SCW_SECRET_KEY", "SCW_TOKEN", "SCALEWAY_TOKEN"] {
        for (value, problem, instead) in [
            (
                "SCWABCDEFGHIJ1234567",
                "holds an access key (they begin with SCW), not a secret key",
                "use the secret key (a UUID) of that API key",
            ),
            ("hunter2", "is not a secret key", "use a secret key: a UUID, 36 characters long"),
        ] {
            let outcome = World::new().config(config()).set(name, value).get(FR);
            let expected = format!(
                "the variable {name} {problem}; {instead}, or unset {name} to use another source"
            );
            assert_eq!(outcome.our_line(), expected);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_unicode_is_named() {
    use std::os::unix::ffi::OsStringExt as _;
    for name in ["SCW_SECRET_KEY", "SCW_PROFILE"] {
        let value = std::ffi::OsString::from_vec(b"hunter\xff".to_vec());
        let outcome = World::new().set(name, value).get(FR);
        let expected =
            format!("the variable {name} is not valid UTF-8; correct {name}, or unset it");
        assert_eq!(outcome.our_line(), expected);
    }
}

#[test]
fn a_key_with_a_final_newline_is_accepted_because_ci_systems_add_one() {
    let world = World::new().set("SCW_SECRET_KEY", format!("{KEY_A}\r\n"));
    assert_eq!(world.key_for(FR), KEY_A);
}

#[test]
fn a_profile_that_does_not_exist_is_an_error_and_not_the_default() {
    let outcome = World::new().config(config()).set("SCW_PROFILE", "prdo").get(FR);
    let line = outcome.our_line();
    assert_eq!(
        stable(line),
        "SCW_PROFILE is \"prdo\", but ~/.config/scw/config.yaml has no such profile (it has \
         prod, dev, keyless); unset SCW_PROFILE, or set it to a profile that exists",
    );

    let outcome = World::new().config("active_profile: gone\n").get(FR);
    let line = outcome.our_line();
    assert_eq!(
        stable(line),
        "active_profile is \"gone\", but ~/.config/scw/config.yaml has no named profile; set \
         active_profile to a profile that exists",
    );

    let outcome = World::new().set("SCW_PROFILE", "prod").get(FR);
    let line = outcome.our_line();
    assert_eq!(
        stable(line),
        "SCW_PROFILE is \"prod\", but ~/.config/scw/config.yaml does not exist; unset \
         SCW_PROFILE, or set it to a profile that exists",
    );
}

#[test]
fn the_profile_named_default_is_the_files_root() {
    let world = World::new().config(config()).set("SCW_PROFILE", "default");
    assert_eq!(world.key_for(FR), ROOT_KEY);
}

#[test]
fn what_a_profile_lacks_is_the_roots() {
    let world = World::new().config(config()).set("SCW_PROFILE", "keyless");
    assert_eq!(world.key_for(FR), ROOT_KEY);
}

#[test]
fn a_profile_without_any_key_leaves_the_turn_to_the_next_source() {
    let world = World::new().config("profiles: {p: {}}").set("SCW_PROFILE", "p");
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND));
    assert_eq!(world.store(FR, KEY_A), Outcome::success());
    assert_eq!(world.key_for(FR), KEY_A);
}

#[test]
fn a_source_is_not_read_before_its_turn() {
    let broken = World::new().config("secret_key: [").set("SCW_SECRET_KEY", KEY_A);
    assert_eq!(broken.key_for(FR), KEY_A);
    let broken = World::new().config("secret_key: [");
    assert_eq!(broken.store(FR, KEY_B), Outcome::success());
    assert_eq!(broken.key_for(FR), KEY_B);
    assert_eq!(
        stable(broken.get(NL).our_line()),
        "~/.config/scw/config.yaml is not valid YAML at line 2, column 1; fix that line \
         (indentation, quotes), or move the file away and run `docker-credential-scw \
         save-key`",
    );
}

#[test]
fn without_a_home_directory_the_variable_still_works() {
    let world = World::new().without_state_dir().set("SCW_SECRET_KEY", KEY_A);
    assert_eq!(world.key_for(FR), KEY_A);
    assert_eq!(World::new().without_state_dir().get(FR), Outcome::failure(NOT_FOUND));
}
