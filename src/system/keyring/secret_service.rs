//! The Secret Service of Linux desktops.

use std::time::Duration;

use dbus_secret_service::Error as ServiceError;
use dbus_secret_service_keyring_store::Store;
use keyring_core::error::PlatformError;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::{KeyringError, unusable};

/// How long the client waits for the answer to a call.
const CALL_DEADLINE: Duration = Duration::from_secs(2);

/// Connects to the Secret Service, once. Later calls use the same connection.
pub(super) fn connect() -> Result<(), KeyringError> {
    seed()?;
    if keyring_core::get_default_store().is_none() {
        let store = Store::new().map_err(|error| unusable(&error))?;
        keyring_core::set_default_store(store);
    }
    // Each new secret is sent with a public number from the same generator. It must tell nothing
    // about the private number that was drawn before.
    seed()
}

/// Seeds this thread's generator with 64 bits from the operating system.
///
/// The client draws its private number for the key exchange from this generator, which otherwise
/// starts from the time. 2^64 seeds take about as long to try as the protocol's group of 1,024 bits
/// takes to break, so the group remains the limit.
fn seed() -> Result<(), KeyringError> {
    let mut bits = [0; 8];
    SystemRandom::new()
        .fill(&mut bits)
        .map_err(|_| KeyringError::Refused("the system has no random numbers".to_owned()))?;
    fastrand::seed(u64::from_ne_bytes(bits));
    Ok(())
}

/// The cause of a failed connection, without the names of the libraries in between.
pub(super) fn words(cause: &PlatformError) -> String {
    let message = match cause.downcast_ref() {
        Some(ServiceError::Dbus(error)) => error.message().map(str::to_owned),
        _ => None,
    };
    message.unwrap_or_else(|| cause.to_string())
}

/// Returns [`KeyringError::Silent`] if the service did not answer a call in the client's own time.
pub(super) fn silent(cause: &PlatformError) -> Option<KeyringError> {
    let Some(ServiceError::Dbus(error)) = cause.downcast_ref() else { return None };
    (error.name() == Some("org.freedesktop.DBus.Error.NoReply"))
        .then_some(KeyringError::Silent(CALL_DEADLINE))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fastrand::Rng;

    use super::*;

    /// [`seed`] would do nothing for the client otherwise.
    #[test]
    fn a_new_generator_comes_from_the_seed_of_its_thread() {
        let draw = |seed| {
            fastrand::seed(seed);
            (Rng::new().u128(..), Rng::new().u128(..))
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let drawn: BTreeSet<_> = (0..100)
            .map(|_| {
                seed().unwrap();
                Rng::new().u128(..)
            })
            .collect();
        assert_eq!(drawn.len(), 100);
    }

    /// The generator that is seeded here must be the one that the client uses.
    #[test]
    fn there_is_one_fastrand() {
        let lock = include_str!("../../../Cargo.lock");
        assert_eq!(lock.matches("name = \"fastrand\"\n").count(), 1);
    }
}
