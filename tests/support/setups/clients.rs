//! The container clients.

use super::{Setup, broken};

pub const SETUPS: &[Setup] = &[
    broken(
        "no client is installed",
        |machine| {
            machine.remove("bin/docker");
            machine.remove("bin/podman");
        },
        &["failure client-none"],
    )
    .after("install podman", |machine| machine.client("bin/podman", "podman version 5.6.0")),
    broken(
        "Docker is a snap",
        |machine| {
            machine.remove("bin/docker");
            machine.script("usr/bin/snap", "exit 0");
            machine.link("bin/docker", "usr/bin/snap");
        },
        &["failure client-snap"],
    ),
    broken(
        "buildah is a flatpak",
        |machine| {
            machine.script("flatpak/exports/bin/buildah", "exit 0");
            machine.search(&["bin", "flatpak/exports/bin"]);
        },
        &["failure client-flatpak"],
    )
    .after("install buildah from a package", |machine| {
        machine.client("bin/buildah", "buildah version 1.40.0");
    }),
    broken(
        "Docker fails",
        |machine| machine.script("bin/docker", "exit 127"),
        &["warning client-does-not-run"],
    )
    .after("reinstall docker", |machine| machine.client("bin/docker", "Docker version 29")),
    broken(
        "Docker is the only client, and it fails",
        |machine| {
            machine.remove("bin/podman");
            machine.script("bin/docker", "exit 127");
        },
        &["failure client-does-not-run"],
    )
    .after("reinstall docker", |machine| machine.client("bin/docker", "Docker version 29")),
    broken(
        "podman is built for another machine",
        |machine| {
            machine.write("bin/podman", b"\x7fELF\x02\x01\x01 of another machine");
            machine.mode("bin/podman", 0o755);
        },
        &["warning client-does-not-run"],
    )
    .after("reinstall podman", |machine| machine.client("bin/podman", "podman version 5.6.0")),
    broken(
        "Docker is a link that leads nowhere, and podman is not there",
        |machine| {
            machine.remove("bin/podman");
            machine.remove("bin/docker");
            machine.link("bin/docker", "removed/docker");
        },
        &["failure client-none"],
    )
    .after("install docker", |machine| {
        machine.client("bin/docker", "Docker version 29");
    }),
];
