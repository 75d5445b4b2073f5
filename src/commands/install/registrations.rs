//! Which registries the helper is registered for in Docker's config.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::commands::shown;
use crate::diagnosis::facts::keys::KeyFault;
use crate::docker::config::{ConfigDocument, dockers_default_store};
use crate::docker::logins::{DockerLogin, DockerLogins};
use crate::helper_name::{ConfiguredHelper, HelperName};
use crate::keys::{FoundKey, KeyLookup};
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;

/// An entry for another helper, or for another name of this one.
#[derive(Serialize)]
pub(super) struct OtherEntry {
    pub(super) host: String,
    #[serde(serialize_with = "shown")]
    pub(super) helper: ConfiguredHelper,
}

/// What the helper answers for each registry, or would once the planned keys are kept.
#[derive(Default)]
pub(super) struct Answers(BTreeMap<RegistryHost, Result<Option<FoundKey>, KeyFault>>);

/// The registries that were asked for, and the helper for them.
pub(super) struct RequestedRegistries {
    pub(super) hosts: Vec<RegistryHost>,
    pub(super) helper: HelperName,
    pub(super) force: bool,
    /// A helper that is bound to a profile replaces the plain helper as well.
    pub(super) replaces_plain: bool,
}

/// The entries that Docker's config gets, and the registries that it gets none for.
#[derive(Default)]
pub(super) struct Registrations {
    pub(super) entries: Vec<(RegistryHost, HelperName)>,
    /// Registries whose entry for another helper is kept.
    pub(super) kept: Vec<OtherEntry>,
    /// Registries whose entry for another helper is replaced.
    pub(super) taken_over: Vec<OtherEntry>,
    /// Registries that Docker keeps its own login for.
    pub(super) left_to_login: Vec<(RegistryHost, DockerLogin)>,
    /// The credential store to name for all other registries.
    pub(super) store: Option<&'static str>,
}

impl Answers {
    /// Looks up the keys for `hosts`.
    pub(super) fn of(lookup: &KeyLookup<'_>, hosts: &[RegistryHost]) -> Self {
        let answer = |host| lookup.key_for(host).map_err(|error| KeyFault::from(&error));
        Self(hosts.iter().map(|host| (host.clone(), answer(host))).collect())
    }

    /// Returns the key that the helper answers with; `None` without one, or if a source is broken.
    pub(super) fn key(&self, host: &RegistryHost) -> Option<&FoundKey> {
        self.0.get(host)?.as_ref().ok()?.as_ref()
    }

    /// Returns the answer for a registry; no key for one that was not looked up.
    pub(super) fn of_host(&self, host: &RegistryHost) -> &Result<Option<FoundKey>, KeyFault> {
        self.0.get(host).unwrap_or(&Ok(None))
    }

    /// Returns whether no source has a key, and none is broken. Where one is broken, a key in the
    /// keyring would not be reached.
    pub(super) fn is_missing(&self, host: &RegistryHost) -> bool {
        matches!(self.0.get(host), Some(Ok(None)))
    }

    /// Answers with this key from now on.
    pub(super) fn insert(&mut self, host: &RegistryHost, key: FoundKey) {
        self.0.insert(host.clone(), Ok(Some(key)));
    }

    /// Has no key from now on.
    pub(super) fn remove(&mut self, host: &RegistryHost) {
        self.0.insert(host.clone(), Ok(None));
    }
}

impl RequestedRegistries {
    /// Returns whether the entry for `found` is kept. It is if it names another helper, unless forced.
    /// A helper that is bound to a profile says more than the plain one, but replaces it only where
    /// the registry was asked for.
    fn keeps(&self, found: Option<&ConfiguredHelper>) -> bool {
        let is_replaced =
            |name: &HelperName| *name == self.helper || (name.is_plain() && self.replaces_plain);
        found.is_some_and(|other| !other.scw_helper().is_some_and(is_replaced)) && !self.force
    }

    /// Returns the requested registries without those whose entry is kept.
    pub(super) fn without_kept(&self, config: &ConfigDocument) -> Vec<RegistryHost> {
        let is_free = |host: &&RegistryHost| !self.keeps(config.cred_helper(host).as_ref());
        self.hosts.iter().filter(is_free).cloned().collect()
    }

    /// Decides what each registry gets in this config.
    pub(super) fn registrations(
        &self,
        config: &ConfigDocument,
        answers: &Answers,
        docker_logins: &DockerLogins,
        environment: &Environment,
    ) -> Registrations {
        let mut decided = Registrations::default();
        for host in &self.hosts {
            let entry = |helper| OtherEntry { host: host.to_string(), helper };
            let found = config.cred_helper(host);
            let login = || {
                let login = docker_logins.of_another_account(config, host, answers.key(host));
                login.filter(|_| !self.force)
            };
            if self.keeps(found.as_ref()) {
                decided.kept.extend(found.map(entry));
            } else if let Some(login) = login() {
                decided.left_to_login.push((host.clone(), login));
            } else {
                let other = found.filter(|other| other.scw_helper() != Some(&self.helper));
                decided.taken_over.extend(other.map(entry));
                decided.entries.push((host.clone(), self.helper.clone()));
            }
        }
        // Docker chooses a store by itself while its config is empty, which ends here.
        let was_empty = !config.contains_auth() && !config.has_creds_store();
        let is_changed = was_empty && !decided.entries.is_empty();
        decided.store = dockers_default_store(environment).filter(|_| is_changed);
        decided
    }
}

impl Registrations {
    /// Returns the config with these entries.
    pub(super) fn added_to(&self, config: &ConfigDocument) -> ConfigDocument {
        config.with_helpers(&self.entries, self.store)
    }
}

impl OtherEntry {
    /// Returns whether it names the helper without a profile.
    pub(super) fn is_plain(&self) -> bool {
        self.helper.scw_helper().is_some_and(HelperName::is_plain)
    }

    /// Returns whether it names this program's helper for a profile.
    pub(super) fn is_bound(&self) -> bool {
        self.helper.is_scw_helper()
    }

    /// The helper in words. An empty name in `credHelpers` means Docker's own file.
    pub(super) fn named(&self) -> String {
        if self.helper.is_dockers_file() {
            "Docker's own file".to_owned()
        } else {
            format!("the helper {}", self.helper)
        }
    }
}
