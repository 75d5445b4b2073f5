//! Calls over HTTP: the one place where something is sent over a network.
//!
//! A key goes out in a header, over https with a verified certificate, or over plain http to a
//! loopback address. No redirect is followed with it (CVE-2020-15157, CVE-2024-3727).

pub(crate) mod authorities;
mod error;
mod proxy;

use std::io::Read as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::{HeaderValue, Method, Request, Response, Uri, header};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, Proxy};
use zeroize::Zeroizing;

use crate::key_text;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;

pub(crate) use authorities::{BrokenAuthorities, broken_authorities};
pub(crate) use error::HttpError;
pub(crate) use proxy::ProxyAddress;
use proxy::{exceptions_of, proxy_of};

/// What servers see us as.
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// How long a name, and then a connection, may take.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

/// The largest answer that is read.
const BODY_LIMIT: u64 = 16 * 1024 * 1024;

/// Makes calls, several at once if need be, and keeps connections for the next.
pub(crate) struct HttpClient {
    direct: Agent,
    /// Through the proxy that the environment names.
    proxied: Option<(Agent, ProxyAddress)>,
    /// Holds the hosts of `NO_PROXY`.
    exceptions: Option<Proxy>,
}

/// One call.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) authorization: Authorization<'a>,
    /// The media types that may be answered, if not JSON.
    pub(crate) accept: Option<&'a str>,
    /// JSON.
    pub(crate) body: Option<Vec<u8>>,
    /// How long it may take, where that is less than usual.
    pub(crate) within: Option<Duration>,
}

/// What a call carries to be let in.
#[derive(Clone, Copy)]
pub(crate) enum Authorization<'a> {
    None,
    /// `Authorization: Basic`, as registries and their token endpoints take it.
    Basic {
        user: &'a str,
        key: &'a SecretKey,
    },
    /// `Authorization: Bearer`: what a token endpoint gave for a key.
    Bearer(&'a str),
    /// `X-Auth-Token`, as Scaleway's API takes it.
    Token(&'a SecretKey),
}

/// What a server said.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: ureq::http::HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// A header's text, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Every value of a header that may stand there several times.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }
}

impl HttpClient {
    /// A client whose calls take `deadline` at most, with the proxy of `environment`.
    ///
    /// # Errors
    /// The proxy that is named cannot be used.
    pub(crate) fn new(environment: &Environment, deadline: Duration) -> Result<Self, HttpError> {
        let proxy = proxy_of(environment)?;
        let exceptions = proxy.as_ref().and_then(|_| exceptions_of(environment));
        Ok(Self {
            direct: agent(None, deadline),
            proxied: proxy.map(|(proxy, address)| (agent(Some(proxy), deadline), address)),
            exceptions,
        })
    }

    /// The proxy that a call to this URL goes through, if it goes through one.
    pub(crate) fn proxy_to(&self, url: &str) -> Option<&ProxyAddress> {
        let (_, address) = self.proxied_to(&self::url(url)?)?;
        Some(address)
    }

    fn proxied_to(&self, uri: &Uri) -> Option<&(Agent, ProxyAddress)> {
        let is_exception = self.exceptions.as_ref().is_some_and(|proxy| proxy.is_no_proxy(uri));
        let is_direct = is_exception || uri.host().is_none_or(is_loopback);
        self.proxied.as_ref().filter(|_| !is_direct)
    }

    /// Makes a call, and gives back what the server said, be it an error or a redirect.
    ///
    /// # Errors
    /// There is no whole answer.
    pub(crate) fn call(&self, call: &Call<'_>) -> Result<Answer, HttpError> {
        let uri = url(call.url).ok_or(HttpError::NotAUrl)?;
        let host = uri.host().ok_or(HttpError::NotAUrl)?;
        let is_here = is_loopback(host);
        let may_carry_key = uri.scheme_str() == Some("https") || is_here;
        if !matches!(call.authorization, Authorization::None) && !may_carry_key {
            return Err(HttpError::NotHttps);
        }
        if let Authorization::Token(key) = call.authorization
            && (key_text::holds(call.url.as_bytes(), key.value())
                || call.body.as_ref().is_some_and(|body| key_text::holds(body, key.value())))
        {
            return Err(HttpError::IsTheKey);
        }
        let agent = self.proxied_to(&uri).map_or(&self.direct, |(agent, _)| agent);
        let mut request = Request::builder().method(call.method.clone()).uri(uri);
        request = request.header(header::ACCEPT, call.accept.unwrap_or("application/json"));
        if let Some((name, value)) = call.authorization.header() {
            request = request.header(name, value);
        }
        let usual = agent.config().timeouts().global.unwrap_or_default();
        let deadline = call.within.map_or(usual, |within| within.min(usual));
        let not_answered = |error: ureq::Error| HttpError::from_ureq(error, deadline);
        let answer = if let Some(body) = &call.body {
            let request = request.header(header::CONTENT_TYPE, "application/json");
            run(agent, request.body(body.as_slice()).map_err(|_| HttpError::NotAUrl)?, deadline)
        } else {
            run(agent, request.body(()).map_err(|_| HttpError::NotAUrl)?, deadline)
        };
        let (head, body) = answer.map_err(not_answered)?.into_parts();
        let mut bytes = Zeroizing::new(Vec::new());
        body.into_reader()
            .take(BODY_LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| HttpError::from_ureq(error.into(), deadline))?;
        if bytes.len() as u64 > BODY_LIMIT {
            return Err(HttpError::TooLarge);
        }
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: bytes })
    }
}

fn run(
    agent: &Agent,
    request: Request<impl ureq::AsSendBody>,
    deadline: Duration,
) -> Result<Response<Body>, ureq::Error> {
    agent.run(agent.configure_request(request).timeout_global(Some(deadline)).build())
}

/// Parses an absolute URL with a host; `None` if it is none.
///
/// `Uri` accepts `host:abc` and `host:99999` and then reports no port, so a call would go to the
/// scheme's own port instead of being refused.
pub(crate) fn url(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let authority = uri.authority()?;
    let without_user = authority.as_str().rsplit('@').next()?;
    let after_host = without_user.strip_prefix(authority.host())?;
    let is_port = |digits: &str| {
        digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.parse::<u16>().is_ok_and(|port| port > 0)
    };
    let is_valid = after_host.is_empty() || after_host.strip_prefix(':').is_some_and(is_port);
    is_valid.then_some(uri)
}

/// The host of a URL, if it is one.
pub(crate) fn host_of(url: &str) -> Option<String> {
    self::url(url)?.host().map(str::to_owned)
}

/// The host of a URL with its port, if it names one.
pub(crate) fn address_of(url: &str) -> Option<String> {
    let uri = self::url(url)?;
    let host = uri.host()?;
    Some(uri.port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// A key may be sent there: over https, or to this very machine.
pub(crate) fn may_carry_key(url: &str) -> bool {
    self::url(url).is_some_and(|uri| match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => is_loopback(host),
        _ => false,
    })
}

impl Authorization<'_> {
    fn header(self) -> Option<(&'static str, HeaderValue)> {
        let (name, text) = match self {
            Self::None => return None,
            Self::Basic { user, key } => {
                let pair = Zeroizing::new(format!("{user}:{}", key.expose()));
                let encoded = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
                ("authorization", Zeroizing::new(format!("Basic {}", &*Zeroizing::new(encoded))))
            }
            Self::Bearer(token) => ("authorization", Zeroizing::new(format!("Bearer {token}"))),
            Self::Token(key) => ("x-auth-token", Zeroizing::new(key.expose().to_owned())),
        };
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    }
}

/// A date as HTTP has it (RFC 9110, 5.6.7).
pub(crate) fn http_date(text: &str) -> Option<SystemTime> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(date.into())
}

/// Text as it stands in a URL's path or query: everything but letters, digits and `-._~` is escaped
/// (RFC 3986).
pub(crate) fn percent_encoded(text: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, KEPT).to_string()
}

/// It is this very machine: what is sent there crosses no network.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn agent(proxy: Option<Proxy>, deadline: Duration) -> Agent {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy)
        .user_agent(USER_AGENT)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_resolve(Some(CONNECT_DEADLINE))
        .timeout_connect(Some(CONNECT_DEADLINE))
        .timeout_global(Some(deadline))
        .build()
        .new_agent()
}
