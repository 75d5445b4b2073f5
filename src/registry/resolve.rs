//! Resolves references to items through the API, and formats the names of items for users.

use super::RegistryApi;
use super::error::{ApiError, Nature};
use super::item::{Item, Kind, endpoint};
use super::reference::{Reference, Target};
use crate::explain::{Explain, Explanation};
use crate::printable::{Escaped, Printable};

/// How many names an error lists.
const NAMES_SHOWN: usize = 5;

/// The minimum similarity of a suggested name, from 0 to 1.
const ALIKE: f64 = 0.8;

/// Why a reference cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ResolveError {
    #[error(transparent)]
    Api(#[from] ApiError),
    /// No item has this name or ID.
    #[error("{0}")]
    Unknown(Explanation),
    /// The reference matches several items, or names an item of another kind.
    #[error("{0}")]
    Unclear(Explanation),
}

impl Explain for ResolveError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Api(error) => error.hint(),
            Self::Unknown(error) | Self::Unclear(error) => error.hint(),
        }
    }
}

impl ResolveError {
    /// Returns whether the item does not exist.
    pub(crate) fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Api(error) => error.nature == Nature::NotFound,
            Self::Unclear(_) => false,
        }
    }
}

/// Returns a name as `docker pull` takes it: the namespace's endpoint, the image, the tag.
pub(crate) fn full_name(
    namespace: &Item,
    image: Option<&Item>,
    tag: Option<&Item>,
    region: &str,
) -> String {
    let mut name = endpoint(namespace, region);
    for (separator, item) in [('/', image), (':', tag)] {
        if let Some(item) = item {
            name.push(separator);
            name.push_str(item.name());
        }
    }
    name
}

impl RegistryApi<'_> {
    /// Finds the namespace of a reference.
    ///
    /// # Errors
    /// Returns an error if it does not exist, or if the reference names an item of another kind.
    pub(crate) fn namespace(&self, reference: &Reference) -> Result<Item, ResolveError> {
        match &reference.target {
            Target::Id(id) => Ok(self.get(Kind::Namespace, id)?),
            Target::Name { parts, tag: None, digest: None } => match parts.as_slice() {
                [name] => self.namespace_called(name),
                _ => Err(unclear(reference, "an image", "a namespace")),
            },
            Target::Name { .. } => Err(unclear(reference, "a tag", "a namespace")),
        }
    }

    /// Finds the image of a reference.
    ///
    /// # Errors
    /// Returns an error if there is none or several, or if the reference names an item of another kind.
    pub(crate) fn image(&self, reference: &Reference) -> Result<Item, ResolveError> {
        match &reference.target {
            Target::Id(id) => Ok(self.get(Kind::Image, id)?),
            Target::Name { parts, tag: None, digest: None } => self.image_called(reference, parts),
            Target::Name { .. } => Err(unclear(reference, "a tag", "an image")),
        }
    }

    /// Finds the tags that a reference names: one tag, or every tag with the given digest.
    ///
    /// # Errors
    /// Returns an error if there is none, if the image is ambiguous, or if the reference names an item
    /// of another kind.
    pub(crate) fn tags_meant(&self, reference: &Reference) -> Result<Vec<Item>, ResolveError> {
        let (parts, tag, digest) = match &reference.target {
            Target::Id(id) => return Ok(vec![self.get(Kind::Tag, id)?]),
            Target::Name { parts, tag, digest } => (parts, tag.as_deref(), digest.as_deref()),
        };
        if tag.is_none() && digest.is_none() {
            let text = Printable(&reference.text);
            return Err(ResolveError::Unclear(
                Explanation::of_cause(format!("{text} names no tag"))
                    .with_hint(format!("add one, as in {text}:1.0; `tag list` lists them")),
            ));
        }
        let image = self.image_called(reference, parts)?;
        let filters: Vec<_> = tag.iter().map(|tag| ("name", *tag)).collect();
        let mut found = self.tags(image.id(), &filters)?;
        found.retain(|item| tag.is_none_or(|tag| item.name() == tag));
        let has_name = !found.is_empty();
        found.retain(|item| digest.is_none_or(|digest| item.text("digest") == digest));
        if !found.is_empty() {
            return Ok(found);
        }
        let image_name = Escaped(image.name()).to_string();
        if let (Some(tag), Some(_), true) = (tag, digest, has_name) {
            return Err(ResolveError::Unknown(Explanation::of_cause(format!(
                "the tag {} of the image {image_name} in {} has another digest",
                Printable(tag),
                self.region
            ))));
        }
        let Some(tag) = tag else {
            return Err(ResolveError::Unknown(Explanation::of_cause(format!(
                "no tag of the image {image_name} in {} has the digest {}",
                self.region,
                digest.unwrap_or_default()
            ))));
        };
        let others = self.tags(image.id(), &[("order_by", "created_at_desc")])?;
        let start =
            format!("the image {image_name} in {} has no tag {}", self.region, Printable(tag));
        Err(unknown(&start, tag, &others))
    }

    fn namespace_called(&self, name: &str) -> Result<Item, ResolveError> {
        if let Some(found) = self.exactly(Kind::Namespace, name, &[])?.into_iter().next() {
            return Ok(found);
        }
        let others = self.list(Kind::Namespace, &[])?;
        let start = format!("there is no namespace {} in {}", Printable(name), self.region);
        Err(unknown(&start, name, &others))
    }

    fn image_called(&self, reference: &Reference, parts: &[String]) -> Result<Item, ResolveError> {
        let whole = parts.join("/");
        let has_registry = reference.region.is_some();
        if let Some((namespace, rest)) = parts.split_first().filter(|(_, rest)| !rest.is_empty()) {
            let name = rest.join("/");
            let namespaces = self.exactly(Kind::Namespace, namespace, &[])?;
            if let Some(namespace) = namespaces.first() {
                let inside = [("namespace_id", namespace.id())];
                if let Some(found) = self.exactly(Kind::Image, &name, &inside)?.into_iter().next() {
                    return Ok(found);
                }
                let others = self.list(Kind::Image, &inside)?;
                let namespace = Escaped(namespace.name());
                let start = format!(
                    "there is no image {} in the namespace {namespace} in {}",
                    Printable(&name),
                    self.region
                );
                return Err(unknown(&start, &name, &others));
            }
        }
        if parts.len() == 1 && has_registry {
            return Err(unclear(reference, "a namespace", "an image"));
        }
        // The reference may lack the namespace: look for an image with the whole name. If the name has
        // several parts, that image is only suggested, because the first part should be a namespace.
        let mut found =
            if has_registry { Vec::new() } else { self.exactly(Kind::Image, &whole, &[])? };
        let [name] = parts else {
            let missing = self.namespace_called(parts.first().map_or("", String::as_str));
            return match missing {
                Err(ResolveError::Unknown(missing)) if !found.is_empty() => {
                    let hint = format!("did you mean {}?", self.full_names(&found));
                    Err(ResolveError::Unclear(missing.with_hint(hint)))
                }
                Err(error) => Err(error),
                Ok(_) => Err(unclear(reference, "something that has just changed", "an image")),
            };
        };
        if found.len() > 1 {
            return Err(self.ambiguous(&whole, &found));
        }
        if let Some(found) = found.pop() {
            return Ok(found);
        }
        let others = self.list(Kind::Image, &[])?;
        let start = format!("there is no image {} in {}", Printable(name), self.region);
        Err(unknown(&start, name, &others))
    }

    /// Lists the items with exactly this name. The service's filter may match more than that.
    fn exactly(
        &self,
        kind: Kind,
        name: &str,
        filters: &[(&str, &str)],
    ) -> Result<Vec<Item>, ApiError> {
        let mut found = self.list(kind, &[&[("name", name)], filters].concat())?;
        found.retain(|item| item.name() == name);
        Ok(found)
    }

    fn ambiguous(&self, name: &str, found: &[Item]) -> ResolveError {
        let cause =
            format!("{} images in {} are called {}", found.len(), self.region, Printable(name));
        let hint = format!("use one of {}", self.full_names(found));
        ResolveError::Unclear(Explanation::of_cause(cause).with_hint(hint))
    }

    /// Returns the full names of the first of these images.
    fn full_names(&self, found: &[Item]) -> String {
        let namespaces = self.list(Kind::Namespace, &[]).unwrap_or_default();
        let full = |image: &Item| {
            let namespace =
                namespaces.iter().find(|namespace| namespace.id() == image.text("namespace_id"));
            namespace.map_or_else(
                || image.id().to_owned(),
                |namespace| format!("{}/{}", namespace.name(), image.name()),
            )
        };
        let mut names: Vec<_> =
            found.iter().take(NAMES_SHOWN).map(|image| Escaped(full(image)).to_string()).collect();
        if found.len() > NAMES_SHOWN {
            names.push("…".to_owned());
        }
        names.join(", ")
    }
}

fn unclear(reference: &Reference, named: &str, wanted: &str) -> ResolveError {
    let text = Printable(&reference.text);
    let cause = format!("{text} names {named}, but {wanted} is required");
    ResolveError::Unclear(Explanation::of_cause(cause))
}

/// Creates an error that suggests similar names, or lists all names if there are few.
fn unknown(start: &str, name: &str, others: &[Item]) -> ResolveError {
    let mut alike: Vec<_> = others
        .iter()
        .map(|item| (strsim::jaro_winkler(name, item.name()), item.name()))
        .filter(|(alike, other)| *alike > ALIKE || other.contains(name))
        .collect();
    alike.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    alike.dedup_by_key(|(_, name)| *name);
    let shown = |names: Vec<&str>| {
        let names: Vec<_> =
            names.iter().take(NAMES_SHOWN).map(|name| Escaped(name).to_string()).collect();
        names.join(", ")
    };
    ResolveError::Unknown(if others.is_empty() {
        Explanation::of_cause(format!("{start}, and there are no others"))
    } else if !alike.is_empty() {
        let names = shown(alike.into_iter().map(|(_, name)| name).collect());
        Explanation::of_cause(start).with_hint(format!("did you mean {names}?"))
    } else if others.len() <= NAMES_SHOWN {
        let names = shown(others.iter().map(Item::name).collect());
        Explanation::of_cause(start).with_hint(format!("use one of {names}"))
    } else {
        let names = shown(others.iter().map(Item::name).collect());
        let hint = format!("use one of the {} that exist, such as {names}", others.len());
        Explanation::of_cause(start).with_hint(hint)
    })
}
