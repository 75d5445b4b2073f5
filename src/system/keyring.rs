//! The system's keyring: Secret Service, macOS Keychain or Windows Credential Manager.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use ::keyring::{Entry, Error};
use zeroize::Zeroizing;

use crate::explain::Explain;
use crate::secret_key::{NotASecretKey, SecretKey};
use crate::system::resources::{Exhausted, exhausted, start_thread};

/// The name under which our entries stand in the keyring; their user name is the registry host.
const SERVICE: &str = "docker-credential-scw";

/// How long a keyring may take to answer at all.
const SERVICE_DEADLINE: Duration = Duration::from_secs(2);

/// How long somebody may take to unlock it, where it can ask.
const UNLOCK_DEADLINE: Duration = Duration::from_secs(30);

/// A store of keys, one a registry host. None of its calls may wait for ever.
pub trait Keyring: Send + Sync {
    /// Is there one that answers?
    ///
    /// # Errors
    /// There is none, or it is silent.
    fn check(&self) -> Result<(), KeyringError>;

    /// The key kept for `host`; `None` if there is none.
    ///
    /// # Errors
    /// The keyring cannot say.
    fn key(&self, host: &str) -> Result<Option<SecretKey>, KeyringError>;

    /// Keeps `key` for `host`, instead of any other.
    ///
    /// # Errors
    /// It is not kept.
    fn keep(&self, host: &str, key: &SecretKey) -> Result<(), KeyringError>;

    /// Removes what is kept for `host`, if anything is.
    ///
    /// # Errors
    /// It may still be there.
    fn remove(&self, host: &str) -> Result<(), KeyringError>;
}

impl<K: Keyring + ?Sized> Keyring for &K {
    fn check(&self) -> Result<(), KeyringError> {
        (**self).check()
    }

    fn key(&self, host: &str) -> Result<Option<SecretKey>, KeyringError> {
        (**self).key(host)
    }

    fn keep(&self, host: &str, key: &SecretKey) -> Result<(), KeyringError> {
        (**self).keep(host, key)
    }

    fn remove(&self, host: &str) -> Result<(), KeyringError> {
        (**self).remove(host)
    }
}

/// Why a keyring did not do as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// There is none for this user and session.
    #[error("there is no keyring in this session ({0})")]
    Absent(String),
    /// It is locked, or the user declined to unlock it.
    #[error("the keyring is locked")]
    Locked,
    /// It did not answer in time.
    #[error("the keyring did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// The machine has nothing left to ask it with.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// It refused for another reason, in its own words.
    #[error("the keyring returned an error ({0})")]
    Refused(String),
    /// It holds several entries for one host.
    #[error("the keyring holds more than one key for this registry")]
    Ambiguous,
    /// What it holds is no secret key.
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

/// The keyring of the system we run on.
#[derive(Debug, Clone, Copy)]
pub struct SystemKeyring {
    /// This session can have one at all: on Linux, a session bus. Without a bus there is nothing to
    /// connect to, and trying could start one.
    pub has_session: bool,
    /// Somebody may see its dialogue and unlock it.
    pub can_prompt: bool,
}

impl Keyring for SystemKeyring {
    fn check(&self) -> Result<(), KeyringError> {
        self.connected(|| Ok(()))
    }

    fn key(&self, host: &str) -> Result<Option<SecretKey>, KeyringError> {
        let found = self.ask(host, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })?;
        found.map(|text| SecretKey::parse(&text)).transpose().map_err(KeyringError::NotASecretKey)
    }

    fn keep(&self, host: &str, key: &SecretKey) -> Result<(), KeyringError> {
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
    /// Does `work` on the entry for `host`.
    fn ask<T: Send + 'static>(
        self,
        host: &str,
        work: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let host = host.to_owned();
        self.connected(move || Entry::new(SERVICE, &host).and_then(|entry| work(&entry)))
    }

    /// Does `work` with a keyring that answers, in a thread that is left behind when its time is
    /// up: a bus that accepts and never answers would otherwise hold up Docker for ever.
    fn connected<T: Send + 'static>(
        self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeyringError> {
        if !self.has_session {
            return Err(KeyringError::Absent("no D-Bus session bus".to_owned()));
        }
        let (tell, hear) = mpsc::channel();
        start_thread(move || {
            // Whoever listens may be gone: then nobody wants to know any more.
            if let Err(error) = Entry::store_status() {
                let _ = tell.send(Step::Done(Err(unusable(error))));
                return;
            }
            let _ = tell.send(Step::Connected);
            let _ = tell.send(Step::Done(work().map_err(|error| refused(&error))));
        })
        .map_err(Exhausted::from)?;
        let mut deadline = SERVICE_DEADLINE;
        loop {
            match hear.recv_timeout(deadline) {
                Ok(Step::Connected) if self.can_prompt => deadline = UNLOCK_DEADLINE,
                Ok(Step::Connected) => {}
                Ok(Step::Done(result)) => return result,
                Err(RecvTimeoutError::Timeout) => return Err(KeyringError::Silent(deadline)),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(KeyringError::Refused("its client ended unexpectedly".to_owned()));
                }
            }
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

/// How far a keyring call has come.
enum Step<T> {
    /// The keyring answers.
    Connected,
    Done(Result<T, KeyringError>),
}

/// The connection failed. No key has been handed over yet, so the system's words are safe to show.
fn unusable(error: &Error) -> KeyringError {
    if let Some(exhausted) = exhausted() {
        return KeyringError::Exhausted(exhausted);
    }
    let words = match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.to_string(),
        other => other.to_string(),
    };
    KeyringError::Absent(crate::printable::Printable(words).to_string())
}

/// A call failed. The error's own text is not shown: it could quote what was stored.
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
        Error::PlatformFailure(_) => KeyringError::Refused("its service failed".to_owned()),
        _ => KeyringError::Refused("it does not support this operation".to_owned()),
    }
}
