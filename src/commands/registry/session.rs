//! The key, API URL and region that a registry command uses.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cli::command::ProfileChoice;
use crate::explain::{Explain, Explanation};
use crate::keys::{FoundKey, KeyError, KeyLookup};
use crate::printable::Printable;
use crate::registry::{
    ApiError, Budget, ImageName, Kind, Reference, ReferenceError, RegistryApi, ResolveError, Target,
};
use crate::registry_host::RegistryHost;
use crate::scaleway::settings::{ApiUrlSource, Settings, SettingsError};
use crate::secret_key::SecretKey;
use crate::system::clock::Clock;
use crate::system::environment::Environment;
use crate::system::http::{CallLog, HttpClient, HttpError, host_of, may_carry_key};
use crate::system::output_filter::Filter;

/// Why a registry command failed. The messages are safe to show.
#[derive(Debug, thiserror::Error)]
pub(super) enum RegistryError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("cannot reach Scaleway's API: {0}")]
    Http(#[from] HttpError),
    #[error("no secret key for {0}")]
    NoKey(RegistryHost),
    #[error("the API URL is set to {0}, and keys are not sent there")]
    ApiUrl(String),
    #[error("{} is in {}, but --region is {}", Printable(.0), .1, .2)]
    OtherRegion(String, String, String),
    #[error("the argument is the secret key itself: it was not sent")]
    IsTheKey,
    #[error("there is no column {} for {}", Printable(.0), .1)]
    UnknownColumn(String, &'static str, String),
    #[error("cannot use {0} for --protect-from: {1}")]
    InUse(String, String),
    #[error("{0}")]
    Unexpected(String),
    #[error("{0}")]
    Retag(Explanation),
    /// A new tag that is not one of the same image.
    #[error("{0}")]
    NewTag(Explanation),
    #[error("cannot write to standard output: {0}")]
    Output(#[from] std::io::Error),
}

impl Explain for RegistryError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Settings(error) => return error.hint(),
            Self::Key(error) => return error.hint(),
            Self::Reference(error) => return error.hint(),
            Self::Resolve(error) => return error.hint(),
            Self::Api(error) => return error.hint(),
            Self::Http(error) => return error.hint(),
            Self::Retag(error) | Self::NewTag(error) => return error.hint(),
            Self::NoKey(_) => {
                "run `docker-credential-scw save-key`, set SCW_SECRET_KEY, or name a profile with --profile".to_owned()
            }
            Self::ApiUrl(_) => {
                "set SCW_API_URL, or api_url in config.yaml, to an https URL (or http \
                on this machine)"
                    .to_owned()
            }
            Self::OtherRegion(..) => "omit --region, or the registry".to_owned(),
            Self::IsTheKey => "use a name or an ID".to_owned(),
            Self::UnknownColumn(.., known) => format!("choose from {known}"),
            Self::InUse(..) => "list what is in use there: tags, references or digests".to_owned(),
            Self::Unexpected(_) | Self::Output(_) => return None,
        })
    }
}

impl RegistryError {
    /// Merges the same error from another region into this one. Returns whether the errors were the
    /// same.
    pub(super) fn merge(&mut self, other: &Self) -> bool {
        match (&mut *self, other) {
            (
                Self::Api(error) | Self::Resolve(ResolveError::Api(error)),
                Self::Api(other) | Self::Resolve(ResolveError::Api(other)),
            ) => error.merge(other),
            (this, other) => this.to_string() == other.to_string() && this.hint() == other.hint(),
        }
    }

    /// Adds the hint that the missing item may be in another region.
    pub(super) fn maybe_in_another_region(self) -> Self {
        self.with_more_of_unknown("it may be in another region, which --region names")
    }

    /// Adds the hint that the missing image may belong to another account: the API lists only this
    /// account's images. `image` includes the registry host.
    pub(super) fn maybe_of_another_account(self, image: &ImageName) -> Self {
        self.with_more_of_unknown(&format!(
            "it may belong to another account: `docker-credential-scw doctor {image}` finds out \
             whether it can be pulled"
        ))
    }

    fn with_more_of_unknown(self, more: &str) -> Self {
        let Self::Resolve(ResolveError::Unknown(error)) = self else { return self };
        let hint = error.hint.as_ref().map_or(more.to_owned(), |hint| format!("{hint}; {more}"));
        Self::Resolve(ResolveError::Unknown(error.with_hint(hint)))
    }

    /// Returns whether the error is in the command line, so that the exit code is 2.
    pub(super) fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Reference(_) | Self::OtherRegion(..) | Self::UnknownColumn(..) | Self::NewTag(_)
        )
    }
}

/// What a command does with the thing that a reference names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Access {
    /// A name may leave out the namespace.
    Read,
    /// A name of an image or tag needs its namespace.
    Write(Kind),
}

/// The account, HTTP client and settings that a registry command uses.
pub(super) struct Session<'a> {
    http: HttpClient,
    settings: Settings<'a>,
    lookup: KeyLookup<'a>,
    /// The profile that `--profile` names.
    profile: Option<&'a str>,
    clock: Arc<dyn Clock>,
    api_url: String,
    url_source: ApiUrlSource,
    filter: &'a Filter<'a>,
    budget: Arc<Budget>,
    timeout: Duration,
}

impl<'a> Session<'a> {
    /// Opens a session for the account of the profile.
    pub(super) fn open(
        environment: &'a Environment,
        profile: &'a ProfileChoice,
        timeout: Duration,
        filter: &'a Filter<'a>,
        log: Option<Arc<CallLog>>,
    ) -> Result<Self, RegistryError> {
        let settings = Settings::load(environment, profile.chosen())?;
        settings.possible_keys().for_each(|text| filter.know_those_in(text));
        let (api_url, url_source) = settings.api_url()?;
        let is_plain = !api_url.contains(['?', '#', '@']) && !api_url.contains(char::is_whitespace);
        if !is_plain || !may_carry_key(&api_url) {
            let host =
                host_of(&api_url).unwrap_or_else(|| "something that is not a URL".to_owned());
            return Err(RegistryError::ApiUrl(Printable(host).to_string()));
        }
        Ok(Self {
            http: HttpClient::new(environment, timeout)?.with_log(log),
            lookup: KeyLookup::new(environment, profile.bound()),
            profile: profile.named.as_deref(),
            clock: environment.clock(),
            settings,
            api_url,
            url_source,
            filter,
            budget: Arc::default(),
            timeout,
        })
    }

    /// The settings of the account.
    pub(super) fn settings(&self) -> &Settings<'a> {
        &self.settings
    }

    /// The API of one region.
    pub(super) fn api(&self, region: &str) -> Result<RegistryApi<'_>, RegistryError> {
        let key = self.known_key(region)?;
        Ok(RegistryApi {
            http: &self.http,
            clock: Arc::clone(&self.clock),
            api_url: self.api_url.clone(),
            url_source: self.url_source,
            region: region.to_owned(),
            key,
            filter: self.filter,
            budget: Arc::clone(&self.budget),
            timeout: self.timeout,
            notes: std::sync::Mutex::default(),
            problems: std::sync::Mutex::default(),
        })
    }

    /// The requests and items of all lists so far.
    pub(super) fn spent(&self) -> (usize, usize) {
        self.budget.spent()
    }

    /// The registry at `host`. All calls together end within the time limit.
    pub(super) fn registry<'s>(
        &'s self,
        host: &'s RegistryHost,
    ) -> crate::registry::token_exchange::Session<'s> {
        let until = Instant::now() + self.timeout;
        crate::registry::token_exchange::Session { client: &self.http, host, until }
    }

    /// Returns the key for a region and adds it to the output filter.
    pub(super) fn known_key(&self, region: &str) -> Result<FoundKey, RegistryError> {
        let key = self.key(region)?;
        self.filter.know(&key.key);
        Ok(key)
    }

    fn key(&self, region: &str) -> Result<FoundKey, RegistryError> {
        if let Some(profile) = self.profile {
            return Ok(self.lookup.profile_key(profile)?);
        }
        let hosts = RegistryHost::of_region(region);
        for host in &hosts {
            if let Some(key) = self.lookup.key_for(host)? {
                return Ok(key);
            }
        }
        let host = hosts.into_iter().next();
        Err(host.map_or(
            RegistryError::Unexpected("there is no such region".to_owned()),
            RegistryError::NoKey,
        ))
    }

    /// The region that `--region` names, else the account's.
    pub(super) fn region(&self, argument: Option<&str>) -> Result<String, RegistryError> {
        Ok(match argument {
            Some(region) => region.to_owned(),
            None => self.settings.region()?,
        })
    }

    /// Checks a reference. Returns it with the region of its item.
    pub(super) fn located(
        &self,
        reference: &Reference,
        access: Access,
        argument: Option<&str>,
    ) -> Result<(Reference, String), RegistryError> {
        let mut reference = reference.clone();
        if let Access::Write(kind) = access {
            reference = reference.checked_for_write(kind)?;
        }
        let region = match (&reference.region, argument) {
            (Some(named), Some(region)) if named != region => {
                let (named, region) = (named.clone(), region.to_owned());
                return Err(RegistryError::OtherRegion(reference.text, named, region));
            }
            (Some(region), _) => region.clone(),
            (None, Some(region)) => region.to_owned(),
            (None, None) => self.settings.region()?,
        };
        // A key pasted in the place of an ID must not become part of a URL.
        if let (Target::Id(id), Ok(key)) = (&reference.target, self.key(&region)) {
            let is_key = |text: &str| SecretKey::parse(text).is_ok_and(|other| other == key.key);
            if is_key(id) || is_key(&reference.text) {
                return Err(RegistryError::IsTheKey);
            }
        }
        Ok((reference, region))
    }
}
