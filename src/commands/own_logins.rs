//! Logins that Docker uses for registries by itself, and keeping their keys for the helper.
//!
//! Once a helper is named for a registry, Docker asks that and nothing else (`GetAuthConfig` of
//! docker/cli): the login that it used until then is passed over. Naming ours where it has no answer
//! would end pulls that work.

use super::config_file::Person;
use super::leftovers::Finding;
use crate::credential_helper;
use crate::docker_config::ConfigDocument;
use crate::environment::{Environment, Owner};
use crate::key_source::KeyLookup;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::terminal::Console;

/// Where Docker has a login of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OwnLogin {
    /// In its config, in plain text.
    PlainText,
    /// In the store of this name.
    Store(String),
}

/// What Docker's store has for our registries, if its config names one that is not ours.
pub(super) struct OwnLogins {
    /// The store's name, and the registries in it; `None` if it does not say.
    store: Option<(String, Option<Vec<RegistryHost>>)>,
}

impl OwnLogin {
    /// Where it is, as a person is told of it.
    pub(super) fn place(&self) -> String {
        match self {
            Self::PlainText => "in plain text in its config.json".to_owned(),
            Self::Store(store) => format!("in its store {store}"),
        }
    }
}

impl OwnLogins {
    /// Asks the store for what it has; `owner` is whom that runs as, if not as we do.
    pub(super) fn look(
        environment: &Environment,
        owner: Option<Owner>,
        config: &ConfigDocument,
    ) -> Self {
        let foreign = config.creds_store().filter(|store| !credential_helper::is_ours(store));
        let store = foreign.map(|store| {
            let program = credential_helper::program_of(environment, &store);
            let hosts = program
                .and_then(|program| credential_helper::hosts_in(environment, owner, &program));
            (store, hosts)
        });
        Self { store }
    }

    /// The login that Docker uses for `host` with this config, if it asks no helper for it.
    pub(super) fn of(&self, config: &ConfigDocument, host: &RegistryHost) -> Option<OwnLogin> {
        if config.cred_helper(&host.to_string()).is_some() {
            return None;
        }
        let Some(store) = config.creds_store() else {
            let mut logins = config.plain_text_logins().into_iter();
            return logins.any(|login| login.host == *host).then_some(OwnLogin::PlainText);
        };
        // With a store, what stands in plain text is not used; for each login to the store there is
        // an empty entry.
        let is_in_it = match &self.store {
            Some((name, Some(hosts))) if *name == store => hosts.contains(host),
            _ => !credential_helper::is_ours(&store) && config.hosts_in_auths().contains(host),
        };
        is_in_it.then_some(OwnLogin::Store(store))
    }

    /// Keeps the keys that Docker's store has for the helper as well, with consent, where the helper
    /// has none; gives back what a person is told of that.
    pub(super) fn keep(
        &self,
        person: &Person<'_>,
        config: &ConfigDocument,
        hosts: &[RegistryHost],
        lookup: &KeyLookup<'_>,
        yes: bool,
        console: &mut Console<'_>,
    ) -> Vec<Finding> {
        let mut told = Vec::new();
        for host in hosts {
            let Some(OwnLogin::Store(store)) = self.of(config, host) else { continue };
            // Where the helper has an error for an answer, a stored key would not be asked for.
            if !matches!(lookup.key_for(host), Ok(None)) {
                continue;
            }
            let question = format!(
                "Docker's store {store} has the login to {host}. Keep its key for the helper?"
            );
            if !yes && !console.agrees(&question) {
                continue;
            }
            let usable = person.environment().keyring().check();
            let kept = usable.map_err(|error| error.to_string()).and_then(|()| {
                let key = from_store(person, &store, host)?;
                lookup.stored().keep(host, &key).map_err(|error| error.cause())
            });
            told.push(match kept {
                Ok(()) => Finding::done(format!(
                    "kept the key to {host} from Docker's store {store} in the keyring; what is \
                     there is used no more"
                )),
                Err(why) => Finding::new(format!(
                    "the key to {host} in Docker's store {store} cannot be kept: {why}"
                )),
            });
        }
        told
    }
}

/// What a person is told of a registry that was left to Docker's login, as the helper has no answer.
pub(super) fn left_in_words(
    person: &Person<'_>,
    lookup: &KeyLookup<'_>,
    host: &RegistryHost,
    login: &OwnLogin,
) -> String {
    let place = login.place();
    let why = match lookup.key_for(host) {
        Err(error) => error.to_string(),
        // Root cannot reach somebody else's keyring.
        Ok(_) => format!(
            "the helper has no key; give it one (`scw init`, SCW_SECRET_KEY, or {} to keep Docker's \
             in the keyring), then install again",
            if person.invoker.is_some() { "--yes without sudo" } else { "--yes" }
        ),
    };
    format!(
        "{host} is not wired, as its pulls would end: Docker has a login to it ({place}), {why}"
    )
}

fn from_store(person: &Person<'_>, store: &str, host: &RegistryHost) -> Result<SecretKey, String> {
    let environment = person.environment();
    let program = credential_helper::program_of(environment, store)
        .ok_or_else(|| format!("docker-credential-{store} is not on PATH"))?;
    let owner = person.invoker.as_ref().map(|invoker| invoker.owner);
    credential_helper::ask(environment, owner, &program, host).map_err(|fault| fault.to_string())
}
