//! References to a namespace, an image or a tag: an ID, or a name as `docker pull` takes it.

use super::item::Kind;
use crate::explain::Explain;
use crate::printable::Printable;
use crate::registry_host::RegistryHost;

/// The maximum length of a reference, in bytes.
const LENGTH_LIMIT: usize = 1024;

/// A parsed reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The reference as typed.
    pub(crate) text: String,
    /// The region of the registry in the reference, if it has one.
    pub(crate) region: Option<String>,
    pub(crate) target: Target,
}

/// What a reference identifies an item by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A UUID, in lower case.
    Id(String),
    Name {
        /// The parts between slashes, at least one: a namespace, and an image whose name may have
        /// several parts.
        parts: Vec<String>,
        tag: Option<String>,
        /// `sha256:` and 64 digits.
        digest: Option<String>,
    },
}

/// Why a text is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReferenceError {
    #[error("the reference is empty")]
    Empty,
    #[error("the reference is longer than {LENGTH_LIMIT} bytes")]
    TooLong,
    #[error("{} is not a reference: it contains {:?}", Printable(.0), .1)]
    Character(String, char),
    #[error("{} is not a reference: {}", Printable(.0), .1)]
    Malformed(String, &'static str),
    #[error("{} is on {}, which is not one of Scaleway's registries", Printable(.0), Printable(.1))]
    OtherRegistry(String, String),
    #[error("{} has no namespace, and other namespaces may hold the same name", Printable(.text))]
    NoNamespace { text: String, example: String },
}

impl Explain for ReferenceError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Empty | Self::TooLong | Self::Character(..) | Self::Malformed(..) => {
                "use an ID, my-ns, my-ns/app or my-ns/app:tag".to_owned()
            }
            Self::OtherRegistry(..) => "name a registry such as rg.fr-par.scw.cloud".to_owned(),
            Self::NoNamespace { example, .. } => {
                format!("write it as {}, or use the ID", Printable(example))
            }
        })
    }
}

impl Reference {
    /// Parses a reference: a UUID, `ns`, `ns/app`, `ns/app:tag` or `ns/app@sha256:…`. Each may start
    /// with a registry host and end with a slash.
    ///
    /// # Errors
    /// Returns [`ReferenceError`] if the text is none of these.
    pub(crate) fn parse(text: &str) -> Result<Self, ReferenceError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if text.len() > LENGTH_LIMIT {
            return Err(ReferenceError::TooLong);
        }
        let is_known = |c: &char| c.is_ascii_alphanumeric() || "._-/:@".contains(*c);
        if let Some(other) = text.chars().find(|c| !is_known(c)) {
            return Err(ReferenceError::Character(text.to_owned(), other));
        }
        let malformed = |why| ReferenceError::Malformed(text.to_owned(), why);
        let rest = text.strip_prefix("https://").unwrap_or(text);
        // Completion and copying leave a slash at the end.
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains("://") {
            return Err(malformed("it may only begin with https://"));
        }
        let (region, path) = without_host(text, rest)?;
        if is_uuid(path) {
            let target = Target::Id(path.to_ascii_lowercase());
            return Ok(Self { text: text.to_owned(), region, target });
        }
        let (path, digest) = match path.split_once('@') {
            Some((path, digest)) => (
                path,
                Some(checked_digest(digest).ok_or_else(|| {
                    malformed("after @ comes a digest: sha256: and 64 hexadecimal digits")
                })?),
            ),
            None => (path, None),
        };
        let (path, tag) = match path.split_once(':') {
            Some((path, tag)) => (path, Some(tag.to_owned())),
            None => (path, None),
        };
        if tag.as_deref().is_some_and(|tag| tag.is_empty() || tag.contains(['/', ':'])) {
            return Err(malformed("after the colon comes a tag"));
        }
        let parts: Vec<_> = path.split('/').map(str::to_owned).collect();
        if parts.iter().any(|part| matches!(part.as_str(), "" | "." | "..")) {
            return Err(malformed("something is missing before, between or after its slashes"));
        }
        let target = Target::Name { parts, tag, digest };
        Ok(Self { text: text.to_owned(), region, target })
    }

    /// Checks that the reference is specific enough for a change or a deletion. An image name without
    /// a namespace matches any namespace: after a deletion, it would match another image.
    ///
    /// # Errors
    /// Returns [`ReferenceError::NoNamespace`] if an image or a tag is named without its namespace.
    pub(crate) fn checked_for_write(self, kind: Kind) -> Result<Self, ReferenceError> {
        match (&self.target, kind) {
            (Target::Name { parts, .. }, Kind::Image | Kind::Tag) if parts.len() == 1 => {
                // The name is after the registry, if there is one.
                let at = self.text.trim_end_matches('/').rfind('/').map_or(0, |slash| slash + 1);
                let (registry, name) = self.text.split_at(at);
                let example = format!("{registry}my-ns/{name}");
                Err(ReferenceError::NoNamespace { text: self.text, example })
            }
            _ => Ok(self),
        }
    }
}

/// Removes the registry host, and returns its region.
fn without_host<'a>(
    text: &str,
    rest: &'a str,
) -> Result<(Option<String>, &'a str), ReferenceError> {
    let (first, path) = match rest.split_once('/') {
        Some((first, path)) => (first, Some(path)),
        None => (rest, None),
    };
    // Like Docker, recognize a host by a dot or a port. A single name has no host.
    let is_host = match path {
        Some(_) => first.contains(['.', ':']),
        None => first.starts_with("rg.") && first.contains(".scw."),
    };
    if !is_host {
        return Ok((None, rest));
    }
    let bare = first.strip_suffix(":443").unwrap_or(first).to_ascii_lowercase();
    let host = RegistryHost::from_host(&bare)
        .ok_or_else(|| ReferenceError::OtherRegistry(text.to_owned(), first.to_owned()))?;
    let path = path.filter(|path| !path.is_empty()).ok_or_else(|| {
        ReferenceError::Malformed(text.to_owned(), "it names a registry and nothing in it")
    })?;
    Ok((Some(host.region().to_owned()), path))
}

fn checked_digest(text: &str) -> Option<String> {
    let digits = text.strip_prefix("sha256:")?;
    let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| text.to_ascii_lowercase())
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::{Reference, Target};

    const ID: &str = "97acc09a-89cb-4c45-8b75-207be248b202";
    const DIGEST: &str = "sha256:96e9340afe8cd4ab5ee2989f5a544c3405ff2fc2450dd1a6f9eee2a63e6cda56";

    fn name(parts: &[&str], tag: Option<&str>, digest: Option<&str>) -> Target {
        Target::Name {
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        }
    }

    #[test]
    fn every_form_is_understood() {
        let at_digest = format!("my-ns/app@{DIGEST}");
        let both = format!("rg.fr-par.scw.cloud/my-ns/app:1.2@{DIGEST}");
        for (text, region, target) in [
            (ID, None, Target::Id(ID.to_owned())),
            (&ID.to_uppercase(), None, Target::Id(ID.to_owned())),
            ("my-ns", None, name(&["my-ns"], None, None)),
            ("my.ns", None, name(&["my.ns"], None, None)),
            ("my-ns/app", None, name(&["my-ns", "app"], None, None)),
            ("my-ns/a/b_c", None, name(&["my-ns", "a", "b_c"], None, None)),
            ("my-ns/app:1.2", None, name(&["my-ns", "app"], Some("1.2"), None)),
            ("app:1.2", None, name(&["app"], Some("1.2"), None)),
            (&at_digest, None, name(&["my-ns", "app"], None, Some(DIGEST))),
            (&both, Some("fr-par"), name(&["my-ns", "app"], Some("1.2"), Some(DIGEST))),
            ("rg.nl-ams.scw.cloud/my-ns", Some("nl-ams"), name(&["my-ns"], None, None)),
            ("rg.it-mil.scw.eu/n/a:b", Some("it-mil"), name(&["n", "a"], Some("b"), None)),
            ("https://RG.fr-par.SCW.cloud:443/n", Some("fr-par"), name(&["n"], None, None)),
            ("my-ns/", None, name(&["my-ns"], None, None)),
            ("my-ns/app/", None, name(&["my-ns", "app"], None, None)),
            (&format!("{ID}/"), None, Target::Id(ID.to_owned())),
            (&format!("rg.pl-waw.scw.cloud/{ID}"), Some("pl-waw"), Target::Id(ID.to_owned())),
            (&format!("https://rg.it-mil.scw.eu/{ID}/"), Some("it-mil"), Target::Id(ID.to_owned())),
            (" rg.de-new.scw.cloud/n\n", Some("de-new"), name(&["n"], None, None)),
        ] {
            let reference = Reference::parse(text).unwrap();
            assert_eq!((reference.region.as_deref(), reference.target), (region, target), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_on_one_line_that_shows_no_control_character() {
        let long = "a".repeat(2000);
        for text in [
            "",
            "  ",
            "/",
            "a//",
            "//",
            "/a",
            "a//b",
            "a/../b",
            "./a",
            "a:",
            "a:b:c",
            "a:b/c",
            "a@",
            "a@x",
            "a@sha256:12",
            "a b",
            "a\nb",
            "a\u{1b}[31m",
            "a\u{202e}b",
            "a?page=1",
            "a#b",
            "a%2fb",
            "é",
            "http://rg.fr-par.scw.cloud/a",
            "ftp://a",
            "docker.io/a/b",
            "localhost:5000/a",
            "rg.fr-par.scw.cloud",
            "rg.fr-par.scw.cloud/",
            "rg.fr-par.scw.cloud//",
            "rg.fr-par.scw.cloud.evil.com/a",
            "user@rg.fr-par.scw.cloud/a",
            "rg.fr-par.scw.cloud:80/a",
            "evil.com\\rg",
            &long,
        ] {
            let error = Reference::parse(text).unwrap_err().to_string();
            assert!(!error.contains(char::is_control) && error.len() < 300, "{text:?}: {error}");
            assert!(!error.contains('\u{202e}'), "{error}");
        }
    }
}
