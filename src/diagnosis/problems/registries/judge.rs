//! What a registry's answers mean: verdicts in, problems out.

use super::{At, KeyOrigin, RegistryProblem};
use crate::registry::ImageName;
use crate::registry::token_exchange::{Hop, ImageTrial, Missing, Oddity, Purpose, Verdict};
use crate::system::http::{BrokenAuthorities, HttpError};

/// How alike a tag must be to be suggested.
const ALIKE: f64 = 0.75;

/// How many tags are suggested at most.
const SUGGESTIONS: usize = 3;

/// What came of one trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Good(Good),
    Bad(RegistryProblem),
}

/// What works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Good {
    KeyAccepted(KeyOrigin),
    /// It answers, and there is no key to try.
    Answers,
    PublicPull,
    PrivatePull(KeyOrigin),
    Push(KeyOrigin),
    /// The key is accepted; whether it may push is unknown without a push.
    PushNotTold(KeyOrigin),
}

impl Good {
    /// What works, as it follows the registry's or the image's name and a colon.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::KeyAccepted(origin) => format!("the key is accepted ({origin})"),
            Self::Answers => "it answers; there is no key to try".to_owned(),
            Self::PublicPull => "it can be pulled; it is public".to_owned(),
            Self::PrivatePull(origin) => {
                format!("it can be pulled with the key ({origin}); it is private")
            }
            Self::Push(origin) => format!("it can be pushed with the key ({origin})"),
            Self::PushNotTold(origin) => format!(
                "the key is accepted ({origin}); whether it may push shows only when pushing"
            ),
        }
    }
}

/// Judges a registry's answer about a key. `authorities` is what is wrong with the certificates that a
/// variable names.
pub(crate) fn of_registry(
    verdict: &Verdict,
    origin: Option<&KeyOrigin>,
    authorities: Option<&BrokenAuthorities>,
) -> Outcome {
    match (verdict, origin) {
        (Verdict::Accepted, Some(origin)) => Outcome::Good(Good::KeyAccepted(origin.clone())),
        (Verdict::Accepted | Verdict::Reached, _) => Outcome::Good(Good::Answers),
        _ => Outcome::Bad(problem(verdict, origin, authorities)),
    }
}

/// Judges a registry's answer about an image.
pub(crate) fn of_image(
    trial: &ImageTrial,
    image: &ImageName,
    purpose: Purpose,
    origin: Option<&KeyOrigin>,
    authorities: Option<&BrokenAuthorities>,
) -> Outcome {
    let is_public = trial.anonymous == Some(Verdict::Accepted);
    // Clients send the key that they have, also for a public image.
    let (Some(verdict), Some(origin)) = (&trial.with_key, origin) else {
        return without_key(trial, image, authorities);
    };
    let origin = origin.clone();
    let image = image.clone();
    match verdict {
        Verdict::Accepted if purpose == Purpose::Push => Outcome::Good(Good::Push(origin)),
        Verdict::Accepted if is_public => Outcome::Good(Good::PublicPull),
        Verdict::Accepted => Outcome::Good(Good::PrivatePull(origin)),
        Verdict::ScopeNotTold => Outcome::Good(Good::PushNotTold(origin)),
        Verdict::Denied | Verdict::NoPermission => {
            Outcome::Bad(RegistryProblem::ImageDenied { image, purpose, origin })
        }
        Verdict::NotThere(missing) => Outcome::Bad(not_there(missing, image)),
        verdict => Outcome::Bad(problem(verdict, Some(&origin), authorities)),
    }
}

fn without_key(
    trial: &ImageTrial,
    image: &ImageName,
    authorities: Option<&BrokenAuthorities>,
) -> Outcome {
    let image = image.clone();
    match &trial.anonymous {
        Some(Verdict::Accepted) => Outcome::Good(Good::PublicPull),
        None | Some(Verdict::Denied) => Outcome::Bad(RegistryProblem::ImageNeedsKey { image }),
        Some(Verdict::NotThere(missing)) => Outcome::Bad(not_there(missing, image)),
        Some(verdict) => Outcome::Bad(problem(verdict, None, authorities)),
    }
}

fn not_there(missing: &Missing, image: ImageName) -> RegistryProblem {
    match missing {
        Missing::Namespace => RegistryProblem::NoSuchNamespace { image },
        Missing::Image => RegistryProblem::NoSuchImage { image },
        Missing::Tag { others } => {
            let nearest = if image.has_digest() { Vec::new() } else { nearest(&image, others) };
            RegistryProblem::NoSuchTag { image, nearest }
        }
    }
}

/// The tags that are most like the one that is not there, the nearest first.
fn nearest(image: &ImageName, tags: &[String]) -> Vec<String> {
    let mut alike: Vec<_> = tags
        .iter()
        .map(|tag| (strsim::jaro_winkler(image.reference(), tag), tag))
        .filter(|(alike, _)| *alike > ALIKE)
        .collect();
    alike.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    alike.into_iter().take(SUGGESTIONS).map(|(_, tag)| tag.clone()).collect()
}

/// Returns the problem of a verdict; `None` for a verdict with which pulls work.
fn problem(
    verdict: &Verdict,
    origin: Option<&KeyOrigin>,
    authorities: Option<&BrokenAuthorities>,
) -> RegistryProblem {
    // Without a key the registry speaks of the anonymous login.
    let origin = || origin.cloned().unwrap_or(KeyOrigin::None);
    match verdict {
        Verdict::WrongKey => RegistryProblem::WrongKey { origin: origin(), works_instead: None },
        Verdict::Expired => RegistryProblem::ExpiredKey { origin: origin(), works_instead: None },
        Verdict::TokenRefused => RegistryProblem::TokenRefused,
        Verdict::ForeignTokenEndpoint(realm) => {
            RegistryProblem::ForeignTokenEndpoint { realm: realm.clone() }
        }
        Verdict::NoConnection { hop, error } => no_connection(hop, error, authorities),
        Verdict::Odd { hop, oddity: Oddity::Page(status) } => {
            RegistryProblem::WebPage { at: at(hop), status: *status }
        }
        Verdict::Odd { hop, oddity } => {
            RegistryProblem::Odd { at: at(hop), oddity: oddity.clone() }
        }
        // The others are judged before, where there is an image.
        Verdict::NoPermission
        | Verdict::Denied
        | Verdict::Accepted
        | Verdict::Reached
        | Verdict::ScopeNotTold
        | Verdict::NotThere(_) => RegistryProblem::NoPermission { origin: origin() },
    }
}

/// Returns the problem of a failed connection.
pub(crate) fn no_connection(
    hop: &Hop,
    error: &HttpError,
    authorities: Option<&BrokenAuthorities>,
) -> RegistryProblem {
    let at = at(hop);
    match error {
        HttpError::UnknownName => RegistryProblem::UnknownName(at),
        HttpError::Refused => RegistryProblem::Refused(at),
        HttpError::NoRoute | HttpError::NotConnected => RegistryProblem::NoRoute(at),
        HttpError::ConnectTimedOut(after) | HttpError::TimedOut(after) => {
            RegistryProblem::TimedOut(at, *after)
        }
        HttpError::CertificateTime => RegistryProblem::CertificateTime(at),
        HttpError::CertificateName => RegistryProblem::CertificateName(at),
        HttpError::UnknownAuthority | HttpError::NoAuthorities => match (authorities, error) {
            (Some(broken), _) => RegistryProblem::AuthoritiesUnusable(broken.clone()),
            (None, HttpError::NoAuthorities) => RegistryProblem::NoAuthorities,
            (None, _) => RegistryProblem::CertificateUntrusted(at),
        },
        HttpError::Certificate => RegistryProblem::CertificateUntrusted(at),
        HttpError::Tls(_) => RegistryProblem::Tls(at),
        HttpError::Proxy(status) => of_proxy(hop, *status),
        HttpError::ProxyAddress(variable) => RegistryProblem::ProxyAddress { variable },
        HttpError::SocksProxy(variable) => RegistryProblem::SocksProxy { variable },
        HttpError::NotHttp | HttpError::TooLarge => RegistryProblem::NotHttp(at),
        HttpError::BrokenOff | HttpError::NotHttps | HttpError::NotAUrl | HttpError::IsTheKey => {
            RegistryProblem::BrokenOff(at)
        }
    }
}

fn at(hop: &Hop) -> At {
    match hop {
        Hop::Registry => At::Registry,
        Hop::TokenEndpoint(host) => At::TokenHost(host.clone()),
        Hop::Proxy { proxy, .. } => At::Proxy(proxy.clone()),
    }
}

fn of_proxy(hop: &Hop, status: Option<u16>) -> RegistryProblem {
    let Hop::Proxy { proxy, to } = hop else { return RegistryProblem::BrokenOff(At::Registry) };
    let proxy = proxy.clone();
    if status == Some(407) {
        return RegistryProblem::ProxyNeedsLogin(proxy);
    }
    // The registry's own name is the line's subject.
    let is_registry = crate::registry_host::RegistryHost::from_host(to).is_some();
    let token_host = (!is_registry).then(|| to.clone());
    RegistryProblem::ProxyRefuses { proxy, token_host, status }
}
