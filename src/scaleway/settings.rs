//! The settings other than the key: region, project, organization and API. As in Scaleway's SDK, an
//! argument comes before a variable, then the profile, the root of the file, and the default.

use crate::explain::Explain;
use crate::registry_host::is_region;
use crate::scaleway::config::{ChosenBy, ConfigError, ScalewayConfig};
use crate::system::environment::Environment;

/// The default region.
pub const DEFAULT_REGION: &str = "fr-par";

/// The default API.
pub const DEFAULT_API_URL: &str = "https://api.scaleway.com";

/// The settings of one account.
pub struct Settings<'a> {
    environment: &'a Environment,
    config: Option<ScalewayConfig>,
    profile: Option<(String, ChosenBy)>,
}

/// Why a setting cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// `config.yaml`.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A variable is not valid Unicode.
    #[error("the variable {0} is not valid UTF-8")]
    NotUnicode(&'static str),
    /// A value does not have the form of a region.
    #[error("{from} is not a region")]
    NotARegion {
        /// The source of the value.
        from: String,
    },
    /// A value does not have the form of a zone.
    #[error("{from} is not a zone")]
    NotAZone {
        /// The source of the value.
        from: String,
    },
}

impl Explain for SettingsError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::NotUnicode(name) => Some(format!("correct {name}, or unset it")),
            Self::NotARegion { .. } => {
                Some("set it to a region, such as fr-par, nl-ams, pl-waw or it-mil".to_owned())
            }
            Self::NotAZone { .. } => Some("set it to a zone, such as fr-par-1".to_owned()),
        }
    }
}

impl<'a> Settings<'a> {
    /// Loads the settings of the profile `argument`, otherwise of the one in `SCW_PROFILE`,
    /// otherwise of the active one.
    ///
    /// # Errors
    /// Returns [`SettingsError`] if the file is invalid, or has no such profile.
    pub fn load(
        environment: &'a Environment,
        argument: Option<&str>,
    ) -> Result<Self, SettingsError> {
        let config = ScalewayConfig::load_whole(environment)?;
        let profile = match argument {
            Some(name) => Some((name.to_owned(), ChosenBy::Argument)),
            None => variable(environment, "SCW_PROFILE")?.map(|name| (name, ChosenBy::Variable)),
        };
        let settings = Self { environment, config, profile };
        if let Some((name, by)) = &settings.profile {
            let missing = || ConfigError::no_file(environment, name, *by);
            settings.config.as_ref().ok_or_else(missing)?.has_profile(name, *by)?;
        }
        Ok(settings)
    }

    /// All values of `secret_key` in config.yaml, valid or not.
    pub(crate) fn possible_keys(&self) -> impl Iterator<Item = &str> {
        self.config.iter().flat_map(ScalewayConfig::possible_keys)
    }

    /// The region: `SCW_DEFAULT_REGION`, otherwise the profile's `default_region`, otherwise the
    /// region of `SCW_DEFAULT_ZONE` or of the profile's `default_zone`, otherwise `fr-par`.
    ///
    /// # Errors
    /// Returns [`SettingsError`] if the value is not a region.
    pub fn region(&self) -> Result<String, SettingsError> {
        if let Some(region) = variable(self.environment, "SCW_DEFAULT_REGION")? {
            return checked(region, || "the variable SCW_DEFAULT_REGION".to_owned());
        }
        if let Some(region) = self.of_profile("default_region")? {
            return checked(region, || "default_region of Scaleway's config.yaml".to_owned());
        }
        if let Some(zone) = variable(self.environment, "SCW_DEFAULT_ZONE")? {
            return region_of(&zone, "the variable SCW_DEFAULT_ZONE");
        }
        if let Some(zone) = self.of_profile("default_zone")? {
            return region_of(&zone, "default_zone of Scaleway's config.yaml");
        }
        Ok(DEFAULT_REGION.to_owned())
    }

    /// The project: `SCW_DEFAULT_PROJECT_ID`, otherwise the profile's.
    ///
    /// # Errors
    /// Returns [`SettingsError`] if the value cannot be read.
    pub fn project_id(&self) -> Result<Option<String>, SettingsError> {
        self.variable_or_profile("SCW_DEFAULT_PROJECT_ID", "default_project_id")
    }

    /// The organization: `SCW_DEFAULT_ORGANIZATION_ID`, otherwise the profile's.
    ///
    /// # Errors
    /// Returns [`SettingsError`] if the value cannot be read.
    pub fn organization_id(&self) -> Result<Option<String>, SettingsError> {
        self.variable_or_profile("SCW_DEFAULT_ORGANIZATION_ID", "default_organization_id")
    }

    /// The API's URL and its source: `SCW_API_URL`, else the profile's `api_url`, else Scaleway's;
    /// without a slash at its end.
    ///
    /// # Errors
    /// What is set cannot be read.
    pub fn api_url(&self) -> Result<(String, ApiUrlSource), SettingsError> {
        let (url, source) = if let Some(url) = variable(self.environment, "SCW_API_URL")? {
            (url, ApiUrlSource::Variable)
        } else if let Some(url) = self.of_profile("api_url")? {
            (url, ApiUrlSource::Config)
        } else {
            (DEFAULT_API_URL.to_owned(), ApiUrlSource::Default)
        };
        Ok((url.trim_end_matches('/').to_owned(), source))
    }

    fn variable_or_profile(
        &self,
        name: &'static str,
        key: &str,
    ) -> Result<Option<String>, SettingsError> {
        match variable(self.environment, name)? {
            Some(value) => Ok(Some(value)),
            None => self.of_profile(key),
        }
    }

    fn of_profile(&self, key: &str) -> Result<Option<String>, SettingsError> {
        let Some(config) = &self.config else { return Ok(None) };
        let chosen = self.profile.as_ref().map(|(name, by)| (name.as_str(), *by));
        Ok(config.setting(chosen, key)?)
    }
}

/// Where the API's URL comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiUrlSource {
    /// The default.
    Default,
    /// `SCW_API_URL`.
    Variable,
    /// `api_url` in `config.yaml`.
    Config,
}

/// The value of a variable. Whitespace counts as unset.
fn variable(
    environment: &Environment,
    name: &'static str,
) -> Result<Option<String>, SettingsError> {
    let Some(value) = environment.variable(name) else { return Ok(None) };
    let value = value.into_string().map_err(|_| SettingsError::NotUnicode(name))?;
    let value = value.trim();
    Ok((!value.is_empty()).then(|| value.to_owned()))
}

/// The region of a zone: `fr-par-1` is in `fr-par`.
fn region_of(zone: &str, from: &str) -> Result<String, SettingsError> {
    let is_number =
        |end: &str| (1..=2).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_digit());
    match zone.rsplit_once('-') {
        Some((region, end)) if is_region(region) && is_number(end) => Ok(region.to_owned()),
        _ => Err(SettingsError::NotAZone { from: from.to_owned() }),
    }
}

fn checked(region: String, from: impl FnOnce() -> String) -> Result<String, SettingsError> {
    if is_region(&region) { Ok(region) } else { Err(SettingsError::NotARegion { from: from() }) }
}
