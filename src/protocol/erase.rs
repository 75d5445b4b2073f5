//! `erase`: remove the credentials for a server URL.

use super::{ActionError, Done};
use crate::keys::{Forgotten, KeyLookup};
use crate::protocol::wire;
use crate::registry_host::{RegistryHost, ServerUrl};

/// Also succeeds if nothing is stored: `podman logout` fails or crashes otherwise. Removes the
/// stored key whatever profile the program is bound to, because that is what a logout means.
pub(super) fn erase(request: &[u8], lookup: &KeyLookup<'_>) -> Result<Done, ActionError> {
    let asked = wire::server_url(request)?;
    let Some(server) = ServerUrl::parse(&asked) else { return Ok(Done::default()) };
    let forgotten = lookup.stored().forget(&server.host)?;
    Ok(Done { note: left_behind_note(&server.host, forgotten), ..Done::default() })
}

/// Returns the message about a key that could not be removed from the keyring.
pub(crate) fn left_behind_note(host: &RegistryHost, forgotten: Forgotten) -> Option<String> {
    match forgotten {
        Forgotten::Gone => None,
        Forgotten::LeftBehind(error) => Some(format!(
            "the key stored for {host} is no longer used, but is still in the keyring ({error}); \
             the next login or logout that can open the keyring removes it"
        )),
    }
}
