//! A registry's challenge: the `WWW-Authenticate` header, and the endpoints that may get a key.

use crate::registry_host::RegistryHost;
use crate::system::http::url;

/// The host of the real service's token endpoint.
const API_HOST: &str = "api.scaleway.com";

/// The authentication that a registry asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String> },
}

/// Returns the endpoint if the key may be sent there: over https, to the registry's own host (or its other name),
/// or to Scaleway's API, where the real one is. Other hosts below `scw.cloud` belong to
/// Scaleway's customers: no suffix is enough.
pub(super) fn trusted_endpoint<'r>(realm: &'r str, host: &RegistryHost) -> Option<&'r str> {
    let uri = url(realm)?;
    let is_plain = !realm.contains(['#', '\\', '@']) && uri.scheme_str() == Some("https");
    let named = uri.host()?.to_ascii_lowercase();
    let is_ours = RegistryHost::from_host(&named).is_some_and(|it| it.region() == host.region())
        || named == API_HOST;
    (is_plain && is_ours).then_some(realm)
}

/// Parses one `WWW-Authenticate` header (RFC 9110, 11.6.1).
pub(super) fn challenge(header: &str) -> Option<Challenge> {
    let (scheme, parameters) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let (mut realm, mut service) = (None, None);
    let mut rest = parameters;
    while let Some((name, after)) = rest.split_once('=') {
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        match name.trim_matches([' ', ',']).to_ascii_lowercase().as_str() {
            "realm" => realm = Some(value.to_owned()),
            "service" => service = Some(value.to_owned()),
            _ => {}
        }
        rest = after;
    }
    Some(Challenge::Bearer { realm: realm?, service })
}

/// Returns the endpoint in a `WWW-Authenticate` header, if the key may be sent there.
#[cfg(any(test, fuzzing))]
pub(crate) fn endpoint_in(header: &str, host: &RegistryHost) -> Option<String> {
    match challenge(header)? {
        Challenge::Bearer { realm, .. } => trusted_endpoint(&realm, host).map(str::to_owned),
        Challenge::Basic => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Challenge, challenge, trusted_endpoint};
    use crate::registry_host::RegistryHost;

    #[test]
    fn a_challenge_is_read_as_registries_write_it() {
        let bearer = |realm: &str, service: Option<&str>| {
            let service = service.map(str::to_owned);
            Some(Challenge::Bearer { realm: realm.to_owned(), service })
        };
        for (header, read) in [
            (
                r#"Bearer realm="https://a/t?x=1,2",service="registry",scope="a:b""#,
                bearer("https://a/t?x=1,2", Some("registry")),
            ),
            (r#"bearer service=r, realm="https://a""#, bearer("https://a", Some("r"))),
            (r"Bearer realm=https://a", bearer("https://a", None)),
            (r#"Basic realm="x""#, Some(Challenge::Basic)),
            ("basic", Some(Challenge::Basic)),
            (r#"Bearer service="registry""#, None),
            (r#"Bearer realm="unclosed"#, None),
            ("Negotiate", None),
            ("", None),
        ] {
            assert_eq!(challenge(header), read, "{header}");
        }
    }

    #[test]
    fn a_key_goes_to_scaleways_token_endpoints_only() {
        let host = RegistryHost::from_host("rg.fr-par.scw.cloud").unwrap();
        for realm in [
            "https://rg.fr-par.scw.cloud/token",
            "https://RG.fr-par.scw.cloud:5001/token?a=b",
            "https://rg.fr-par.scw.eu/token",
            "https://api.scaleway.com/registry-internal/v1/regions/fr-par/tokens",
        ] {
            assert!(trusted_endpoint(realm, &host).is_some(), "{realm}");
        }
        for realm in [
            "http://rg.fr-par.scw.cloud/token",
            "https://rg.nl-ams.scw.cloud/token",
            "https://evil.example/token",
            "https://bucket.s3.fr-par.scw.cloud/token",
            "https://rg.fr-par.scw.cloud.evil.example/token",
            "https://rg.fr-par.scw.cloud@evil.example/token",
            "https://evil.example/@rg.fr-par.scw.cloud",
            "https://evil.example#rg.fr-par.scw.cloud",
            r"https://evil.example\@rg.fr-par.scw.cloud/",
            "https://xapi.scaleway.com/token",
            "https://api.scaleway.com.evil.example/token",
            "https://rg.fr-par.scw.cloud:/token",
            "https://rg.fr-par.scw.cloud:http/token",
            "https://rg.fr-par.scw.cloud:0/token",
            "https://rg.fr-par.scw.cloud:65536/token",
            "https://rg.fr-par.scw.cloud:+443/token",
            "https://api.scaleway.com:44x/token",
            "//rg.fr-par.scw.cloud/token",
            "/token",
            "",
        ] {
            assert!(trusted_endpoint(realm, &host).is_none(), "{realm}");
        }
    }
}
