//! The logins that Docker uses for registries without a helper of this project.
//!
//! Once a helper is registered for a registry, Docker asks that and nothing else (`GetAuthConfig` of
//! docker/cli): the login that it used until then is no longer used.

use std::collections::BTreeMap;

use crate::docker::config::{ConfigDocument, dockers_default_store};
use crate::docker::credential_helper::{self, HelperFault};
use crate::helper_name::ConfiguredHelper;
use crate::keys::FoundKey;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::process::AskingTime;

/// A login that Docker uses by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DockerLogin {
    /// The credential store; `None` if the config has it as plaintext.
    store: Option<ConfiguredHelper>,
    /// Its key, if it is a secret key for the whole registry and can be read.
    key: Option<SecretKey>,
}

/// The logins that Docker uses where it asks no helper of this project.
#[derive(Debug, Default)]
pub(crate) struct DockerLogins {
    /// The store that Docker chooses by itself while its config is empty.
    default_store: Option<&'static str>,
    /// What its store has; `None` of a registry where that does not say.
    in_store: BTreeMap<RegistryHost, Option<DockerLogin>>,
}

impl DockerLogin {
    /// Where it is: `in its store pass`.
    pub(crate) fn place(&self) -> String {
        match &self.store {
            Some(store) => format!("in its store {store}"),
            None => "in plaintext in its config.json".to_owned(),
        }
    }

    /// Returns whether its key can be kept for the helper.
    pub(crate) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Its key, if it is a secret key for the whole registry and can be read.
    pub(crate) fn key(&self) -> Option<&SecretKey> {
        self.key.as_ref()
    }

    /// Returns whether it is a login with this key.
    pub(crate) fn is_with(&self, key: &SecretKey) -> bool {
        self.key.as_ref() == Some(key)
    }
}

impl DockerLogins {
    /// Asks Docker's store for `hosts`, as Docker does at each pull. Takes from `time`.
    pub(crate) fn gather(
        environment: &Environment,
        config: &ConfigDocument,
        hosts: &[RegistryHost],
        time: &AskingTime,
    ) -> Self {
        let default_store = dockers_default_store(environment);
        let mut found = Self { default_store, in_store: BTreeMap::new() };
        let Some(store) = found.store(config) else { return found };
        let Some(program) = credential_helper::program_of(environment, &store) else {
            return found;
        };
        for host in hosts.iter().filter(|host| config.cred_helper(host).is_none()) {
            let login = |key| Some(DockerLogin { store: Some(store.clone()), key });
            let login = match credential_helper::ask(environment, &program, host, time) {
                Ok(key) => login(Some(key)),
                Err(HelperFault::NotAKey) => login(None),
                Err(HelperFault::NoKey) => None,
                // The next registry would have no answer either.
                Err(HelperFault::Asking(_)) => break,
                Err(_) => continue,
            };
            found.in_store.insert(host.clone(), login);
        }
        found
    }

    /// The store that Docker asks for every registry without a helper, unless it is this project's.
    fn store(&self, config: &ConfigDocument) -> Option<ConfiguredHelper> {
        let chosen = || {
            let is_empty = !config.contains_auth() && !config.has_creds_store();
            self.default_store.filter(|_| is_empty).map(ConfiguredHelper::parse)
        };
        let store = config.creds_store().or_else(chosen);
        store.filter(|store| !store.is_scw_helper())
    }

    /// The login that Docker uses for `host` with this config, if it asks no helper for it.
    pub(crate) fn of(&self, config: &ConfigDocument, host: &RegistryHost) -> Option<DockerLogin> {
        if config.cred_helper(host).is_some() {
            return None;
        }
        // With a store, plaintext credentials are not used.
        if let Some(store) = self.store(config) {
            return match self.in_store.get(host) {
                Some(found) => found.clone(),
                // If it uses a store, Docker keeps an empty entry for each login.
                None if config.hosts_in_auths().contains(host) => {
                    Some(DockerLogin { store: Some(store), key: None })
                }
                None => None,
            };
        }
        if config.creds_store().is_some() {
            return None;
        }
        let mut used: Vec<_> = config.plaintext_logins();
        used.retain(|login| login.host == *host && login.is_used_by_docker());
        // Docker prefers the entry with the host's very name; among others it takes any.
        used.sort_by_key(|login| login.server != host.to_string());
        let login = used.into_iter().next()?;
        let is_whole = login.is_for_whole_registry();
        Some(DockerLogin { store: None, key: login.key.filter(|_| is_whole) })
    }

    /// The login that Docker uses for `host` by itself, if registering a helper that answers with
    /// `answer` may change the account, or end the pulls: unless the login has that very key.
    pub(crate) fn of_another_account(
        &self,
        config: &ConfigDocument,
        host: &RegistryHost,
        answer: Option<&FoundKey>,
    ) -> Option<DockerLogin> {
        let is_same = |login: &DockerLogin| answer.is_some_and(|answer| login.is_with(&answer.key));
        self.of(config, host).filter(|login| !is_same(login))
    }

    /// The keys in Docker's store, with the store.
    pub(crate) fn keys_in_store(
        &self,
    ) -> impl Iterator<Item = (&RegistryHost, &ConfiguredHelper, &SecretKey)> {
        self.in_store.iter().filter_map(|(host, login)| {
            let DockerLogin { store, key } = login.as_ref()?;
            Some((host, store.as_ref()?, key.as_ref()?))
        })
    }
}
