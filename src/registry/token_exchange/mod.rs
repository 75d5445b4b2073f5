//! Does a registry take a key, and can an image be pulled? The way every client logs in: `/v2/`, its
//! challenge, the token endpoint that it names (distribution specification, "token authentication").

mod challenge;
mod grant;
mod image;
mod manifest;
mod session;

use std::time::SystemTime;

use crate::secret_key::SecretKey;
use crate::system::http::{Answer, HttpError, ProxyAddress, http_date};

pub(crate) use image::{ImageTrial, Purpose, try_image};
pub(crate) use manifest::{RetagError, Tagging};
pub(crate) use session::Session;

/// What became of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The registry takes the key; for an image: it can be pulled, or pushed to.
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
    /// It refuses this image. It does not tell an image that is not there from one that is not to be
    /// seen.
    Denied,
    /// It gave a token that does not say what it allows, so pushing cannot be judged without a push.
    ScopeNotTold,
    /// There is no such image.
    NotThere(Missing),
    /// There is no connection, or none to be trusted.
    NoConnection { hop: Hop, error: HttpError },
    /// The registry or its token endpoint answers with something else than it should.
    Odd { hop: Hop, oddity: Oddity },
}

/// The part of an image's name that the registry does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    Namespace,
    /// The image, or its namespace, if the registry does not tell them apart.
    Image,
    /// The tag or digest; tags that are there.
    Tag {
        others: Vec<String>,
    },
}

/// The server on the way to a registry that a call failed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hop {
    Registry,
    /// The host that gives tokens, if it is another than the registry.
    TokenEndpoint(String),
    /// The proxy, on the way to the host `to`.
    Proxy {
        proxy: ProxyAddress,
        to: String,
    },
}

/// An answer that no registry should give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Oddity {
    #[error("status {0} instead of 401, which asks for a login")]
    NoLoginAsked(u16),
    /// A proxy, an egress filter or a network's login page answers in its place.
    #[error("a web page (status {0})")]
    Page(u16),
    #[error("it does not say how to log in")]
    NoChallenge,
    #[error("no token")]
    NoToken,
    #[error("status {0}")]
    Status(u16),
}

/// What a registry said, and how far its clock is from ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trial {
    pub(crate) verdict: Verdict,
    /// Seconds that this machine's clock is ahead.
    pub(crate) clock_ahead: Option<i64>,
}

/// Tries `key` at a registry, or only reaches it where there is none.
pub(crate) fn try_key(session: &Session<'_>, key: Option<&SecretKey>) -> Trial {
    let first = match session.ping() {
        Ok(first) => first,
        Err(verdict) => return Trial { verdict, clock_ahead: None },
    };
    let clock_ahead = clock_ahead(&first, SystemTime::now());
    let verdict = verdict(session, &first, key).unwrap_or_else(|verdict| verdict);
    Trial { verdict, clock_ahead }
}

/// `Err` is a verdict, too: one that ends the trial early.
fn verdict(
    session: &Session<'_>,
    first: &Answer,
    key: Option<&SecretKey>,
) -> Result<Verdict, Verdict> {
    let challenge = session::challenge_in(first)?;
    let Some(key) = key else { return Ok(Verdict::Reached) };
    let pass = session.log_in(&challenge, None, Some(key))?;
    Ok(pass.said(&session.ping_with(&pass)?))
}

fn said_to_key(hop: Hop, answer: &Answer) -> Verdict {
    if answer.status != 200 && is_page(answer) {
        return Verdict::Odd { hop, oddity: Oddity::Page(answer.status) };
    }
    // Scaleway: `"reason": "expired"`; the words of others are alike.
    let is_expired = || String::from_utf8_lossy(&answer.body).to_lowercase().contains("expired");
    match answer.status {
        200 => Verdict::Accepted,
        401 | 403 if is_expired() => Verdict::Expired,
        401 => Verdict::WrongKey,
        403 => Verdict::NoPermission,
        status => Verdict::Odd { hop, oddity: Oddity::Status(status) },
    }
}

/// The answer is for a browser: no registry sends HTML.
fn is_page(answer: &Answer) -> bool {
    answer.header("content-type").is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case("text/html")
    })
}

fn clock_ahead(answer: &Answer, now: SystemTime) -> Option<i64> {
    let theirs = http_date(answer.header("date")?)?;
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).ok();
    match now.duration_since(theirs) {
        Ok(ahead) => seconds(ahead),
        Err(behind) => seconds(behind.duration()).map(|behind| -behind),
    }
}
