//! Which entries Docker's config is to get.

use std::collections::BTreeMap;

use serde::Serialize;

use super::config_file::Person;
use super::shown;
use crate::docker::config::{ConfigDocument, dockers_default_store};
use crate::docker::logins::{DockerLogin, DockerLogins};
use crate::helper_name::{ConfiguredHelper, HelperName};
use crate::keys::FoundKey;
use crate::registry_host::RegistryHost;

/// An entry that names another helper.
#[derive(Serialize)]
pub(super) struct Entry {
    pub(super) host: String,
    #[serde(serialize_with = "shown")]
    pub(super) helper: ConfiguredHelper,
}

/// What the helper answers for each registry.
pub(super) type Answers = BTreeMap<RegistryHost, FoundKey>;

/// What is wanted.
pub(super) struct Wish<'a> {
    pub(super) hosts: &'a [RegistryHost],
    pub(super) helper: &'a HelperName,
    pub(super) force: bool,
    /// Registries that the plain helper serves are wanted as well for one that is bound to a profile.
    pub(super) takes_plain: bool,
    /// What the helper answers, for those of `hosts` that it has an answer for.
    pub(super) answers: &'a Answers,
    pub(super) docker_logins: &'a DockerLogins,
}

/// What is to be written into Docker's config, and what is left as it is.
#[derive(Default)]
pub(super) struct Wiring {
    pub(super) entries: Vec<(RegistryHost, HelperName)>,
    /// Registries that are left to another helper.
    pub(super) kept: Vec<Entry>,
    /// Registries that are taken over from another helper.
    pub(super) taken_over: Vec<Entry>,
    /// Registries that are left to a login of Docker's.
    pub(super) left_to_login: Vec<(RegistryHost, DockerLogin)>,
    /// The store to be named for all others.
    pub(super) store: Option<&'static str>,
}

impl Wish<'_> {
    /// Keeps an entry that names another helper, unless forced. One that is bound to a profile takes
    /// the place of the plain helper, as it says more, but only where the registry was asked for.
    fn keeps(&self, found: Option<&ConfiguredHelper>) -> bool {
        let is_taken =
            |ours: &HelperName| ours == self.helper || (ours.is_plain() && self.takes_plain);
        found.is_some_and(|other| !other.ours().is_some_and(is_taken)) && !self.force
    }

    /// Those of `hosts` that this config does not leave to another helper.
    pub(super) fn ours(&self, config: &ConfigDocument) -> Vec<RegistryHost> {
        let is_ours = |host: &&RegistryHost| !self.keeps(config.cred_helper(host).as_ref());
        self.hosts.iter().filter(is_ours).cloned().collect()
    }
}

/// What this config is to get.
pub(super) fn wiring(wish: &Wish<'_>, config: &ConfigDocument, person: &Person<'_>) -> Wiring {
    let mut wiring = Wiring::default();
    for host in wish.hosts {
        let entry = |helper| Entry { host: host.to_string(), helper };
        let found = config.cred_helper(host);
        let docker_login = || {
            let login = wish.docker_logins.of_another_account(config, host, wish.answers.get(host));
            login.filter(|_| !wish.force)
        };
        if wish.keeps(found.as_ref()) {
            wiring.kept.extend(found.map(entry));
        } else if let Some(login) = docker_login() {
            wiring.left_to_login.push((host.clone(), login));
        } else {
            let other = found.filter(|other| other.ours() != Some(wish.helper));
            wiring.taken_over.extend(other.map(entry));
            wiring.entries.push((host.clone(), wish.helper.clone()));
        }
    }
    let chooses =
        !config.contains_auth() && !config.has_creds_store() && !wiring.entries.is_empty();
    wiring.store = dockers_default_store(person.environment()).filter(|_| chooses);
    wiring
}

impl Entry {
    /// It names the helper without a profile.
    pub(super) fn is_plain(&self) -> bool {
        self.helper.ours().is_some_and(HelperName::is_plain)
    }

    /// It is bound to a profile of ours.
    pub(super) fn is_bound(&self) -> bool {
        self.helper.is_ours()
    }

    /// The helper, as `credHelpers` names it: an empty name stands for Docker's own file.
    pub(super) fn named(&self) -> String {
        if self.helper.is_dockers_file() {
            "Docker's own file".to_owned()
        } else {
            format!("the helper {}", self.helper)
        }
    }
}
