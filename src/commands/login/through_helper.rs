//! A login that the helper answers for, so that the client writes no credentials itself.

use std::path::Path;

use super::LoginError;
use super::trial_key::TrialKey;
use crate::commands::CommandError;
use crate::docker::credential_helper::{self, HelperFault};
use crate::docker::registration::Registration;
use crate::exit::INTERRUPTED;
use crate::keys::KeyLookup;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::process::{AskingTime, Ended};
use crate::system::signals;

/// A login through the helper.
pub(super) struct LoginThroughHelper<'a> {
    pub(super) environment: &'a Environment,
    pub(super) host: &'a RegistryHost,
    pub(super) key: &'a SecretKey,
    pub(super) registration: &'a Registration,
    /// The helper's program.
    pub(super) helper: &'a Path,
}

impl LoginThroughHelper<'_> {
    /// Runs the client's login, which asks the helper for the key and checks it with the registry.
    /// Where the helper does not answer with this key yet, the key is stored for it first. The store is
    /// as it was before if the login fails.
    ///
    /// # Errors
    /// Returns [`CommandError`] if the client does not run, or the helper does not answer with the key.
    pub(super) fn run(
        &self,
        client: &dyn Fn(Option<&SecretKey>) -> Result<Ended, LoginError>,
    ) -> Result<Ended, CommandError> {
        let time = AskingTime::new();
        if self.has_key(&time)? {
            return Ok(client(None)?);
        }
        // Ctrl-C is handled at the end: by then the key is in use, or the old one is back.
        let _hold = signals::hold();
        let lookup = KeyLookup::new(self.environment, self.registration.bound_profile());
        let trial = TrialKey::store(&lookup, self.host, self.key)?;
        let ended = match self.has_key(&time) {
            _ if signals::is_interrupted() => Ok(Ended { code: INTERRUPTED, interrupted: true }),
            Ok(true) => client(None),
            Ok(false) => Err(self.other_key_wins(&lookup)),
            Err(error) => Err(error),
        };
        match ended {
            Ok(Ended { code: 0, .. }) => trial.commit(),
            _ => trial.put_back()?,
        }
        Ok(ended?)
    }

    /// Returns whether the helper answers with the key.
    fn has_key(&self, time: &AskingTime) -> Result<bool, LoginError> {
        match credential_helper::ask(self.environment, self.helper, self.host, time) {
            Ok(found) => Ok(found == *self.key),
            Err(HelperFault::NoKey) => Ok(false),
            Err(fault) => Err(LoginError::HelperFails { host: self.host.clone(), fault }),
        }
    }

    fn other_key_wins(&self, lookup: &KeyLookup<'_>) -> LoginError {
        let source = lookup.source_for(self.host).ok().flatten();
        LoginError::OtherKeyWins {
            host: self.host.clone(),
            source_name: source.map_or_else(|| "unknown".to_owned(), |source| source.to_string()),
        }
    }
}
