//! HTTP calls. No other module uses the network.
//!
//! A secret key is only sent in a header, over https with a verified certificate, or over plain
//! http to a loopback address. Redirects are never followed (CVE-2020-15157, CVE-2024-3727).

mod addresses;
mod agent;
pub(crate) mod authorities;
mod call_log;
mod error;
mod proxy;

use std::io::Read as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::{HeaderValue, Method, Request, Response, Uri, header};
use ureq::{Agent, Body, Proxy};
use zeroize::Zeroizing;

use crate::key_text;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::wiped::WipedBytes;

use addresses::Addresses;
use agent::agent;
pub(crate) use authorities::{BrokenAuthorities, broken_authorities};
pub(crate) use call_log::CallLog;
pub(crate) use error::HttpError;
pub(crate) use proxy::ProxyAddress;
use proxy::{exceptions_of, proxy_of};

/// The maximum size of a response in bytes.
const BODY_LIMIT: u64 = 16 * 1024 * 1024;

/// The maximum size of the buffer that is made for a response because of its `Content-Length`.
const INITIAL_BODY: u64 = 256 * 1024;

/// Makes calls and reuses connections. Can be used by several threads.
pub(crate) struct HttpClient {
    direct: Agent,
    /// Goes through the proxy that the environment names.
    proxied: Option<(Agent, ProxyAddress)>,
    /// Knows the hosts of `NO_PROXY`.
    exceptions: Option<Proxy>,
    addresses: Addresses,
    /// The log of calls, if `--debug` is given.
    log: Option<Arc<CallLog>>,
}

/// A request.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) authorization: Authorization<'a>,
    /// The `Accept` header, if not JSON.
    pub(crate) accept: Option<&'a str>,
    pub(crate) content: Option<Content<'a>>,
    /// A deadline that is shorter than the client's.
    pub(crate) within: Option<Duration>,
}

/// The body of a request.
#[derive(Clone, Copy)]
pub(crate) struct Content<'a> {
    /// The `Content-Type` header.
    pub(crate) media_type: &'a str,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Content<'a> {
    /// A body in JSON.
    pub(crate) fn json(bytes: &'a [u8]) -> Self {
        Self { media_type: "application/json", bytes }
    }
}

/// The credentials of a call.
#[derive(Clone, Copy)]
pub(crate) enum Authorization<'a> {
    None,
    /// `Authorization: Basic`, for registries and their token endpoints.
    Basic {
        user: &'a str,
        key: &'a SecretKey,
    },
    /// `Authorization: Bearer`, with a token from a token endpoint.
    Bearer(&'a str),
    /// `X-Auth-Token`, for Scaleway's API.
    Token(&'a SecretKey),
}

/// A response.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: ureq::http::HeaderMap,
    pub(crate) body: WipedBytes,
}

impl Answer {
    /// Creates an answer without headers.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn without_headers(status: u16, body: &[u8]) -> Self {
        let (headers, body) = (ureq::http::HeaderMap::new(), WipedBytes::new(body.to_vec()));
        Self { status, headers, body }
    }

    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All values of a header that may occur several times.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }
}

impl HttpClient {
    /// Creates a client that uses the proxy of `environment` and gives each call this deadline.
    ///
    /// # Errors
    /// Returns [`HttpError`] if the proxy cannot be used.
    pub(crate) fn new(environment: &Environment, deadline: Duration) -> Result<Self, HttpError> {
        let proxy = proxy_of(environment)?;
        let exceptions = proxy.as_ref().and_then(|_| exceptions_of(environment));
        let addresses = Addresses::default();
        let agent = |proxy| agent(proxy, deadline, addresses.clone());
        Ok(Self {
            direct: agent(None),
            proxied: proxy.map(|(proxy, address)| (agent(Some(proxy)), address)),
            exceptions,
            addresses,
            log: None,
        })
    }

    /// Records all calls in this log.
    pub(crate) fn with_log(self, log: Option<Arc<CallLog>>) -> Self {
        Self { log, ..self }
    }

    /// The proxy for a call to this URL, if any.
    pub(crate) fn proxy_to(&self, url: &str) -> Option<&ProxyAddress> {
        let (_, address) = self.proxied_to(&self::url(url)?)?;
        Some(address)
    }

    fn proxied_to(&self, uri: &Uri) -> Option<&(Agent, ProxyAddress)> {
        let is_exception = self.exceptions.as_ref().is_some_and(|proxy| proxy.is_no_proxy(uri));
        let is_direct = is_exception || uri.host().is_none_or(is_loopback);
        self.proxied.as_ref().filter(|_| !is_direct)
    }

    /// Makes a call and returns the response, even for an error status or a redirect.
    ///
    /// # Errors
    /// Returns [`HttpError`] if there is no complete response.
    pub(crate) fn call(&self, call: &Call<'_>) -> Result<Answer, HttpError> {
        let start = Instant::now();
        let answer = self.answer_to(call);
        if answer.is_err() {
            self.addresses.forget();
        }
        if let Some(log) = &self.log {
            log.add(&call.method, call.url, answer.as_ref(), start.elapsed());
        }
        answer
    }

    fn answer_to(&self, call: &Call<'_>) -> Result<Answer, HttpError> {
        let uri = url(call.url).ok_or(HttpError::NotAUrl)?;
        call.check_key(&uri)?;
        let agent = self.proxied_to(&uri).map_or(&self.direct, |(agent, _)| agent);
        let mut request = Request::builder().method(call.method.clone()).uri(uri);
        request = request.header(header::ACCEPT, call.accept.unwrap_or("application/json"));
        if let Some((name, value)) = call.authorization.header() {
            request = request.header(name, value);
        }
        let usual = agent.config().timeouts().global.unwrap_or_default();
        let deadline = call.within.map_or(usual, |within| within.min(usual));
        let answer = if let Some(content) = call.content {
            let request = request.header(header::CONTENT_TYPE, content.media_type);
            run(agent, request.body(content.bytes).map_err(|_| HttpError::NotAUrl)?, deadline)
        } else {
            run(agent, request.body(()).map_err(|_| HttpError::NotAUrl)?, deadline)
        };
        let (head, body) =
            answer.map_err(|error| HttpError::from_ureq(error, deadline))?.into_parts();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: read_body(body, deadline)?,
        })
    }
}

impl Call<'_> {
    /// Checks that the call may carry its key, and that the key is nowhere but in the header.
    fn check_key(&self, uri: &Uri) -> Result<(), HttpError> {
        let host = uri.host().ok_or(HttpError::NotAUrl)?;
        let may_carry_key = uri.scheme_str() == Some("https") || is_loopback(host);
        if !matches!(self.authorization, Authorization::None) && !may_carry_key {
            return Err(HttpError::NotHttps);
        }
        let Authorization::Token(key) = self.authorization else { return Ok(()) };
        let holds_key = |text: &[u8]| key_text::holds(text, key.value());
        if holds_key(self.url.as_bytes())
            || self.content.is_some_and(|content| holds_key(content.bytes))
        {
            return Err(HttpError::IsTheKey);
        }
        Ok(())
    }
}

fn read_body(body: Body, deadline: Duration) -> Result<WipedBytes, HttpError> {
    // The spare byte lets the reader see the end without growing the buffer.
    let length = body.content_length().map_or(0, |length| length.min(INITIAL_BODY) + 1);
    let mut bytes = WipedBytes::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0)));
    body.into_reader()
        .take(BODY_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| HttpError::from_ureq(error.into(), deadline))?;
    if bytes.len() as u64 > BODY_LIMIT { Err(HttpError::TooLarge) } else { Ok(bytes) }
}

fn run(
    agent: &Agent,
    request: Request<impl ureq::AsSendBody>,
    deadline: Duration,
) -> Result<Response<Body>, ureq::Error> {
    agent.run(agent.configure_request(request).timeout_global(Some(deadline)).build())
}

/// Parses an absolute URL with a host. Returns `None` if it is not one.
///
/// `Uri` accepts `host:abc` and `host:99999` and then reports no port. The call would silently go
/// to the scheme's default port.
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

/// The host of a URL; `None` if it is not a URL.
pub(crate) fn host_of(url: &str) -> Option<String> {
    self::url(url)?.host().map(str::to_owned)
}

/// Returns the host of a URL with its port; `None` if it names no host.
pub(crate) fn address_of(url: &str) -> Option<String> {
    let uri = self::url(url)?;
    let host = uri.host()?;
    Some(uri.port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Returns whether a key may be sent to this URL: over https, or to this machine.
pub(crate) fn may_carry_key(url: &str) -> bool {
    self::url(url).is_some_and(|uri| match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => is_loopback(host),
        _ => false,
    })
}

impl Authorization<'_> {
    #[expect(clippy::disallowed_methods, reason = "a header of a call to Scaleway")]
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

/// Parses an HTTP date (RFC 9110, 5.6.7).
pub(crate) fn http_date(text: &str) -> Option<SystemTime> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(date.into())
}

/// Escapes text for a URL's path or query: everything but letters, digits and `-._~` (RFC 3986).
pub(crate) fn percent_encoded(text: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, KEPT).to_string()
}

/// Returns whether the host is this machine, so that nothing crosses a network.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
