//! Everything that can be wrong between this machine and a registry: one variant per kind, with its
//! id and its cause. The fix is in `fix.rs`; `judge.rs` finds the problem in a registry's answer.

mod fix;
pub(crate) mod judge;
#[cfg(test)]
pub(crate) mod tests;

use std::fmt;
use std::time::Duration;

use crate::diagnosis::{Check, Section};
use crate::keys::KeySource;
use crate::printable::{Printable, printable_path};
use crate::registry::ImageName;
use crate::registry::token_exchange::{Oddity, Purpose};
use crate::system::http::{BrokenAuthorities, ProxyAddress};

pub(crate) use fix::Context;

/// Where a key that was tried comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyOrigin {
    /// No key: the registry was asked anonymously.
    None,
    /// The helper gives it.
    Helper(KeySource),
    /// Docker has it in its own config or store, and asks no helper.
    DockerLogin { place: String },
    /// `DOCKER_AUTH_CONFIG`, which Docker 28.3 and later use before any helper.
    DockerAuthConfig,
}

/// The server that a connection failed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum At {
    Registry,
    TokenHost(String),
    Proxy(ProxyAddress),
}

/// What is wrong with a registry, or on the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RegistryProblem {
    WrongKey { origin: KeyOrigin, works_instead: Option<KeySource> },
    ExpiredKey { origin: KeyOrigin, works_instead: Option<KeySource> },
    NoPermission { origin: KeyOrigin },
    NotAKey { origin: KeyOrigin },
    TokenRefused,
    ForeignTokenEndpoint { realm: String },
    UnknownName(At),
    Refused(At),
    NoRoute(At),
    TimedOut(At, Duration),
    BrokenOff(At),
    Tls(At),
    CertificateName(At),
    CertificateTime(At),
    CertificateUntrusted(At),
    AuthoritiesUnusable(BrokenAuthorities),
    NoAuthorities,
    ProxyNeedsLogin(ProxyAddress),
    ProxyRefuses { proxy: ProxyAddress, token_host: Option<String>, status: Option<u16> },
    ProxyAddress { variable: &'static str },
    SocksProxy { variable: &'static str },
    Odd { at: At, oddity: Oddity },
    WebPage { at: At, status: u16 },
    NotHttp(At),
    NoSuchNamespace { image: ImageName },
    NoSuchImage { image: ImageName },
    NoSuchTag { image: ImageName, nearest: Vec<String> },
    ImageDenied { image: ImageName, purpose: Purpose, origin: KeyOrigin },
    ImageNeedsKey { image: ImageName },
    Clock { ahead: i64 },
}

impl RegistryProblem {
    /// The problem as a check of `subject`.
    pub(crate) fn check(&self, subject: String, context: &Context<'_>) -> Check {
        let check = Check::ok(Section::Registry, self.id(), subject, self.cause());
        check.failure(self.fix(context))
    }

    /// The kind of problem, for scripts.
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::WrongKey { .. } => "registry-wrong-key",
            Self::ExpiredKey { .. } => "registry-expired-key",
            Self::NoPermission { .. } => "registry-no-permission",
            Self::NotAKey { .. } => "registry-not-a-key",
            Self::TokenRefused => "registry-token-refused",
            Self::ForeignTokenEndpoint { .. } => "registry-foreign-endpoint",
            Self::UnknownName(_) => "registry-unknown-name",
            Self::Refused(_) => "registry-refused",
            Self::NoRoute(_) => "registry-no-route",
            Self::TimedOut(..) => "registry-timeout",
            Self::BrokenOff(_) => "registry-broken-off",
            Self::Tls(_) => "registry-tls",
            Self::CertificateName(_) => "registry-certificate-name",
            Self::CertificateTime(_) => "registry-certificate-time",
            Self::CertificateUntrusted(_) => "registry-certificate",
            Self::AuthoritiesUnusable(_) => "registry-authorities-unusable",
            Self::NoAuthorities => "registry-no-authorities",
            Self::ProxyNeedsLogin(_) => "registry-proxy-login",
            Self::ProxyRefuses { .. } => "registry-proxy-refuses",
            Self::ProxyAddress { .. } => "registry-proxy-address",
            Self::SocksProxy { .. } => "registry-proxy-socks",
            Self::Odd { .. } => "registry-odd",
            Self::WebPage { .. } => "registry-web-page",
            Self::NotHttp(_) => "registry-not-http",
            Self::NoSuchNamespace { .. } => "image-no-namespace",
            Self::NoSuchImage { .. } => "image-missing",
            Self::NoSuchTag { .. } => "image-no-tag",
            Self::ImageDenied { .. } => "image-denied",
            Self::ImageNeedsKey { .. } => "image-needs-key",
            Self::Clock { .. } => "clock",
        }
    }

    /// What is wrong, as it follows the registry's name and a colon.
    pub(crate) fn cause(&self) -> String {
        match self {
            Self::WrongKey { origin, works_instead } => {
                format!("the key is not known ({origin}){}", instead(works_instead.as_ref()))
            }
            Self::ExpiredKey { origin, works_instead } => {
                format!("the key has expired ({origin}){}", instead(works_instead.as_ref()))
            }
            Self::NoPermission { origin } => format!("the key has no permission ({origin})"),
            Self::NotAKey { origin } => format!("the login is not a secret key ({origin})"),
            Self::TokenRefused => {
                "the token that was given for the key is refused; a clock may be wrong".to_owned()
            }
            Self::ForeignTokenEndpoint { realm } => format!(
                "the token endpoint is not Scaleway's ({}), so the key was not sent",
                Printable(realm)
            ),
            Self::UnknownName(at) => at.failed("host not found (DNS)"),
            Self::Refused(at) => at.failed("connection refused"),
            Self::NoRoute(at) => at.failed("no route"),
            Self::TimedOut(at, after) => {
                at.failed(&format!("no answer within {} s", after.as_secs().max(1)))
            }
            Self::BrokenOff(at) => at.failed("the connection was closed"),
            Self::Tls(at) => at.failed("the TLS handshake failed"),
            Self::NotHttp(at) => at.failed("the answer is not HTTP"),
            Self::CertificateName(at) => at.failed("the certificate is for another name"),
            Self::CertificateTime(at) => {
                at.failed("the certificate is not valid at this machine's time")
            }
            Self::CertificateUntrusted(at) => {
                at.failed("the certificate is signed by an unknown authority")
            }
            Self::AuthoritiesUnusable(BrokenAuthorities { variable, path, fault }) => format!(
                "the certificate cannot be checked: {variable} names {}, which {fault}",
                printable_path(path)
            ),
            Self::NoAuthorities => {
                "the certificate cannot be checked: this machine has no certificate authorities"
                    .to_owned()
            }
            Self::ProxyNeedsLogin(proxy) => {
                format!("the proxy {proxy} (from {}) asks for a login (status 407)", proxy.variable)
            }
            Self::ProxyRefuses { proxy, token_host, status } => {
                let to = token_host.as_deref().map(|host| format!(" to the token host {host}"));
                format!(
                    "the proxy {proxy} (from {}) opens no connection{}{}",
                    proxy.variable,
                    to.as_deref().unwrap_or(" to it"),
                    status.map(|status| format!(" (status {status})")).unwrap_or_default()
                )
            }
            Self::ProxyAddress { variable } => {
                format!("the address in {variable} is not a proxy's address")
            }
            Self::SocksProxy { variable } => {
                format!("{variable} names a SOCKS proxy, which doctor cannot use")
            }
            Self::Odd { at, oddity } => format!("unexpected answer{}: {oddity}", at.of_server()),
            Self::WebPage { at, status } => {
                format!("a web page (status {status}) instead of an answer{}", at.of_server())
            }
            Self::NoSuchNamespace { image } => {
                format!("there is no namespace {} in this registry", image.namespace())
            }
            Self::NoSuchImage { image } => format!(
                "there is no image {} (the registry does not say whether its namespace exists)",
                image.repository()
            ),
            Self::NoSuchTag { image, .. } if image.has_digest() => {
                format!("the image {} has nothing with this digest", image.repository())
            }
            Self::NoSuchTag { image, .. } => {
                format!("the image {} has no tag {}", image.repository(), image.reference())
            }
            Self::ImageDenied { purpose: Purpose::Pull, origin, .. } => format!(
                "access denied: the key ({origin}) may not pull it, or there is no such namespace \
                 (the registry does not say which)"
            ),
            Self::ImageDenied { purpose: Purpose::Push, origin, .. } => format!(
                "access denied: the key ({origin}) may not push it, or there is no such namespace \
                 (the registry does not say which)"
            ),
            Self::ImageNeedsKey { .. } => {
                "it is private, or does not exist, and there is no key to try".to_owned()
            }
            Self::Clock { ahead } => {
                let direction = if *ahead > 0 { "ahead of" } else { "behind" };
                format!("it is {} s {direction} the registries' clock", ahead.abs())
            }
        }
    }
}

impl At {
    /// The server, where it is not the line's subject.
    fn of_server(&self) -> String {
        match self {
            Self::TokenHost(host) => format!(" from its token host {host}"),
            Self::Registry | Self::Proxy(_) => String::new(),
        }
    }

    /// Says that there is no connection to it.
    fn failed(&self, why: &str) -> String {
        match self {
            Self::Registry => format!("no connection: {why}"),
            Self::TokenHost(host) => {
                format!(
                    "the registry answers, but there is no connection to its token host {host}: {why}"
                )
            }
            Self::Proxy(proxy) => {
                format!("no connection to the proxy {proxy} (from {}): {why}", proxy.variable)
            }
        }
    }
}

impl fmt::Display for KeyOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none was sent"),
            Self::Helper(source) => write!(f, "from {source}"),
            Self::DockerLogin { place } => write!(f, "of Docker's login {place}"),
            Self::DockerAuthConfig => f.write_str("from variable DOCKER_AUTH_CONFIG"),
        }
    }
}

fn instead(source: Option<&KeySource>) -> String {
    source.map_or_else(String::new, |source| format!("; that of the {source} would work"))
}
