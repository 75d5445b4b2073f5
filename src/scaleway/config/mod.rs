//! Scaleway's `config.yaml`, read by the same rules as Scaleway's SDK.

mod edit;
mod error;

use std::io;
use std::path::{Path, PathBuf};

use yaml_tree::{Document, Limit, Place, Refused, Value};
use zeroize::Zeroizing;

use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::wiped::WipedBytes;
pub(crate) use edit::{KeyEdit, NotSaved};
pub use error::{ChosenBy, ConfigError};

/// The profile name that means the root of the file.
pub const DEFAULT_PROFILE: &str = "default";

/// The maximum size of the file in bytes. Real ones have a few kilobytes.
const SIZE_LIMIT: usize = 1024 * 1024;

/// A function of [`files`] that reads a file.
type Read = fn(&Path, usize) -> io::Result<Option<WipedBytes>>;

/// The part of Scaleway's configuration file that this program needs.
pub struct ScalewayConfig {
    path: PathBuf,
    active_profile: Option<String>,
    root: Profile,
    profiles: Vec<(String, Profile)>,
}

/// A secret key and its profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileKey {
    /// The key.
    pub key: SecretKey,
    /// The profile. It may inherit the key from the root of the file.
    pub profile: String,
    /// The file.
    pub path: PathBuf,
}

#[derive(Default)]
struct Profile {
    secret_key: Option<Setting>,
    /// The other settings. Empty for `get`, which does not need them.
    others: Vec<(&'static str, Setting)>,
}

/// The known settings other than the key.
pub(crate) const OTHERS: [&str; 5] =
    ["default_region", "default_zone", "default_project_id", "default_organization_id", "api_url"];

/// A value in the file. It is validated when it is used, so that a mistake in one profile does not
/// affect the others.
struct Setting {
    line: usize,
    /// `None` for a mapping or a sequence.
    text: Option<Zeroizing<String>>,
}

impl ScalewayConfig {
    /// The path of the file on every system: `$SCW_CONFIG_PATH`, otherwise `scw/config.yaml` in
    /// `$XDG_CONFIG_HOME` or `~/.config`. `None` without a home directory.
    pub fn path(environment: &Environment) -> Option<PathBuf> {
        environment.path_variable("SCW_CONFIG_PATH").or_else(|| {
            let base = environment
                .path_variable("XDG_CONFIG_HOME")
                .or_else(|| environment.home().map(|home| home.join(".config")))?;
            Some(base.join("scw").join("config.yaml"))
        })
    }

    /// The file to save a key in: the one that is read, even if it does not exist yet. `None`
    /// without a home directory.
    pub(crate) fn path_to_write(environment: &Environment) -> Option<PathBuf> {
        let path = Self::path(environment)?;
        let other = path.with_extension("yml");
        let is_other =
            environment.variable("SCW_CONFIG_PATH").is_none() && !path.exists() && other.exists();
        Some(if is_other { other } else { path })
    }

    /// Reads the keys of the file. Returns `None` if it does not exist. Falls back to `config.yml`
    /// if `config.yaml` is missing.
    ///
    /// # Errors
    /// Returns [`ConfigError`] if the file cannot be read, or is not in the format of Scaleway's
    /// tools.
    pub fn load(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        Self::load_with(environment, &[])
    }

    /// Reads the file like [`ScalewayConfig::load`], with all settings.
    ///
    /// # Errors
    /// Returns the same errors as [`ScalewayConfig::load`].
    pub fn load_whole(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        Self::load_with(environment, &OTHERS)
    }

    fn load_with(
        environment: &Environment,
        others: &[&'static str],
    ) -> Result<Option<Self>, ConfigError> {
        let Some(path) = Self::path(environment) else { return Ok(None) };
        if environment.variable("SCW_CONFIG_PATH").is_some() {
            // It may be a pipe: `SCW_CONFIG_PATH=<(decrypt config.yaml.gpg)`.
            return Self::load_from(&path, files::read, others);
        }
        if let Some(config) = Self::load_from(&path, files::read_regular, others)? {
            return Ok(Some(config));
        }
        Self::load_from(&path.with_extension("yml"), files::read_regular, others)
    }

    fn load_from(
        path: &Path,
        read: Read,
        others: &[&'static str],
    ) -> Result<Option<Self>, ConfigError> {
        let bytes = read(path, SIZE_LIMIT)
            .map_err(|error| ConfigError::unreadable(path, SIZE_LIMIT, &error))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let text =
            str::from_utf8(&bytes).map_err(|_| ConfigError::NotUtf8 { path: path.to_owned() })?;
        Self::read(path, text, others).map(Some)
    }

    /// Parses the file's text.
    pub(crate) fn read(
        path: &Path,
        text: &str,
        others: &[&'static str],
    ) -> Result<Self, ConfigError> {
        let too_complex = |limit| ConfigError::TooComplex { path: path.to_owned(), limit };
        let document = Document::parse(text).map_err(|refused| match refused {
            Refused::Syntax(Place { line, column }) => {
                ConfigError::Syntax { path: path.to_owned(), line, column }
            }
            Refused::Limit(limit) => too_complex(limit),
        })?;
        let Some(root) = document.root().filter(|root| !root.is_null()) else {
            return Ok(Self::empty(path));
        };
        let not_mapping = |value: Value<'_>, what: &str| ConfigError::NotAMapping {
            path: path.to_owned(),
            line: value.line(),
            what: what.to_owned(),
        };
        if !root.is_mapping() {
            return Err(not_mapping(root, "the file's content"));
        }
        let mut config = Self::empty(path);
        config.root = Profile::read(root, others).map_err(too_complex)?;
        if let Some(active) = root.get("active_profile").map_err(too_complex)? {
            let not_a_name =
                || ConfigError::NotAName { path: path.to_owned(), line: active.line() };
            config.active_profile = Some(active.text().ok_or_else(not_a_name)?.to_owned());
        }
        if let Some(profiles) = root.get("profiles").map_err(too_complex)? {
            if !profiles.is_mapping() {
                return Err(not_mapping(profiles, "profiles"));
            }
            for (name, profile) in profiles.entries().map_err(too_complex)? {
                if !profile.is_mapping() && !profile.is_null() {
                    return Err(not_mapping(profile, &format!("profile {name:?}")));
                }
                let profile = Profile::read(profile, others).map_err(too_complex)?;
                config.profiles.push((name.to_owned(), profile));
            }
        }
        Ok(config)
    }

    fn empty(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            active_profile: None,
            root: Profile::default(),
            profiles: Vec::new(),
        }
    }

    /// The secret key of the profile `name`, or of the root if the profile has none. `None` if
    /// neither has one. `chosen_by` is used in errors.
    ///
    /// # Errors
    /// Returns [`ConfigError`] if the profile does not exist, or its `secret_key` is not a secret
    /// key.
    pub fn named_key(
        &self,
        name: &str,
        chosen_by: ChosenBy,
    ) -> Result<Option<ProfileKey>, ConfigError> {
        let profile = self.profile(name, chosen_by)?;
        let in_profile = profile.secret_key.as_ref().map(|setting| (name, setting));
        let inherited = || self.root.secret_key.as_ref().map(|setting| (DEFAULT_PROFILE, setting));
        let Some((holder, setting)) = in_profile.or_else(inherited) else { return Ok(None) };
        let key = match &setting.text {
            Some(text) => SecretKey::parse(text).map_err(Some),
            None => Err(None),
        };
        let key = key.map_err(|problem| ConfigError::NotASecretKey {
            path: self.path.clone(),
            line: setting.line,
            profile: holder.to_owned(),
            problem,
        })?;
        Ok(Some(ProfileKey { key, profile: name.to_owned(), path: self.path.clone() }))
    }

    /// The secret key of the active profile, or of the root if none is active.
    ///
    /// # Errors
    /// Returns the same errors as [`ScalewayConfig::named_key`].
    pub fn default_key(&self) -> Result<Option<ProfileKey>, ConfigError> {
        self.named_key(self.active(), ChosenBy::ActiveProfile)
    }

    /// The file's path.
    pub fn file(&self) -> &Path {
        &self.path
    }

    /// The names of the profiles other than the root, in the file's order.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.iter().map(|(name, _)| name.as_str())
    }

    /// All values of `secret_key`, valid or not.
    pub(crate) fn possible_keys(&self) -> impl Iterator<Item = &str> {
        let profiles = self.profiles.iter().map(|(_, profile)| profile);
        let settings = profiles.chain([&self.root]).filter_map(|one| one.secret_key.as_ref());
        settings.filter_map(|setting| Some(setting.text.as_ref()?.as_str()))
    }

    /// Checks that a profile exists. `chosen_by` is used in the error.
    ///
    /// # Errors
    /// Returns [`ConfigError::NoSuchProfile`] if it does not.
    pub fn has_profile(&self, name: &str, chosen_by: ChosenBy) -> Result<(), ConfigError> {
        self.profile(name, chosen_by).map(|_| ())
    }

    /// A setting other than the key, from `profile` or the active profile, or from the root if that
    /// has none. Only for configs from [`ScalewayConfig::load_whole`].
    ///
    /// # Errors
    /// Returns [`ConfigError`] if the profile does not exist, or the setting is not text.
    pub fn setting(
        &self,
        profile: Option<(&str, ChosenBy)>,
        key: &str,
    ) -> Result<Option<String>, ConfigError> {
        let (name, chosen_by) = profile.unwrap_or((self.active(), ChosenBy::ActiveProfile));
        let in_profile = self.profile(name, chosen_by)?.other(key);
        let Some(setting) = in_profile.or_else(|| self.root.other(key)) else { return Ok(None) };
        let text = setting.text.as_ref().ok_or_else(|| ConfigError::NotAText {
            path: self.path.clone(),
            line: setting.line,
            key: key.to_owned(),
        })?;
        Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    fn active(&self) -> &str {
        self.active_profile.as_deref().filter(|name| !name.is_empty()).unwrap_or(DEFAULT_PROFILE)
    }

    fn profile(&self, name: &str, chosen_by: ChosenBy) -> Result<&Profile, ConfigError> {
        if name == DEFAULT_PROFILE {
            return Ok(&self.root);
        }
        let found = self.profiles.iter().rev().find(|(known, _)| known == name);
        Ok(&found.ok_or_else(|| self.no_such_profile(name, chosen_by))?.1)
    }

    /// The error for a profile that was chosen by name and has no key.
    pub(crate) fn no_key_in(&self, profile: &str) -> ConfigError {
        ConfigError::NoKeyInProfile { path: self.path.clone(), profile: profile.to_owned() }
    }

    fn no_such_profile(&self, name: &str, chosen_by: ChosenBy) -> ConfigError {
        ConfigError::NoSuchProfile {
            path: self.path.clone(),
            profile: name.to_owned(),
            chosen_by,
            known: Some(self.profiles.iter().map(|(name, _)| name.clone()).collect()),
        }
    }
}

impl Profile {
    fn read(profile: Value<'_>, others: &[&'static str]) -> Result<Self, Limit> {
        let setting = |name: &str| {
            let Some(value) = profile.get(name)? else { return Ok(None) };
            Ok(Some(Setting { line: value.line(), text: value.copied_text()? }))
        };
        let mut read = Self { secret_key: setting("secret_key")?, others: Vec::new() };
        for name in others {
            if let Some(setting) = setting(name)? {
                read.others.push((*name, setting));
            }
        }
        Ok(read)
    }

    fn other(&self, key: &str) -> Option<&Setting> {
        self.others.iter().find(|(name, _)| *name == key).map(|(_, setting)| setting)
    }
}
