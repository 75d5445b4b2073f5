//! Rights of files and directories, as far as a user can get them wrong without root.

use super::machine::{HELPER, YAML};
use super::{Setup, broken};

pub const SETUPS: &[Setup] = &[
    broken(
        "the helper is not executable",
        |machine| machine.mode(HELPER, 0o644),
        &["failure program-not-executable"],
    ),
    broken(
        "the helper is not executable, and an older one is later on PATH",
        |machine| {
            machine.older_helper("old/docker-credential-scw");
            machine.mode(HELPER, 0o644);
            machine.search(&["bin", "old"]);
        },
        &["warning program-not-executable", "warning program-other-version"],
    ),
    broken(
        "everybody may write to the helper",
        |machine| machine.mode(HELPER, 0o777),
        &["warning program-writable"],
    ),
    broken(
        "everybody may write to the helper's directory",
        |machine| machine.mode("bin", 0o777),
        &["warning directory-writable"],
    ),
    broken(
        "everybody may write to the file that a link to the helper leads to",
        |machine| {
            machine.rename(HELPER, "real/program");
            machine.link(HELPER, "real/program");
            machine.mode("real/program", 0o757);
        },
        &["warning program-writable"],
    ),
    broken(
        "everybody may write to the directory that a link to the helper leads to",
        |machine| {
            machine.rename(HELPER, "real/program");
            machine.link(HELPER, "real/program");
            machine.mode("real", 0o777);
        },
        &["warning directory-writable"],
    ),
    broken(
        "everybody may write to a directory that is earlier on PATH",
        |machine| {
            machine.directory("open");
            machine.mode("open", 0o1777);
            machine.search(&["open", "bin"]);
        },
        &["warning directory-writable"],
    ),
    broken(
        "everybody may write to the helper and to its directory",
        |machine| {
            machine.mode(HELPER, 0o777);
            machine.mode("bin", 0o777);
        },
        &["warning program-writable", "warning directory-writable"],
    ),
    broken(
        "everybody may read config.yaml",
        |machine| machine.mode(YAML, 0o644),
        &["warning config-yaml-readable"],
    ),
    broken(
        "a group may read config.yaml",
        |machine| machine.mode(YAML, 0o640),
        &["warning config-yaml-readable"],
    ),
    broken(
        "everybody may read a config.yaml whose path has spaces",
        |machine| {
            machine.rename(".config/scw", "my config/it's");
            machine.mode("my config/it's/config.yaml", 0o644);
            let path = machine.shown("my config/it's/config.yaml");
            machine.set("SCW_CONFIG_PATH", &path);
        },
        &["warning config-yaml-readable"],
    ),
];
