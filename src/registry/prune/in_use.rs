//! What is in use: tags, references and digests, as `kubectl` and others print them.

use std::collections::HashSet;

use crate::printable::Printable;
use crate::registry_host::RegistryHost;

/// What is in use in any image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct InUse {
    digests: HashSet<String>,
    /// Tags without an image, which are in use in every image.
    tags: HashSet<String>,
    references: Vec<Reference>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Reference {
    /// The region of the registry, if the reference names one.
    region: Option<String>,
    path: String,
    tag: String,
}

/// What is in use in one image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TagsInUse {
    digests: HashSet<String>,
    tags: HashSet<String>,
}

/// A word that is not a tag, a reference or a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} has {}, which is not a tag, a reference or a digest", Printable(.word))]
pub(crate) struct NotAReference {
    line: usize,
    word: String,
}

impl InUse {
    /// Reads words that are separated by whitespace. Lines that start with `#` are comments.
    ///
    /// # Errors
    /// Returns [`NotAReference`] for any other word. Ignoring it could delete an image in use.
    pub(crate) fn parse(text: &str) -> Result<Self, NotAReference> {
        let mut found = Self::default();
        for (at, line) in text.lines().enumerate() {
            if line.trim_start().starts_with('#') {
                continue;
            }
            for word in line.split_whitespace() {
                // Lists in JSON and YAML quote words.
                let bare = word.trim_matches(['"', '\'', ',', '[', ']']);
                if !bare.is_empty() && !matches!(bare, "-") {
                    let error = || NotAReference { line: at + 1, word: word.to_owned() };
                    found.add(bare).ok_or_else(error)?;
                }
            }
        }
        Ok(found)
    }

    /// Returns whether nothing is in use.
    pub(crate) fn is_empty(&self) -> bool {
        self.digests.is_empty() && self.tags.is_empty() && self.references.is_empty()
    }

    /// What is in use in the image `path` (namespace and name) of a region.
    pub(crate) fn of_image(&self, region: &str, path: &str) -> TagsInUse {
        let is_meant = |reference: &&Reference| {
            if let Some(named) = &reference.region {
                return named == region && reference.path == path;
            }
            // Without a registry, the namespace may be missing as well.
            let rest = path.strip_suffix(&reference.path);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let tags = self.references.iter().filter(is_meant).map(|reference| &reference.tag);
        TagsInUse {
            digests: self.digests.clone(),
            tags: self.tags.iter().chain(tags).cloned().collect(),
        }
    }

    fn add(&mut self, word: &str) -> Option<()> {
        // `docker-pullable://…`, as Kubernetes names images of Docker.
        let word = word.split_once("://").map_or(word, |(_, rest)| rest);
        if let Some(digest) = checked_digest(word) {
            self.digests.insert(digest);
            return Some(());
        }
        let (name, digest) = match word.split_once('@') {
            Some((name, digest)) => (name, Some(checked_digest(digest)?)),
            None => (word, None),
        };
        let has_digest = digest.is_some();
        self.digests.extend(digest);
        if !has_digest && is_tag(name) {
            self.tags.insert(name.to_owned());
            return Some(());
        }
        let (host, rest) = match name.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => {
                (Some(host), rest)
            }
            _ => (None, name),
        };
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) if is_tag(tag) => (path, Some(tag)),
            Some(_) => return None,
            None => (rest, None),
        };
        let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if path.split('/').any(|part| part.is_empty() || !part.chars().all(is_part)) {
            return None;
        }
        let region = match host {
            // Ignore images of other registries.
            Some(host) => {
                let host = host.trim_end_matches(":443").to_ascii_lowercase();
                match RegistryHost::from_host(&host) {
                    Some(host) => Some(host.region().to_owned()),
                    None => return Some(()),
                }
            }
            None => None,
        };
        if tag.is_some() || !has_digest {
            let tag = tag.unwrap_or(super::LATEST).to_owned();
            self.references.push(Reference { region, path: path.to_owned(), tag });
        }
        Some(())
    }
}

impl TagsInUse {
    pub(crate) fn has_digest(&self, digest: &str) -> bool {
        self.digests.contains(digest)
    }

    pub(crate) fn has_tag(&self, name: &str) -> bool {
        self.tags.contains(name)
    }
}

fn checked_digest(text: &str) -> Option<String> {
    let digits = text.strip_prefix("sha256:")?;
    let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| text.to_ascii_lowercase())
}

fn is_tag(text: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !text.is_empty() && text.len() <= 128 && text.chars().all(is_known)
}

#[cfg(test)]
mod tests {
    use super::InUse;

    const DIGEST: &str = "sha256:96e9340afe8cd4ab5ee2989f5a544c3405ff2fc2450dd1a6f9eee2a63e6cda56";

    fn tags(text: &str) -> Vec<String> {
        let in_use = InUse::parse(text).unwrap().of_image("fr-par", "ns/app");
        let mut tags: Vec<_> = in_use.tags.into_iter().chain(in_use.digests).collect();
        tags.sort();
        tags
    }

    #[test]
    fn tags_references_and_digests_are_understood() {
        let digest = [DIGEST.to_owned()];
        let one = |tag: &str| vec![tag.to_owned()];
        for (text, expected) in [
            ("1.2", one("1.2")),
            ("# 1.2\n\n", vec![]),
            ("ns/app:1.2", one("1.2")),
            ("app:1.2", one("1.2")),
            ("ns/app", one("latest")),
            ("other/app:1.2", vec![]),
            ("pp:1.2", vec![]),
            ("rg.fr-par.scw.cloud/ns/app:1.2", one("1.2")),
            ("rg.fr-par.scw.cloud:443/ns/app:1.2", one("1.2")),
            ("rg.fr-par.scw.eu/ns/app", one("latest")),
            ("rg.nl-ams.scw.cloud/ns/app:1.2", vec![]),
            ("rg.fr-par.scw.cloud/app:1.2", vec![]),
            ("docker.io/ns/app:1.2 quay.io/a/b nginx:1.25", vec![]),
            ("\"ns/app:a\", 'b'", vec!["a".to_owned(), "b".to_owned()]),
            ("- ns/app:a\n- b c", vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]),
        ] {
            assert_eq!(tags(text), expected, "{text}");
        }
        for text in [
            DIGEST.to_owned(),
            DIGEST.to_uppercase().replace("SHA256", "sha256"),
            format!("rg.fr-par.scw.cloud/ns/app@{DIGEST}"),
            format!("docker-pullable://rg.fr-par.scw.cloud/ns/app@{DIGEST}"),
        ] {
            assert_eq!(tags(&text), digest, "{text}");
        }
        let both = format!("rg.fr-par.scw.cloud/ns/app:1.2@{DIGEST}");
        assert_eq!(tags(&both), ["1.2".to_owned(), DIGEST.to_owned()]);
    }

    #[test]
    fn a_word_that_is_none_of_these_is_an_error() {
        for word in ["{\"items\":", "ns/app:", "ns//app", "a@sha256:12", "ns/app:1:2", "é", "/a"] {
            let error = InUse::parse(&format!("ok\n{word}")).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("line 2 has {word}, which is not a tag, a reference or a digest")
            );
        }
    }
}
