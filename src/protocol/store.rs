//! `store`: store the key of a login.

use super::erase::pending_removal_note;
use super::{ActionError, Done};
use crate::keys::{FoundKey, KeyLookup};
use crate::protocol::wire::Credentials;
use crate::registry_host::{RegistryHost, ServerUrl};
use crate::secret_key::SecretKey;

pub(super) fn store(request: &[u8], lookup: &KeyLookup<'_>) -> Result<Done, ActionError> {
    let credentials = Credentials::parse(request)?;
    let server = ServerUrl::parse(&credentials.server_url).filter(|server| !server.plain_http);
    let host = server.ok_or(ActionError::NotOurs)?.host;
    let key = SecretKey::parse(&credentials.secret)
        .map_err(|problem| ActionError::NotASecretKey { host: host.clone(), problem })?;
    store_key(lookup, host, &key)
}

/// Makes `get` return `key` for `host` if possible. Stores the key unless a profile already has it.
pub(crate) fn store_key(
    lookup: &KeyLookup<'_>,
    host: RegistryHost,
    key: &SecretKey,
) -> Result<Done, ActionError> {
    let has_key = |found: &FoundKey| found.key == *key;

    if let Some(bound) = lookup.bound_key()? {
        if has_key(&bound) {
            return Ok(Done::default());
        }
        let profile = lookup.bound_profile().unwrap_or_default().to_owned();
        return Err(ActionError::BoundToProfile { host, profile });
    }
    let variable = lookup.variable_key().unwrap_or_default();
    let named = match lookup.named_key() {
        // While a variable has a key, `get` does not read the profile.
        Err(_) if variable.is_some() => None,
        named => named?,
    };
    // A broken default profile must not prevent a login, since a login is one way around it.
    let default = lookup.default_key().unwrap_or_default();
    if default.as_ref().is_some_and(has_key) {
        // Remove a stored copy: it would still be used after the key in the profile has changed.
        let forgotten = lookup.stored().remove(&host)?;
        return Ok(Done { note: pending_removal_note(&host, forgotten), ..Done::default() });
    }
    if named.as_ref().is_some_and(has_key) {
        return Ok(Done::default());
    }
    match lookup.stored().store(&host, key) {
        Ok(()) => Ok(Done::default()),
        Err(error) => match variable {
            Some(found) if has_key(&found) => {
                let (source, cause) = (found.source, error.reason());
                let note =
                    format!("the key for {host} was not stored: {cause}; {source} already has it");
                Ok(Done { note: Some(note), ..Done::default() })
            }
            _ => Err(error.into()),
        },
    }
}
