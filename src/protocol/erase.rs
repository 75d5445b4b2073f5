//! `erase`: remove the credentials for a server URL.

use super::{ActionError, Done};
use crate::keys::{KeyLookup, Removal};
use crate::protocol::wire;
use crate::registry_host::{RegistryHost, ServerUrl};

/// Also succeeds if nothing is stored: `podman logout` fails or crashes otherwise. Removes the
/// stored key whatever profile the program is bound to, because that is what a logout means.
pub(super) fn erase(request: &[u8], lookup: &KeyLookup<'_>) -> Result<Done, ActionError> {
    let asked = wire::server_url(request)?;
    let Some(server) = ServerUrl::parse(&asked) else { return Ok(Done::default()) };
    let forgotten = lookup.stored().remove(&server.host)?;
    Ok(Done { note: pending_removal_note(&server.host, forgotten), ..Done::default() })
}

/// Returns the message about a key that could not be removed from the keyring.
pub(crate) fn pending_removal_note(host: &RegistryHost, forgotten: Removal) -> Option<String> {
    match forgotten {
        Removal::Done => None,
        Removal::Pending(error) => Some(format!(
            "the key stored for {host} is no longer used, but is still in the keyring: {error}; \
             the next login or logout that can open the keyring removes it"
        )),
    }
}
