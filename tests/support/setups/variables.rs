//! Variables that lead to another file, or go before the helper.

use super::machine::{CONFIG, auths};
use super::{FR, KEY, OTHER_KEY, Setup, broken};

pub const SETUPS: &[Setup] = &[
    broken(
        "DOCKER_AUTH_CONFIG is not valid JSON",
        |machine| machine.set("DOCKER_AUTH_CONFIG", "{"),
        &["warning docker-auth-config-broken"],
    ),
    broken(
        "DOCKER_AUTH_CONFIG has credentials with another key",
        |machine| machine.set("DOCKER_AUTH_CONFIG", &format!("{{{}}}", auths(FR, OTHER_KEY))),
        &["warning docker-auth-config"],
    ),
    broken(
        "DOCKER_AUTH_CONFIG has credentials with the helper's key",
        |machine| machine.set("DOCKER_AUTH_CONFIG", &format!("{{{}}}", auths(FR, KEY))),
        &["warning docker-auth-config"],
    ),
    broken(
        "REGISTRY_AUTH_FILE names a file that does not exist",
        |machine| machine.set("REGISTRY_AUTH_FILE", "/nowhere/auth.json"),
        &["warning podman-file-variable"],
    ),
    broken(
        "REGISTRY_AUTH_FILE names a directory",
        |machine| {
            let directory = machine.shown("bin");
            machine.set("REGISTRY_AUTH_FILE", &directory);
        },
        &["failure podman-file-broken"],
    ),
    broken(
        "REGISTRY_AUTH_FILE names a file that is not valid JSON",
        |machine| {
            machine.write("auth.json", "{");
            let file = machine.shown("auth.json");
            machine.set("REGISTRY_AUTH_FILE", &file);
        },
        &["failure podman-file-broken"],
    )
    .leaves(&["warning podman-file-variable"], "the variable still names the file that was moved"),
    broken(
        "SCW_CONFIG_PATH names a file that does not exist",
        |machine| machine.set("SCW_CONFIG_PATH", "/nowhere/config.yaml"),
        &["failure key-config-variable"],
    ),
    broken(
        "SCW_CONFIG_PATH names a directory",
        |machine| {
            let directory = machine.shown("bin");
            machine.set("SCW_CONFIG_PATH", &directory);
        },
        &["failure key-config-variable"],
    ),
    broken(
        "DOCKER_CONFIG names a directory that does not exist",
        |machine| {
            let directory = machine.shown("missing");
            machine.set("DOCKER_CONFIG", &directory);
        },
        &["failure docker-config-variable"],
    ),
    broken(
        "DOCKER_CONFIG names config.json instead of its directory",
        |machine| {
            let file = machine.shown(CONFIG);
            machine.set("DOCKER_CONFIG", &file);
        },
        &["failure docker-config-variable"],
    ),
    broken(
        "DOCKER_CONFIG names a config without entries, in a path with a space",
        |machine| {
            machine.write("my docker/config.json", "{}");
            let directory = machine.shown("my docker");
            machine.set("DOCKER_CONFIG", &directory);
        },
        &["failure not-registered"],
    ),
    broken(
        "SCW_PROFILE names a profile that does not exist",
        |machine| machine.set("SCW_PROFILE", "prod"),
        &["failure key-broken"],
    )
    .after("unset the variable", |machine| machine.unset("SCW_PROFILE")),
    broken(
        "SCW_SECRET_KEY holds an access key",
        |machine| machine.set("SCW_SECRET_KEY", "SCW12345678901234567"),
        &["failure key-broken"],
    )
    .after("unset the variable", |machine| machine.unset("SCW_SECRET_KEY")),
    broken(
        "SCW_SECRET_KEY holds something that is no key",
        |machine| machine.set("SCW_SECRET_KEY", "password"),
        &["failure key-broken"],
    )
    .after("unset the variable", |machine| machine.unset("SCW_SECRET_KEY")),
];
