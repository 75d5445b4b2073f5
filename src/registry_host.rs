//! Recognises the server URLs of Scaleway's registries.
//!
//! A false positive sends a secret key to a stranger. So the whole input is parsed once and the
//! whole host is compared, without searches or `ends_with` (see GO-2026-6225 for an unanchored
//! pattern). Whatever cannot be parsed is not a Scaleway registry.

use std::fmt;

/// The regions that have a registry today. Others of the same form are accepted as well, so a new
/// region needs no new release.
pub const REGIONS: [&str; 4] = ["fr-par", "nl-ams", "pl-waw", "it-mil"];

/// The domain under which a registry is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// `scw.cloud`.
    Cloud,
    /// `scw.eu`, which serves Milan's images (scaleway-cli #5772).
    Eu,
}

/// One of Scaleway's registries: `rg.<region>.scw.cloud` or `rg.<region>.scw.eu`.
///
/// Its `Display` is the bare host in lower case, as clients ask for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistryHost {
    region: String,
    domain: Domain,
}

/// The server URL of a Scaleway registry, as a caller of the docker-credential protocol sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl {
    /// The registry's host.
    pub host: RegistryHost,
    /// Whether it starts with `http://`. No secret may be sent there (CVE-2019-10214).
    pub plain_http: bool,
}

impl RegistryHost {
    /// The known registries: one for each region, and two for Milan.
    pub fn known() -> impl Iterator<Item = Self> {
        REGIONS.iter().flat_map(|region| Self::of_region(region))
    }

    /// The registries of one region. Milan's has two names.
    pub fn of_region(region: &str) -> Vec<Self> {
        let eu = (region == "it-mil").then_some(Domain::Eu);
        [Some(Domain::Cloud), eu]
            .into_iter()
            .flatten()
            .map(|domain| Self::new(region, domain))
            .collect()
    }

    /// Parses a bare host in lower case, as written by [`fmt::Display`]. Returns `None` if it is
    /// not a Scaleway registry.
    pub fn from_host(host: &str) -> Option<Self> {
        let rest = host.strip_prefix("rg.")?;
        let (region, domain) = rest.split_once('.')?;
        let domain = match domain {
            "scw.cloud" => Domain::Cloud,
            "scw.eu" => Domain::Eu,
            _ => return None,
        };
        is_region(region).then(|| Self::new(region, domain))
    }

    /// The region, such as `fr-par`.
    pub fn region(&self) -> &str {
        &self.region
    }

    fn new(region: &str, domain: Domain) -> Self {
        Self { region: region.to_owned(), domain }
    }
}

impl fmt::Display for RegistryHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = match self.domain {
            Domain::Cloud => "scw.cloud",
            Domain::Eu => "scw.eu",
        };
        write!(f, "rg.{}.{domain}", self.region)
    }
}

impl ServerUrl {
    /// Parses a server URL without surrounding whitespace: the host, optionally with `https://` or
    /// `http://`, `:443` and a path, in any letter case. Returns `None` if it is not a Scaleway
    /// registry.
    ///
    /// Only visible ASCII without `@ \ ? # %` is accepted. A WHATWG URL parser finds the same host
    /// in every accepted URL, so no other program can disagree.
    pub fn parse(text: &str) -> Option<Self> {
        let harmless = |byte: u8| byte.is_ascii_graphic() && !b"@\\?#%".contains(&byte);
        if !text.bytes().all(harmless) {
            return None;
        }
        let (plain_http, rest) = if let Some(rest) = strip_prefix_any_case(text, "https://") {
            (false, rest)
        } else if let Some(rest) = strip_prefix_any_case(text, "http://") {
            (true, rest)
        } else {
            (false, text)
        };
        let authority = rest.split_once('/').map_or(rest, |(authority, _path)| authority);
        let host = authority.strip_suffix(":443").unwrap_or(authority);
        let host = RegistryHost::from_host(&host.to_ascii_lowercase())?;
        Some(Self { host, plain_http })
    }
}

/// Returns whether the text matches `^[a-z]{2}-[a-z]{3,7}$`, the form of Scaleway's regions.
pub fn is_region(text: &str) -> bool {
    let lower = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase());
    text.split_once('-').is_some_and(|(country, city)| {
        country.len() == 2 && (3..=7).contains(&city.len()) && lower(country) && lower(city)
    })
}

fn strip_prefix_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}
