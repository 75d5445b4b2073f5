//! The keys that `docker login` left with us: in the keyring, with a list of their hosts beside it.
//!
//! Asking a keyring costs about nine times a whole `get`, and may start a daemon. So the program
//! remembers, in a file of its own that holds no secret, which hosts have an entry at all. The
//! entry is listed before it is made and unlisted after it is removed, so that a run that is
//! killed leaves a name too many (one look-up in vain) and never a key that is forgotten.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::keyring::KeyringError;
use crate::environment::Environment;
use crate::files;
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;

const FILE: &str = "stored-hosts.json";
const LOCK: &str = "stored-hosts.lock";

/// The largest list that is read.
const SIZE_LIMIT: usize = 256 * 1024;

/// How long a run waits for others that change the list: several may each wait for a keyring.
const PATIENCE: Duration = Duration::from_secs(60);

/// The stored keys of this user.
pub struct StoredKeys<'a> {
    environment: &'a Environment,
}

/// Why a stored key cannot be used, kept or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The keyring does not give the key that was stored.
    #[error(
        "cannot read the key stored for {host}: {error}; unlock the keyring, or set \
         SCW_SECRET_KEY, or forget the stored key with `docker logout {host}`"
    )]
    Unreadable {
        /// The registry that was asked for.
        host: RegistryHost,
        /// What the keyring said.
        error: KeyringError,
    },
    /// The keyring does not take the key.
    #[error(
        "cannot store the key for {host}: {error}; instead set SCW_SECRET_KEY, or put the key in \
         Scaleway's config.yaml (`scw init`): then no login is needed"
    )]
    NotKept {
        /// The registry that was logged in to.
        host: RegistryHost,
        /// What the keyring said.
        error: KeyringError,
    },
    /// There is no directory for the list.
    #[error(
        "cannot store the key: this user has no home directory; set HOME, or set SCW_SECRET_KEY \
         and log in no more"
    )]
    NoStateDir,
    /// The list cannot be read or written.
    #[error("cannot {what} {}: {error}", printable_path(path))]
    Io {
        /// `read`, `write`, `lock`.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// The list is damaged.
    #[error(
        "{} is damaged: remove it, and log in again to the registries you had logged in to",
        printable_path(path)
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// What became of a key that was to be forgotten.
#[derive(Debug, PartialEq, Eq)]
pub enum Forgotten {
    /// None was stored, or it is gone.
    Gone,
    /// It is used no more, but the keyring did not let us remove it. The next call that finds the
    /// keyring well removes it.
    LeftBehind(KeyringError),
}

/// What the list says of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Entry {
    /// The keyring has a key for it.
    Stored,
    /// The keyring may have a key for it that must not be used any more.
    LeftBehind,
}

type Hosts = BTreeMap<String, Entry>;

impl<'a> StoredKeys<'a> {
    /// The stored keys of the user in this environment.
    pub fn new(environment: &'a Environment) -> Self {
        Self { environment }
    }

    /// The key stored for `host`. The keyring is not touched for a host that was never stored.
    ///
    /// # Errors
    /// One was stored and cannot be read, or the list cannot.
    pub fn key(&self, host: &RegistryHost) -> Result<Option<SecretKey>, StoreError> {
        let name = host.to_string();
        if self.read()?.get(&name) != Some(&Entry::Stored) {
            return Ok(None);
        }
        self.environment
            .keyring()
            .key(self.environment, &name)
            .map_err(|error| StoreError::Unreadable { host: host.clone(), error })
    }

    /// The hosts that have a stored key.
    ///
    /// # Errors
    /// The list cannot be read.
    pub fn hosts(&self) -> Result<Vec<RegistryHost>, StoreError> {
        let stored = self.read()?.into_iter().filter(|(_, entry)| *entry == Entry::Stored);
        Ok(stored.filter_map(|(name, _)| RegistryHost::from_host(&name)).collect())
    }

    /// Stores `key` for `host`, instead of any other.
    ///
    /// # Errors
    /// It is not stored; what was stored before still is.
    pub fn keep(&self, host: &RegistryHost, key: &SecretKey) -> Result<(), StoreError> {
        let keyring = self.environment.keyring();
        let not_kept = |error| StoreError::NotKept { host: host.clone(), error };
        keyring.check(self.environment).map_err(not_kept)?;
        let dir = self.environment.state_dir().ok_or(StoreError::NoStateDir)?;
        files::create_private_dir(&dir).map_err(io_error("make", &dir))?;
        let _lock = self.lock()?;
        let name = host.to_string();
        let mut hosts = self.read()?;
        let before = hosts.insert(name.clone(), Entry::Stored);
        if before != Some(Entry::Stored) {
            self.write(&hosts)?;
        }
        let Err(error) = keyring.keep(self.environment, &name, key) else {
            return self.remove_left_behind(hosts);
        };
        match before {
            Some(Entry::Stored) => {}
            // A keyring that fell silent may take the key yet.
            None if !matches!(error, KeyringError::Silent(_)) => {
                hosts.remove(&name);
                self.write(&hosts)?;
            }
            None | Some(Entry::LeftBehind) => {
                hosts.insert(name, Entry::LeftBehind);
                self.write(&hosts)?;
            }
        }
        Err(not_kept(error))
    }

    /// Forgets the key stored for `host`, if there is one.
    ///
    /// # Errors
    /// The list cannot be read or written, so that the key may still be used.
    pub fn forget(&self, host: &RegistryHost) -> Result<Forgotten, StoreError> {
        let name = host.to_string();
        if !self.read()?.contains_key(&name) {
            return Ok(Forgotten::Gone);
        }
        let _lock = self.lock()?;
        let mut hosts = self.read()?;
        if hosts.insert(name.clone(), Entry::LeftBehind).is_none() {
            return Ok(Forgotten::Gone);
        }
        match self.environment.keyring().remove(self.environment, &name) {
            Ok(()) => {
                hosts.remove(&name);
                self.write(&hosts)?;
                self.remove_left_behind(hosts)?;
                Ok(Forgotten::Gone)
            }
            Err(error) => {
                self.write(&hosts)?;
                Ok(Forgotten::LeftBehind(error))
            }
        }
    }

    /// The keyring is well: removes what could not be removed earlier.
    fn remove_left_behind(&self, mut hosts: Hosts) -> Result<(), StoreError> {
        let left_behind: Vec<_> = hosts
            .iter()
            .filter(|(_, entry)| **entry == Entry::LeftBehind)
            .map(|(name, _)| name.clone())
            .collect();
        for name in &left_behind {
            if self.environment.keyring().remove(self.environment, name).is_err() {
                return Ok(());
            }
            hosts.remove(name);
        }
        if left_behind.is_empty() { Ok(()) } else { self.write(&hosts) }
    }

    fn read(&self) -> Result<Hosts, StoreError> {
        let Some(path) = self.path(FILE) else { return Ok(Hosts::new()) };
        match files::read(&path, SIZE_LIMIT).map_err(io_error("read", &path))? {
            None => Ok(Hosts::new()),
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| StoreError::Damaged { path }),
        }
    }

    fn write(&self, hosts: &Hosts) -> Result<(), StoreError> {
        let path = self.path(FILE).ok_or(StoreError::NoStateDir)?;
        let written = if hosts.is_empty() {
            files::remove(&path)
        } else {
            let mut text = serde_json::to_vec(hosts).unwrap_or_default();
            text.push(b'\n');
            files::replace_private(&path, &text)
        };
        written.map_err(io_error("write", &path))
    }

    fn lock(&self) -> Result<std::fs::File, StoreError> {
        let path = self.path(LOCK).ok_or(StoreError::NoStateDir)?;
        files::lock(&path, PATIENCE).map_err(io_error("lock", &path))
    }

    fn path(&self, file: &str) -> Option<PathBuf> {
        Some(self.environment.state_dir()?.join(file))
    }
}

fn io_error<'p>(
    what: &'static str,
    path: &'p std::path::Path,
) -> impl FnOnce(io::Error) -> StoreError + use<'p> {
    move |error| StoreError::Io { what, path: path.to_owned(), error }
}
