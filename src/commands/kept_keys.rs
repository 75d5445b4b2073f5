//! How the key of a login in plain text is kept, so that the login can be removed.

use std::path::Path;

use super::leftovers::{Finding, PlainTextFile};
use super::own_logins::OwnLogin;
use crate::docker::config::PlaintextLogin;
use crate::explain::on_one_line;
use crate::keys::{FoundKey, KeyLookup, KeySource};
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;

/// Those logins of a file that may be removed once their keys are kept, and the others with the reason.
pub(super) fn movable(
    lookup: &KeyLookup<'_>,
    file: PlainTextFile,
    dockers: impl Fn(&RegistryHost) -> Option<OwnLogin>,
) -> (PlainTextFile, Vec<(PlaintextLogin, String)>) {
    let PlainTextFile { path, logins } = file;
    let (mut movable, mut others) = (Vec::new(), Vec::new());
    for login in logins {
        match way_to_keep(lookup, &login, dockers(&login.host).as_ref()) {
            Ok(_) => movable.push(login),
            Err(why) => others.push((login, why)),
        }
    }
    (PlainTextFile { path, logins: movable }, others)
}

/// What is said of a login in plain text that cannot be moved.
pub(super) fn holds(path: &Path, login: &PlaintextLogin, still: &str, why: &str) -> Finding {
    let (path, server) = (printable_path(path), &login.server);
    Finding::new(format!("{path} {still}holds a login in plain text for {server}: {why}"))
}

/// How the key of a login in plain text is kept.
enum Way<'a> {
    /// The helper answers with it, from a source that lasts.
    IsThere,
    /// A variable has it, which may be gone tomorrow.
    IsInVariable(KeySource, &'a SecretKey),
    /// No source has one, so it is stored.
    Store(&'a SecretKey),
}

/// How the key of a login is kept: it is what the helper answers, or the helper answers none and
/// it can be stored. A key is never stored beside another one, as the stored one would win, nor in the
/// place of one that Docker uses, as that may be another account's. An error says why there is no way.
fn way_to_keep<'a>(
    lookup: &KeyLookup<'_>,
    login: &'a PlaintextLogin,
    dockers: Option<&OwnLogin>,
) -> Result<Way<'a>, String> {
    let (server, host) = (&login.server, &login.host);
    let by_hand = format!("remove {server} from auths by hand if it is of no use");
    let Some(key) = &login.key else {
        return Err(format!("it is more or other than one secret key; {by_hand}"));
    };
    match lookup.key_for(host) {
        Ok(Some(found)) if found.key != *key => {
            Err(format!("the helper answers with another key ({}); {by_hand}", found.source))
        }
        Ok(Some(FoundKey { source: source @ KeySource::Variable(_), .. })) => {
            Ok(Way::IsInVariable(source, key))
        }
        Ok(Some(_)) => Ok(Way::IsThere),
        Ok(None) if dockers.is_some_and(|dockers| !dockers.is_with(key)) => {
            Err(format!("Docker uses another login; {by_hand}"))
        }
        // A login to one namespace is none to the whole registry.
        Ok(None) if login.is_for_whole_registry() => Ok(Way::Store(key)),
        Ok(None) => Err(format!("its key is for a part of the registry only; {by_hand}")),
        Err(error) => Err(on_one_line(&error)),
    }
}

/// Keeps the key of a login, so that the login can be removed; gives back what is to be said of that.
pub(super) fn keep(
    lookup: &KeyLookup<'_>,
    login: &PlaintextLogin,
    dockers: Option<&OwnLogin>,
) -> Result<Option<String>, String> {
    let host = &login.host;
    match way_to_keep(lookup, login, dockers)? {
        Way::IsThere => Ok(None),
        Way::IsInVariable(source, key) => {
            let is_stored =
                login.is_for_whole_registry() && lookup.stored().store(host, key).is_ok();
            Ok((!is_stored)
                .then(|| format!("the key to {host} is in the {source} only now: set it for good")))
        }
        Way::Store(key) => lookup.stored().store(host, key).map(|()| None).map_err(|error| {
            format!("its key is kept nowhere else and cannot be stored ({})", error.reason())
        }),
    }
}
