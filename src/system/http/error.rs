//! Why a call has no answer.

use crate::explain::Explain;
use std::time::Duration;

use ureq::Timeout;

use super::{BODY_LIMIT, CONNECT_DEADLINE};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("the name is not known (DNS)")]
    UnknownName,
    #[error("connection refused")]
    Refused,
    #[error("no route there")]
    NoRoute,
    /// The name is not found, or no connection is made, in this time.
    #[error("no connection within {} s", .0.as_secs())]
    ConnectTimedOut(Duration),
    #[error("no connection")]
    NotConnected,
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    #[error("the server's certificate is not valid at this machine's time")]
    CertificateTime,
    #[error("the server's certificate is for another name")]
    CertificateName,
    #[error("the server's certificate is not trusted: it is signed by an unknown authority")]
    UnknownAuthority,
    #[error("the server's certificate is not valid")]
    Certificate,
    #[error("TLS failed: {0}")]
    Tls(&'static str),
    #[error("this machine has no certificates to check servers with")]
    NoAuthorities,
    /// The proxy opens no connection; its status, if it gave one.
    #[error("the proxy refused or failed{}", .0.map(|status| format!(" (status {status})")).unwrap_or_default())]
    Proxy(Option<u16>),
    #[error("the proxy's address in {0} is not usable")]
    ProxyAddress(&'static str),
    #[error("{0} names a SOCKS proxy, which is not supported")]
    SocksProxy(&'static str),
    #[error("the connection broke off")]
    BrokenOff,
    #[error("the answer is larger than {} MiB", BODY_LIMIT / (1024 * 1024))]
    TooLarge,
    #[error("the answer is no HTTP")]
    NotHttp,
    #[error("a key is sent over https only, or over http to this machine itself")]
    NotHttps,
    #[error("it is no URL")]
    NotAUrl,
    #[error("the secret key itself stands where a name, an ID or a text belongs: it was not sent")]
    IsTheKey,
}

impl Explain for HttpError {
    /// What helps whatever was called.
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
                "if a proxy opens connections, install its certificate in the system's store"
            }
            Self::NoAuthorities => "check SSL_CERT_FILE and SSL_CERT_DIR",
            Self::Proxy(_) | Self::ProxyAddress(_) | Self::SocksProxy(_) => {
                "check HTTPS_PROXY and NO_PROXY"
            }
            Self::IsTheKey => "put a name, an ID or a text there",
            Self::TooLarge | Self::NotHttp | Self::NotHttps | Self::NotAUrl => return None,
        };
        Some(hint.to_owned())
    }
}

impl HttpError {
    /// The server has not seen the call: repeating it is safe, whatever it was.
    pub(crate) fn was_not_sent(&self) -> bool {
        self.is_before_connection() || matches!(self, Self::Proxy(_))
    }

    /// There was no connection to the first server on the way.
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

    /// It may go better next time.
    pub(crate) fn may_pass(&self) -> bool {
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
            // The verifier of rustls-platform-verifier could not be made: it loaded no certificate,
            // and has no other error of this kind.
            rustls::Error::General(_) => Self::NoAuthorities,
            _ => Self::Tls("handshake failed"),
        }
    }
}

/// The status with which a proxy refused to open a connection. ureq keeps it only in its text, which
/// is "proxy server responded 403/403".
fn proxy_status(words: &str) -> Option<u16> {
    let digits = words.rsplit('/').next()?;
    digits.parse().ok().filter(|status| (100..600).contains(status))
}

/// The resolver found nothing: the standard library has no kind of error for it.
fn is_unknown_name(error: &std::io::Error) -> bool {
    const WINDOWS_HOST_NOT_FOUND: [i32; 2] = [11001, 11004];
    error.raw_os_error().is_some_and(|code| cfg!(windows) && WINDOWS_HOST_NOT_FOUND.contains(&code))
        || error.to_string().starts_with("failed to lookup address")
}

#[cfg(test)]
mod tests {
    use super::proxy_status;

    #[test]
    fn the_status_of_a_proxy_is_read_from_ureqs_words() {
        assert_eq!(proxy_status("proxy server responded 403/403"), Some(403));
        assert_eq!(proxy_status("proxy server did not respond"), None);
        assert_eq!(proxy_status("proxy server responded 99999/99999"), None);
        assert_eq!(proxy_status(""), None);
    }
}
