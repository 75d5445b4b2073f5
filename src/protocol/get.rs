//! `get`: the credentials for a server URL.

use super::{ActionError, Done};
use crate::keys::KeyLookup;
use crate::protocol::wire;
use crate::registry_host::ServerUrl;

pub(super) fn get(request: &[u8], lookup: &KeyLookup<'_>) -> Result<Done, ActionError> {
    let asked = wire::server_url(request)?;
    let server = ServerUrl::parse(&asked).filter(|server| !server.plain_http);
    let host = server.ok_or(ActionError::NotFound)?.host;
    let found = lookup.key_for(&host)?.ok_or(ActionError::NotFound)?;
    Ok(Done { answer: wire::credentials_answer(&asked, &found.key), note: None })
}
