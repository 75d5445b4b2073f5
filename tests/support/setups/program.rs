//! The helper's file: missing, damaged, old, or another program.

use super::machine::{CONFIG, HELPER, YAML, helper_with};
use super::{FR, KEY, OTHER_KEY, Setup, broken};

pub const SETUPS: &[Setup] = &[
    broken(
        "nothing was ever installed",
        |machine| {
            machine.remove(HELPER);
            machine.remove(".docker");
        },
        &["failure not-installed"],
    ),
    broken(
        "the helper was removed, and config.json still names it",
        |machine| machine.remove(HELPER),
        &["failure helper-missing"],
    ),
    broken(
        "the helper's directory is not on PATH",
        |machine| {
            machine.rename(HELPER, "elsewhere/docker-credential-scw");
        },
        &["failure helper-missing"],
    ),
    broken(
        "a directory has the helper's name",
        |machine| {
            machine.remove(HELPER);
            machine.write("bin/docker-credential-scw/notes.txt", "x");
        },
        &["failure program-directory"],
    ),
    broken(
        "a link has the helper's name and leads nowhere",
        |machine| {
            machine.remove(HELPER);
            machine.link(HELPER, "removed/docker-credential-scw");
        },
        &["failure program-broken-link"],
    ),
    broken(
        "a link has the helper's name and leads to itself",
        |machine| {
            machine.remove(HELPER);
            machine.link(HELPER, HELPER);
        },
        &["failure program-broken-link"],
    ),
    broken(
        "the helper's file is empty",
        |machine| machine.write(HELPER, ""),
        &["failure program-incomplete"],
    ),
    broken(
        "a download of the helper was cut off",
        |machine| {
            let program = std::fs::read(machine.path(HELPER)).unwrap();
            machine.remove(HELPER);
            machine.write(HELPER, &program[..100_000]);
            machine.mode(HELPER, 0o755);
        },
        &["failure program-incomplete"],
    ),
    broken(
        "the helper is built for another machine",
        |machine| {
            machine.remove(HELPER);
            machine.write(HELPER, b"\x7fELF\x02\x01\x01 of another machine");
            machine.mode(HELPER, 0o755);
        },
        &["failure program-does-not-run"],
    ),
    broken(
        "another program has the helper's name",
        |machine| machine.script(HELPER, "echo hello"),
        &["failure program-foreign"],
    ),
    broken(
        "another program has the helper's name and fails",
        |machine| machine.script(HELPER, "exit 3"),
        &["failure program-does-not-run"],
    ),
    broken(
        "an older version is installed",
        |machine| machine.older_helper(HELPER),
        &["warning program-other-version"],
    ),
    broken(
        "an older version is earlier on PATH",
        |machine| {
            machine.older_helper("old/docker-credential-scw");
            machine.search(&["old", "bin"]);
        },
        &["warning program-other-version"],
    ),
    broken(
        "an older version is later on PATH",
        |machine| {
            machine.older_helper("old/docker-credential-scw");
            machine.search(&["bin", "old"]);
        },
        &["warning program-shadowed"],
    ),
    broken(
        "another program of that name is later on PATH",
        |machine| {
            machine.script("old/docker-credential-scw", "echo hello");
            machine.search(&["bin", "old"]);
        },
        &["warning program-shadowed"],
    ),
    broken(
        "a version that answers with another key is installed",
        |machine| machine.script(HELPER, &helper_with(OTHER_KEY)),
        &["warning program-other-version", "warning helper-answers-otherwise"],
    ),
    broken(
        "the helper runs and has no answer",
        |machine| {
            let version = env!("CARGO_PKG_VERSION");
            let line = format!("[ $1 = version ] && echo 'x (docker-credential-scw) {version}'");
            machine.script(HELPER, &line);
        },
        &["failure helper-has-no-answer"],
    ),
    broken(
        "scw's script is installed, and scw works",
        |machine| {
            machine.script(HELPER, "scw registry docker-helper \"$@\"");
            machine.script("bin/scw", &helper_with(KEY).replace("case $1", "case $3"));
        },
        &["warning program-scw-script"],
    ),
    broken(
        "scw's script is installed, and scw is not",
        |machine| machine.script(HELPER, "scw registry docker-helper \"$@\""),
        &["failure program-scw-script"],
    ),
    broken(
        "the helper of a profile is missing",
        |machine| {
            machine.write(
                YAML,
                format!("secret_key: {OTHER_KEY}\nprofiles:\n  prod:\n    secret_key: {KEY}\n"),
            );
            machine.register(FR, "scw-prod");
        },
        &["failure helper-missing"],
    ),
    broken(
        "the helper of a profile is missing, and so is the profile",
        |machine| machine.register(FR, "scw-prod"),
        &["failure helper-missing", "failure key-broken"],
    )
    .after("add the profile prod to config.yaml", |machine| {
        machine.write(
            YAML,
            format!("secret_key: {OTHER_KEY}\nprofiles:\n  prod:\n    secret_key: {KEY}\n"),
        );
    }),
    broken(
        "the helper is installed under the name of a profile that is gone",
        |machine| {
            machine.link("bin/docker-credential-scw-prod", HELPER);
            machine.register(FR, "scw-prod");
        },
        &["failure key-broken"],
    )
    .after("remove the entry that names the profile", |machine| {
        machine.edit(CONFIG, "\"scw-prod\"", "\"scw\"");
    }),
    broken(
        "config.json names the program instead of the helper",
        |machine| machine.register(FR, "docker-credential-scw"),
        &["failure other-helper"],
    ),
];
