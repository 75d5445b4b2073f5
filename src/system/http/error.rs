//! Errors of HTTP calls.

use crate::explain::Explain;
use std::time::Duration;

use ureq::Timeout;

use super::BODY_LIMIT;
use super::agent::CONNECT_DEADLINE;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("host not found (DNS)")]
    UnknownName,
    #[error("connection refused")]
    Refused,
    #[error("no route to the host")]
    NoRoute,
    /// The name lookup or the connection took longer than this.
    #[error("no connection within {} s", .0.as_secs())]
    ConnectTimedOut(Duration),
    #[error("no connection")]
    NotConnected,
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    #[error("the server's certificate has expired or is not valid yet")]
    CertificateTime,
    #[error("the server's certificate is for another host name")]
    CertificateName,
    #[error("the server's certificate is not trusted: it is signed by an unknown authority")]
    UnknownAuthority,
    #[error("the server's certificate is not valid")]
    Certificate,
    #[error("TLS failed: {0}")]
    Tls(&'static str),
    #[error("no CA certificates were found to verify servers with")]
    NoAuthorities,
    /// The proxy did not open a connection. Contains the HTTP status, if there was one.
    #[error("the proxy refused or failed{}", .0.map(|status| format!(" (status {status})")).unwrap_or_default())]
    Proxy(Option<u16>),
    #[error("the proxy URL in {0} is not valid")]
    ProxyAddress(&'static str),
    #[error("{0} names a SOCKS proxy, which is not supported")]
    SocksProxy(&'static str),
    #[error("the connection was lost")]
    BrokenOff,
    #[error("the answer is larger than {} MiB", BODY_LIMIT / (1024 * 1024))]
    TooLarge,
    #[error("the answer is not HTTP")]
    NotHttp,
    #[error("a key is only sent over https, or over http to this machine")]
    NotHttps,
    #[error("it is not a valid URL")]
    NotAUrl,
    #[error("a name, ID or text contains the secret key: the request was not sent")]
    IsTheKey,
}

impl Explain for HttpError {
    /// The advice that holds for every call.
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownName
            | Self::Refused
            | Self::NoRoute
            | Self::ConnectTimedOut(_)
            | Self::NotConnected => "check the network and the proxy",
            Self::TimedOut(_) | Self::BrokenOff => "try again later",
            Self::CertificateTime => "check the machine's clock",
            Self::CertificateName | Self::UnknownAuthority | Self::Certificate | Self::Tls(_) => {
                "if a proxy inspects TLS connections, install its CA certificate in the system's store"
            }
            Self::NoAuthorities => "check SSL_CERT_FILE and SSL_CERT_DIR",
            Self::Proxy(_) | Self::ProxyAddress(_) | Self::SocksProxy(_) => {
                "check HTTPS_PROXY and NO_PROXY"
            }
            Self::IsTheKey => "replace the secret key with a name, an ID or a text",
            Self::TooLarge | Self::NotHttp | Self::NotHttps | Self::NotAUrl => return None,
        };
        Some(hint.to_owned())
    }
}

impl HttpError {
    /// Returns whether the server has not received the call. Repeating it is safe then.
    pub(crate) fn was_not_sent(&self) -> bool {
        self.is_before_connection() || matches!(self, Self::Proxy(_))
    }

    /// Returns whether no connection to the server or the proxy was established.
    pub(crate) fn is_before_connection(&self) -> bool {
        matches!(
            self,
            Self::UnknownName
                | Self::Refused
                | Self::NoRoute
                | Self::ConnectTimedOut(_)
                | Self::NotConnected
        )
    }

    /// Returns whether a retry may succeed.
    pub(crate) fn is_transient(&self) -> bool {
        self.was_not_sent() || matches!(self, Self::TimedOut(_) | Self::BrokenOff)
    }
}

impl HttpError {
    pub(super) fn from_ureq(error: ureq::Error, deadline: Duration) -> Self {
        use std::io::ErrorKind;
        match error {
            ureq::Error::HostNotFound => Self::UnknownName,
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                Self::ConnectTimedOut(CONNECT_DEADLINE.min(deadline))
            }
            ureq::Error::Timeout(_) => Self::TimedOut(deadline),
            ureq::Error::ConnectProxyFailed(words) => Self::Proxy(proxy_status(&words)),
            ureq::Error::InvalidProxyUrl => Self::Proxy(None),
            ureq::Error::Rustls(error) => Self::from_tls(&error),
            ureq::Error::Tls(words) => Self::Tls(words),
            ureq::Error::Protocol(_)
            | ureq::Error::Http(_)
            | ureq::Error::LargeResponseHeader(..) => Self::NotHttp,
            ureq::Error::BadUri(_) => Self::NotAUrl,
            ureq::Error::Io(error) => {
                let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
                if let Some(cause) = cause {
                    return Self::from_tls(cause);
                }
                if is_unknown_name(&error) {
                    return Self::UnknownName;
                }
                match error.kind() {
                    ErrorKind::ConnectionRefused => Self::Refused,
                    ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Self::NoRoute,
                    ErrorKind::TimedOut => Self::TimedOut(deadline),
                    _ => Self::BrokenOff,
                }
            }
            ureq::Error::ConnectionFailed => Self::NotConnected,
            _ => Self::BrokenOff,
        }
    }

    fn from_tls(error: &rustls::Error) -> Self {
        use rustls::CertificateError as Problem;
        match error {
            rustls::Error::InvalidCertificate(
                Problem::Expired
                | Problem::ExpiredContext { .. }
                | Problem::NotValidYet
                | Problem::NotValidYetContext { .. },
            ) => Self::CertificateTime,
            rustls::Error::InvalidCertificate(
                Problem::NotValidForName | Problem::NotValidForNameContext { .. },
            ) => Self::CertificateName,
            rustls::Error::InvalidCertificate(Problem::UnknownIssuer | Problem::BadSignature) => {
                Self::UnknownAuthority
            }
            rustls::Error::InvalidCertificate(_) => Self::Certificate,
            // rustls-platform-verifier uses this kind of error only if it found no certificates.
            rustls::Error::General(_) => Self::NoAuthorities,
            _ => Self::Tls("handshake failed"),
        }
    }
}

/// The status with which a proxy refused the connection. ureq has it only in the text "proxy server
/// responded 403/403".
fn proxy_status(words: &str) -> Option<u16> {
    let digits = words.rsplit('/').next()?;
    digits.parse().ok().filter(|status| (100..600).contains(status))
}

/// Returns whether the host name was not found. The standard library has no error kind for it.
fn is_unknown_name(error: &std::io::Error) -> bool {
    const WINDOWS_HOST_NOT_FOUND: [i32; 2] = [11001, 11004];
    error.raw_os_error().is_some_and(|code| cfg!(windows) && WINDOWS_HOST_NOT_FOUND.contains(&code))
        || error.to_string().starts_with("failed to lookup address")
}

#[cfg(test)]
mod tests {
    use super::proxy_status;

    #[test]
    fn the_proxys_status_is_parsed_from_ureqs_message() {
        assert_eq!(proxy_status("proxy server responded 403/403"), Some(403));
        assert_eq!(proxy_status("proxy server did not respond"), None);
        assert_eq!(proxy_status("proxy server responded 99999/99999"), None);
        assert_eq!(proxy_status(""), None);
    }
}
