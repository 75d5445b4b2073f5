//! Tests whether a registry accepts a key, and whether an image can be pulled. Logs in as every client
//! does: `/v2/`, its challenge, then the token endpoint in the challenge (distribution specification,
//! "token authentication").

mod challenge;
mod grant;
mod image;
mod manifest;
mod session;

use std::time::SystemTime;

use crate::secret_key::SecretKey;
use crate::system::http::{Answer, HttpError, ProxyAddress, http_date};

#[cfg(any(test, fuzzing))]
pub(crate) use challenge::endpoint_in;
pub(crate) use image::{ImageTrial, Purpose, try_image};
pub(crate) use manifest::{RetagError, Tagging};
pub(crate) use session::Session;

/// The result of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The registry accepts the key. For an image: it can be pulled, or pushed to.
    Accepted,
    /// The registry answers. There was no key to try.
    Reached,
    /// The registry does not know the key.
    WrongKey,
    /// The key has expired.
    Expired,
    /// The registry knows the key, but the key lacks the permission.
    NoPermission,
    /// The registry refuses the token that it issued for the key: the clocks differ.
    TokenRefused,
    /// The challenge names a token endpoint that is not Scaleway's. The key was not sent.
    ForeignTokenEndpoint(String),
    /// The registry refuses access to this image. The image may also be missing: the registry does not
    /// distinguish the two.
    Denied,
    /// The token does not list its permissions, so only a real push would show whether the key
    /// may push.
    ScopeNotTold,
    /// The image does not exist.
    NotThere(Missing),
    /// There is no connection, or no trusted one.
    NoConnection { hop: Hop, error: HttpError },
    /// The registry or its token endpoint sent an unexpected answer.
    Odd { hop: Hop, oddity: Oddity },
}

/// The part of an image's name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    Namespace,
    /// The image, or its namespace if the registry does not distinguish them.
    Image,
    /// The tag or digest. `others` are existing tags.
    Tag {
        others: Vec<String>,
    },
}

/// The server at which a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hop {
    Registry,
    /// The host that issues tokens, if it differs from the registry.
    TokenEndpoint(String),
    /// The proxy between this machine and the host `to`.
    Proxy {
        proxy: ProxyAddress,
        to: String,
    },
}

/// An answer that no registry should send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Oddity {
    #[error("status {0} instead of 401, which asks for a login")]
    NoLoginAsked(u16),
    /// Sent by a proxy, an egress filter or a network's login page instead of the registry.
    #[error("a web page (status {0})")]
    Page(u16),
    #[error("no login challenge (WWW-Authenticate)")]
    NoChallenge,
    #[error("no token")]
    NoToken,
    #[error("status {0}")]
    Status(u16),
}

/// The registry's verdict, and how far its clock differs from this machine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trial {
    pub(crate) verdict: Verdict,
    /// How far this machine's clock is ahead, in seconds.
    pub(crate) clock_ahead: Option<i64>,
}

/// Tries `key` at a registry. Without a key, only checks that the registry answers.
pub(crate) fn try_key(session: &Session<'_>, key: Option<&SecretKey>) -> Trial {
    let first = match session.ping() {
        Ok(first) => first,
        Err(verdict) => return Trial { verdict, clock_ahead: None },
    };
    let clock_ahead = clock_ahead(&first, SystemTime::now());
    let verdict = verdict(session, &first, key).unwrap_or_else(|verdict| verdict);
    Trial { verdict, clock_ahead }
}

/// Returns the verdict. `Err` is a verdict that ends the trial early.
fn verdict(
    session: &Session<'_>,
    first: &Answer,
    key: Option<&SecretKey>,
) -> Result<Verdict, Verdict> {
    let challenge = session::challenge_in(first)?;
    let Some(key) = key else { return Ok(Verdict::Reached) };
    let pass = session.log_in(&challenge, None, Some(key))?;
    Ok(pass.verdict(&session.ping_with(&pass)?))
}

fn verdict_on_key(hop: Hop, answer: &Answer) -> Verdict {
    if answer.status != 200 && is_page(answer) {
        return Verdict::Odd { hop, oddity: Oddity::Page(answer.status) };
    }
    // Scaleway's API has `"reason": "expired"`. Other token servers use the same word.
    let is_expired = || String::from_utf8_lossy(&answer.body).to_lowercase().contains("expired");
    match answer.status {
        200 => Verdict::Accepted,
        401 | 403 if is_expired() => Verdict::Expired,
        401 => Verdict::WrongKey,
        403 => Verdict::NoPermission,
        status => Verdict::Odd { hop, oddity: Oddity::Status(status) },
    }
}

/// Returns the verdict on an answer of the registry that has no meaning here.
fn unexpected(answer: &Answer) -> Verdict {
    let oddity =
        if is_page(answer) { Oddity::Page(answer.status) } else { Oddity::Status(answer.status) };
    Verdict::Odd { hop: Hop::Registry, oddity }
}

/// Returns whether the answer is a web page. No registry sends HTML.
fn is_page(answer: &Answer) -> bool {
    answer.header("content-type").is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case("text/html")
    })
}

fn clock_ahead(answer: &Answer, now: SystemTime) -> Option<i64> {
    let registry_time = http_date(answer.header("date")?)?;
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).ok();
    match now.duration_since(registry_time) {
        Ok(ahead) => seconds(ahead),
        Err(late) => seconds(late.duration()).map(|seconds| -seconds),
    }
}
