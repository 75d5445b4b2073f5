//! The table in docs/clients.md: what clients do with a key, without one, and with a broken one.

use crate::Scenario;
use crate::docker::{daemon, version_of};
use crate::registry::{Auth, Registry, docker_image};
use crate::stage::{FR, KEY, Stage, all_on_path, both};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "docker_does_what_the_table_of_clients_says",
        needs: &["docker", "dockerd", "skopeo", "docker-registry", "htpasswd"],
        play: docker,
    },
    Scenario {
        name: "podman_buildah_and_skopeo_do_what_the_table_of_clients_says",
        needs: &["podman", "buildah", "skopeo", "docker-registry", "htpasswd"],
        play: podman_family,
    },
];

/// An access key in place of the secret key.
const BROKEN: &str = "SCW12345678901234567";

/// The cells of a client's row: with a key, not found, with an error.
fn row(client: &str) -> [String; 3] {
    let page = include_str!("../../docs/clients.md");
    let row = page.lines().find(|line| line.starts_with(&format!("| {client} |")));
    let row = row.unwrap_or_else(|| panic!("no row for {client}"));
    let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
    let [_, key, missing, error] = cells.as_slice() else { panic!("{row}") };
    [key, missing, error].map(ToString::to_string)
}

/// What a client does with each answer, in the words of the table. `line` reads an image.
fn measured(stage: &Stage, line: &dyn Fn(&str) -> String) -> [String; 3] {
    let (private, public) = (format!("{FR}/ns/app:1"), format!("{FR}/public/app:1"));
    stage.ok(&line(&private), Some(KEY));
    stage.fails(&line(&private), None);
    let missing = stage.output(&line(&public), None, "");
    let error = stage.output(&line(&public), Some(BROKEN), "");
    let client_printed = both(&error);
    let shows = client_printed.contains("SCW_SECRET_KEY holds an access key");
    let error = match (error.status.success(), shows) {
        (true, true) => "shows it on stderr, pulls anonymously",
        (true, false) => "hides it, pulls anonymously",
        (false, true) if stage.output(&line(&private), Some(BROKEN), "").status.success() => "?",
        (false, true) => "fails, also for public images",
        (false, false) => "fails without the reason",
    };
    let missing = if missing.status.success() { "pulls anonymously" } else { "fails" };
    ["used", missing, error].map(str::to_owned)
}

fn start(stage: &Stage) -> Registry {
    let registry = Registry::start(stage, Auth::Token, KEY);
    let image = docker_image(stage);
    for repository in ["ns/app", "public/app"] {
        stage.ok(&format!("skopeo copy {image} docker://{FR}/{repository}:1"), Some(KEY));
    }
    registry
}

fn docker(stage: &Stage) {
    let _registry = start(stage);
    let version = version_of(&all_on_path("docker")[0]);
    let client = if version.starts_with("29.") { "docker 29" } else { "docker 20.10, 28" };
    let (_daemon, host) = daemon(stage);
    let found = measured(stage, &|image| format!("docker --host {host} pull {image}"));
    assert_eq!(found, row(client), "{version}");
}

fn podman_family(stage: &Stage) {
    let _registry = start(stage);
    let expected = row("podman, buildah, skopeo");
    for client in ["podman pull", "buildah pull --policy always", "skopeo inspect"] {
        let scheme = if client.starts_with("skopeo") { "docker://" } else { "" };
        let found = measured(stage, &|image| format!("{client} {scheme}{image}"));
        assert_eq!(found, expected, "{client}");
    }
}
