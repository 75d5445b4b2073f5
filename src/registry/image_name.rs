//! An image as `docker pull` names it: `rg.fr-par.scw.cloud/my-ns/app:1.2`.

use std::fmt;

use crate::registry::{Reference, ReferenceError, Target};
use crate::registry_host::{RegistryHost, ServerUrl};

/// An image in one of Scaleway's registries, with its tag or digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageName {
    host: RegistryHost,
    repository: String,
    reference: String,
}

/// Why a text is no image's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub(crate) struct NotAnImage(#[from] Fault);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    #[error("the registry is missing; an image looks like rg.fr-par.scw.cloud/my-ns/app:1.2")]
    NoRegistry,
    #[error("an image is meant, not an ID; one looks like rg.fr-par.scw.cloud/my-ns/app:1.2")]
    IsAnId,
    #[error("the image is missing after the namespace, as in rg.fr-par.scw.cloud/my-ns/app:1.2")]
    NoImage,
    #[error("the names of namespaces and images have no capital letters")]
    Capitals,
}

impl ImageName {
    /// Parses a name with its registry, as `docker pull` takes it. Without a tag and a digest it
    /// means the tag `latest`; with both, the digest counts, as for Docker.
    ///
    /// # Errors
    /// Returns [`NotAnImage`] if the text names no image in one of Scaleway's registries.
    pub(crate) fn parse(text: &str) -> Result<Self, NotAnImage> {
        Ok(Self::read(text)?)
    }

    fn read(text: &str) -> Result<Self, Fault> {
        let reference = Reference::parse(text)?;
        // The reference keeps the region only, and Milan has two registries.
        let rest = text.trim();
        let rest = rest.strip_prefix("https://").unwrap_or(rest);
        let host = ServerUrl::parse(rest.split('/').next().unwrap_or_default());
        let (parts, tag, digest) = match reference.target {
            Target::Id(_) => return Err(Fault::IsAnId),
            Target::Name { parts, tag, digest } => (parts, tag, digest),
        };
        let Some(ServerUrl { host, .. }) = host.filter(|_| reference.region.is_some()) else {
            return Err(Fault::NoRegistry);
        };
        if parts.len() < 2 {
            return Err(Fault::NoImage);
        }
        let repository = parts.join("/");
        if repository.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(Fault::Capitals);
        }
        let reference = digest.or(tag).unwrap_or_else(|| "latest".to_owned());
        Ok(Self { host, repository, reference })
    }

    /// The registry.
    pub(crate) fn host(&self) -> &RegistryHost {
        &self.host
    }

    /// Namespace and image, with a slash between them.
    pub(crate) fn repository(&self) -> &str {
        &self.repository
    }

    /// The namespace.
    pub(crate) fn namespace(&self) -> &str {
        self.repository.split('/').next().unwrap_or_default()
    }

    /// The tag or the digest.
    pub(crate) fn reference(&self) -> &str {
        &self.reference
    }

    /// Returns whether the image is named by a digest.
    pub(crate) fn has_digest(&self) -> bool {
        self.reference.contains(':')
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.has_digest() { '@' } else { ':' };
        write!(f, "{}/{}{separator}{}", self.host, self.repository, self.reference)
    }
}

#[cfg(test)]
mod tests {
    use super::ImageName;

    const DIGEST: &str = "sha256:96e9340afe8cd4ab5ee2989f5a544c3405ff2fc2450dd1a6f9eee2a63e6cda56";

    #[test]
    fn an_image_is_named_as_docker_names_it() {
        let digest = format!("rg.fr-par.scw.cloud/ns/app@{DIGEST}");
        let both = format!("rg.fr-par.scw.cloud/ns/app:1@{DIGEST}");
        for (text, whole) in [
            ("rg.fr-par.scw.cloud/ns/app", "rg.fr-par.scw.cloud/ns/app:latest"),
            ("rg.fr-par.scw.cloud/ns/app:1.2", "rg.fr-par.scw.cloud/ns/app:1.2"),
            ("rg.fr-par.scw.cloud/ns/a/b:x", "rg.fr-par.scw.cloud/ns/a/b:x"),
            ("rg.it-mil.scw.eu/ns/app", "rg.it-mil.scw.eu/ns/app:latest"),
            (" https://RG.it-mil.scw.cloud:443/ns/app\n", "rg.it-mil.scw.cloud/ns/app:latest"),
            (&digest, &digest),
            (&both, &digest),
        ] {
            let image = ImageName::parse(text).unwrap();
            assert_eq!(image.to_string(), whole, "{text}");
            assert_eq!(image.namespace(), "ns");
        }
    }

    #[test]
    fn everything_else_is_refused_with_a_reason() {
        for (text, reason) in [
            (
                "ns/app:1",
                "the registry is missing; an image looks like rg.fr-par.scw.cloud/my-ns/app:1.2",
            ),
            (
                "11111111-1111-1111-1111-111111111111",
                "an image is meant, not an ID; one looks like rg.fr-par.scw.cloud/my-ns/app:1.2",
            ),
            (
                "rg.fr-par.scw.cloud/ns",
                "the image is missing after the namespace, as in rg.fr-par.scw.cloud/my-ns/app:1.2",
            ),
            (
                "rg.fr-par.scw.cloud/ns/App",
                "the names of namespaces and images have no capital letters",
            ),
            (
                "docker.io/library/debian",
                "docker.io/library/debian is on docker.io, which is not one of Scaleway's registries",
            ),
        ] {
            assert_eq!(ImageName::parse(text).unwrap_err().to_string(), reason, "{text}");
        }
        for text in ["", "rg.fr-par.scw.cloud", "rg.fr-par.scw.cloud/ns/app:", "a b"] {
            ImageName::parse(text).unwrap_err();
        }
    }
}
