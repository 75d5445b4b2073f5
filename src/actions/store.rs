//! `store`: keep the key that somebody logged in with.

use super::erase::left_behind_note;
use super::{ActionError, Done};
use crate::environment::Environment;
use crate::key_source::{FoundKey, KeyError, KeyLookup, StoredKeys};
use crate::protocol::Credentials;
use crate::registry_host::ServerUrl;
use crate::secret_key::SecretKey;

pub(super) fn store(
    request: &[u8],
    lookup: &KeyLookup<'_>,
    environment: &Environment,
) -> Result<Done, ActionError> {
    let credentials = Credentials::parse(request)?;
    let server = ServerUrl::parse(&credentials.server_url).filter(|server| !server.plain_http);
    let host = server.ok_or(ActionError::NotOurs)?.host;
    let key = SecretKey::parse(&credentials.secret)
        .map_err(|problem| ActionError::NotASecretKey { host: host.clone(), problem })?;
    let is_it = |found: &FoundKey| found.key == key;

    if let Some(bound) = lookup.bound_key()? {
        if is_it(&bound) {
            return Ok(Done::default());
        }
        let profile = lookup.bound_profile().unwrap_or_default().to_owned();
        return Err(ActionError::BoundToProfile { host, profile });
    }
    if profile_key(lookup)?.as_ref().is_some_and(is_it) {
        // A copy would outlive the next rotation of the key; an older one already has.
        let forgotten = StoredKeys::new(environment).forget(&host)?;
        return Ok(Done { note: left_behind_note(&host, forgotten), ..Done::default() });
    }
    match StoredKeys::new(environment).keep(&host, &key) {
        Ok(()) => Ok(Done::default()),
        Err(error) => match lookup.variable_key() {
            Ok(Some(found)) if is_it(&found) => {
                let note = format!(
                    "the key for {host} is not stored, as {} already holds it ({error})",
                    found.source
                );
                Ok(Done { note: Some(note), ..Done::default() })
            }
            _ => Err(error.into()),
        },
    }
}

/// The key of the profile that `get` would take. A broken default profile is no reason to refuse a
/// login, which is one way around it.
fn profile_key(lookup: &KeyLookup<'_>) -> Result<Option<FoundKey>, KeyError> {
    match lookup.named_key()? {
        Some(found) => Ok(Some(found)),
        None => Ok(lookup.default_key().unwrap_or_default()),
    }
}
