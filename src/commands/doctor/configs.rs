//! Docker's config: which helper is asked for a registry.

use std::path::Path;

use super::Patient;
use crate::diagnosis::{Check, Fix, Section};
use crate::docker::config::ConfigDocument;
use crate::docker::config::read_config;
use crate::helper_name::ConfiguredHelper;
use crate::keys::KeyLookup;
use crate::printable::printable_path;
use crate::registry_host::{RegistryHost, ServerUrl};

/// Docker's config, as far as it can be read, and why it cannot.
pub(super) fn read(path: Option<&Path>) -> (ConfigDocument, Option<String>) {
    match path.map(read_config) {
        Some(Ok(config)) => (config, None),
        Some(Err(error)) => (ConfigDocument::default(), Some(error.reason())),
        None => (ConfigDocument::default(), None),
    }
}

/// What is to be said of the file.
pub(super) fn docker(patient: &Patient<'_>, path: Option<&Path>, broken: Option<String>) -> Check {
    let said = |subject: String, found: String| {
        Check::ok(Section::Config, "docker-config", subject, found)
    };
    let Some(path) = path else {
        let found = "there is no home directory to find it in".to_owned();
        let check = said("Docker's config.json".to_owned(), found);
        return check.failure("set HOME or DOCKER_CONFIG");
    };
    let subject = printable_path(path);
    if let Some(cause) = broken {
        let install = patient.operator.install(&[]);
        let fix = Fix::ByHand("correct the file there".to_owned(), vec![install]);
        return said(subject, cause).failure(fix);
    }
    if patient.config.content().is_none() {
        return said(subject, "there is no such file".to_owned())
            .failure(patient.operator.install(&[]));
    }
    said(subject, "found; Docker, podman, buildah and skopeo read it".to_owned())
}

/// Which registries ask us.
pub(super) fn wiring(patient: &Patient<'_>) -> Vec<Check> {
    if patient.config.content().is_none() {
        return Vec::new();
    }
    let wired = &patient.wired;
    let mut checks = Vec::new();
    for (host, helper) in patient.wired_for_docker() {
        let by_store = patient.config.cred_helper(&host).is_none();
        let found = format!("wired to the helper {helper}");
        let check = Check::ok(Section::Config, "wiring", host.to_string(), found);
        checks.push(if by_store {
            let found =
                format!("{helper} is Docker's store for everything; podman knows no such store");
            Check { found, id: "wiring-by-store", ..check }.warning(patient.operator.install(&[]))
        } else {
            check
        });
    }
    let is_wired = |host: &RegistryHost| wired.iter().any(|(it, _)| it == host);
    for host in RegistryHost::known().filter(|host| !is_wired(host)) {
        if let Some(login) = patient.own_login(&host) {
            let answer = KeyLookup::new(patient.environment, None).key_for(&host).ok().flatten();
            let is_same = answer.as_ref().is_some_and(|answer| login.is_with(&answer.key));
            let can_keep = login.has_key() && patient.keyring.is_ok();
            let mut found = format!("Docker uses its own login, {}", login.place());
            let fix: Fix = if is_same || (answer.is_none() && can_keep) {
                patient.operator.install(&["--yes"]).into()
            } else if answer.is_some() {
                // Switching is the user's decision: it may change the account.
                found += "; the helper's key is another";
                patient.operator.install(&["--force", "--region", host.region()]).into()
            } else {
                let install = patient.operator.install(&[]);
                Fix::ByHand(patient.give_a_key(), vec![install])
            };
            let check = Check::ok(Section::Config, "wiring-own-login", host.to_string(), found);
            checks.push(check.warning(fix));
            continue;
        }
        let other = patient.config.cred_helper(&host);
        // Without the region others would be taken over, too.
        let take_over = || patient.operator.install(&["--force", "--region", host.region()]);
        let (id, found, remedy) = match other {
            Some(other) if other.is_dockers_file() => {
                ("wiring-other", "left to Docker's own file".to_owned(), take_over())
            }
            Some(other) => (
                "wiring-other",
                format!("left to the helper {other}; if that is not meant, take it over"),
                take_over(),
            ),
            None => (
                "wiring-none",
                "not wired: the helper is not asked for it".to_owned(),
                patient.operator.install(&[]),
            ),
        };
        let check = Check::ok(Section::Config, id, host.to_string(), found);
        // Some regions only may be what somebody wants; none is not.
        checks.push(if wired.is_empty() { check.failure(remedy) } else { check.warning(remedy) });
    }
    checks.extend(keys_that_never_match(patient));
    checks
}

/// Docker looks hosts up letter by letter.
fn keys_that_never_match(patient: &Patient<'_>) -> Vec<Check> {
    let check = |(key, _): (String, ConfiguredHelper)| {
        let meant = ServerUrl::parse(key.trim())?.host.to_string();
        (key != meant).then(|| {
            let found = format!("this entry of credHelpers never matches: Docker asks for {meant}");
            let by_hand = format!("remove \"{key}\" from credHelpers");
            let remedy = Fix::ByHand(by_hand, vec![patient.operator.install(&[])]);
            Check::ok(Section::Config, "wiring-never-matches", key, found).warning(remedy)
        })
    };
    patient.config.cred_helpers().into_iter().filter_map(check).collect()
}
