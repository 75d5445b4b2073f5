//! Which entries Docker's config is to get.

use serde::Serialize;

use super::config_file::Person;
use super::own_logins::{OwnLogin, OwnLogins};
use super::shown;
use crate::credential_helper::is_ours;
use crate::docker_config::{ConfigDocument, dockers_default_store};
use crate::registry_host::RegistryHost;

/// An entry that names another helper.
#[derive(Serialize)]
pub(super) struct Entry {
    pub(super) host: String,
    #[serde(serialize_with = "shown")]
    pub(super) helper: String,
}

/// What is wanted.
pub(super) struct Wish<'a> {
    pub(super) hosts: &'a [RegistryHost],
    pub(super) helper: &'a str,
    pub(super) force: bool,
    /// Those of `hosts` that the helper has no answer for.
    pub(super) answerless: &'a [RegistryHost],
    pub(super) own_logins: &'a OwnLogins,
}

/// What is to be written into Docker's config, and what is left as it is.
#[derive(Default)]
pub(super) struct Wiring {
    pub(super) entries: Vec<(String, String)>,
    /// Registries that are left to another helper.
    pub(super) kept: Vec<Entry>,
    /// Registries that are taken over from another helper.
    pub(super) taken_over: Vec<Entry>,
    /// Registries that are left to a login of Docker's.
    pub(super) left_to_login: Vec<(RegistryHost, OwnLogin)>,
    /// The store to be named for all others.
    pub(super) store: Option<&'static str>,
}

/// An entry that names another helper stays, unless `force`d; but where the plain helper stands, one
/// that is bound to a profile takes its place, as it says more.
fn is_kept(found: Option<&str>, helper: &str, force: bool) -> bool {
    found.is_some_and(|other| other != helper && other != "scw") && !force
}

/// Those of `hosts` that this config does not leave to another helper.
pub(super) fn ours(
    hosts: &[RegistryHost],
    config: &ConfigDocument,
    helper: &str,
    force: bool,
) -> Vec<RegistryHost> {
    let is_ours = |host: &&RegistryHost| {
        !is_kept(config.cred_helper(&host.to_string()).as_deref(), helper, force)
    };
    hosts.iter().filter(is_ours).cloned().collect()
}

/// What this config is to get.
pub(super) fn wiring(wish: &Wish<'_>, config: &ConfigDocument, person: &Person<'_>) -> Wiring {
    let mut wiring = Wiring::default();
    for host in wish.hosts {
        let name = host.to_string();
        let found = config.cred_helper(&name);
        let own_login = || {
            let is_last = wish.answerless.contains(host) && !wish.force;
            wish.own_logins.of(config, host).filter(|_| is_last)
        };
        if is_kept(found.as_deref(), wish.helper, wish.force) {
            wiring.kept.extend(found.map(|helper| Entry { host: name, helper }));
        } else if let Some(login) = own_login() {
            wiring.left_to_login.push((host.clone(), login));
        } else {
            let other = found.filter(|other| other != wish.helper);
            wiring.taken_over.extend(other.map(|helper| Entry { host: name.clone(), helper }));
            wiring.entries.push((name, wish.helper.to_owned()));
        }
    }
    let chooses =
        !config.contains_auth() && !config.has_creds_store() && !wiring.entries.is_empty();
    wiring.store = dockers_default_store(person.environment()).filter(|_| chooses);
    wiring
}

impl Entry {
    /// It is bound to a profile of ours.
    pub(super) fn is_bound(&self) -> bool {
        is_ours(&self.helper)
    }

    /// The helper, as `credHelpers` names it: an empty name stands for Docker's own file.
    pub(super) fn named(&self) -> String {
        if self.helper.is_empty() {
            "Docker's own file".to_owned()
        } else {
            format!("the helper {}", self.helper)
        }
    }
}
