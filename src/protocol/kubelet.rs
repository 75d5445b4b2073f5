//! The kubelet's credential provider API: an image in, the credentials for its registry out.
//!
//! The kubelet starts the program for a pull whose image matches `matchImages` of its
//! `CredentialProviderConfig`, and decodes the answer strictly: an unknown or repeated field is an
//! error. It logs standard error of a program that fails, and then pulls without credentials.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde::Serialize;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use zeroize::Zeroizing;

use super::wire::{self, RequestError, USERNAME};
use crate::explain::Explain;
use crate::keys::{KeyError, KeyLookup};
use crate::program_name::CREDENTIAL_PROVIDER;
use crate::registry_host::ServerUrl;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;

/// The version of the API that requests and answers have.
pub(crate) const API_VERSION: &str = "credentialprovider.kubelet.k8s.io/v1";

/// How long the kubelet may use an answer. A new key takes effect after this time.
pub(crate) const CACHE_DURATION: &str = "5m0s";

/// The registry of an image whose name has none.
const DEFAULT_DOMAIN: &str = "docker.io";

/// Why a request has no answer. No text has a key in it, or a part of the request but its version.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum KubeletError {
    /// The request cannot be read, or is too long.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The request is not JSON, or not an object with texts in the fields that are read.
    #[error(
        "the request is not a CredentialProviderRequest as JSON (line {line}, column {column})"
    )]
    NotARequest {
        /// Where it stops being one, counted from 1.
        line: usize,
        /// The column of that line.
        column: usize,
    },
    /// The request has another version.
    #[error("the request has the apiVersion \"{0}\"; this program supports {API_VERSION} only")]
    OtherVersion(String),
    /// The request has another kind.
    #[error("the request is not of the kind CredentialProviderRequest")]
    OtherKind,
    /// The image is empty, or has whitespace or control characters.
    #[error("the image in the request is not an image name")]
    NotAnImage,
    /// A source of the key is broken.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Explain for KubeletError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Key(error) => error.hint(),
            Self::OtherVersion(_) => Some(format!(
                "set apiVersion of the provider {CREDENTIAL_PROVIDER} to {API_VERSION} in the \
                 kubelet's CredentialProviderConfig"
            )),
            _ => None,
        }
    }
}

/// What is read of a request. Newer kubelets may send more, such as a service account's token. The
/// last of several fields with one name counts, as for the kubelet's own reader.
#[derive(Default)]
struct Request {
    api_version: String,
    kind: String,
    image: String,
}

impl Request {
    fn parse(request: &[u8]) -> Result<Self, KubeletError> {
        let mut json = serde_json::Deserializer::from_slice(request);
        let parsed = json.deserialize_map(RequestVisitor).and_then(|parsed| {
            json.end()?;
            Ok(parsed)
        });
        // Serde's own messages quote values.
        parsed.map_err(|error| KubeletError::NotARequest {
            line: error.line(),
            column: error.column(),
        })
    }
}

struct RequestVisitor;

impl<'de> Visitor<'de> for RequestVisitor {
    type Value = Request;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Request, A::Error> {
        let mut request = Request::default();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "apiVersion" => request.api_version = map.next_value()?,
                "kind" => request.kind = map.next_value()?,
                "image" => request.image = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(request)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    api_version: &'static str,
    kind: &'static str,
    cache_key_type: &'static str,
    cache_duration: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    auth: BTreeMap<&'a str, Login<'a>>,
}

#[derive(Serialize)]
struct Login<'a> {
    username: &'static str,
    password: &'a str,
}

/// Reads a request and returns the answer, for a program bound to `bound_profile` by its name, or to
/// none. An image of another registry, or no key, is an answer without credentials: the kubelet
/// then pulls anonymously, and asks again the next time.
///
/// # Errors
/// Returns [`KubeletError`] if the request cannot be read or a source of the key is broken.
pub(crate) fn answer(
    bound_profile: Option<&str>,
    environment: &Environment,
    stdin: &mut dyn io::Read,
) -> Result<Zeroizing<Vec<u8>>, KubeletError> {
    let request = wire::read_request(stdin)?;
    let request = Request::parse(&request)?;
    if request.api_version != API_VERSION {
        return Err(KubeletError::OtherVersion(request.api_version));
    }
    if request.kind != "CredentialProviderRequest" {
        return Err(KubeletError::OtherKind);
    }
    let domain = domain_of(&request.image).ok_or(KubeletError::NotAnImage)?;
    let server = ServerUrl::parse(domain).filter(|server| !server.plain_http);
    let found = match server {
        Some(server) => KeyLookup::new(environment, bound_profile).key_for(&server.host)?,
        None => None,
    };
    Ok(response(domain, found.as_ref().map(|found| &found.key)))
}

/// The registry in an image's name, by the rule of Docker's references: the part before the first
/// slash if it has a dot, a colon or a capital letter, or is `localhost`; else Docker Hub. Returns
/// `None` if no image is named so.
fn domain_of(image: &str) -> Option<&str> {
    if image.is_empty() || image.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let Some((first, rest)) = image.split_once('/') else { return Some(DEFAULT_DOMAIN) };
    let has_capital = first.contains(char::is_uppercase);
    if !(first.contains(['.', ':']) || first == "localhost" || has_capital) {
        return Some(DEFAULT_DOMAIN);
    }
    (!rest.is_empty()).then_some(first)
}

/// The answer as one line of JSON. `auth` has the registry as the image names it, with its port:
/// the kubelet compares it with the image.
#[expect(clippy::disallowed_methods, reason = "the answer to the kubelet")]
fn response(domain: &str, key: Option<&SecretKey>) -> Zeroizing<Vec<u8>> {
    let auth = key.map(|key| (domain, Login { username: USERNAME, password: key.expose() }));
    let response = Response {
        api_version: API_VERSION,
        kind: "CredentialProviderResponse",
        cache_key_type: "Registry",
        cache_duration: if auth.is_some() { CACHE_DURATION } else { "0s" },
        auth: auth.into_iter().collect(),
    };
    // Large enough for any escaping.
    wire::line_with_key(&response, 384 + 6 * domain.len())
}

#[cfg(test)]
mod tests {
    use super::domain_of;

    #[test]
    fn the_registry_of_an_image_is_the_one_that_docker_means() {
        for (image, domain) in [
            ("debian", "docker.io"),
            ("debian:12", "docker.io"),
            ("library/debian@sha256:96e9", "docker.io"),
            ("rg.fr-par.scw.cloud", "docker.io"),
            ("rg.fr-par.scw.cloud:443", "docker.io"),
            ("my-ns/rg.fr-par.scw.cloud/app", "docker.io"),
            ("docker.io/library/debian", "docker.io"),
            ("localhost/app", "localhost"),
            ("localhost:5000/app", "localhost:5000"),
            ("Registry/app", "Registry"),
            ("rg.fr-par.scw.cloud/ns/app:1.2", "rg.fr-par.scw.cloud"),
            ("rg.fr-par.scw.cloud:443/ns/app@sha256:96e9", "rg.fr-par.scw.cloud:443"),
            ("RG.fr-par.scw.cloud/ns/app", "RG.fr-par.scw.cloud"),
            ("https://rg.fr-par.scw.cloud/ns/app", "https:"),
            ("[::1]:5000/app", "[::1]:5000"),
        ] {
            assert_eq!(domain_of(image), Some(domain), "{image}");
        }
        for image in ["", " ", "rg.fr-par.scw.cloud/", "a b", "rg.fr-par.scw.cloud/ns\n", "\u{0}/a"]
        {
            assert_eq!(domain_of(image), None, "{image:?}");
        }
    }
}
