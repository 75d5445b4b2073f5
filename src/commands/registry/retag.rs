//! `retag`: gives an image another tag without pulling and pushing it.

use std::fmt;

use serde_json::{Value, json};

use super::session::{Access, RegistryError, Session};
use super::{RegistryCommands, USUAL_TIMEOUT, listing};
use crate::cli::command::{Output, Retag};
use crate::diagnosis::problems::registries::KeyOrigin;
use crate::diagnosis::problems::registries::judge::{self, Outcome};
use crate::explain::Explanation;
use crate::printable::Printable;
use crate::registry::token_exchange::{ImageTrial, Purpose, RetagError, Tagging};
use crate::registry::{ImageName, Kind, Reference};
use crate::registry_host::RegistryHost;
use crate::terminal::{json, yaml};

/// The result for one new tag.
struct Retagged {
    image: ImageName,
    digest: String,
    /// The digest that the tag had before, if any.
    previous: Option<String>,
}

impl Retagged {
    fn is_changed(&self) -> bool {
        self.previous.as_ref() != Some(&self.digest)
    }

    fn value(&self) -> Value {
        json!({
            "image": self.image.to_string(),
            "digest": self.digest,
            "previous_digest": self.previous,
            "changed": self.is_changed(),
        })
    }
}

impl fmt::Display for Retagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { image, digest, previous } = self;
        match previous {
            None => write!(f, "{image} is now {digest}"),
            Some(previous) if previous == digest => write!(f, "{image} is already {digest}"),
            Some(previous) => write!(f, "{image} is now {digest} (was {previous})"),
        }
    }
}

impl RegistryCommands<'_, '_> {
    /// `retag`.
    pub(in super::super) fn retag(
        mut self,
        retag: &Retag,
    ) -> Result<crate::exit::Exit, super::CommandError> {
        let done = self.retag_image(retag);
        self.end(done)
    }

    fn retag_image(&mut self, retag: &Retag) -> Result<(), RegistryError> {
        let output = &retag.output;
        listing::check_without_columns(output, "retag", "human, json, yaml")?;
        let session = self.open(&retag.account, USUAL_TIMEOUT)?;
        let source = image_name(&session, &retag.image, retag.region.as_deref())?;
        let new = retag.new.iter().map(|new| {
            // A name without a registry is in the registry of the image.
            let name = image_name(&session, new, Some(source.host().region()))?;
            same_image(&source, name)
        });
        let new: Vec<ImageName> = new.collect::<Result<_, _>>()?;
        let key = session.known_key(source.host().region())?;
        let origin = KeyOrigin::Helper(key.source.clone());
        let registry = session.registry(source.host());
        let refused = |error| refused(error, &source, &origin);
        let tagging = Tagging::log_in(&registry, &source, &key.key);
        let tagging = tagging.map_err(|verdict| refused(verdict.into()))?;
        let manifest = tagging.manifest().map_err(refused)?;
        let mut done = Vec::new();
        for image in new {
            let tag = image.reference();
            let stored = tagging.digest(tag).map_err(RetagError::from).and_then(|previous| {
                if previous.as_ref() != Some(&manifest.digest) {
                    tagging.store(&manifest, tag)?;
                }
                Ok(previous)
            });
            match stored {
                Ok(previous) => {
                    let digest = manifest.digest.clone();
                    done.push(Retagged { image, digest, previous });
                }
                Err(error) => self.fail_with(&self::refused(error, &image, &origin)),
            }
        }
        let values = || Value::Array(done.iter().map(Retagged::value).collect());
        let text = match output {
            Output::Human(_) | Output::Wide(_) => {
                done.iter().fold(String::new(), |text, one| text + &format!("{one}\n"))
            }
            Output::Json => json(&values()),
            Output::Yaml => yaml(&values()),
        };
        Ok(self.console.print(&text)?)
    }
}

/// Reads the name of an image. A name without a registry is in the registry of `region`, or of the
/// account's region.
fn image_name(
    session: &Session<'_>,
    reference: &Reference,
    region: Option<&str>,
) -> Result<ImageName, RegistryError> {
    let (reference, region) = session.located(reference, Access::Write(Kind::Tag), region)?;
    let host = RegistryHost::of_region(&region).into_iter().next();
    let full = match (&reference.region, host) {
        (None, Some(host)) => format!("{host}/{}", reference.text),
        _ => reference.text.clone(),
    };
    ImageName::parse(&full).map_err(|error| {
        let cause = format!("{} is not an image with a tag: {error}", Printable(&reference.text));
        RegistryError::NewTag(Explanation::of_cause(cause))
    })
}

/// Checks that the new name is another tag of the same image.
fn same_image(source: &ImageName, new: ImageName) -> Result<ImageName, RegistryError> {
    if new.has_digest() {
        let cause = format!("{new} is a digest, not a tag");
        let hint = "name a tag, as in my-ns/app:stable".to_owned();
        return Err(RegistryError::NewTag(Explanation::of_cause(cause).with_hint(hint)));
    }
    if (source.host(), source.repository()) == (new.host(), new.repository()) {
        return Ok(new);
    }
    let cause =
        format!("{new} is a different image from {source}, so layers would have to be copied");
    let hint = format!("skopeo copy --all docker://{source} docker://{new}");
    Err(RegistryError::NewTag(Explanation::of_cause(cause).with_hint(hint)))
}

/// Explains why an image could not be tagged, in the same words as `doctor`.
fn refused(error: RetagError, image: &ImageName, origin: &KeyOrigin) -> RegistryError {
    let doctor = format!("docker-credential-scw doctor {image} --push");
    let (cause, hint) = match error {
        RetagError::Refused(verdict) => {
            let trial = ImageTrial { anonymous: None, with_key: Some(verdict), clock_ahead: None };
            match judge::of_image(&trial, image, Purpose::Push, Some(origin), None) {
                Outcome::Bad(problem) => (problem.cause(), format!("run `{doctor}`")),
                Outcome::Good(good) => (good.in_words(), format!("run `{doctor}`")),
            }
        }
        RetagError::Format(media_type) => (
            format!(
                "its manifest has the format {}, which retag does not support",
                Printable(media_type)
            ),
            "pull the image and push it again with a current client".to_owned(),
        ),
        RetagError::DigestDiffers => (
            "the registry reports another digest than the manifest has".to_owned(),
            format!("run `{doctor}`"),
        ),
    };
    let cause = format!("cannot tag {image}: {cause}");
    RegistryError::Retag(Explanation::of_cause(cause).with_hint(hint))
}
