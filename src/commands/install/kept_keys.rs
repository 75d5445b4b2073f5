//! How the key of plaintext credentials is kept, so that the credentials can be removed.

use std::path::Path;

use super::registrations::Answers;
use crate::commands::leftovers::Finding;
use crate::commands::own_logins::OwnLogin;
use crate::commands::step::{KeptKey, KeyOrigin};
use crate::docker::config::PlaintextLogin;
use crate::explain::{Explanation, on_one_line};
use crate::keys::{FoundKey, KeySource};
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;

/// How the key of plaintext credentials is kept.
pub(super) enum Way<'a> {
    /// The helper answers with it, from a source that lasts.
    IsThere,
    /// The helper answers with it from a variable, which may not be set tomorrow.
    IsInVariable(KeySource, &'a SecretKey),
    /// No source has a key, so it is stored.
    Store(&'a SecretKey),
}

/// Decides how the key of `login` is kept, which may be the login that Docker uses (`dockers`). An
/// error says why it cannot be.
///
/// The helper has to answer with that key, or with none. A key is never stored beside another one,
/// because the stored one would win. It is never stored in place of one that Docker uses, because that
/// may be another account's.
pub(super) fn way_to_keep<'a>(
    answers: &Answers,
    login: &'a PlaintextLogin,
    dockers: Option<&OwnLogin>,
) -> Result<Way<'a>, String> {
    let (server, host) = (&login.server, &login.host);
    let by_hand = format!("delete {server} from auths if you no longer need it");
    let Some(key) = &login.key else {
        return Err(format!("it is more or other than one secret key; {by_hand}"));
    };
    if let Some(error) = answers.error(host) {
        return Err(on_one_line(error));
    }
    match answers.key(host) {
        Some(found) if found.key != *key => {
            Err(format!("the helper answers with another key ({}); {by_hand}", found.source))
        }
        Some(FoundKey { source: source @ KeySource::Variable(_), .. }) => {
            Ok(Way::IsInVariable(source.clone(), key))
        }
        Some(_) => Ok(Way::IsThere),
        None if dockers.is_some_and(|dockers| !dockers.is_with(key)) => {
            Err(format!("Docker uses another login; {by_hand}"))
        }
        // A login to one namespace is none to the whole registry.
        None if login.is_for_whole_registry() => Ok(Way::Store(key)),
        None => Err(format!("its key is for a part of the registry only; {by_hand}")),
    }
}

/// The finding about credentials that cannot be removed. `still` says that removing was asked for.
pub(super) fn cannot_remove(
    path: &Path,
    login: &PlaintextLogin,
    still: bool,
    why: &str,
) -> Finding {
    let (path, server) = (printable_path(path), &login.server);
    let still = if still { "still " } else { "" };
    Finding::new(format!("{path} {still}holds a login in plain text for {server}: {why}"))
}

/// The question about plaintext credentials. `shown` says where they are.
pub(super) fn question(shown: &str, path: &Path, has_key: bool) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if has_key {
        format!("{shown}. Move the key to the keyring and delete it from {name}?")
    } else {
        format!("{shown}. The helper has the same key. Delete it from {name}?")
    }
}

/// Why a key was not kept.
pub(super) fn cannot_keep(KeptKey { host, from, .. }: &KeptKey, why: &str) -> Explanation {
    Explanation::of_cause(match from {
        KeyOrigin::Store(store) => {
            format!("the key for {host} in Docker's credential store {store} cannot be kept: {why}")
        }
        KeyOrigin::File { server, .. } => {
            format!("the key of the plaintext credentials for {server} cannot be stored: {why}")
        }
        KeyOrigin::Variable(source) => only_in_variable(host, source),
    })
}

/// Why credentials stay whose key was not stored.
pub(super) fn not_stored(why: &str) -> String {
    format!("its key is kept nowhere else and cannot be stored ({why})")
}

/// Why a key should be kept in another place as well.
pub(super) fn only_in_variable(host: &RegistryHost, source: &KeySource) -> String {
    format!("the key for {host} is now only in the {source}: set it permanently")
}
