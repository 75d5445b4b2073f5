//! The docker-credential protocol: its requests and answers, and the four actions; and the kubelet's
//! credential provider API.

mod erase;
mod get;
pub mod kubelet;
mod list;
mod store;
pub mod wire;

use std::io;

use zeroize::Zeroizing;

use crate::explain::Explain;
use crate::keys::{KeyError, KeyLookup, StoreError};
use crate::protocol::wire::{Action, RequestError};
use crate::registry_host::RegistryHost;
use crate::secret_key::NotASecretKey;
use crate::system::environment::Environment;
pub(crate) use erase::left_behind_note;
pub(crate) use store::keep;

/// What an action has to say when it has done its work.
#[derive(Default)]
pub(crate) struct Done {
    /// For the caller; may hold a secret.
    pub(crate) answer: Zeroizing<Vec<u8>>,
    /// For the person in front of it.
    pub(crate) note: Option<String>,
}

/// Why an action has no answer. No text has a key in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActionError {
    /// No source has a key, or the host is not ours. In the protocol's words, which make a client
    /// go on anonymously.
    #[error("credentials not found in native keychain")]
    NotFound,
    /// The request cannot be answered.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Something is broken.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key was not stored, or not forgotten.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A login to somebody else's registry.
    #[error(
        "this helper only stores keys for Scaleway's registries (rg.<region>.scw.cloud over https)"
    )]
    NotOurs,
    /// What was typed as the password is no secret key.
    #[error("cannot store the key for {host}: the password {problem}")]
    NotASecretKey {
        /// The registry that was logged in to.
        host: RegistryHost,
        /// What was typed instead.
        problem: NotASecretKey,
    },
    /// A key that would never be used.
    #[error(
        "cannot store the key for {host}: this helper is named for the profile \"{profile}\" of \
         config.yaml, which has another key and always wins"
    )]
    BoundToProfile {
        /// The registry that was logged in to.
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
                "name another helper for this host in credHelpers or credsStore of Docker's \
                 config.json"
            }
            Self::BoundToProfile { .. } => "change secret_key there instead",
        };
        Some(hint.to_owned())
    }
}

impl ActionError {
    /// The message is in the protocol's own words, which callers compare by equality.
    pub(crate) fn is_protocols_own(&self) -> bool {
        matches!(
            self,
            Self::NotFound | Self::Request(RequestError::NoServerUrl | RequestError::NoUsername)
        )
    }
}

/// Reads the action's request and carries it out, for a program bound to `bound_profile` by its
/// name, or to none.
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
