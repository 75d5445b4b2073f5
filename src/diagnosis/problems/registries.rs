//! Problems that show when a registry is asked.

use crate::diagnosis::check::{Diagnosed, Severity};
use crate::diagnosis::fix::{Command, Fix, Operator};
use crate::http::HttpError;
use crate::key_source::KeySource;
use crate::token_exchange::{Hop, Refusal};

/// Why a registry does not serve the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RegistryProblem {
    /// The registry does not know the key.
    WrongKey(KeySource),
    /// The key has expired.
    ExpiredKey(KeySource),
    /// The key has no permission.
    NoPermission(KeySource),
    /// The registry gave a token and then refused it.
    TokenRefused,
    /// The registry names a token endpoint that is not Scaleway's.
    ForeignEndpoint(String),
    /// No trusted connection to the server.
    NoConnection(Hop, HttpError),
    /// The registry answers unlike a registry.
    Unexpected(String),
    /// The proxy's variable is not usable.
    ProxyVariable(HttpError),
    /// `SSL_CERT_FILE` or `SSL_CERT_DIR` names something that does not exist.
    CertificateVariable(&'static str),
    /// This machine's clock is off, by this many seconds.
    Clock(i64),
    /// The registry has no such namespace, image or tag.
    NoSuchImage(String),
    /// The key may not pull, or push, this image.
    ImageRefused(Refusal),
}

impl RegistryProblem {
    /// The kind of problem, for scripts.
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::WrongKey(_) => "registry-wrong-key",
            Self::ExpiredKey(_) => "registry-expired-key",
            Self::NoPermission(_) => "registry-no-permission",
            Self::TokenRefused => "registry-token-refused",
            Self::ForeignEndpoint(_) => "registry-foreign-endpoint",
            Self::NoConnection(_, error) => match error {
                HttpError::UnknownName => "registry-unknown-name",
                HttpError::TimedOut(_) => "registry-timeout",
                HttpError::CertificateTime => "registry-certificate-time",
                HttpError::Certificate(_) => "registry-certificate",
                HttpError::Proxy | HttpError::ProxyAddress(_) => "registry-proxy",
                HttpError::Tls(_) => "registry-tls",
                _ => "registry-unreachable",
            },
            Self::Unexpected(_) => "registry-unexpected",
            Self::ProxyVariable(_) => "proxy-variable",
            Self::CertificateVariable(_) => "certificate-variable",
            Self::Clock(_) => "clock",
            Self::NoSuchImage(_) => "image-missing",
            Self::ImageRefused(_) => "image-refused",
        }
    }
}
