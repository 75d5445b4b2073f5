//! What is left to do after `install` moved keys and removed plaintext credentials.

use std::path::PathBuf;

use super::Kind;
use crate::diagnosis::{Fix, Operator, Section, Status};
use crate::helper_name::ConfiguredHelper;
use crate::keys::KeySource;
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;

/// A key or credentials that were not moved, or not for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MoveProblem {
    /// The key in Docker's store cannot be kept for the helper.
    KeyNotKept { host: RegistryHost, store: ConfiguredHelper, reason: String },
    /// Plaintext credentials are still in the file.
    NotRemoved { path: PathBuf, reason: String },
    /// The key is in a variable only.
    OnlyInVariable { host: RegistryHost, source: KeySource },
    /// Docker's login is no longer used, and the helper has no key.
    LoginUnused { host: RegistryHost, place: String },
}

impl Kind for MoveProblem {
    fn id(&self) -> &'static str {
        match self {
            Self::KeyNotKept { .. } => "key-not-kept",
            Self::NotRemoved { .. } => "plaintext-not-removed",
            Self::OnlyInVariable { .. } => "key-only-in-variable",
            Self::LoginUnused { .. } => "docker-login-unused",
        }
    }

    fn section(&self) -> Section {
        match self {
            Self::KeyNotKept { .. } | Self::OnlyInVariable { .. } => Section::Key,
            Self::NotRemoved { .. } | Self::LoginUnused { .. } => Section::Config,
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::KeyNotKept { host, .. }
            | Self::OnlyInVariable { host, .. }
            | Self::LoginUnused { host, .. } => host.to_string(),
            Self::NotRemoved { path, .. } => printable_path(path),
        }
    }

    fn severity(&self) -> Status {
        Status::Warning
    }

    fn cause(&self) -> String {
        match self {
            Self::KeyNotKept { store, reason, .. } => {
                format!("the key in Docker's store {store} cannot be kept: {reason}")
            }
            Self::NotRemoved { reason, .. } => {
                format!("the plaintext credentials are still there: {reason}")
            }
            Self::OnlyInVariable { source, .. } => format!("the key is in the {source} only now"),
            Self::LoginUnused { place, .. } => {
                format!("Docker's login, {place}, is no longer used, and the helper has no key")
            }
        }
    }

    fn fix(&self, operator: &Operator) -> Fix {
        match self {
            Self::KeyNotKept { .. } | Self::LoginUnused { .. } => {
                operator.helper(["save-key"]).into()
            }
            Self::NotRemoved { .. } => operator.install(&["--yes"]).into(),
            Self::OnlyInVariable { .. } => "set the variable in your shell's profile".into(),
        }
    }
}
