//! Files that released versions wrote are read, and what they changed is undone.
//!
//! `tests/fixtures` has a directory for each version, with what that version wrote. `UPDATE_SNAPSHOTS=1
//! cargo test --test in_process released` records this version. Those of released versions never
//! change.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};

use docker_credential_scw::Exit;
use docker_credential_scw::secret_key::SecretKey;
use docker_credential_scw::system::keyring::KeyringError;

use crate::support::{FR, KEY_A, KEY_B, KEY_C, NL, NOT_FOUND, Outcome, World};

const LIST: &str = ".local/state/docker-credential-scw/stored-hosts.json";
const DOCKER: &str = ".docker/config.json";
const SCALEWAY: &str = ".config/scw/config.yaml";
const KUBELET: &str = "etc/providers.yaml";
const MILAN: &str = "rg.it-mil.scw.eu";

/// Docker's config before `install`: none, an empty one, and one with other entries.
const DOCKER_CONFIGS: [(&str, Option<&str>); 3] = [
    ("docker-new", None),
    ("docker-empty", Some("{}\n")),
    (
        "docker-used",
        Some(
            "{\r\n    \"auths\": {\"ghcr.io\": {}},\r\n    \"credHelpers\": {\"gcr.io\": \"gcloud\"}\r\n}",
        ),
    ),
];

const SCALEWAY_BEFORE: &str =
    "# My keys\ndefault_region: nl-ams\nprofiles:\n  dev:\n    default_region: fr-par\n";

const KUBELET_BEFORE: &str = "\
apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
# Amazon's
- name: ecr-credential-provider
  apiVersion: credentialprovider.kubelet.k8s.io/v1
  matchImages: [\"*.dkr.ecr.*.amazonaws.com\"]
  defaultCacheDuration: 12h0m0s
";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The directories of all versions.
fn versions() -> Vec<PathBuf> {
    let mut found: Vec<_> =
        fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(found.contains(&fixtures().join(env!("CARGO_PKG_VERSION"))), "{found:?}");
    found
}

/// Compares what this version writes with its fixture, or records it.
#[track_caller]
fn recorded(name: &str, text: &str) {
    let path = fixtures().join(env!("CARGO_PKG_VERSION")).join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, kept, "{name} differs. Unless this version is released: UPDATE_SNAPSHOTS=1");
}

/// A user with a directory for programs.
fn user() -> World {
    let world = World::new().set("SCW_SECRET_KEY", KEY_A);
    fs::create_dir(world.path("bin")).unwrap();
    let (home, path) = (world.path(""), world.path("bin"));
    world.set("PATH", path).set("HOME", home)
}

#[track_caller]
fn done(world: &World, words: &[&str], stdin: &str) {
    let outcome = world.run(words, stdin);
    assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
}

/// Runs `install` or `uninstall` for Docker.
#[track_caller]
fn docker(world: &World, command: &str) {
    let path = format!("--path={}", world.path("bin").display());
    done(world, &[command, &path], "");
}

#[track_caller]
fn kubelet(world: &World, command: &str) {
    let bin_dir = format!("--bin-dir={}", world.path("opt/bin").display());
    let config = format!("--config={}", world.path(KUBELET).display());
    done(world, &[command, "--kubelet", &bin_dir, &config], "");
}

fn with_docker_config(config: Option<&str>) -> World {
    match config {
        Some(text) => user().file(DOCKER, text),
        None => user(),
    }
}

#[test]
fn the_list_of_stored_hosts_is_recorded_and_read() {
    let world = World::new();
    for host in [FR, NL, MILAN] {
        world.store(host, KEY_A);
    }
    world.keyring.fails_with(KeyringError::Locked);
    world.erase(NL);
    recorded("stored-hosts.json", &world.stored_hosts());

    for version in versions() {
        let list = fs::read_to_string(version.join("stored-hosts.json")).unwrap();
        let world = World::new().file(LIST, list);
        let key = |text| SecretKey::parse(text).unwrap();
        let entries = [(FR, KEY_A), (NL, KEY_B), (MILAN, KEY_C)];
        world.keyring.state().entries =
            entries.map(|(host, text)| (host.to_owned(), key(text))).into();
        assert_eq!(world.key_for(FR), KEY_A);
        assert_eq!(world.get(NL), Outcome::failure(NOT_FOUND), "logged out");
        assert_eq!(
            world.run(&["list"], "").stdout,
            "{\"rg.fr-par.scw.cloud\":\"nologin\",\"rg.it-mil.scw.eu\":\"nologin\"}\n"
        );
        assert_eq!(world.erase(FR), Outcome::success());
        let left: Vec<_> = world.keyring.state().entries.keys().cloned().collect();
        assert_eq!(left, [MILAN], "the logout removes what an earlier one could not");
        assert_eq!(world.stored_hosts(), "{\"rg.it-mil.scw.eu\":\"stored\"}\n");
    }
}

#[test]
fn dockers_config_is_recorded_and_restored() {
    for (name, before) in DOCKER_CONFIGS {
        let world = with_docker_config(before);
        docker(&world, "install");
        recorded(&format!("{name}.json"), &world.read(DOCKER));
        for version in versions() {
            let installed = fs::read_to_string(version.join(format!("{name}.json"))).unwrap();
            for is_updated in [false, true] {
                let world = with_docker_config(before);
                docker(&world, "install");
                let world = world.file(DOCKER, &installed);
                if is_updated {
                    docker(&world, "install");
                }
                docker(&world, "uninstall");
                let left = fs::read_to_string(world.path(DOCKER)).ok();
                assert_eq!(left.as_deref(), before, "{name}, {is_updated}");
            }
        }
    }
}

#[test]
fn the_kubelets_config_is_recorded_and_restored() {
    for (name, before) in [("kubelet-new.yaml", None), ("kubelet-used.yaml", Some(KUBELET_BEFORE))]
    {
        let with_config = || match before {
            Some(text) => user().file(KUBELET, text),
            None => user(),
        };
        let world = with_config();
        kubelet(&world, "install");
        recorded(name, &world.shown(&world.read(KUBELET)));
        for version in versions() {
            for is_updated in [false, true] {
                let world = with_config();
                let home = world.home.path().to_str().unwrap().to_owned();
                let installed = fs::read_to_string(version.join(name)).unwrap().replace('~', &home);
                kubelet(&world, "install");
                let world = world.file(KUBELET, &installed);
                if is_updated {
                    kubelet(&world, "install");
                }
                kubelet(&world, "uninstall");
                let left = fs::read_to_string(world.path(KUBELET)).ok();
                assert_eq!(left.as_deref(), before, "{name}, {is_updated}");
            }
        }
    }
}

#[test]
fn keys_that_save_key_saved_are_recorded_and_read() {
    let world = World::new().file(SCALEWAY, SCALEWAY_BEFORE);
    done(&world, &["save-key"], KEY_A);
    done(&world, &["save-key", "--profile", "dev"], KEY_B);
    recorded("scaleway.yaml", &world.read(SCALEWAY));
    for version in versions() {
        let config = fs::read_to_string(version.join("scaleway.yaml")).unwrap();
        let world = World::new().config(&config);
        assert_eq!(world.key_for(FR), KEY_A);
        assert_eq!(world.set("SCW_PROFILE", "dev").key_for(FR), KEY_B);
    }
}
