//! The keys stored by `docker login`: in the keyring, with a list of their hosts in a file.
//!
//! Asking the keyring takes about nine times as long as a whole `get`, and may start a daemon. So a
//! file without secrets lists the hosts that have a keyring entry. A host is added before its entry
//! is created, and removed after its entry is removed. If a run is killed, the list may have a host
//! too many, which costs one useless lookup, but no entry is ever lost.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::store_error::StoreError;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::keyring::{Keyring, KeyringError};

const FILE: &str = "stored-hosts.json";
const LOCK: &str = "stored-hosts.lock";

/// The maximum size of the list in bytes.
const SIZE_LIMIT: usize = 256 * 1024;

/// The format of the list. A list without a version has this one.
///
/// A later format must have the member `version`, so that this version of the program refuses the list.
/// Otherwise it would repair the list, which removes the keys that the later version stored.
const FORMAT: u32 = 1;

/// How long to wait for other runs that change the list. Several may each be waiting for the
/// keyring.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// The stored keys of this user.
pub(crate) struct StoredKeys<'a> {
    environment: &'a Environment,
    /// The first error of the keyring that would take just as long for the next host.
    gave_up: OnceCell<KeyringError>,
}

/// The result of removing a stored key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// No key is stored.
    Done,
    /// The key is no longer used, but the keyring did not remove it. The next login or logout that
    /// can open the keyring removes it.
    Pending(KeyringError),
}

/// The state of a host in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Entry {
    /// The keyring has a key.
    Stored,
    /// The keyring may have a key that must no longer be used.
    #[serde(rename = "left-behind")]
    Outdated,
}

type Hosts = BTreeMap<String, Entry>;

/// The format of a list that is not one of [`Hosts`].
#[derive(Deserialize)]
struct Format {
    version: u32,
}

impl<'a> StoredKeys<'a> {
    /// Creates access to the stored keys of the environment's user.
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment, gave_up: OnceCell::new() }
    }

    /// The key stored for `host`. Does not ask the keyring if none was stored.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the stored key or the list cannot be read.
    pub(crate) fn key(&self, host: &RegistryHost) -> Result<Option<SecretKey>, StoreError> {
        let name = host.to_string();
        if self.read()?.get(&name) != Some(&Entry::Stored) {
            return Ok(None);
        }
        let unreadable = |error| StoreError::Unreadable { host: host.clone(), error };
        if let Some(error) = self.gave_up.get() {
            return Err(unreadable(error.clone()));
        }
        let found = match self.keyring().key(&name) {
            // The keyring first finds an entry, then reads it. If another run removes the entry in
            // between, the second attempt does not find it.
            Err(KeyringError::Refused(_)) => self.keyring().key(&name),
            found => found,
        };
        found.map_err(|error| {
            use KeyringError::{Absent, Locked, Silent};
            if matches!(error, Absent(_) | Silent(_) | Locked) {
                let _ = self.gave_up.set(error.clone());
            }
            unreadable(error)
        })
    }

    /// The hosts that have a stored key.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the list cannot be read.
    pub(crate) fn hosts(&self) -> Result<Vec<RegistryHost>, StoreError> {
        let stored = self.read()?.into_iter().filter(|(_, entry)| *entry == Entry::Stored);
        Ok(stored.filter_map(|(name, _)| RegistryHost::from_host(&name)).collect())
    }

    /// Stores `key` for `host`. Replaces an existing one.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the key was not stored.
    pub(crate) fn store(&self, host: &RegistryHost, key: &SecretKey) -> Result<(), StoreError> {
        let not_kept = |error| StoreError::NotKept { host: host.clone(), error };
        // Check before locking, so that runs do not wait one after another for a keyring that does
        // not respond.
        self.keyring().check().map_err(not_kept)?;
        let dir = self.environment.state_dir().ok_or(StoreError::NoStateDir)?;
        files::create_private_dir(&dir).map_err(io_error("create", &dir))?;
        let _lock = self.lock()?;
        let name = host.to_string();
        let mut hosts = self.read_or_assume_all()?;
        let before = hosts.get(&name).copied();
        if before == Some(Entry::Outdated) {
            // Listing the host again must not bring back a key that was logged out of.
            self.keyring().remove(&name).map_err(not_kept)?;
        }
        hosts.insert(name.clone(), Entry::Stored);
        if before != Some(Entry::Stored) {
            self.write(&hosts)?;
        }
        let Err(error) = self.keyring().store(&name, key) else {
            return self.remove_outdated(hosts);
        };
        if before != Some(Entry::Stored) {
            match error {
                KeyringError::Absent(_) | KeyringError::Locked => hosts.remove(&name),
                // The keyring may have stored the key, or may still do so.
                _ => hosts.insert(name, Entry::Outdated),
            };
            self.write(&hosts)?;
        }
        Err(not_kept(error))
    }

    /// Removes the key stored for `host`, if any.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the list cannot be read or written, so that the key may still be
    /// used.
    pub(crate) fn remove(&self, host: &RegistryHost) -> Result<Removal, StoreError> {
        let name = host.to_string();
        match self.read() {
            Ok(hosts) if !hosts.contains_key(&name) => return Ok(Removal::Done),
            Err(error) if !matches!(error, StoreError::Damaged { .. }) => return Err(error),
            _ => {}
        }
        let reachable = self.keyring().check();
        let _lock = self.lock()?;
        let mut hosts = self.read_or_assume_all()?;
        if hosts.insert(name.clone(), Entry::Outdated).is_none() {
            return Ok(Removal::Done);
        }
        match reachable.and_then(|()| self.keyring().remove(&name)) {
            Ok(()) => {
                hosts.remove(&name);
                self.write(&hosts)?;
                self.remove_outdated(hosts)?;
                Ok(Removal::Done)
            }
            Err(error) => {
                self.write(&hosts)?;
                Ok(Removal::Pending(error))
            }
        }
    }

    /// Removes the keys that could not be removed earlier.
    fn remove_outdated(&self, mut hosts: Hosts) -> Result<(), StoreError> {
        let is_outdated = |entry: &Entry| *entry == Entry::Outdated;
        if !hosts.values().any(is_outdated) {
            return Ok(());
        }
        let keyring = self.keyring();
        hosts.retain(|name, entry| !is_outdated(entry) || keyring.remove(name).is_err());
        self.write(&hosts)
    }

    /// Reads the list. If it is damaged, assumes for every known registry that the keyring may have
    /// an outdated key.
    fn read_or_assume_all(&self) -> Result<Hosts, StoreError> {
        match self.read() {
            Err(StoreError::Damaged { .. }) => {
                Ok(RegistryHost::known().map(|host| (host.to_string(), Entry::Outdated)).collect())
            }
            read => read,
        }
    }

    fn keyring(&self) -> Box<dyn Keyring + '_> {
        self.environment.keyring()
    }

    fn read(&self) -> Result<Hosts, StoreError> {
        let Some(path) = self.path(FILE) else { return Ok(Hosts::new()) };
        match files::read_regular(&path, SIZE_LIMIT).map_err(io_error("read", &path))? {
            None => Ok(Hosts::new()),
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| not_a_list(&bytes, path)),
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
        files::lock(&path, LOCK_TIMEOUT).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => StoreError::Waiting,
            _ => io_error("lock", &path)(error),
        })
    }

    fn path(&self, file: &str) -> Option<PathBuf> {
        Some(self.environment.state_dir()?.join(file))
    }
}

/// Returns why the content of the file is not a list of hosts.
fn not_a_list(bytes: &[u8], path: PathBuf) -> StoreError {
    match serde_json::from_slice(bytes) {
        Ok(Format { version }) if version > FORMAT => StoreError::Newer { path, version },
        _ => StoreError::Damaged { path },
    }
}

fn io_error<'p>(
    what: &'static str,
    path: &'p Path,
) -> impl FnOnce(io::Error) -> StoreError + use<'p> {
    move |error| StoreError::Io { what, path: path.to_owned(), error }
}
