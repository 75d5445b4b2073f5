//! What goes before the helper: podman's own files, logins in plain text, and variables.

use std::path::Path;

use super::Patient;
use crate::commands::leftovers::{in_docker_auth_config, plain_text_files};
use crate::diagnosis::{Check, Command, Fix, Section};
use crate::docker::config::read_config;
use crate::docker::config::{ConfigDocument, PlaintextLogin, files_podman_reads};
use crate::keys::KeyLookup;
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;

pub(super) fn checks(patient: &Patient<'_>, docker_config: Option<&Path>) -> Vec<Check> {
    let files = files_podman_reads(patient.environment);
    let mut checks: Vec<_> = files.iter().flat_map(|file| own_file(patient, file)).collect();
    let mut hosts: Vec<_> = RegistryHost::known().collect();
    hosts.extend(patient.wired.iter().map(|(host, _)| host.clone()));
    if let Some(docker_config) = docker_config {
        let (found, _) = plain_text_files(patient.environment, docker_config, &hosts);
        for file in &found {
            let is_read = files.contains(&file.path);
            let check = |login| plain_text(patient, &file.path, login, is_read);
            // Where Docker goes on using it, that is told with the wiring.
            let is_used =
                |login: &&PlaintextLogin| !is_read && patient.own_login(&login.host).is_some();
            checks.extend(file.logins.iter().filter(|login| !is_used(login)).map(check));
        }
    }
    checks.extend(variables(patient.environment, &hosts));
    checks
}

/// A file that podman reads before Docker's: can it, and whom does it ask then?
fn own_file(patient: &Patient<'_>, path: &Path) -> Vec<Check> {
    let said = |id, found: String| Check::ok(Section::Config, id, printable_path(path), found);
    let config = match read_config(path) {
        Ok(config) if config.content().is_none() => return Vec::new(),
        Ok(config) => config,
        Err(error) => {
            let remedy: Fix = if path.is_file() {
                let file = path.to_string_lossy();
                let aside =
                    Command::new(["mv".to_owned(), file.to_string(), format!("{file}.broken")]);
                Fix::Run(vec![match path.parent() {
                    Some(directory) => patient.operator.in_directory(directory, aside),
                    None => aside,
                }])
            } else {
                "unset REGISTRY_AUTH_FILE, if it names this file".into()
            };
            let check = said("podman-auth-file", error.reason());
            return vec![patient.of_podman(check, remedy)];
        }
    };
    let found = "found; podman, buildah and skopeo read it before Docker's".to_owned();
    let mut checks = vec![said("podman-auth-file", found)];
    for (key, helper) in config.cred_helpers() {
        let is_ours = helper.is_ours();
        if is_ours || RegistryHost::from_host(&key).is_none() {
            continue;
        }
        let found = format!("podman asks the helper {helper} for {key}, by what stands there");
        let remedy = format!("remove {key} from credHelpers there by hand, if that is not meant");
        checks.push(patient.of_podman(said("wiring-podman-other", found), remedy));
    }
    checks
}

fn plain_text(patient: &Patient<'_>, path: &Path, login: &PlaintextLogin, is_read: bool) -> Check {
    let PlaintextLogin { server, host, key } = login;
    let said = |id, found| Check::ok(Section::Config, id, printable_path(path), found);
    let install = patient.operator.install(&["--yes"]);
    let is_another = is_another_key(patient, host, key.as_ref());
    let by_hand = format!("remove {server} from auths there by hand");
    if !is_read {
        let found = format!("it holds a login in plain text for {server}");
        // install removes no key that is kept nowhere else.
        let (found, remedy) = if is_another {
            (format!("{found}, with another key than the helper's"), Fix::from(by_hand))
        } else {
            (found, Fix::from(install))
        };
        return said("plain-text", found).warning(remedy);
    }
    let found = format!("podman uses the login in plain text for {server} there");
    if !is_another {
        let found = format!("{found}, and does not ask the helper");
        return said("plain-text-shadows", found).warning(install);
    }
    let remedy = if *server == host.to_string() {
        let file = path.to_string_lossy().into_owned();
        Command::new(["podman", "logout", "--authfile", &file, server]).into()
    } else {
        Fix::from(by_hand)
    };
    let found = format!("{found}, which is another than the helper's");
    patient.of_podman(said("plain-text-shadows", found), remedy)
}

/// The helper answers with another key than the one that stands there.
fn is_another_key(
    patient: &Patient<'_>,
    host: &RegistryHost,
    there: Option<&crate::secret_key::SecretKey>,
) -> bool {
    let Some((_, helper)) = patient.wired.iter().find(|(it, _)| it == host) else { return false };
    let profile = helper.profile();
    let found = KeyLookup::new(patient.environment, profile).key_for(host);
    found.ok().flatten().is_some_and(|found| there != Some(&found.key))
}

fn variables(environment: &Environment, hosts: &[RegistryHost]) -> Vec<Check> {
    const DOCKERS: &str = "DOCKER_AUTH_CONFIG";
    const PODMANS: &str = "REGISTRY_AUTH_FILE";
    let said = |id, name: &str, found: String| Check::ok(Section::Config, id, name, found);
    let mut checks = Vec::new();
    if let Some(text) = environment.variable(DOCKERS) {
        let remedy = format!("unset {DOCKERS}");
        if let Err(error) = ConfigDocument::parse(Some(text.to_string_lossy().as_bytes())) {
            let found = format!("Docker reads it before all else, and cannot: {error}");
            checks.push(said("docker-auth-config", DOCKERS, found).warning(remedy));
        } else if let Some(servers) = in_docker_auth_config(environment, hosts) {
            let found =
                format!("it holds a login for {servers}, which Docker uses before the helper");
            checks.push(said("docker-auth-config", DOCKERS, found).warning(remedy));
        }
    }
    if let Some(path) = environment.path_variable(PODMANS) {
        let found = format!("podman reads {} first", printable_path(&path));
        checks.push(if path.exists() {
            said("registry-auth-file", PODMANS, found)
        } else {
            let found = format!("{found}, which is not there");
            said("registry-auth-file", PODMANS, found).warning(format!("unset {PODMANS}"))
        });
    }
    checks
}
