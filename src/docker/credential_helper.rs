//! Runs credential helpers like a container client does.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::explain::Explain;
use crate::helper_name::ConfiguredHelper;
use crate::program_name::HELPER;
use crate::protocol::wire::{Credentials, RequestError};
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::process::{self, AskError, AskingTime};

/// How long a helper may take for all registries together. The user may have to unlock a keyring.
const DEADLINE: Duration = Duration::from_secs(20);

/// Why a helper returned no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HelperFault {
    #[error("the helper {0}")]
    Asking(#[from] AskError),
    /// The helper succeeded and printed nothing.
    #[error("the helper printed no answer")]
    NoAnswer,
    #[error("no key yet")]
    NoKey,
    /// The error line of one of this project's helpers.
    #[error("{0}")]
    Broken(String),
    #[error("the helper failed")]
    Fails,
    #[error("the helper printed something that is not a secret key")]
    NotAKey,
}

impl Explain for HelperFault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoKey => Some(
                "run `docker-credential-scw save-key`, log in, or set SCW_SECRET_KEY".to_owned(),
            ),
            _ => None,
        }
    }
}

/// The program that a client starts for this helper.
pub(crate) fn program_of(environment: &Environment, helper: &ConfiguredHelper) -> Option<PathBuf> {
    environment.find_program(&helper.program())
}

/// Runs `get` like Docker, with the bare host on standard input. The time counts against `time`.
///
/// # Errors
/// Returns [`HelperFault`] if there is no key.
pub(crate) fn ask(
    environment: &Environment,
    program: &Path,
    host: &RegistryHost,
    time: &AskingTime,
) -> Result<SecretKey, HelperFault> {
    let command = process::command(environment, program, &["get"]);
    let answer = process::answer_of(command, host.to_string().as_bytes(), DEADLINE, time)?;
    if answer.success && answer.stdout.iter().all(u8::is_ascii_whitespace) {
        return Err(HelperFault::NoAnswer);
    }
    if answer.success {
        let credentials = Credentials::parse(&answer.stdout).map_err(|error| match error {
            // docker-credential-pass 0.6.4 answers so for a server that it does not know. Docker then
            // pulls anonymously.
            RequestError::Empty => HelperFault::NoKey,
            _ => HelperFault::NotAKey,
        })?;
        return SecretKey::parse(&credentials.secret).map_err(|_| HelperFault::NotAKey);
    }
    let words = String::from_utf8_lossy(&answer.stdout);
    let words = words.trim();
    Err(match words.strip_prefix(&format!("{HELPER}: ")) {
        Some(ours) => HelperFault::Broken(ours.to_owned()),
        None if words.starts_with("credentials not found") => HelperFault::NoKey,
        None => HelperFault::Fails,
    })
}

#[cfg(test)]
mod tests {
    use super::HelperFault;
    use crate::explain::Explain as _;

    #[test]
    fn only_a_missing_key_has_a_hint() {
        assert_eq!(
            HelperFault::NoKey.hint().as_deref(),
            Some("run `docker-credential-scw save-key`, log in, or set SCW_SECRET_KEY")
        );
        for fault in [HelperFault::NoAnswer, HelperFault::Fails, HelperFault::NotAKey] {
            assert_eq!(fault.hint(), None, "{fault}");
        }
    }
}
