//! Is this server URL one of Scaleway's registries, and of which region?
//!
//! A wrong yes gives somebody's secret key to a stranger, so the whole input is parsed once and
//! the whole host compared: no search, no `ends_with` on the input (GO-2026-6225 is what an
//! unanchored pattern led to), and everything that is not understood is not ours.

use std::fmt;

/// Regions with a registry today. Others of the same form are accepted as well: a region that
/// Scaleway opens tomorrow needs no new release.
pub const REGIONS: [&str; 4] = ["fr-par", "nl-ams", "pl-waw", "it-mil"];

/// The domain under which a registry is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// `scw.cloud`.
    Cloud,
    /// `scw.eu`, where Milan's images are served (scaleway-cli #5772).
    Eu,
}

/// One of Scaleway's registries: `rg.<region>.scw.cloud` or `rg.<region>.scw.eu`.
///
/// Its `Display` is the bare host in lower case, the form every client asks with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistryHost {
    region: String,
    domain: Domain,
}

/// A server URL, as a caller of the docker-credential protocol writes it, that names one of our
/// registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl {
    /// The registry that it names.
    pub host: RegistryHost,
    /// It begins with `http://`: no secret may go there (CVE-2019-10214).
    pub plain_http: bool,
}

impl RegistryHost {
    /// The registries that are known today: one a region, and Milan's under both its names.
    pub fn known() -> impl Iterator<Item = Self> {
        REGIONS.iter().flat_map(|region| Self::of_region(region))
    }

    /// The registries of one region: Milan's has two names.
    pub fn of_region(region: &str) -> Vec<Self> {
        let eu = (region == "it-mil").then_some(Domain::Eu);
        [Some(Domain::Cloud), eu]
            .into_iter()
            .flatten()
            .map(|domain| Self::new(region, domain))
            .collect()
    }

    /// Takes a bare lower-case host, as [`fmt::Display`] writes it; `None` if it is not ours.
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
    /// Reads a server URL without blanks around it: the bare host, or with `https://` or
    /// `http://`, `:443` and a path, in any letter case. `None` if it names no registry of ours.
    ///
    /// Whatever is accepted means the same host to a WHATWG URL parser, and only visible ASCII
    /// without `@ \ ? # %` is accepted at all, so there is nothing to disagree on.
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

/// `^[a-z]{2}-[a-z]{3,7}$`, the form of every region of Scaleway's.
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
