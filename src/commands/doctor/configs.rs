//! Docker's config and podman's files: who is asked for a key, and what goes before the helper.

use std::path::Path;

use super::Patient;
use super::check::{Check, Section};
use crate::commands::config_file::read_config;
use crate::commands::leftovers::{in_docker_auth_config, plain_text_files};
use crate::container_client::ContainerClient;
use crate::credential_helper;
use crate::docker_config::{ConfigDocument, podman_auth_paths};
use crate::environment::Environment;
use crate::key_source::KeyLookup;
use crate::printable::printable_path;
use crate::registry_host::{RegistryHost, ServerUrl};

const INSTALL: &str = "docker-credential-scw install";

/// Docker's config, as far as it can be read, and what is to be said of the file.
pub(super) fn docker(path: Option<&Path>) -> (ConfigDocument, Vec<Check>) {
    let Some(path) = path else {
        let found = "there is no home directory to find it in";
        let check = Check::ok(Section::Config, "docker-config", "Docker's config.json", found);
        return (ConfigDocument::default(), vec![check.failure("set HOME or DOCKER_CONFIG")]);
    };
    let subject = printable_path(path);
    match read_config(path) {
        Ok(config) if config.content().is_none() => {
            let check =
                Check::ok(Section::Config, "docker-config", subject, "there is no such file");
            (config, vec![check.failure(INSTALL)])
        }
        Ok(config) => {
            let found = "found; Docker, podman, buildah and skopeo read it";
            (config, vec![Check::ok(Section::Config, "docker-config", subject, found)])
        }
        Err(error) => {
            let found = error.to_string().replace(&format!("{subject}: "), "");
            let check = Check::ok(Section::Config, "docker-config", subject.as_str(), found);
            let remedy = format!("mend that place by hand, then {INSTALL}");
            (ConfigDocument::default(), vec![check.failure(remedy)])
        }
    }
}

/// Which registries ask us.
pub(super) fn wiring(patient: &Patient<'_>) -> Vec<Check> {
    if patient.config.content().is_none() {
        return Vec::new();
    }
    let wired = patient.wired();
    let mut checks = Vec::new();
    for (host, helper) in &wired {
        let by_store = patient.config.cred_helper(&host.to_string()).is_none();
        let found = format!("wired to the helper {helper}");
        let check = Check::ok(Section::Config, "wiring", host.to_string(), found);
        checks.push(if by_store {
            let found =
                format!("{helper} is Docker's store for everything; podman knows no such store");
            Check { found, id: "wiring-by-store", ..check }.warning(INSTALL)
        } else {
            check
        });
    }
    let is_wired = |host: &RegistryHost| wired.iter().any(|(it, _)| it == host);
    for host in RegistryHost::known().filter(|host| !is_wired(host)) {
        let other = patient.config.cred_helper(&host.to_string());
        let (id, found, remedy) = match other.as_deref() {
            Some("") => (
                "wiring-other",
                "left to Docker's own file".to_owned(),
                format!("{INSTALL} --force"),
            ),
            Some(other) => (
                "wiring-other",
                format!("left to the helper {other}"),
                format!("{INSTALL} --force, if that is not meant"),
            ),
            None => (
                "wiring-none",
                "not wired: the helper is not asked for it".to_owned(),
                INSTALL.to_owned(),
            ),
        };
        let check = Check::ok(Section::Config, id, host.to_string(), found);
        // Some regions only may be what somebody wants; none is not.
        checks.push(if wired.is_empty() { check.failure(remedy) } else { check.warning(remedy) });
    }
    checks.extend(keys_that_never_match(&patient.config));
    checks
}

/// Docker looks hosts up letter by letter.
fn keys_that_never_match(config: &ConfigDocument) -> Vec<Check> {
    let check = |(key, _): (String, String)| {
        let meant = ServerUrl::parse(key.trim())?.host.to_string();
        (key != meant).then(|| {
            let found = format!("this entry of credHelpers never matches: Docker asks for {meant}");
            let remedy = format!("{INSTALL}, and remove {key} from credHelpers by hand");
            Check::ok(Section::Config, "wiring-never-matches", key, found).warning(remedy)
        })
    };
    config.cred_helpers().into_iter().filter_map(check).collect()
}

/// What goes before the helper: logins in plain text, and variables.
pub(super) fn leftovers(patient: &Patient<'_>, docker_config: Option<&Path>) -> Vec<Check> {
    let environment = patient.environment;
    let mut checks = Vec::new();
    let has_podman = ContainerClient::ALL
        .iter()
        .any(|client| client.has_auth_files() && environment.find_program(client.name()).is_some());
    for path in podman_auth_paths(environment) {
        let subject = printable_path(&path);
        if path.is_file() && read_config(&path).is_ok() {
            let found = "found; podman, buildah and skopeo read it before Docker's";
            checks.push(Check::ok(Section::Config, "podman-auth-file", subject.as_str(), found));
        }
        if let Err(error) = read_config(&path) {
            let found = error.to_string().replace(&format!("{subject}: "), "");
            let remedy = format!("mend that place by hand, or rm {subject}: podman stops at it");
            let check = Check::ok(Section::Config, "podman-auth-file", subject, found);
            checks.push(if has_podman { check.failure(remedy) } else { check.warning(remedy) });
        }
    }
    let mut hosts: Vec<_> = RegistryHost::known().collect();
    hosts.extend(patient.wired().into_iter().map(|(host, _)| host));
    let Some(docker_config) = docker_config else { return checks };
    let (files, _) = plain_text_files(environment, docker_config, &hosts);
    for file in &files {
        let shadows = file.path != *docker_config;
        for login in &file.logins {
            let subject = printable_path(&file.path);
            let (id, found) = match (
                shadows,
                is_another_key(patient, &login.host, login.key.as_ref()),
            ) {
                (true, true) => (
                    "plain-text-shadows",
                    format!(
                        "podman uses the login in plain text for {} there, which is another than the helper's",
                        login.server
                    ),
                ),
                (true, false) => (
                    "plain-text-shadows",
                    format!(
                        "podman uses the login in plain text for {} there, and does not ask the helper",
                        login.server
                    ),
                ),
                (false, _) => {
                    ("plain-text", format!("it holds a login in plain text for {}", login.server))
                }
            };
            let fails = id == "plain-text-shadows" && found.ends_with("helper's") && has_podman;
            let check = Check::ok(Section::Config, id, subject, found);
            checks.push(if fails {
                check.failure(format!("podman logout {}", login.server))
            } else {
                check.warning(format!("{INSTALL} --yes"))
            });
        }
    }
    checks.extend(variables(environment, &hosts));
    checks
}

/// The helper answers with another key than the one that stands there, or with none.
fn is_another_key(
    patient: &Patient<'_>,
    host: &RegistryHost,
    there: Option<&crate::secret_key::SecretKey>,
) -> bool {
    let wired = patient.wired();
    let Some((_, helper)) = wired.iter().find(|(it, _)| it == host) else { return false };
    let bound = credential_helper::profile_of(helper);
    let found = KeyLookup::new(patient.environment, bound).key_for(host);
    match found {
        Ok(Some(found)) => there != Some(&found.key),
        _ => false,
    }
}

fn variables(environment: &Environment, hosts: &[RegistryHost]) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(finding) = in_docker_auth_config(environment, hosts) {
        let found = finding
            .message
            .replace("DOCKER_AUTH_CONFIG holds", "it holds")
            .replace(": unset it", "");
        let check = Check::ok(Section::Config, "docker-auth-config", "DOCKER_AUTH_CONFIG", found);
        checks.push(check.warning("unset DOCKER_AUTH_CONFIG"));
    }
    if let Some(path) = environment.path_variable("REGISTRY_AUTH_FILE") {
        let found = format!("podman reads {} first", printable_path(&path));
        let check = Check::ok(Section::Config, "registry-auth-file", "REGISTRY_AUTH_FILE", found);
        checks.push(if path.is_file() {
            check
        } else {
            let found = format!("{}, which is not there", check.found);
            Check { found, ..check }.warning("unset REGISTRY_AUTH_FILE")
        });
    }
    checks
}
