//! Text that names a host: server URLs, references and token challenges.

use super::{KEY, machine_with_key};
use crate::protocol::{self, wire::Action};
use crate::registry::token_exchange::endpoint_in;
use crate::registry::{ImageName, Reference, Target};
use crate::registry_host::{RegistryHost, ServerUrl};

/// What another parser finds in a URL.
#[derive(Debug)]
pub struct Address {
    /// The scheme, in lower case.
    pub scheme: String,
    /// The host, in lower case.
    pub host: String,
    /// The port, if it is not the scheme's.
    pub port: Option<u16>,
    /// Whether the URL has a user name or a password.
    pub has_user: bool,
}

/// Another parser, with which this program must agree. `None` if it refuses the URL.
pub type AddressOf = fn(&str) -> Option<Address>;

/// A server URL gets the key only if another parser finds the same registry in it.
pub fn server_url(data: &[u8], address_of: AddressOf) {
    let environment = machine_with_key();
    let done = protocol::perform(Action::Get, None, &environment, &mut &*data);
    let Ok(done) = done else { return };
    let answer = str::from_utf8(&done.answer).expect("an answer in UTF-8");
    assert!(answer.contains(KEY), "an answer without the key: {answer}");
    assert_eq!(answer.matches('\n').count(), 1, "an answer of several lines: {answer}");
    let object: serde_json::Value = serde_json::from_str(answer).expect("an answer in JSON");
    let asked = object.get("ServerURL").and_then(|url| url.as_str()).expect("a server URL");
    let ours = ServerUrl::parse(asked).expect("the URL in the answer is a registry's");
    let has_scheme = asked.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
    let url = if has_scheme { asked.to_owned() } else { format!("https://{asked}") };
    let theirs = address_of(&url).unwrap_or_else(|| panic!("{url} is no URL"));
    assert_eq!(theirs.scheme, "https", "{url}");
    assert_eq!(theirs.host, ours.host.to_string(), "{url}");
    assert_eq!((theirs.port, theirs.has_user), (None, false), "{url}");
    assert_eq!(RegistryHost::from_host(&theirs.host), Some(ours.host));
}

/// A reference is read, and what was read is the same when written again. An error can be shown.
pub fn reference(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(name) = ImageName::parse(&text) {
        assert!(text.contains(name.namespace()) && !name.namespace().contains('/'), "{text}");
        assert!(name.repository().starts_with(name.namespace()), "{text}");
        assert_eq!(RegistryHost::from_host(&name.host().to_string()).as_ref(), Some(name.host()));
    }
    let reference = match Reference::parse(&text) {
        Ok(reference) => reference,
        Err(error) => {
            let shown = error.to_string();
            assert!(!shown.contains(char::is_control), "{shown:?}");
            return;
        }
    };
    let written = match &reference.target {
        Target::Id(id) => {
            assert_eq!(id.to_ascii_lowercase(), *id);
            id.clone()
        }
        Target::Name { parts, tag, digest } => {
            assert!(!parts.is_empty() && parts.iter().all(|part| !part.is_empty()), "{text}");
            let tag = tag.iter().map(|tag| format!(":{tag}"));
            let digest = digest.iter().map(|digest| format!("@{digest}"));
            parts.join("/") + &tag.chain(digest).collect::<String>()
        }
    };
    let host = |region: &String| format!("rg.{region}.scw.cloud/");
    let written = reference.region.as_ref().map(host).unwrap_or_default() + &written;
    let again = Reference::parse(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
    assert_eq!((again.region, again.target), (reference.region, reference.target), "{written}");
}

/// The key is sent to an endpoint only if another parser finds Scaleway's host in it, too.
pub fn token_challenge(data: &[u8], address_of: AddressOf) {
    let header = String::from_utf8_lossy(data);
    let host = RegistryHost::from_host("rg.fr-par.scw.cloud").expect("a registry");
    let Some(endpoint) = endpoint_in(&header, &host) else { return };
    let theirs = address_of(&endpoint).unwrap_or_else(|| panic!("{endpoint} is no URL"));
    let trusted = ["rg.fr-par.scw.cloud", "rg.fr-par.scw.eu", "api.scaleway.com"];
    assert!(trusted.contains(&theirs.host.as_str()), "{endpoint}: {theirs:?}");
    assert_eq!((theirs.scheme.as_str(), theirs.has_user), ("https", false), "{endpoint}");
}
