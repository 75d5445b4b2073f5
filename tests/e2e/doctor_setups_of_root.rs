//! Files and directories that belong to root or to another user: the fix needs `sudo`. They write
//! outside of the home directory as well, so they are for a separate machine.

use std::process::Command;

use crate::setups::machine::{CONFIG, HELPER, Machine, YAML};
use crate::setups::{Setup, broken};

const ROOT: u32 = 0;
const STRANGER: u32 = 54_321;
const SYSTEMS: &str = "/usr/local/bin/docker-credential-scw";

/// The helper is in the system's directory instead of the user's.
fn install_for_all(machine: &Machine) {
    std::fs::copy(machine.path(HELPER), SYSTEMS).unwrap();
    machine.remove(HELPER);
}

/// The file, or the directory and everything in it, belongs to this user.
fn give(machine: &mut Machine, path: &str, user: u32) {
    machine.owners.push((path.to_owned(), user));
}

/// The same, for root, with this mode.
fn roots_with_mode(machine: &mut Machine, path: &str, mode: u32) {
    machine.mode(path, mode);
    give(machine, path, ROOT);
}

pub const SETUPS: &[Setup] = &[
    broken(
        "config.json belongs to root, and you may not read it",
        |machine| roots_with_mode(machine, CONFIG, 0o600),
        &["failure owner-unreadable"],
    ),
    broken(
        "~/.docker belongs to root, and you may not enter it",
        |machine| roots_with_mode(machine, ".docker", 0o700),
        &["failure owner-unreadable"],
    ),
    broken(
        "config.yaml belongs to root, and you may not read it",
        |machine| give(machine, YAML, ROOT),
        &["failure owner-unreadable"],
    ),
    broken(
        "~/.config/scw belongs to root, and you may not enter it",
        |machine| roots_with_mode(machine, ".config/scw", 0o700),
        &["failure owner-unreadable"],
    ),
    broken(
        "root's helper is not executable",
        |machine| roots_with_mode(machine, HELPER, 0o644),
        &["failure program-not-executable"],
    ),
    broken(
        "root's helper is for root only",
        |machine| roots_with_mode(machine, HELPER, 0o700),
        &["failure program-not-executable"],
    ),
    broken(
        "everybody may write to root's helper",
        |machine| roots_with_mode(machine, HELPER, 0o777),
        &["warning program-writable"],
    ),
    broken(
        "everybody may write to root's directory with the helper",
        |machine| roots_with_mode(machine, "bin", 0o777),
        &["warning directory-writable"],
    ),
    broken(
        "the helper belongs to another user",
        |machine| give(machine, HELPER, STRANGER),
        &["warning program-writable"],
    ),
    broken(
        "the directory with the helper belongs to another user",
        |machine| {
            give(machine, "bin", STRANGER);
            give(machine, HELPER, ROOT);
        },
        &["warning directory-writable"],
    ),
    broken(
        "an older version is in a directory of root's in your home",
        |machine| {
            machine.older_helper(HELPER);
            give(machine, "bin", ROOT);
        },
        &["warning program-other-version"],
    ),
    broken(
        "the system's helper is a file without content",
        |machine| {
            machine.remove(HELPER);
            machine.write(SYSTEMS, "");
        },
        &["failure program-incomplete"],
    ),
    broken(
        "a directory has the helper's name in the system's directory",
        |machine| {
            machine.remove(HELPER);
            machine.directory(SYSTEMS);
        },
        &["failure program-directory"],
    ),
    broken(
        "a link that leads nowhere has the helper's name in the system's directory",
        |machine| {
            machine.remove(HELPER);
            machine.link(SYSTEMS, "removed");
        },
        &["failure program-broken-link"],
    ),
    broken(
        "nothing was ever installed, and the system's directory is root's",
        |machine| {
            machine.remove(HELPER);
            machine.remove(".docker");
        },
        &["failure not-installed"],
    ),
    broken(
        "an older version is in a directory of root's that is later on PATH",
        |machine| {
            machine.older_helper("old/docker-credential-scw");
            machine.search(&["bin", "old"]);
            give(machine, "old", ROOT);
        },
        &["warning program-shadowed"],
    ),
    broken(
        "the system's helper is an older version",
        |machine| {
            install_for_all(machine);
            std::fs::copy(SYSTEMS, machine.path(HELPER)).unwrap();
            machine.older_helper(SYSTEMS);
            machine.remove(HELPER);
        },
        &["warning program-other-version"],
    ),
    broken(
        "the system's helper is not executable",
        |machine| {
            install_for_all(machine);
            machine.mode(SYSTEMS, 0o644);
        },
        &["failure program-not-executable"],
    ),
    broken(
        "the system's helper is another program",
        |machine| {
            machine.remove(HELPER);
            machine.script(SYSTEMS, "echo hello");
        },
        &["failure program-foreign"],
    ),
    broken(
        "podman's file is not valid JSON, in a directory of root's",
        |machine| {
            machine.write(".config/containers/auth.json", "[");
            give(machine, ".config/containers", ROOT);
        },
        &["failure podman-file-broken"],
    ),
    broken(
        "the helper is on a file system without programs",
        |machine| {
            machine.directory("noexec");
            let mount = ["-t", "tmpfs", "-o", "noexec,mode=755", "tmpfs", &machine.shown("noexec")];
            assert!(Command::new("mount").args(mount).status().unwrap().success());
            std::fs::copy(machine.path(HELPER), machine.path("noexec/docker-credential-scw"))
                .unwrap();
            machine.rename(HELPER, "other/docker-credential-scw");
            machine.search(&["noexec", "bin"]);
        },
        &["failure program-noexec"],
    )
    .after("install the helper into ~/bin", |machine| {
        machine.rename("other/docker-credential-scw", HELPER);
    })
    .leaves(&["warning program-noexec"], "the file that cannot run is still earlier on PATH"),
];
