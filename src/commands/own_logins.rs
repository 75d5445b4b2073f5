//! Logins that Docker uses for registries by itself, and keeping their keys for the helper.
//!
//! Once a helper is named for a registry, Docker asks that and nothing else (`GetAuthConfig` of
//! docker/cli): the login that it used until then is passed over. Naming ours where it has no answer
//! would end pulls that work, and giving it another key would change the account.

use std::collections::BTreeMap;

use super::leftovers::Finding;
use crate::docker::config::{ConfigDocument, dockers_default_store};
use crate::docker::credential_helper::{self, HelperFault};
use crate::explain::on_one_line;
use crate::helper_name::ConfiguredHelper;
use crate::keys::{FoundKey, KeyLookup};
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::process::AskingTime;

/// A login of Docker's own.
#[derive(Clone)]
pub(super) struct OwnLogin {
    /// The store that it is in; `None` if it stands in the config in plain text.
    store: Option<ConfiguredHelper>,
    /// Its key, if it is a secret key for the whole registry and can be had.
    key: Option<SecretKey>,
}

/// What Docker uses where it asks no helper.
#[derive(Default)]
pub(super) struct OwnLogins {
    /// The store that Docker chooses by itself while its config is empty.
    default_store: Option<&'static str>,
    /// What its store has; `None` of a registry where that does not say.
    in_store: BTreeMap<RegistryHost, Option<OwnLogin>>,
}

impl OwnLogin {
    /// Where it is, as a person is told of it.
    pub(super) fn place(&self) -> String {
        match &self.store {
            Some(store) => format!("in its store {store}"),
            None => "in plain text in its config.json".to_owned(),
        }
    }

    /// Its key can be kept for the helper.
    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Its key, if it is a secret key for the whole registry and can be had.
    pub(super) fn key(&self) -> Option<&SecretKey> {
        self.key.as_ref()
    }

    /// It is a login with this key.
    pub(super) fn is_with(&self, key: &SecretKey) -> bool {
        self.key.as_ref() == Some(key)
    }
}

impl OwnLogins {
    /// Asks Docker's store for `hosts`, as Docker does at each pull. Takes from `time`.
    pub(super) fn look(
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
            let login = |key| Some(OwnLogin { store: Some(store.clone()), key });
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

    /// The store that Docker asks for every registry without a helper, unless it is ours.
    fn store(&self, config: &ConfigDocument) -> Option<ConfiguredHelper> {
        let chosen = || {
            let is_empty = !config.contains_auth() && !config.has_creds_store();
            self.default_store.filter(|_| is_empty).map(ConfiguredHelper::parse)
        };
        let store = config.creds_store().or_else(chosen);
        store.filter(|store| !store.is_ours())
    }

    /// The login that Docker uses for `host` with this config, if it asks no helper for it.
    pub(super) fn of(&self, config: &ConfigDocument, host: &RegistryHost) -> Option<OwnLogin> {
        if config.cred_helper(host).is_some() {
            return None;
        }
        // With a store, what stands in plain text is not used.
        if let Some(store) = self.store(config) {
            return match self.in_store.get(host) {
                Some(found) => found.clone(),
                // Beside a store, Docker keeps an empty entry for each login.
                None if config.hosts_in_auths().contains(host) => {
                    Some(OwnLogin { store: Some(store), key: None })
                }
                None => None,
            };
        }
        if config.creds_store().is_some() {
            return None;
        }
        let mut used: Vec<_> = config.plaintext_logins();
        used.retain(|login| login.host == *host && login.is_used_by_docker());
        // The very name goes first; among others Docker takes any.
        used.sort_by_key(|login| login.server != host.to_string());
        let login = used.into_iter().next()?;
        let is_whole = login.is_for_whole_registry();
        Some(OwnLogin { store: None, key: login.key.filter(|_| is_whole) })
    }

    /// The login that Docker uses for `host` by itself, if naming a helper that answers with `answer`
    /// may change the account, or end the pulls: unless the login is known to have that very key.
    pub(super) fn of_another_account(
        &self,
        config: &ConfigDocument,
        host: &RegistryHost,
        answer: Option<&FoundKey>,
    ) -> Option<OwnLogin> {
        let is_same = |login: &OwnLogin| answer.is_some_and(|answer| login.is_with(&answer.key));
        self.of(config, host).filter(|login| !is_same(login))
    }

    /// The keys that Docker's store has, with the store's name.
    pub(super) fn keys_in_store(
        &self,
    ) -> impl Iterator<Item = (&RegistryHost, &ConfiguredHelper, &SecretKey)> {
        self.in_store.iter().filter_map(|(host, login)| {
            let OwnLogin { store, key } = login.as_ref()?;
            Some((host, store.as_ref()?, key.as_ref()?))
        })
    }
}

/// What is said of a login that Docker does not use any more because the helper was forced upon it.
pub(super) fn passed_over_in_words(
    host: &RegistryHost,
    login: &OwnLogin,
    answer: Option<&FoundKey>,
) -> Finding {
    let place = login.place();
    Finding::new(match answer {
        None => format!(
            "Docker's login to {host} ({place}) is no longer used, and the helper has no answer for it"
        ),
        Some(FoundKey { source, .. }) => format!(
            "Docker's login to {host} ({place}) is no longer used: the helper answers with the key of \
             {source}"
        ),
    })
}

/// What is said of a registry that was left to Docker's login, as the helper has another key, or no
/// `answer`.
pub(super) fn left_in_words(
    lookup: &KeyLookup<'_>,
    host: &RegistryHost,
    login: &OwnLogin,
    answer: Option<&FoundKey>,
    yes: bool,
) -> Finding {
    let place = login.place();
    if let Some(FoundKey { source, .. }) = answer {
        return Finding::new(if login.has_key() {
            format!(
                "{host} is left unchanged: Docker's login to it ({place}) has another key than the \
                 helper ({source}), so switching would change the account; --force switches"
            )
        } else {
            format!(
                "{host} is left unchanged: Docker's login to it ({place}) cannot be compared with the \
                 helper's key ({source}), so switching may change the account; --force switches"
            )
        });
    }
    let keep =
        if login.has_key() && !yes { ", or --yes to keep Docker's in the keyring" } else { "" };
    let give_one = || {
        format!(
            "the helper has no key; give it one (`scw init`, SCW_SECRET_KEY{keep}), then install again"
        )
    };
    let why = lookup.key_for(host).err().map_or_else(give_one, |error| on_one_line(&error));
    Finding::new(format!(
        "{host} is not wired, as its pulls would end: Docker has a login to it ({place}), {why}"
    ))
}
