//! Errors of stored keys, and how to fix them.

use std::io;
use std::path::{Path, PathBuf};

use crate::explain::Explain;
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::system::keyring::KeyringError;

/// Why a stored key cannot be read, stored or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StoreError {
    /// The keyring does not return the stored key.
    #[error("cannot read the key stored for {host}: {error}")]
    Unreadable {
        /// The registry.
        host: RegistryHost,
        /// The keyring's error.
        error: KeyringError,
    },
    /// The keyring does not store the key.
    #[error("cannot store the key for {host}: {error}")]
    NotKept {
        /// The registry.
        host: RegistryHost,
        /// The keyring's error.
        error: KeyringError,
    },
    /// There is no directory for the list.
    #[error("cannot store the key: this user has no home directory")]
    NoStateDir,
    /// The list cannot be read or written.
    #[error("cannot {what} {}: {}", printable_path(path), describe(error))]
    Io {
        /// `read`, `write`, `lock`.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// Another run is waiting for the keyring and has locked the list.
    #[error("another login or logout is waiting for the keyring")]
    Waiting,
    /// The list has a later format.
    #[error(
        "{} was written by a newer version of this program (format {version})",
        printable_path(path)
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of the format.
        version: u32,
    },
    /// The list cannot be parsed.
    #[error("{} is damaged", printable_path(path))]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

impl StoreError {
    /// The cause without the operation, for a message that already names it.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Unreadable { error, .. } | Self::NotKept { error, .. } => error.to_string(),
            other => other.to_string(),
        }
    }
}

impl Explain for StoreError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { host, error } => {
                let first = match error {
                    KeyringError::Locked | KeyringError::Silent(_) => "unlock the keyring, ",
                    _ => "",
                };
                format!(
                    "{first}set SCW_SECRET_KEY, or remove the stored key with `docker logout {host}`"
                )
            }
            Self::NotKept { .. } => "set SCW_SECRET_KEY, or run `docker-credential-scw save-key`: \
                then no login is needed"
                .to_owned(),
            Self::NoStateDir => "set HOME, or set SCW_SECRET_KEY instead of logging in".to_owned(),
            Self::Io { path, error, .. } => hint_for(error, path),
            Self::Waiting => {
                "unlock the keyring (it may be showing a dialog), then try again".to_owned()
            }
            Self::Newer { .. } => "update this program, or set SCW_SECRET_KEY".to_owned(),
            Self::Damaged { .. } => {
                "run `docker logout` for any of Scaleway's registries to repair \
                it, then log in again"
                    .to_owned()
            }
        })
    }
}

/// Describes a system error.
fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

/// How to fix a system error.
fn hint_for(error: &io::Error, path: &Path) -> String {
    let path = printable_path(path);
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some disk space, then try again".to_owned()
        }
        io::ErrorKind::IsADirectory => {
            format!("remove the directory {path}, then log in again")
        }
        io::ErrorKind::FileTooLarge => {
            format!("remove {path}, then log in again")
        }
        _ => format!("make sure that {path} belongs to the user who runs Docker"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::PathBuf;

    use super::StoreError;
    use crate::explain::Explain as _;

    #[test]
    fn a_system_error_is_explained_by_its_kind() {
        for (kind, hint) in [
            (ErrorKind::StorageFull, "free some disk space, then try again"),
            (ErrorKind::QuotaExceeded, "free some disk space, then try again"),
            (ErrorKind::IsADirectory, "remove the directory /list, then log in again"),
            (ErrorKind::FileTooLarge, "remove /list, then log in again"),
            (
                ErrorKind::PermissionDenied,
                "make sure that /list belongs to the user who runs Docker",
            ),
        ] {
            let (path, error) = (PathBuf::from("/list"), kind.into());
            let error = StoreError::Io { what: "write", path, error };
            assert_eq!(error.hint().as_deref(), Some(hint));
        }
    }
}
