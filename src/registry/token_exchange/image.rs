//! Tests whether an image can be pulled, or pushed to. Requests only the headers of the manifest, and
//! uploads nothing.

use std::time::SystemTime;

use ureq::http::Method;

use super::challenge::Challenge;
use super::grant::{Grant, grant, tags};
use super::session::{Pass, Session, challenge_in};
use super::{Missing, Verdict, clock_ahead, is_page, unexpected};
use crate::registry::ImageName;
use crate::secret_key::SecretKey;
use crate::system::http::{Answer, percent_encoded};

/// The media types of manifests that clients accept.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
                         application/vnd.oci.image.manifest.v1+json, \
                         application/vnd.docker.distribution.manifest.list.v2+json, \
                         application/vnd.docker.distribution.manifest.v2+json, \
                         application/vnd.docker.distribution.manifest.v1+prettyjws";

/// How many tags to request if the given tag is missing.
const TAGS_ASKED: usize = 1000;

/// What the image is tried for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Pull,
    Push,
}

/// The registry's verdicts on an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageTrial {
    /// The verdict without a key. `None` for a push, which always needs one.
    pub(crate) anonymous: Option<Verdict>,
    /// The verdict with the key, if there is one.
    pub(crate) with_key: Option<Verdict>,
    /// How far this machine's clock is ahead, in seconds.
    pub(crate) clock_ahead: Option<i64>,
}

/// Tries an image as a client would, with and without the key.
///
/// # Errors
/// Returns the verdict if the registry does not answer.
pub(crate) fn try_image(
    session: &Session<'_>,
    image: &ImageName,
    key: Option<&SecretKey>,
    purpose: Purpose,
) -> Result<ImageTrial, Verdict> {
    let first = session.ping()?;
    let clock_ahead = clock_ahead(&first, SystemTime::now());
    let challenge = challenge_in(&first)?;
    let attempt = |key| attempt(session, &challenge, image, key, purpose).unwrap_or_else(|it| it);
    let anonymous = (purpose == Purpose::Pull).then(|| match attempt(None) {
        // Without a key, none can be wrong.
        Verdict::WrongKey | Verdict::NoPermission | Verdict::Expired => Verdict::Denied,
        verdict => verdict,
    });
    let with_key = key.map(|key| match &anonymous {
        // Do not wait for the same server again: little time is left.
        Some(verdict @ Verdict::NoConnection { .. }) => verdict.clone(),
        _ => attempt(Some(key)),
    });
    Ok(ImageTrial { anonymous, with_key, clock_ahead })
}

/// Returns the verdict. `Err` is a verdict that ends the attempt early.
fn attempt(
    session: &Session<'_>,
    challenge: &Challenge,
    image: &ImageName,
    key: Option<&SecretKey>,
    purpose: Purpose,
) -> Result<Verdict, Verdict> {
    let repository = image.repository();
    let actions = match purpose {
        Purpose::Pull => "pull",
        Purpose::Push => "pull,push",
    };
    let scope = format!("repository:{repository}:{actions}");
    let pass = session.log_in(challenge, Some(&scope), key)?;
    if purpose == Purpose::Push {
        return push_verdict(session, &pass, repository);
    }
    let path = format!("{repository}/manifests/{}", percent_encoded(image.reference()));
    let answer = session.ask(Method::HEAD, &path, Some(MANIFESTS), &pass)?;
    match answer.status {
        200 => Ok(Verdict::Accepted),
        404 if !is_page(&answer) => missing(session, &pass, image),
        _ => Ok(refusal(session, &pass, &answer)),
    }
}

/// Returns what a refusal of a manifest means. A web page is not the registry's, whatever its status is.
pub(super) fn refusal(session: &Session<'_>, pass: &Pass<'_>, answer: &Answer) -> Verdict {
    match answer.status {
        _ if is_page(answer) => unexpected(answer),
        401 => refused(session, pass).unwrap_or_else(|verdict| verdict),
        403 => Verdict::Denied,
        _ => unexpected(answer),
    }
}

/// Returns the verdict if the registry asks for a login again. It refuses the token altogether, or
/// only for this image.
fn refused(session: &Session<'_>, pass: &Pass<'_>) -> Result<Verdict, Verdict> {
    match pass.verdict(&session.ping_with(pass)?) {
        Verdict::Accepted => Ok(Verdict::Denied),
        verdict => Ok(verdict),
    }
}

/// Returns what is missing. The answer about a manifest does not distinguish a missing image from a
/// missing tag; the list of tags does.
pub(super) fn missing(
    session: &Session<'_>,
    pass: &Pass<'_>,
    image: &ImageName,
) -> Result<Verdict, Verdict> {
    let path = format!("{}/tags/list?n={TAGS_ASKED}", image.repository());
    let answer = session.ask(Method::GET, &path, None, pass)?;
    if is_page(&answer) {
        return Ok(unexpected(&answer));
    }
    Ok(Verdict::NotThere(match answer.status {
        200 => Missing::Tag { others: tags(&answer.body) },
        404 if super::grant::is_about_namespace(&answer.body) => Missing::Namespace,
        404 => Missing::Image,
        _ => Missing::Tag { others: Vec::new() },
    }))
}

fn push_verdict(
    session: &Session<'_>,
    pass: &Pass<'_>,
    repository: &str,
) -> Result<Verdict, Verdict> {
    let verdict = pass.verdict(&session.ping_with(pass)?);
    if verdict != Verdict::Accepted {
        return Ok(verdict);
    }
    let Pass::Token(token) = pass else { return Ok(Verdict::ScopeNotTold) };
    Ok(match grant(token, repository, "push") {
        Grant::Given => Verdict::Accepted,
        Grant::Withheld => Verdict::Denied,
        Grant::NotTold => Verdict::ScopeNotTold,
    })
}
