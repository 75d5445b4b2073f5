//! The keyring of other systems: macOS Keychain, Windows Credential Manager.

use keyring::Entry;
use keyring_core::error::PlatformError;

use super::{KeyringError, unusable};

/// Connects to the keyring, once.
pub(super) fn connect() -> Result<(), KeyringError> {
    Entry::store_status().as_ref().map(|_| ()).map_err(unusable)
}

/// The cause of a failed connection.
pub(super) fn words(cause: &PlatformError) -> String {
    cause.to_string()
}

/// Calls to these keyrings have no deadline in the client.
pub(super) fn silent(_: &PlatformError) -> Option<KeyringError> {
    None
}
