//! Set-ups in which nothing is wrong, however unusual they are.

use super::machine::{CONFIG, HELPER, KeyringState, YAML, auths};
use super::{FR, KEY, OTHER_KEY, Setup, healthy};

pub const SETUPS: &[Setup] = &[
    healthy("everything is installed", |_| {}),
    healthy("docker is the only client", |machine| machine.remove("bin/podman")),
    healthy("podman is the only client", |machine| machine.remove("bin/docker")),
    healthy("podman is the only client and has the entries in its own file", |machine| {
        machine.remove("bin/docker");
        let config = machine.read(CONFIG);
        machine.remove(".docker");
        machine.write(".config/containers/auth.json", config);
    }),
    healthy("there is no keyring", |machine| machine.keyring = KeyringState::Absent),
    healthy("the key is in SCW_SECRET_KEY", |machine| {
        machine.remove(YAML);
        machine.set("SCW_SECRET_KEY", KEY);
    }),
    healthy("SCW_PROFILE names a profile", |machine| {
        machine.write(YAML, format!("profiles:\n  prod:\n    secret_key: {OTHER_KEY}\n"));
        machine.set("SCW_PROFILE", "prod");
    }),
    healthy("SCW_CONFIG_PATH names a file", |machine| {
        machine.rename(YAML, "elsewhere/config.yaml");
        let path = machine.shown("elsewhere/config.yaml");
        machine.set("SCW_CONFIG_PATH", &path);
    }),
    healthy("DOCKER_CONFIG names a directory", |machine| {
        machine.rename(".docker", "elsewhere");
        let directory = machine.shown("elsewhere");
        machine.set("DOCKER_CONFIG", &directory);
    }),
    healthy("XDG_RUNTIME_DIR has no file of podman's", |machine| {
        machine.directory("run");
        let directory = machine.shown("run");
        machine.set("XDG_RUNTIME_DIR", &directory);
    }),
    healthy("config.json is a link to a file among dotfiles", |machine| {
        machine.rename(CONFIG, "dotfiles/docker.json");
        machine.link(CONFIG, "dotfiles/docker.json");
    }),
    healthy("config.json is readable by its owner only and not writable", |machine| {
        machine.mode(CONFIG, 0o400);
    }),
    healthy("the helper is a link to a file elsewhere", |machine| {
        machine.rename(HELPER, "real/docker-credential-scw");
        machine.link(HELPER, "real/docker-credential-scw");
    }),
    healthy("the helper is later on PATH again", |machine| {
        machine.link("again/docker-credential-scw", HELPER);
        machine.search(&["bin", "again"]);
    }),
    healthy("PATH has directories that do not exist", |machine| {
        machine.search(&["missing", "bin", "also missing"]);
    }),
    healthy("another credential store is for everything else", |machine| {
        machine.add_to(CONFIG, "\"credsStore\": \"pass\"");
    }),
    healthy("config.json has entries and credentials for other registries", |machine| {
        machine.add_to(CONFIG, &auths("ghcr.io", OTHER_KEY));
        machine.edit(CONFIG, "\"credHelpers\": {", "\"credHelpers\": {\"gcr.io\": \"gcloud\",");
    }),
    healthy("podman's file has credentials for other registries", |machine| {
        machine
            .write(".config/containers/auth.json", format!("{{{}}}", auths("ghcr.io", OTHER_KEY)));
    }),
    healthy("DOCKER_AUTH_CONFIG has credentials for other registries", |machine| {
        machine.set("DOCKER_AUTH_CONFIG", &format!("{{{}}}", auths("ghcr.io", OTHER_KEY)));
    }),
    healthy("REGISTRY_AUTH_FILE names a file without entries", |machine| {
        machine.write("auth.json", "{}");
        let file = machine.shown("auth.json");
        machine.set("REGISTRY_AUTH_FILE", &file);
    }),
    healthy("a region has the helper of a profile", |machine| {
        machine.write(
            YAML,
            format!("secret_key: {KEY}\nprofiles:\n  prod:\n    secret_key: {OTHER_KEY}\n"),
        );
        machine.link("bin/docker-credential-scw-prod", HELPER);
        machine.register(FR, "scw-prod");
    }),
    healthy("regions are left out on purpose", |machine| {
        machine.write(CONFIG, format!("{{\"credHelpers\":{{\"{FR}\":\"scw\"}}}}"));
    }),
    healthy("a scw is installed that answers nothing", |machine| {
        machine.script("bin/scw", "exit 1");
    }),
];
