//! A key that is stored to try a login, until the login succeeds.

use super::LoginError;
use crate::keys::{KeyLookup, StoreError};
use crate::protocol;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;

/// A stored key that is not known to work yet. Dropping the value puts back what was stored before.
#[must_use]
pub(super) struct TrialKey<'l, 'a> {
    lookup: &'l KeyLookup<'a>,
    host: &'l RegistryHost,
    /// The key that was stored before.
    before: Option<SecretKey>,
    /// Nothing is left to be put back.
    is_settled: bool,
}

impl<'l, 'a> TrialKey<'l, 'a> {
    /// Stores the key as a login does.
    ///
    /// # Errors
    /// Returns [`LoginError::NotKept`] if it is not stored, and [`StoreError`] if the key that is
    /// stored now cannot be read, because it could not be put back.
    pub(super) fn store(
        lookup: &'l KeyLookup<'a>,
        host: &'l RegistryHost,
        key: &SecretKey,
    ) -> Result<Self, crate::commands::CommandError> {
        let before = lookup.stored().key(host)?;
        protocol::store_key(lookup, host.clone(), key).map_err(LoginError::NotKept)?;
        Ok(Self { lookup, host, before, is_settled: false })
    }

    /// The login succeeded: the key stays.
    pub(super) fn commit(mut self) {
        self.is_settled = true;
    }

    /// The login failed: puts back what was stored before.
    ///
    /// # Errors
    /// Returns [`LoginError::NotPutBack`] if that cannot be done.
    pub(super) fn put_back(mut self) -> Result<(), LoginError> {
        self.is_settled = true;
        self.restore().map_err(|error| LoginError::NotPutBack {
            host: self.host.clone(),
            cause: error.reason(),
        })
    }

    fn restore(&self) -> Result<(), StoreError> {
        match &self.before {
            Some(before) => self.lookup.stored().store(self.host, before),
            None => self.lookup.stored().remove(self.host).map(|_| ()),
        }
    }
}

impl Drop for TrialKey<'_, '_> {
    fn drop(&mut self) {
        if !self.is_settled {
            // An early return reports its own error.
            let _ = self.restore();
        }
    }
}
