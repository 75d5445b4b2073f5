//! The system's keyring: Secret Service, macOS Keychain or Windows Credential Manager.

#[cfg(not(target_os = "linux"))]
mod native;
#[cfg(target_os = "linux")]
mod secret_service;
mod session;

use std::fs::File;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

use crate::explain::Explain;
use crate::secret_key::{NotASecretKey, SecretKey};
#[cfg(target_os = "linux")]
use crate::system::files;
use crate::system::resources::{Exhausted, exhausted, start_thread};
use crate::system::wiped::wipe_stack;

#[cfg(not(target_os = "linux"))]
use native as store;
#[cfg(target_os = "linux")]
use secret_service as store;
pub(crate) use session::has_session;

/// The service name of this program's keyring entries. Their user name is the registry host.
const SERVICE: &str = "docker-credential-scw";

/// How long to wait for the keyring's responses.
const SERVICE_DEADLINE: Duration = Duration::from_secs(5);

/// How many processes of a user ask the keyring at once. It answers one after another, so more only wait
/// longer, until none gets its answer in time.
#[cfg(target_os = "linux")]
const TURNS: u8 = 8;

/// How long to wait for a turn. Then the keyring is asked without one.
#[cfg(target_os = "linux")]
const TURN_DEADLINE: Duration = Duration::from_secs(30);

/// How long to wait for the user to unlock the keyring, if it can show a dialog.
const UNLOCK_DEADLINE: Duration = Duration::from_secs(30);

/// Stores one key for each registry host. No call blocks forever.
pub trait Keyring: Send + Sync {
    /// Checks that the keyring responds.
    ///
    /// # Errors
    /// Returns [`KeyringError`] if there is no keyring, or if it does not respond.
    fn check(&self) -> Result<(), KeyringError>;

    /// Returns the key stored for `host`; `None` if there is none.
    ///
    /// # Errors
    /// Returns [`KeyringError`] if the keyring cannot be read.
    fn key(&self, host: &str) -> Result<Option<SecretKey>, KeyringError>;

    /// Stores `key` for `host`. Replaces an existing one.
    ///
    /// # Errors
    /// Returns [`KeyringError`] if the key was not stored.
    fn store(&self, host: &str, key: &SecretKey) -> Result<(), KeyringError>;

    /// Removes the key stored for `host`, if any.
    ///
    /// # Errors
    /// Returns [`KeyringError`] if the key may not have been removed.
    fn remove(&self, host: &str) -> Result<(), KeyringError>;
}

impl<K: Keyring + ?Sized> Keyring for &K {
    fn check(&self) -> Result<(), KeyringError> {
        (**self).check()
    }

    fn key(&self, host: &str) -> Result<Option<SecretKey>, KeyringError> {
        (**self).key(host)
    }

    fn store(&self, host: &str, key: &SecretKey) -> Result<(), KeyringError> {
        (**self).store(host, key)
    }

    fn remove(&self, host: &str) -> Result<(), KeyringError> {
        (**self).remove(host)
    }
}

/// Why a keyring operation failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// There is no keyring in this user session.
    #[error("there is no keyring in this session ({0})")]
    Absent(String),
    /// The keyring is locked, or the user declined to unlock it.
    #[error("the keyring is locked")]
    Locked,
    /// The keyring did not respond in time.
    #[error("the keyring did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// The machine has run out of a resource that the call needs.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// Another error, in the keyring's own words.
    #[error("the keyring returned an error ({0})")]
    Refused(String),
    /// There are several entries for one host.
    #[error("the keyring holds more than one key for this registry")]
    Ambiguous,
    /// The entry is not a secret key.
    #[error("the keyring's entry for this registry {0}")]
    NotASecretKey(NotASecretKey),
}

impl Explain for KeyringError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Locked | Self::Silent(_) => Some("unlock the keyring".to_owned()),
            Self::NotASecretKey(_) | Self::Ambiguous => {
                Some("log out of the registry, then log in again".to_owned())
            }
            Self::Exhausted(error) => error.hint(),
            Self::Absent(_) | Self::Refused(_) => None,
        }
    }
}

/// The keyring of the operating system.
#[derive(Debug, Clone)]
pub struct SystemKeyring {
    /// Whether this session can have a keyring. On Linux, whether there is a session bus:
    /// connecting without one could start one.
    pub has_session: bool,
    /// Whether the user can see the keyring's dialog and unlock it.
    pub can_prompt: bool,
    /// The file that limits how many processes ask the keyring at once. Without its directory there is
    /// no limit.
    pub turns: Option<PathBuf>,
}

impl Keyring for SystemKeyring {
    /// Waits for no turn: `doctor` asks once, and has promised an end.
    fn check(&self) -> Result<(), KeyringError> {
        Self { turns: None, ..self.clone() }.connected(|| Ok(()))
    }

    fn key(&self, host: &str) -> Result<Option<SecretKey>, KeyringError> {
        let found = self.ask(host, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })?;
        found.map(|text| SecretKey::parse(&text)).transpose().map_err(KeyringError::NotASecretKey)
    }

    #[expect(clippy::disallowed_methods, reason = "stores the key in the keyring")]
    fn store(&self, host: &str, key: &SecretKey) -> Result<(), KeyringError> {
        let key = key.clone();
        self.ask(host, move |entry| match entry.set_password(key.expose()) {
            Err(Error::Ambiguous(_)) => {
                remove_all(entry)?;
                entry.set_password(key.expose())
            }
            kept => kept,
        })
    }

    fn remove(&self, host: &str) -> Result<(), KeyringError> {
        self.ask(host, remove_all)
    }
}

impl SystemKeyring {
    /// Runs `work` on the entry for `host`, again if the keyring does not respond in time.
    fn ask<T: Send + 'static>(
        &self,
        host: &str,
        work: impl Fn(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let host = host.to_owned();
        self.connected(move || Entry::new(SERVICE, &host).and_then(|entry| work(&entry)))
    }

    /// Runs `work` after checking that the keyring responds. It runs in a thread that is abandoned
    /// when the deadline passes: a bus that accepts connections and never responds would otherwise
    /// block Docker forever.
    fn connected<T: Send + 'static>(
        &self,
        work: impl Fn() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeyringError> {
        if !self.has_session {
            return Err(KeyringError::Absent("no D-Bus session bus".to_owned()));
        }
        let _turn = self.wait_for_turn();
        let (sender, receiver) = mpsc::channel();
        let work_deadline = if self.can_prompt { UNLOCK_DEADLINE } else { SERVICE_DEADLINE };
        start_thread(move || {
            // Send errors are ignored: the receiver may have timed out.
            if let Err(error) = while_silent(SERVICE_DEADLINE, store::connect) {
                let _ = sender.send(Step::Done(Err(error)));
                return;
            }
            let _ = sender.send(Step::Connected);
            let done = while_silent(work_deadline, || work().map_err(|error| refused(&error)));
            let _ = sender.send(Step::Done(done));
        })
        .map_err(Exhausted::from)?;
        // A key to be stored was copied just before.
        wipe_stack();
        let mut deadline = SERVICE_DEADLINE;
        loop {
            match receiver.recv_timeout(deadline) {
                Ok(Step::Connected) => deadline = work_deadline,
                Ok(Step::Done(result)) => return result,
                Err(RecvTimeoutError::Timeout) => return Err(KeyringError::Silent(deadline)),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(KeyringError::Refused("its client ended unexpectedly".to_owned()));
                }
            }
        }
    }
}

impl SystemKeyring {
    #[cfg(target_os = "linux")]
    fn wait_for_turn(&self) -> Option<File> {
        files::wait_for_turn(self.turns.as_deref()?, TURNS, TURN_DEADLINE)
    }

    /// The keyrings of other systems answer in parallel.
    #[cfg(not(target_os = "linux"))]
    fn wait_for_turn(&self) -> Option<File> {
        None
    }
}

/// Repeats a call that the keyring does not answer, until the deadline.
///
/// The client waits for 2 s. A keyring that is busy with other calls answers later, and one that asks
/// the user to unlock it before it answers (`KeePassXC`), much later.
fn while_silent<T>(
    deadline: Duration,
    call: impl Fn() -> Result<T, KeyringError>,
) -> Result<T, KeyringError> {
    let start = Instant::now();
    loop {
        match call() {
            Err(KeyringError::Silent(_)) if start.elapsed() < deadline => {}
            Err(KeyringError::Silent(_)) => return Err(KeyringError::Silent(deadline)),
            done => return done,
        }
    }
}

fn remove_all(entry: &Entry) -> Result<(), Error> {
    match entry.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        Err(Error::Ambiguous(entries)) => {
            entries.iter().try_for_each(|entry| match entry.delete_credential() {
                Err(Error::NoEntry) => Ok(()),
                removed => removed,
            })
        }
        removed => removed,
    }
}

/// The progress of a keyring call.
enum Step<T> {
    /// The keyring responds.
    Connected,
    Done(Result<T, KeyringError>),
}

/// Converts the error of a failed connection. No key has been passed yet, so the error's text is
/// safe to print.
fn unusable(error: &Error) -> KeyringError {
    if let Some(exhausted) = exhausted() {
        return KeyringError::Exhausted(exhausted);
    }
    let words = match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => {
            if let Some(silent) = store::silent(cause) {
                return silent;
            }
            store::words(cause)
        }
        other => other.to_string(),
    };
    KeyringError::Absent(crate::printable::Printable(words).to_string())
}

/// Converts the error of a failed call. The error's text is not printed: it could quote the stored
/// value.
fn refused(error: &Error) -> KeyringError {
    if let Some(exhausted) = exhausted() {
        return KeyringError::Exhausted(exhausted);
    }
    match error {
        Error::NoStorageAccess(_) => KeyringError::Locked,
        Error::Ambiguous(_) => KeyringError::Ambiguous,
        Error::BadEncoding(_) | Error::BadDataFormat(..) => {
            KeyringError::NotASecretKey(NotASecretKey::Malformed)
        }
        Error::BadStoreFormat(_) => KeyringError::Refused("its store is damaged".to_owned()),
        Error::PlatformFailure(cause) => store::silent(cause)
            .unwrap_or_else(|| KeyringError::Refused("its service failed".to_owned())),
        _ => KeyringError::Refused("it does not support this operation".to_owned()),
    }
}
