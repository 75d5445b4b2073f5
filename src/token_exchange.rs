//! Does a registry take a key? The way every client logs in: `/v2/`, its challenge, the token endpoint
//! that it names (distribution specification, "token authentication").

use std::time::SystemTime;

use serde::Deserialize;
use ureq::http::Method;
use zeroize::Zeroizing;

use crate::http::{
    Answer, Authorization, Call, HttpClient, HttpError, http_date, percent_encoded, url,
};
use crate::protocol::USERNAME;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;

/// Where the token endpoint of the real service is.
const API_HOST: &str = "api.scaleway.com";

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The registry takes the key.
    Accepted,
    /// There was no key to try; the registry answers.
    Reached,
    /// It does not know the key.
    WrongKey,
    /// The key was good once.
    Expired,
    /// It knows the key, which may not do this.
    NoPermission,
    /// It gave a token for the key and does not take the token: a matter of clocks.
    TokenRefused,
    /// The token endpoint that it names is not one of Scaleway's: the key was not sent.
    ForeignTokenEndpoint(String),
    /// There is no connection, or none to be trusted.
    NoConnection(HttpError),
    /// It answers with something else than a registry should.
    Odd(String),
}

/// What a registry said, and how far its clock is from ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trial {
    pub(crate) verdict: Verdict,
    /// Seconds that this machine's clock is ahead.
    pub(crate) clock_ahead: Option<i64>,
}

/// How a registry wants to be asked.
#[derive(Debug, PartialEq, Eq)]
enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String> },
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
}

/// Tries `key` at a registry, or only reaches it where there is none.
pub(crate) fn try_key(client: &HttpClient, host: &RegistryHost, key: Option<&SecretKey>) -> Trial {
    let ping = format!("https://{host}/v2/");
    let first = match get(client, &ping, Authorization::None) {
        Ok(answer) => answer,
        Err(error) => return Trial { verdict: Verdict::NoConnection(error), clock_ahead: None },
    };
    let clock_ahead = clock_ahead(&first, SystemTime::now());
    let verdict = verdict(client, host, &ping, &first, key).unwrap_or_else(Verdict::NoConnection);
    Trial { verdict, clock_ahead }
}

fn verdict(
    client: &HttpClient,
    host: &RegistryHost,
    ping: &str,
    first: &Answer,
    key: Option<&SecretKey>,
) -> Result<Verdict, HttpError> {
    if first.status != 401 {
        return Ok(Verdict::Odd(format!(
            "status {} where it should ask who is there",
            first.status
        )));
    }
    let Some(challenge) = first.headers("www-authenticate").find_map(challenge) else {
        return Ok(Verdict::Odd("it does not say how to log in".to_owned()));
    };
    let Some(key) = key else { return Ok(Verdict::Reached) };
    let basic = Authorization::Basic { user: USERNAME, key };
    let (realm, service) = match challenge {
        Challenge::Basic => return Ok(said_to_key(&get(client, ping, basic)?)),
        Challenge::Bearer { realm, service } => (realm, service),
    };
    let Some(endpoint) = trusted_endpoint(&realm, host) else {
        return Ok(Verdict::ForeignTokenEndpoint(realm));
    };
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    let service = percent_encoded(service.as_deref().unwrap_or_default());
    let with_service = format!("{endpoint}{separator}service={service}&account={USERNAME}");
    let answer = get(client, &with_service, basic)?;
    if answer.status != 200 {
        return Ok(said_to_key(&answer));
    }
    let token = serde_json::from_slice::<TokenAnswer>(&answer.body).ok();
    let token = token.and_then(|answer| answer.token.or(answer.access_token)).map(Zeroizing::new);
    // What cannot stand in a header is none.
    let token = token.filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
    let Some(token) = token else {
        return Ok(Verdict::Odd("its token endpoint gives no token".to_owned()));
    };
    let last = get(client, ping, Authorization::Bearer(&token))?;
    Ok(match said_to_key(&last) {
        Verdict::WrongKey | Verdict::Expired => Verdict::TokenRefused,
        verdict => verdict,
    })
}

fn get(
    client: &HttpClient,
    url: &str,
    authorization: Authorization<'_>,
) -> Result<Answer, HttpError> {
    client.call(&Call { method: Method::GET, url, authorization, body: None, within: None })
}

fn said_to_key(answer: &Answer) -> Verdict {
    // Scaleway: `"reason": "expired"`; the words of others are alike.
    let is_expired = || String::from_utf8_lossy(&answer.body).to_lowercase().contains("expired");
    match answer.status {
        200 => Verdict::Accepted,
        401 | 403 if is_expired() => Verdict::Expired,
        401 => Verdict::WrongKey,
        403 => Verdict::NoPermission,
        status => Verdict::Odd(format!("status {status}")),
    }
}

/// The endpoint, if the key may go there: over https, to the registry's own host (or its other name),
/// or to Scaleway's API, where the real one is. Other hosts below `scw.cloud` belong to
/// Scaleway's customers: no suffix is enough.
fn trusted_endpoint<'r>(realm: &'r str, host: &RegistryHost) -> Option<&'r str> {
    let uri = url(realm)?;
    let is_plain = !realm.contains(['#', '\\', '@']) && uri.scheme_str() == Some("https");
    let named = uri.host()?.to_ascii_lowercase();
    let is_ours = RegistryHost::from_host(&named).is_some_and(|it| it.region() == host.region())
        || named == API_HOST;
    (is_plain && is_ours).then_some(realm)
}

/// Reads one `WWW-Authenticate` header (RFC 9110, 11.6.1).
fn challenge(header: &str) -> Option<Challenge> {
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

fn clock_ahead(answer: &Answer, now: SystemTime) -> Option<i64> {
    let theirs = http_date(answer.header("date")?)?;
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).ok();
    match now.duration_since(theirs) {
        Ok(ahead) => seconds(ahead),
        Err(behind) => seconds(behind.duration()).map(|behind| -behind),
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
