//! The keys that `docker login` left with us: in the keyring, with a list of their hosts beside it.
//!
//! Asking a keyring costs about nine times a whole `get`, and may start a daemon. So the program
//! remembers, in a file of its own that holds no secret, which hosts have an entry at all. The
//! entry is listed before it is made and unlisted after it is removed, so that a run that is
//! killed leaves a name too many (one look-up in vain) and never a key that is forgotten.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::explain::Explain;
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::keyring::{Keyring, KeyringError};

const FILE: &str = "stored-hosts.json";
const LOCK: &str = "stored-hosts.lock";

/// The largest list that is read.
const SIZE_LIMIT: usize = 256 * 1024;

/// How long a run waits for others that change the list: several may each wait for a keyring.
const PATIENCE: Duration = Duration::from_secs(60);

/// The stored keys of this user.
pub struct StoredKeys<'a> {
    environment: &'a Environment,
    /// The keyring did not answer a question: it is not asked another, as each may take as long.
    gave_up: OnceCell<KeyringError>,
}

/// Why a stored key cannot be used, kept or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The keyring does not give the key that was stored.
    #[error("cannot read the key stored for {host}: {error}")]
    Unreadable {
        /// The registry that was asked for.
        host: RegistryHost,
        /// What the keyring said.
        error: KeyringError,
    },
    /// The keyring does not take the key.
    #[error("cannot store the key for {host}: {error}")]
    NotKept {
        /// The registry that was logged in to.
        host: RegistryHost,
        /// What the keyring said.
        error: KeyringError,
    },
    /// There is no directory for the list.
    #[error("cannot store the key: this user has no home directory")]
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
    /// Another run holds the list for as long as it waits for the keyring.
    #[error("another login or logout is waiting for the keyring")]
    Waiting,
    /// The list is damaged.
    #[error("{} is damaged", printable_path(path))]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

impl StoreError {
    /// The cause without what was tried, for a message that says that itself.
    pub fn reason(&self) -> String {
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
                    "{first}set SCW_SECRET_KEY, or forget the stored key with `docker logout {host}`"
                )
            }
            Self::NotKept { .. } => {
                "set SCW_SECRET_KEY, or run `docker-credential-scw save-key`: then no login is \
                needed"
                    .to_owned()
            }
            Self::NoStateDir => "set HOME, or set SCW_SECRET_KEY and do not log in".to_owned(),
            Self::Io { path, error, .. } => hint_for(error, path),
            Self::Waiting => {
                "unlock the keyring (it may be asking in a window), then try again".to_owned()
            }
            Self::Damaged { .. } => {
                "run `docker logout` for any of Scaleway's registries to repair \
                it, then log in again"
                    .to_owned()
            }
        })
    }
}

/// What to do about the system's refusal, where it says enough.
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
        _ => format!("make sure that {path} belongs to the user who runs Docker's client"),
    }
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
        Self { environment, gave_up: OnceCell::new() }
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
        let unreadable = |error| StoreError::Unreadable { host: host.clone(), error };
        if let Some(error) = self.gave_up.get() {
            return Err(unreadable(error.clone()));
        }
        let found = match self.keyring().key(&name) {
            // A keyring finds an entry and then reads it: another run may have erased it between
            // the two, and then there is none the second time.
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
    /// The list cannot be read.
    pub fn hosts(&self) -> Result<Vec<RegistryHost>, StoreError> {
        let stored = self.read()?.into_iter().filter(|(_, entry)| *entry == Entry::Stored);
        Ok(stored.filter_map(|(name, _)| RegistryHost::from_host(&name)).collect())
    }

    /// Stores `key` for `host`, instead of any other.
    ///
    /// # Errors
    /// It is not stored.
    pub fn keep(&self, host: &RegistryHost, key: &SecretKey) -> Result<(), StoreError> {
        let not_kept = |error| StoreError::NotKept { host: host.clone(), error };
        // Before the lock: a keyring that does not answer is not waited for by one run after another.
        self.keyring().check().map_err(not_kept)?;
        let dir = self.environment.state_dir().ok_or(StoreError::NoStateDir)?;
        files::create_private_dir(&dir).map_err(io_error("make", &dir))?;
        let _lock = self.lock()?;
        let name = host.to_string();
        let mut hosts = self.read_or_suspect_all()?;
        let before = hosts.get(&name).copied();
        if before == Some(Entry::LeftBehind) {
            // A key that was logged out must not come back by being listed again.
            self.keyring().remove(&name).map_err(not_kept)?;
        }
        hosts.insert(name.clone(), Entry::Stored);
        if before != Some(Entry::Stored) {
            self.write(&hosts)?;
        }
        let Err(error) = self.keyring().keep(&name, key) else {
            return self.remove_left_behind(hosts);
        };
        if before != Some(Entry::Stored) {
            match error {
                KeyringError::Absent(_) | KeyringError::Locked => hosts.remove(&name),
                // It may have taken the key, or take it yet.
                _ => hosts.insert(name, Entry::LeftBehind),
            };
            self.write(&hosts)?;
        }
        Err(not_kept(error))
    }

    /// Forgets the key stored for `host`, if there is one.
    ///
    /// # Errors
    /// The list cannot be read or written, so that the key may still be used.
    pub fn forget(&self, host: &RegistryHost) -> Result<Forgotten, StoreError> {
        let name = host.to_string();
        match self.read() {
            Ok(hosts) if !hosts.contains_key(&name) => return Ok(Forgotten::Gone),
            Err(error) if !matches!(error, StoreError::Damaged { .. }) => return Err(error),
            _ => {}
        }
        let reachable = self.keyring().check();
        let _lock = self.lock()?;
        let mut hosts = self.read_or_suspect_all()?;
        if hosts.insert(name.clone(), Entry::LeftBehind).is_none() {
            return Ok(Forgotten::Gone);
        }
        match reachable.and_then(|()| self.keyring().remove(&name)) {
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
        let is_left_behind = |entry: &Entry| *entry == Entry::LeftBehind;
        if !hosts.values().any(is_left_behind) {
            return Ok(());
        }
        let keyring = self.keyring();
        hosts.retain(|name, entry| !is_left_behind(entry) || keyring.remove(name).is_err());
        self.write(&hosts)
    }

    /// The list; where it is damaged, every known registry may have a key that must not be used.
    fn read_or_suspect_all(&self) -> Result<Hosts, StoreError> {
        match self.read() {
            Err(StoreError::Damaged { .. }) => Ok(RegistryHost::known()
                .map(|host| (host.to_string(), Entry::LeftBehind))
                .collect()),
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
        files::lock(&path, PATIENCE).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => StoreError::Waiting,
            _ => io_error("lock", &path)(error),
        })
    }

    fn path(&self, file: &str) -> Option<PathBuf> {
        Some(self.environment.state_dir()?.join(file))
    }
}

fn io_error<'p>(
    what: &'static str,
    path: &'p Path,
) -> impl FnOnce(io::Error) -> StoreError + use<'p> {
    move |error| StoreError::Io { what, path: path.to_owned(), error }
}
