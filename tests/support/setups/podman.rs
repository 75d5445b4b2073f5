//! The files that podman, buildah and skopeo read before Docker's.

use super::machine::{CONFIG, HELPER, Machine, auths};
use super::{FR, KEY, OTHER_KEY, Setup, broken};

const LASTING: &str = ".config/containers/auth.json";
const RUNTIME: &str = "run/containers/auth.json";

/// podman reads this text in its runtime directory.
fn runtime(machine: &mut Machine, text: &str) {
    machine.write(RUNTIME, text);
    let directory = machine.shown("run");
    machine.set("XDG_RUNTIME_DIR", &directory);
}

pub const SETUPS: &[Setup] = &[
    broken(
        "podman's file has no content",
        |machine| machine.write(LASTING, ""),
        &["failure podman-file-broken"],
    ),
    broken(
        "podman's runtime file has no content",
        |machine| runtime(machine, ""),
        &["failure podman-file-broken"],
    ),
    broken(
        "podman's file is not valid JSON",
        |machine| machine.write(LASTING, "["),
        &["failure podman-file-broken"],
    ),
    broken(
        "podman's file is not valid JSON, and podman is not installed",
        |machine| {
            machine.remove("bin/podman");
            machine.write(LASTING, "[");
        },
        &["warning podman-file-broken"],
    ),
    broken(
        "skopeo is there instead of podman, and its file is not valid JSON",
        |machine| {
            machine.remove("bin/podman");
            machine.client("bin/skopeo", "skopeo version 1.18.0");
            machine.write(LASTING, "[");
        },
        &["failure podman-file-broken"],
    ),
    broken(
        "podman uses plaintext credentials with the helper's key",
        |machine| runtime(machine, &format!("{{{}}}", auths(FR, KEY))),
        &["warning plaintext-before-helper"],
    ),
    broken(
        "podman uses plaintext credentials with another key",
        |machine| runtime(machine, &format!("{{{}}}", auths(FR, OTHER_KEY))),
        &["failure plaintext-before-helper"],
    ),
    broken(
        "podman uses plaintext credentials of a namespace with another key",
        |machine| {
            runtime(machine, &format!("{{{}}}", auths(&format!("{FR}/ns"), OTHER_KEY)));
        },
        &["failure plaintext-before-helper"],
    )
    .after("remove the credentials", |machine| machine.write(RUNTIME, "{}")),
    broken(
        "podman uses plaintext credentials under a name that is unsafe in a shell",
        |machine| {
            runtime(machine, &format!("{{{}}}", auths(&format!("{FR}/$(reboot);x"), OTHER_KEY)));
        },
        &["failure plaintext-before-helper"],
    )
    .after("remove the credentials", |machine| machine.write(RUNTIME, "{}")),
    broken(
        "a file that podman does not read now has plaintext credentials with another key",
        |machine| {
            runtime(machine, &format!("{{{}}}", auths(FR, OTHER_KEY)));
            machine.write("other.json", "{}");
            let other = machine.shown("other.json");
            machine.set("REGISTRY_AUTH_FILE", &other);
        },
        &["warning plaintext"],
    )
    .after("remove the credentials", |machine| machine.write(RUNTIME, "{}")),
    broken(
        "a file that podman does not read now has plaintext credentials with the helper's key",
        |machine| {
            runtime(machine, &format!("{{{}}}", auths(FR, KEY)));
            machine.write("other.json", "{}");
            let other = machine.shown("other.json");
            machine.set("REGISTRY_AUTH_FILE", &other);
        },
        &["warning plaintext"],
    ),
    broken(
        "podman's file names another helper",
        |machine| machine.write(LASTING, format!("{{\"credHelpers\":{{\"{FR}\":\"pass\"}}}}")),
        &["failure podman-other-helper"],
    )
    .after("remove the entry", |machine| machine.write(LASTING, "{}")),
    broken(
        "podman is alone, and nothing was ever installed",
        |machine| {
            machine.remove("bin/docker");
            machine.remove(HELPER);
            machine.remove(".docker");
        },
        &["failure not-installed"],
    ),
    broken(
        "podman is alone, and nothing is registered",
        |machine| {
            machine.remove("bin/docker");
            machine.write(CONFIG, "{}");
        },
        &["failure not-registered"],
    ),
];
