//! Reads an image's manifest and stores it under another tag (distribution specification, "pulling
//! manifests" and "pushing manifests"). Layers are neither downloaded nor uploaded.

use std::fmt::Write as _;

use ring::digest::{SHA256, digest};
use ureq::http::Method;

use super::grant::{Grant, grant};
use super::image::{missing, refusal};
use super::session::{Pass, Session, challenge_in};
use super::{Verdict, is_page};
use crate::registry::ImageName;
use crate::secret_key::SecretKey;
use crate::system::http::{Answer, Content, percent_encoded};

/// The supported manifest formats. Docker's schema 1 is not supported: its manifest contains the tag.
const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// Why an image could not be tagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RetagError {
    /// The registry does not allow it, or there is no such image.
    Refused(Verdict),
    /// The manifest has another format, for example Docker's schema 1, whose signature covers the
    /// tag.
    Format(String),
    /// The registry stored other content, or reports a digest that does not match the content it sent.
    DigestDiffers,
}

impl From<Verdict> for RetagError {
    fn from(verdict: Verdict) -> Self {
        Self::Refused(verdict)
    }
}

/// A manifest as the registry sent it.
pub(crate) struct Manifest {
    media_type: String,
    bytes: Vec<u8>,
    /// `sha256:` and 64 digits.
    pub(crate) digest: String,
}

/// A connection that may read and change the tags of one image.
pub(crate) struct Tagging<'s, 'k> {
    session: &'s Session<'s>,
    pass: Pass<'k>,
    image: ImageName,
}

impl<'s, 'k> Tagging<'s, 'k> {
    /// Logs in for pulling and pushing `image`.
    ///
    /// # Errors
    /// Returns the verdict if the registry refuses the key, or if the key may not push.
    pub(crate) fn log_in(
        session: &'s Session<'s>,
        image: &ImageName,
        key: &'k SecretKey,
    ) -> Result<Self, Verdict> {
        let challenge = challenge_in(&session.ping()?)?;
        let scope = format!("repository:{}:pull,push", image.repository());
        let pass = session.log_in(&challenge, Some(&scope), Some(key))?;
        if let Pass::Token(token) = &pass
            && grant(token, image.repository(), "push") == Grant::Withheld
        {
            return Err(Verdict::Denied);
        }
        Ok(Self { session, pass, image: image.clone() })
    }

    /// Reads the manifest of the image's tag or digest.
    ///
    /// # Errors
    /// Returns [`RetagError`] if the manifest does not exist, its format is not supported, or its digest
    /// differs.
    pub(crate) fn manifest(&self) -> Result<Manifest, RetagError> {
        let answer = self.ask(Method::GET, self.image.reference(), None)?;
        match answer.status {
            200 => {}
            404 if !is_page(&answer) => {
                return Err(missing(self.session, &self.pass, &self.image)?.into());
            }
            _ => return Err(self.refusal(&answer).into()),
        }
        let media_type = answer.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_owned();
        if !MEDIA_TYPES.contains(&media_type.as_str()) {
            return Err(RetagError::Format(media_type));
        }
        let digest = sha256(&answer.body);
        let is_changed = reported_digest(&answer).is_some_and(|reported| reported != digest);
        let is_other = self.image.has_digest() && self.image.reference() != digest;
        if is_changed || is_other {
            return Err(RetagError::DigestDiffers);
        }
        Ok(Manifest { media_type, bytes: answer.body.to_vec(), digest })
    }

    /// Returns the digest of a tag; `None` if there is no such tag.
    ///
    /// # Errors
    /// Returns a [`Verdict`] if the registry answers neither 200 nor 404.
    pub(crate) fn digest(&self, tag: &str) -> Result<Option<String>, Verdict> {
        let answer = self.ask(Method::HEAD, tag, None)?;
        match answer.status {
            200 => Ok(reported_digest(&answer).map(str::to_owned)),
            404 if !is_page(&answer) => Ok(None),
            _ => Err(self.refusal(&answer)),
        }
    }

    /// Stores the manifest under `tag` and checks that the registry reports the same digest.
    ///
    /// # Errors
    /// Returns [`RetagError`] if the registry does not store it, or stores something else.
    pub(crate) fn store(&self, manifest: &Manifest, tag: &str) -> Result<(), RetagError> {
        let content = Content { media_type: &manifest.media_type, bytes: &manifest.bytes };
        let answer = self.ask(Method::PUT, tag, Some(content))?;
        if answer.status != 201 {
            return Err(self.refusal(&answer).into());
        }
        let stored = match reported_digest(&answer) {
            Some(stored) => Some(stored.to_owned()),
            None => self.digest(tag)?,
        };
        if stored.as_deref() == Some(&manifest.digest) {
            Ok(())
        } else {
            Err(RetagError::DigestDiffers)
        }
    }

    fn refusal(&self, answer: &Answer) -> Verdict {
        refusal(self.session, &self.pass, answer)
    }

    fn ask(
        &self,
        method: Method,
        reference: &str,
        content: Option<Content<'_>>,
    ) -> Result<Answer, Verdict> {
        let path = format!("{}/manifests/{}", self.image.repository(), percent_encoded(reference));
        let accept = content.is_none().then(|| MEDIA_TYPES.join(", "));
        self.session.send(method, &path, accept.as_deref(), &self.pass, content)
    }
}

fn reported_digest(answer: &Answer) -> Option<&str> {
    answer.header("docker-content-digest")
}

fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().fold("sha256:".to_owned(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
