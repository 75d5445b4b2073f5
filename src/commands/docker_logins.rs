//! Keeping the keys of Docker's store for the helper.

use super::config_file::Person;
use crate::diagnosis::problems::Kind as _;
use crate::diagnosis::problems::logins::{DockerLoginProblem, HelpersKey, LoginProblem};
use crate::diagnosis::problems::moves::MoveProblem;
use crate::diagnosis::{Check, Operator, Section};
use crate::docker::logins::{DockerLogin, DockerLogins};
use crate::helper_name::ConfiguredHelper;
use crate::keys::{FoundKey, KeyLookup};
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::terminal::Console;

/// Keeps the keys in Docker's store for the helper as well, with consent; returns what came of it.
pub(super) fn keep(
    logins: &DockerLogins,
    person: &Person<'_>,
    operator: &Operator,
    lookup: &KeyLookup<'_>,
    yes: bool,
    console: &mut Console<'_>,
) -> Vec<Check> {
    let mut done = Vec::new();
    for (host, store, key) in logins.keys_in_store() {
        // Where the helper's answer is an error, a stored key would not be used.
        if !matches!(lookup.key_for(host), Ok(None)) {
            continue;
        }
        let question =
            format!("Docker's store {store} has the login to {host}. Keep its key for the helper?");
        if !yes && !console.agrees(&question) {
            continue;
        }
        let usable = person.environment().keyring().check();
        let kept = usable
            .map_err(|error| error.to_string())
            .and_then(|()| lookup.stored().keep(host, key).map_err(|error| error.reason()));
        done.push(match kept {
            Ok(()) => kept_check(
                host,
                format!(
                    "the key from Docker's store {store} is now in the keyring; what is in the store \
                     is no longer used"
                ),
            ),
            Err(reason) => {
                let (host, store) = (host.clone(), store.clone());
                MoveProblem::KeyNotKept { host, store, reason }.check(operator)
            }
        });
    }
    done
}

/// Says what [`keep`] would do, and changes nothing.
pub(super) fn preview(logins: &DockerLogins, lookup: &KeyLookup<'_>, yes: bool) -> Vec<Check> {
    let would =
        if yes { "would be kept in the keyring, if it can be" } else { "would be asked about" };
    let would_be_kept = |(host, ..): &(&RegistryHost, &ConfiguredHelper, &SecretKey)| {
        matches!(lookup.key_for(host), Ok(None))
    };
    let check = |(host, store, _): (&RegistryHost, &ConfiguredHelper, &SecretKey)| {
        kept_check(host, format!("the key in Docker's store {store} {would}"))
    };
    logins.keys_in_store().filter(would_be_kept).map(check).collect()
}

fn kept_check(host: &RegistryHost, found: String) -> Check {
    Check::ok(Section::Key, "key-kept", host.to_string(), found)
}

/// The check of a login of Docker's that is no longer used, because the helper was forced upon it.
pub(super) fn no_longer_used(
    operator: &Operator,
    host: &RegistryHost,
    login: &DockerLogin,
    answer: Option<&FoundKey>,
) -> Check {
    let place = login.place();
    match answer {
        Some(FoundKey { source, .. }) => {
            let found = format!(
                "Docker's login, {place}, is no longer used: the helper answers with the key from the \
                 {source}"
            );
            Check::ok(Section::Config, "docker-login-replaced", host.to_string(), found)
        }
        None => MoveProblem::LoginUnused { host: host.clone(), place }.check(operator),
    }
}

/// The check of a registry that is left to Docker's login, in doctor's words.
pub(super) fn left_to_login(
    operator: &Operator,
    lookup: &KeyLookup<'_>,
    host: &RegistryHost,
    login: &DockerLogin,
    can_keep: bool,
) -> Check {
    let answer = lookup.key_for(host).map_err(|error| (&error).into());
    let problem = DockerLoginProblem {
        hosts: vec![host.clone()],
        place: login.place(),
        helpers: HelpersKey::compared(login, &answer),
        can_keep: can_keep && login.has_key(),
        is_harmless: true,
    };
    LoginProblem::DockerLogin(problem).check(operator)
}
