//! The key of each registry: where it comes from, and what it hides.

use std::fmt::Write as _;

use super::Patient;
use crate::diagnosis::{Check, Command, Section};
use crate::docker::credential_helper;
use crate::explain::Explain as _;
use crate::helper_name::HelperName;
use crate::keys::{FoundKey, KeyError, KeyLookup, KeySource};
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::system::files::{self, FileRights};
use crate::system::keyring::KeyringError;
use crate::system::program_file::{Found, inspect};

/// A registry with the key that its helper answers, if it has one.
pub(super) struct HostKey {
    pub(super) host: RegistryHost,
    pub(super) found: Option<FoundKey>,
    /// Our helper is asked for it.
    pub(super) wired: bool,
}

/// What is to be said of keys; and the key of each registry that is wired, or known.
pub(super) fn checks(patient: &Patient<'_>) -> (Vec<Check>, Vec<HostKey>) {
    let wired = &patient.wired;
    let mut hosts: Vec<_> =
        wired.iter().map(|(host, helper)| (host.clone(), Some(helper))).collect();
    for host in RegistryHost::known() {
        if !hosts.iter().any(|(it, _)| *it == host) {
            hosts.push((host, None));
        }
    }
    hosts.sort_by_key(|(host, _)| {
        RegistryHost::known().position(|known| known == *host).unwrap_or(usize::MAX)
    });
    let give_one = patient.give_a_key();
    let (mut checks, mut keys) = (Vec::new(), Vec::new());
    for (host, helper) in hosts {
        let bound = helper.and_then(HelperName::profile);
        let lookup = KeyLookup::new(patient.environment, bound);
        let found = lookup.key_for(&host);
        if let (Some(helper), Ok(Some(found))) = (helper, &found) {
            checks.extend(as_docker_asks(patient, helper, &host, found));
        }
        if helper.is_some() || (wired.is_empty() && patient.own_login(&host).is_none()) {
            checks.push(match &found {
                Ok(found) => of_host(&lookup, &host, found.as_ref(), &give_one),
                Err(error) => broken(&host, error),
            });
        }
        keys.push(HostKey { host, found: found.unwrap_or_default(), wired: helper.is_some() });
    }
    checks.extend(config_file(patient));
    checks.push(keyring(patient));
    (checks, keys)
}

/// The helper is started as Docker starts it. What is to be said if it does not answer as it should.
fn as_docker_asks(
    patient: &Patient<'_>,
    helper: &HelperName,
    host: &RegistryHost,
    expected: &FoundKey,
) -> Option<Check> {
    // One that is missing is told of with the programs.
    let program = patient.environment.find_program(&helper.program())?;
    let answer = credential_helper::ask(patient.environment, &program, host, &patient.time);
    let subject = host.to_string();
    let mut options = Vec::new();
    if let Some(profile) = helper.profile() {
        options.extend(["--profile", profile, "--region", host.region()]);
    }
    if matches!(inspect(&program, &patient.own), Ok(Found::Foreign)) {
        options.push("--force");
    }
    let remedy = patient.operator.install_program(program.parent(), &options);
    match answer {
        Ok(key) if key == expected.key => None,
        Ok(_) => {
            let found = format!(
                "the helper {helper} answers Docker with another key than this version does"
            );
            Some(
                Check::ok(Section::Key, "helper-answers-otherwise", subject, found).warning(remedy),
            )
        }
        Err(fault) => {
            let found = format!("the helper {helper} has no answer for Docker: {fault}");
            Some(Check::ok(Section::Key, "helper-has-no-answer", subject, found).failure(remedy))
        }
    }
}

fn broken(host: &RegistryHost, error: &KeyError) -> Check {
    let check = Check::ok(Section::Key, "key-broken", host.to_string(), error.cause());
    check.failure(fix_of(error))
}

/// What fixes a broken source: its hint, else what kind of source has to be fixed.
fn fix_of(error: &KeyError) -> String {
    error.hint().unwrap_or_else(|| {
        let source = match error {
            KeyError::Variable(_) => "the variable",
            KeyError::Config(_) => "Scaleway's config.yaml",
            KeyError::Stored(_) => "the keyring, or log in again",
        };
        format!("fix {source}")
    })
}

fn of_host(
    lookup: &KeyLookup<'_>,
    host: &RegistryHost,
    found: Option<&FoundKey>,
    give_one: &str,
) -> Check {
    let subject = host.to_string();
    let Some(found) = found else {
        let check = Check::ok(Section::Key, "key-none", subject, "no source has a key");
        return check.failure(give_one);
    };
    let mut words = format!("from {}", with_file(lookup, &found.source));
    let mut others = Vec::new();
    let mut broken = None;
    for source in lookup.every_source(host) {
        match source {
            Ok(source) if source == found.source => {}
            Ok(source) => others.push(with_file(lookup, &source)),
            Err(error) => broken = Some(error),
        }
    }
    if !others.is_empty() {
        let _ = write!(words, "; it hides {}", others.join(" and "));
    }
    let check = Check::ok(Section::Key, "key", subject, words);
    match broken {
        Some(error) => {
            let found = format!("{}; another source is broken ({error})", check.found);
            Check { found, id: "key-other-broken", ..check }.warning(fix_of(&error))
        }
        None => check,
    }
}

/// A source, and the file that it stands in.
fn with_file(lookup: &KeyLookup<'_>, source: &KeySource) -> String {
    let file = lookup.config_file().ok().flatten();
    match (source, file) {
        (KeySource::Variable(_) | KeySource::Keyring, _) | (_, None) => format!("the {source}"),
        (_, Some(file)) => format!("the {source} in {}", printable_path(file)),
    }
}

fn config_file(patient: &Patient<'_>) -> Option<Check> {
    let lookup = KeyLookup::new(patient.environment, None);
    let file = lookup.config_file().ok().flatten()?.to_owned();
    let subject = printable_path(&file);
    if files::is_readable_by_others(&file) {
        let chmod = Command::new(["chmod", "600", &file.to_string_lossy()]);
        let remedy = patient.operator.as_owner(FileRights::of(&file).owner, chmod);
        let check = Check::ok(
            Section::Key,
            "config-yaml-readable",
            subject,
            "others may read it, and the keys in it",
        );
        return Some(check.warning(remedy));
    }
    Some(Check::ok(Section::Key, "config-yaml", subject, "readable by its owner only"))
}

fn keyring(patient: &Patient<'_>) -> Check {
    let stored = KeyLookup::new(patient.environment, None).stored().hosts().unwrap_or_default();
    let subject = "keyring";
    match &patient.keyring {
        Ok(()) => Check::ok(Section::Key, "keyring", subject, "it answers"),
        Err(error) if !stored.is_empty() => {
            let names: Vec<_> = stored.iter().map(ToString::to_string).collect();
            let found =
                format!("{error}, and the key of a login is kept there for {}", names.join(", "));
            let remedy = format!(
                "unlock it, or docker-credential-scw logout --region {}",
                stored.first().map_or("all", RegistryHost::region)
            );
            Check::ok(Section::Key, "keyring-unusable", subject, found).warning(remedy)
        }
        Err(KeyringError::Absent(why)) => {
            let found = format!("none here ({why}); it is needed only to keep the key of a login");
            Check::ok(Section::Key, "keyring", subject, found)
        }
        Err(error) => {
            let found = format!("{error}; it is needed only to keep the key of a login");
            Check::ok(Section::Key, "keyring-unusable", subject, found)
                .warning("unlock it, or use a profile or SCW_SECRET_KEY")
        }
    }
}
