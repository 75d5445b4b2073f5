//! The `url` crate as the other parser of URLs.

use docker_credential_scw::fuzzed::Address;

/// Parses a URL as browsers do.
pub fn address_of(url: &str) -> Option<Address> {
    let url = url::Url::parse(url).ok()?;
    Some(Address {
        scheme: url.scheme().to_owned(),
        host: url.host_str()?.to_owned(),
        port: url.port(),
        has_user: !url.username().is_empty() || url.password().is_some(),
    })
}
