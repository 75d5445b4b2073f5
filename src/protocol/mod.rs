//! The docker-credential protocol: requests, answers and the four actions. Also the kubelet's
//! credential provider API.

mod erase;
mod get;
pub(crate) mod kubelet;
mod list;
mod store;
pub(crate) mod wire;

use std::io;

use zeroize::Zeroizing;

use crate::explain::Explain;
use crate::keys::{KeyError, KeyLookup, StoreError};
use crate::protocol::wire::{Action, RequestError};
use crate::registry_host::RegistryHost;
use crate::secret_key::NotASecretKey;
use crate::system::environment::Environment;
pub(crate) use erase::pending_removal_note;
pub(crate) use store::store_key;

/// The result of an action.
#[derive(Default)]
pub(crate) struct Done {
    /// The answer for the caller. May contain a secret.
    pub(crate) answer: Zeroizing<Vec<u8>>,
    /// A message for the user.
    pub(crate) note: Option<String>,
}

/// Why an action failed. No message contains a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ActionError {
    /// No source has a key, or the host is not a Scaleway registry. Clients recognise this exact
    /// message and continue anonymously.
    #[error("credentials not found in native keychain")]
    NotFound,
    /// The request is invalid.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A source is broken.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key was not stored, or not removed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A login to another registry.
    #[error(
        "this helper only stores keys for Scaleway's registries (rg.<region>.scw.cloud over https)"
    )]
    NotOurs,
    /// The password is not a secret key.
    #[error("cannot store the key for {host}: the password {problem}")]
    NotASecretKey {
        /// The registry.
        host: RegistryHost,
        /// What is wrong with the password.
        problem: NotASecretKey,
    },
    /// The bound profile has a different key, so the key would never be used.
    #[error(
        "cannot store the key for {host}: this helper is bound to the profile \"{profile}\" of \
         config.yaml, which has a different key"
    )]
    BoundToProfile {
        /// The registry.
        host: RegistryHost,
        /// The profile in the program's name.
        profile: String,
    },
}

impl Explain for ActionError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotFound | Self::Request(_) => return None,
            Self::Key(error) => return error.hint(),
            Self::Store(error) => return error.hint(),
            Self::NotASecretKey { problem, .. } => return problem.hint(),
            Self::NotOurs => {
                "register another helper for this host in credHelpers or credsStore of Docker's \
                 config.json"
            }
            Self::BoundToProfile { .. } => "change secret_key there instead",
        };
        Some(hint.to_owned())
    }
}

impl ActionError {
    /// Returns whether the message is one of the protocol's own, which callers compare exactly.
    pub(crate) fn is_protocols_own(&self) -> bool {
        matches!(
            self,
            Self::NotFound
                | Self::Request(
                    RequestError::NoServerUrl | RequestError::NoUsername | RequestError::Empty
                )
        )
    }
}

/// Reads the request and performs the action. `bound_profile` is the profile in the program's name.
pub(crate) fn perform(
    action: Action,
    bound_profile: Option<&str>,
    environment: &Environment,
    stdin: &mut dyn io::Read,
) -> Result<Done, ActionError> {
    let request = wire::read_request(stdin)?;
    let lookup = KeyLookup::new(environment, bound_profile);
    match action {
        Action::Get => get::get(&request, &lookup),
        Action::Store => store::store(&request, &lookup),
        Action::Erase => erase::erase(&request, &lookup),
        Action::List => list::list(&lookup),
    }
}
