//! Finds the secret key for a registry. The order: bound profile, environment, stored key, default
//! profile.

mod store_error;
mod stored_keys;
mod variables;

use std::cell::OnceCell;
use std::fmt;

use crate::explain::Explain;
use crate::registry_host::RegistryHost;
use crate::scaleway::config::{ChosenBy, ConfigError, ProfileKey, ScalewayConfig};
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
pub(crate) use store_error::StoreError;
pub(crate) use stored_keys::{Removal, StoredKeys};
pub(crate) use variables::VariableError;

/// A key and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundKey {
    /// The key.
    pub key: SecretKey,
    /// The source.
    pub source: KeySource,
}

/// A source of keys, in the order of precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// The profile in the program's name.
    BoundProfile(String),
    /// An environment variable.
    Variable(&'static str),
    /// The profile that `SCW_PROFILE` names.
    NamedProfile(String),
    /// The system's keyring.
    Keyring,
    /// The active profile of `config.yaml`, or its root.
    DefaultProfile(String),
}

/// A source that should have a key is broken. Not the same as a missing key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum KeyError {
    /// An environment variable is not a key.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// `config.yaml`.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The keyring, or the list of its entries.
    #[error(transparent)]
    Stored(#[from] StoreError),
}

impl Explain for KeyError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Variable(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Stored(error) => error.hint(),
        }
    }
}

impl KeyError {
    /// Returns whether the user may not read a file.
    pub(crate) fn is_permission_error(&self) -> bool {
        use std::io::ErrorKind::PermissionDenied;
        match self {
            Self::Config(ConfigError::Unreadable { kind, .. }) => *kind == PermissionDenied,
            Self::Stored(StoreError::Io { error, .. }) => error.kind() == PermissionDenied,
            _ => false,
        }
    }

    /// Returns whether a file could not be read, so that its content is unknown.
    pub(crate) fn is_unreadable_file(&self) -> bool {
        matches!(
            self,
            Self::Config(ConfigError::Unreadable { .. }) | Self::Stored(StoreError::Io { .. })
        )
    }
}

/// Finds keys. Reads each source at most once, and only when needed.
pub(crate) struct KeyLookup<'a> {
    environment: &'a Environment,
    bound_profile: Option<&'a str>,
    config: OnceCell<Option<ScalewayConfig>>,
    stored: StoredKeys<'a>,
}

impl<'a> KeyLookup<'a> {
    /// Creates a lookup. `bound_profile` is the profile in the program's name.
    pub(crate) fn new(environment: &'a Environment, bound_profile: Option<&'a str>) -> Self {
        let stored = StoredKeys::new(environment);
        Self { environment, bound_profile, config: OnceCell::new(), stored }
    }

    /// The key for `host`; `None` if no source has one.
    ///
    /// # Errors
    /// Returns [`KeyError`] if a source is broken before one has a key.
    pub(crate) fn key_for(&self, host: &RegistryHost) -> Result<Option<FoundKey>, KeyError> {
        if let Some(found) = self.key_above_stored()? {
            return Ok(Some(found));
        }
        if let Some(key) = self.stored.key(host)? {
            return Ok(Some(FoundKey { key, source: KeySource::Keyring }));
        }
        self.default_key()
    }

    /// The key from a source that comes before stored keys, so that no login can replace it.
    ///
    /// # Errors
    /// Returns the same errors as [`KeyLookup::key_for`].
    pub(crate) fn key_above_stored(&self) -> Result<Option<FoundKey>, KeyError> {
        if let Some(found) = self.bound_key()? {
            return Ok(Some(found));
        }
        if let Some(found) = self.variable_key()? {
            return Ok(Some(found));
        }
        self.named_key()
    }

    /// The source of the key for `host`. Does not ask the keyring.
    ///
    /// # Errors
    /// Returns the same errors as [`KeyLookup::key_for`].
    pub(crate) fn source_for(&self, host: &RegistryHost) -> Result<Option<KeySource>, KeyError> {
        if let Some(found) = self.key_above_stored()? {
            return Ok(Some(found.source));
        }
        if self.stored.hosts()?.contains(host) {
            return Ok(Some(KeySource::Keyring));
        }
        Ok(self.default_key()?.map(|found| found.source))
    }

    /// All sources that have a key for `host` or are broken, in order of precedence. `get` uses the
    /// first.
    pub(crate) fn every_source(&self, host: &RegistryHost) -> Vec<Result<KeySource, KeyError>> {
        let stored = match self.stored.hosts() {
            Ok(hosts) if hosts.contains(host) => Ok(Some(KeySource::Keyring)),
            Ok(_) => Ok(None),
            Err(error) => Err(error.into()),
        };
        let source = |found: Result<Option<FoundKey>, KeyError>| {
            found.map(|found| found.map(|found| found.source))
        };
        let mut sources = vec![
            source(self.bound_key()),
            source(self.variable_key()),
            source(self.named_key()),
            stored,
            source(self.default_key()),
        ];
        // A profile chosen in two ways is one source.
        let mut profiles = Vec::new();
        sources.retain(|source| {
            let Ok(Some(source)) = source else { return true };
            let Some(profile) = source.profile() else { return true };
            let is_new = !profiles.iter().any(|known| known == profile);
            profiles.push(profile.to_owned());
            is_new
        });
        sources.into_iter().filter_map(Result::transpose).collect()
    }

    /// Scaleway's config file, if it exists.
    ///
    /// # Errors
    /// Returns [`KeyError`] if the file is invalid.
    pub(crate) fn config_file(&self) -> Result<Option<&std::path::Path>, KeyError> {
        Ok(self.config()?.map(ScalewayConfig::file))
    }

    /// The profile in the program's name, if any. No other source can replace its key.
    pub(crate) fn bound_profile(&self) -> Option<&str> {
        self.bound_profile
    }

    /// The stored keys.
    pub(crate) fn stored(&self) -> &StoredKeys<'a> {
        &self.stored
    }

    /// The key of the profile in the program's name. If neither the profile nor the root has a key,
    /// that is an error: no other source is used.
    ///
    /// # Errors
    /// Returns [`KeyError`] if the profile does not exist, or its key is missing or invalid.
    pub(crate) fn bound_key(&self) -> Result<Option<FoundKey>, KeyError> {
        let Some(profile) = self.bound_profile else { return Ok(None) };
        let config = self.config_with(profile, ChosenBy::ProgramName)?;
        let key = config
            .named_key(profile, ChosenBy::ProgramName)?
            .ok_or_else(|| config.no_key_in(profile))?;
        Ok(Some(found_in(key, KeySource::BoundProfile)))
    }

    /// The key of a profile chosen by an argument. No other source is used.
    ///
    /// # Errors
    /// Returns [`KeyError`] if the profile does not exist, or its key is missing or invalid.
    pub(crate) fn profile_key(&self, profile: &str) -> Result<FoundKey, KeyError> {
        let config = self.config_with(profile, ChosenBy::Argument)?;
        let key = config
            .named_key(profile, ChosenBy::Argument)?
            .ok_or_else(|| config.no_key_in(profile))?;
        Ok(found_in(key, KeySource::NamedProfile))
    }

    /// The key in an environment variable.
    ///
    /// # Errors
    /// Returns [`KeyError`] if a variable is not a secret key.
    pub(crate) fn variable_key(&self) -> Result<Option<FoundKey>, KeyError> {
        let found = variables::secret_key(self.environment)?;
        Ok(found.map(|(name, key)| FoundKey { key, source: KeySource::Variable(name) }))
    }

    /// The key of the profile in `SCW_PROFILE`.
    ///
    /// # Errors
    /// Returns [`KeyError`] if the profile does not exist, or its key is invalid.
    pub(crate) fn named_key(&self) -> Result<Option<FoundKey>, KeyError> {
        let Some(profile) = variables::profile(self.environment)? else { return Ok(None) };
        let config = self.config_with(&profile, ChosenBy::Variable)?;
        let key = config.named_key(&profile, ChosenBy::Variable)?;
        Ok(key.map(|key| found_in(key, KeySource::NamedProfile)))
    }

    /// The key of the active profile, or of the root.
    ///
    /// # Errors
    /// Returns [`KeyError`] if the file, or the active profile, is invalid.
    pub(crate) fn default_key(&self) -> Result<Option<FoundKey>, KeyError> {
        let Some(config) = self.config()? else { return Ok(None) };
        let key = config.default_key()?;
        Ok(key.map(|key| found_in(key, KeySource::DefaultProfile)))
    }

    /// Loads the file for a profile that was chosen by name.
    fn config_with(&self, profile: &str, by: ChosenBy) -> Result<&ScalewayConfig, KeyError> {
        let missing = || ConfigError::no_file(self.environment, profile, by);
        Ok(self.config()?.ok_or_else(missing)?)
    }

    fn config(&self) -> Result<Option<&ScalewayConfig>, KeyError> {
        if let Some(config) = self.config.get() {
            return Ok(config.as_ref());
        }
        let config = ScalewayConfig::load(self.environment)?;
        Ok(self.config.get_or_init(|| config).as_ref())
    }
}

fn found_in(found: ProfileKey, source: fn(String) -> KeySource) -> FoundKey {
    FoundKey { key: found.key, source: source(found.profile) }
}

impl KeySource {
    /// The profile of Scaleway's config.yaml, if it is one.
    pub(crate) fn profile(&self) -> Option<&str> {
        match self {
            Self::BoundProfile(name) | Self::NamedProfile(name) | Self::DefaultProfile(name) => {
                Some(name)
            }
            Self::Variable(_) | Self::Keyring => None,
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::printable::Printable;
        match self {
            Self::BoundProfile(name) | Self::NamedProfile(name) | Self::DefaultProfile(name) => {
                write!(f, "profile {}", Printable(name))
            }
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Keyring => f.write_str("keyring"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::{Path, PathBuf};

    use super::{ConfigError, KeyError, KeySource, StoreError};

    #[test]
    fn only_a_missing_right_to_read_a_file_is_a_permission_error() {
        let path = Path::new("/home/ada/file");
        for kind in [ErrorKind::PermissionDenied, ErrorKind::IsADirectory, ErrorKind::StorageFull] {
            let is_permission = kind == ErrorKind::PermissionDenied;
            let path = path.to_owned();
            let config = ConfigError::Unreadable { path: path.clone(), kind, why: String::new() };
            let (config, what) = (KeyError::Config(config), "read");
            let stored = KeyError::Stored(StoreError::Io { what, path, error: kind.into() });
            for error in [config, stored] {
                assert_eq!(error.is_permission_error(), is_permission, "{error}");
                assert!(error.is_unreadable_file(), "{error}");
            }
        }
        let damaged = StoreError::Damaged { path: PathBuf::new() };
        for error in [KeyError::Stored(damaged), KeyError::Stored(StoreError::Waiting)] {
            assert!(!error.is_permission_error() && !error.is_unreadable_file(), "{error}");
        }
    }

    #[test]
    fn only_sources_in_the_config_have_a_profile() {
        for source in [KeySource::BoundProfile, KeySource::NamedProfile, KeySource::DefaultProfile]
        {
            assert_eq!(source("prod".to_owned()).profile(), Some("prod"));
        }
        assert_eq!(KeySource::Keyring.profile(), None);
    }
}
