//! Registries that Docker logs in to by itself, and the helper cannot yet.
//!
//! Once a helper is named for a registry, Docker asks that and nothing else (`GetAuthConfig` of
//! docker/cli): the login that it used until then, in plain text or in its store, is passed over.
//! Naming ours where it has no answer would end pulls that work.

use super::config_file::Person;
use super::leftovers::Finding;
use crate::credential_helper;
use crate::docker_config::ConfigDocument;
use crate::key_source::KeyLookup;
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::terminal::Console;

/// Such a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OnlyLogin {
    pub(super) host: RegistryHost,
    /// The store that has the login; `None` if it stands in Docker's config in plain text.
    store: Option<String>,
}

impl OnlyLogin {
    /// Where the login is, as a person is told of it.
    pub(super) fn place(&self, person: &Person<'_>) -> String {
        match &self.store {
            Some(store) => format!("Docker's store {store}"),
            None => format!("{}, in plain text", printable_path(&person.docker_config)),
        }
    }
}

/// Those of `hosts` that Docker uses a login of its own for, as far as its config says.
pub(super) fn of_docker(config: &ConfigDocument, hosts: &[RegistryHost]) -> Vec<OnlyLogin> {
    let store = config.creds_store();
    if store.as_deref().is_some_and(credential_helper::is_ours) {
        return Vec::new();
    }
    // Beside a store, Docker keeps an empty entry for each login.
    let logins: Vec<_> = match &store {
        Some(_) => config.hosts_in_auths(),
        None => config.plain_text_logins().into_iter().map(|login| login.host).collect(),
    };
    let is_used = |host: &&RegistryHost| {
        logins.contains(host) && config.cred_helper(&host.to_string()).is_none()
    };
    let login = |host: &RegistryHost| OnlyLogin { host: host.clone(), store: store.clone() };
    hosts.iter().filter(is_used).map(login).collect()
}

/// Those of `logins` that the helper has no answer for.
pub(super) fn without_answer(lookup: &KeyLookup<'_>, mut logins: Vec<OnlyLogin>) -> Vec<OnlyLogin> {
    logins.retain(|login| !matches!(lookup.key_for(&login.host), Ok(Some(_))));
    logins
}

/// What a person is told of these logins; the registries in `left` were not wired for their sake.
pub(super) fn in_words(
    person: &Person<'_>,
    logins: &[OnlyLogin],
    left: &[RegistryHost],
) -> Vec<Finding> {
    // Root cannot reach somebody else's keyring.
    let yes = if person.invoker.is_some() { "--yes without sudo" } else { "--yes" };
    let told = |login: &OnlyLogin| {
        let (host, place) = (&login.host, login.place(person));
        Finding::new(if left.contains(host) {
            format!(
                "{host} is not wired, as its pulls would end: Docker has a login to it ({place}), \
                 the helper has no key; give it one (`scw init`, SCW_SECRET_KEY, or {yes} to keep \
                 Docker's in the keyring), then install again"
            )
        } else {
            format!("Docker's login to {host} ({place}) is used no more, and the helper has no key")
        })
    };
    logins.iter().map(told).collect()
}

/// Keeps the keys that Docker's store has for the helper as well, with consent; gives back what
/// a person is told of that.
pub(super) fn keep_for_helper(
    person: &Person<'_>,
    lookup: &KeyLookup<'_>,
    logins: &[OnlyLogin],
    yes: bool,
    console: &mut Console<'_>,
) -> Vec<Finding> {
    let mut told = Vec::new();
    for login in logins {
        // Where the helper has an error for an answer, a stored key would not be asked for.
        let is_missing = matches!(lookup.key_for(&login.host), Ok(None));
        let Some(store) = login.store.as_ref().filter(|_| is_missing) else { continue };
        let (host, place) = (&login.host, login.place(person));
        let question = format!("{place} has the login to {host}. Keep its key for the helper?");
        if !yes && !console.agrees(&question) {
            continue;
        }
        let kept = from_store(person, store, host)
            .and_then(|key| lookup.stored().keep(host, &key).map_err(|error| error.cause()));
        told.push(match kept {
            Ok(()) => Finding {
                message: format!(
                    "kept the key to {host} from {place} in the keyring; what is there is used no more"
                ),
                mended: true,
            },
            Err(why) => Finding::new(format!("{place}, asked for the key to {host}: {why}")),
        });
    }
    told
}

fn from_store(person: &Person<'_>, store: &str, host: &RegistryHost) -> Result<SecretKey, String> {
    let environment = person.environment();
    let program = credential_helper::program_of(environment, store)
        .ok_or_else(|| format!("docker-credential-{store} is not on PATH"))?;
    let owner = person.invoker.as_ref().map(|invoker| invoker.owner);
    credential_helper::ask(environment, owner, &program, host).map_err(|fault| fault.to_string())
}
