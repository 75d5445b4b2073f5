//! Docker's config: which helper is asked for a registry.

use std::path::Path;

use super::Patient;
use super::check::{Check, Section};
use crate::commands::config_file::read_config;
use crate::docker_config::ConfigDocument;
use crate::printable::printable_path;
use crate::registry_host::{RegistryHost, ServerUrl};

pub(super) const INSTALL: &str = "docker-credential-scw install";

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
            let check = Check::ok(Section::Config, "docker-config", subject, error.cause());
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
    let wired = &patient.wired;
    let mut checks = Vec::new();
    for (host, helper) in patient.wired_for_docker() {
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
