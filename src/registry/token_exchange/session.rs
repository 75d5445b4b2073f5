//! The calls of one trial at one registry, within one time limit.

use std::time::{Duration, Instant};

use serde::Deserialize;
use ureq::http::Method;
use zeroize::Zeroizing;

use super::challenge::{Challenge, challenge, trusted_endpoint};
use super::{Hop, Oddity, Verdict, is_page, verdict_on_key};
use crate::protocol::wire::USERNAME;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::system::http::{
    Answer, Authorization, Call, Content, HttpClient, HttpError, host_of, percent_encoded,
};

/// What all calls of a trial share.
pub(crate) struct Session<'a> {
    pub(crate) client: &'a HttpClient,
    pub(crate) host: &'a RegistryHost,
    /// The deadline of all calls.
    pub(crate) until: Instant,
}

/// The credentials of a call.
pub(super) enum Pass<'k> {
    Anonymous,
    Key(&'k SecretKey),
    Token(Zeroizing<String>),
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
}

impl Pass<'_> {
    /// Returns what the registry's answer to a call with these credentials means.
    pub(super) fn verdict(&self, answer: &Answer) -> Verdict {
        match (verdict_on_key(Hop::Registry, answer), self) {
            (Verdict::WrongKey | Verdict::Expired, Self::Token(_)) => Verdict::TokenRefused,
            (verdict, _) => verdict,
        }
    }

    fn authorization(&self) -> Authorization<'_> {
        match self {
            Self::Anonymous => Authorization::None,
            Self::Key(key) => Authorization::Basic { user: USERNAME, key },
            Self::Token(token) => Authorization::Bearer(token),
        }
    }
}

impl Session<'_> {
    /// Requests `/v2/` without a key.
    ///
    /// # Errors
    /// Returns [`Verdict::NoConnection`] if there is no answer. All calls do.
    pub(super) fn ping(&self) -> Result<Answer, Verdict> {
        self.ping_with(&Pass::Anonymous)
    }

    pub(super) fn ping_with(&self, pass: &Pass<'_>) -> Result<Answer, Verdict> {
        self.get(&format!("https://{}/v2/", self.host), pass.authorization())
    }

    /// Requests a path below `/v2/`.
    pub(super) fn ask(
        &self,
        method: Method,
        path: &str,
        accept: Option<&str>,
        pass: &Pass<'_>,
    ) -> Result<Answer, Verdict> {
        self.send(method, path, accept, pass, None)
    }

    /// Calls a path after `/v2/`, with content to store.
    pub(super) fn send(
        &self,
        method: Method,
        path: &str,
        accept: Option<&str>,
        pass: &Pass<'_>,
        content: Option<Content<'_>>,
    ) -> Result<Answer, Verdict> {
        let url = format!("https://{}/v2/{path}", self.host);
        self.call(method, &url, accept, pass.authorization(), content)
    }

    /// Returns credentials that the challenge accepts: a token for `scope`, or the key itself.
    ///
    /// # Errors
    /// Returns the verdict of the token endpoint if it issues no token.
    pub(super) fn log_in<'k>(
        &self,
        challenge: &Challenge,
        scope: Option<&str>,
        key: Option<&'k SecretKey>,
    ) -> Result<Pass<'k>, Verdict> {
        let without_token = key.map_or(Pass::Anonymous, Pass::Key);
        let Challenge::Bearer { realm, service } = challenge else { return Ok(without_token) };
        let Some(endpoint) = trusted_endpoint(realm, self.host) else {
            return Err(Verdict::ForeignTokenEndpoint(realm.clone()));
        };
        let separator = if endpoint.contains('?') { '&' } else { '?' };
        let service = percent_encoded(service.as_deref().unwrap_or_default());
        let mut url = format!("{endpoint}{separator}service={service}");
        if key.is_some() {
            url = format!("{url}&account={USERNAME}");
        }
        if let Some(scope) = scope {
            url = format!("{url}&scope={}", percent_encoded(scope));
        }
        let answer = self.get(&url, without_token.authorization())?;
        if answer.status != 200 {
            return Err(verdict_of_endpoint(self.hop_of(&url), &answer));
        }
        let token = serde_json::from_slice::<TokenAnswer>(&answer.body).ok();
        let token =
            token.and_then(|answer| answer.token.or(answer.access_token)).map(Zeroizing::new);
        // A token must fit in a header.
        let token = token.filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
        token
            .map(Pass::Token)
            .ok_or_else(|| Verdict::Odd { hop: self.hop_of(&url), oddity: Oddity::NoToken })
    }

    fn get(&self, url: &str, authorization: Authorization<'_>) -> Result<Answer, Verdict> {
        self.call(Method::GET, url, None, authorization, None)
    }

    fn call(
        &self,
        method: Method,
        url: &str,
        accept: Option<&str>,
        authorization: Authorization<'_>,
        content: Option<Content<'_>>,
    ) -> Result<Answer, Verdict> {
        // Without a second left, the error would report a time limit of zero.
        let left = self.until.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        let call = Call { method, url, authorization, accept, content, within: Some(left) };
        self.client.call(&call).map_err(|error| {
            let hop = self.hop_to(url, &error);
            Verdict::NoConnection { hop, error }
        })
    }

    /// Returns the server at which a call to `url` failed.
    fn hop_to(&self, url: &str, error: &HttpError) -> Hop {
        let to = host_of(url).unwrap_or_default().to_ascii_lowercase();
        // The proxy resolves the host, so a failure before the connection is a failure at the proxy.
        let is_at_proxy = error.is_before_connection() || matches!(error, HttpError::Proxy(_));
        match self.client.proxy_to(url).filter(|_| is_at_proxy) {
            Some(proxy) => Hop::Proxy { proxy: proxy.clone(), to },
            None => self.hop_of(url),
        }
    }

    /// Returns the server that the URL names.
    fn hop_of(&self, url: &str) -> Hop {
        let host = host_of(url).unwrap_or_default().to_ascii_lowercase();
        if host == self.host.to_string() { Hop::Registry } else { Hop::TokenEndpoint(host) }
    }
}

/// Returns the challenge in the registry's answer to [`Session::ping`].
///
/// # Errors
/// Returns [`Verdict::Odd`] if the answer has none.
pub(super) fn challenge_in(first: &Answer) -> Result<Challenge, Verdict> {
    let odd = |oddity| Verdict::Odd { hop: Hop::Registry, oddity };
    if first.status != 401 {
        let status = first.status;
        return Err(odd(if is_page(first) {
            Oddity::Page(status)
        } else {
            Oddity::NoLoginAsked(status)
        }));
    }
    let found = first.headers("www-authenticate").find_map(challenge);
    found.ok_or(odd(Oddity::NoChallenge))
}

/// Returns what an answer without a token means. Scaleway's token endpoint is a part of its API,
/// which names what was not found.
fn verdict_of_endpoint(hop: Hop, answer: &Answer) -> Verdict {
    if answer.status == 404 && super::grant::is_about_namespace(&answer.body) {
        return Verdict::NotThere(super::Missing::Namespace);
    }
    verdict_on_key(hop, answer)
}
