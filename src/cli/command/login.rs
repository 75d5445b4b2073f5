//! What `login`, `logout` and `save-key` were asked for.

use super::{Mode, ProfileChoice, Registries};
use crate::docker::client::ContainerClient;

/// `login`.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) target: LoginTarget,
    pub(crate) key: LoginKey,
}

/// `logout`, and what `login` has in common with it.
#[derive(Debug)]
pub(crate) struct LoginTarget {
    /// The program that logs in or out.
    pub(crate) client: ContainerClient,
    pub(crate) registries: Registries,
}

/// The key to log in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoginKey {
    /// The key that `get` answers.
    LookedUp,
    /// The key of this profile.
    OfProfile(String),
    /// The key on standard input.
    FromStdin,
}

impl LoginKey {
    /// The profile that `--profile` names.
    pub(crate) fn profile(&self) -> Option<&str> {
        match self {
            Self::OfProfile(profile) => Some(profile),
            Self::LookedUp | Self::FromStdin => None,
        }
    }
}

/// `save-key`.
#[derive(Debug)]
pub(crate) struct SaveKey {
    pub(crate) profile: ProfileChoice,
    pub(crate) mode: Mode,
    /// Replace another key, and write the file in place.
    pub(crate) force: bool,
}
