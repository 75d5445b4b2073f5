//! The kubelet's `CredentialProviderConfig`: its providers, and the entry of this program.

mod edit;
mod entry;
mod error;

use yaml_tree::{Kind, Outline, Part, Place, Refused};

pub(crate) use edit::{Added, Removed, add, remove};
pub(crate) use entry::Entry;
pub(crate) use error::NotAConfig;

use crate::program_name::CREDENTIAL_PROVIDER;

/// What every version of the API has in front of its number.
const API_GROUP: &str = "kubelet.config.k8s.io/";

/// A configuration as it is written.
struct Config<'text> {
    outline: Outline<'text>,
}

/// The entry of this program, as a configuration has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundEntry {
    /// The line it begins on, counted from 1.
    pub(crate) line: usize,
    /// The version of the API that the kubelet uses with it.
    pub(crate) api_version: String,
    /// Patterns of the images that the kubelet asks about.
    pub(crate) match_images: Vec<String>,
    /// Variables that the kubelet sets.
    pub(crate) env: Vec<(String, String)>,
    /// Returns whether the time that the kubelet keeps an answer is there: it has to be.
    pub(crate) has_cache_duration: bool,
}

/// Returns the entry of this program in a configuration; `None` if there is none.
///
/// # Errors
/// Returns [`NotAConfig`] if the text is no configuration of the kubelet's.
pub(crate) fn find(text: &str) -> Result<Option<FoundEntry>, NotAConfig> {
    let Some(config) = Config::parse(text)? else { return Ok(None) };
    let Some((_, Some(providers))) = config.providers() else { return Ok(None) };
    let outline = &config.outline;
    let Some(ours) = config.ours(providers) else { return Ok(None) };
    let text = |part: &Part, name: &str| {
        let value = value_of(outline, part, name)?;
        value.scalar().map(str::to_owned)
    };
    let items = |name: &str| {
        value_of(outline, ours, name).map(|value| outline.items(value)).unwrap_or_default()
    };
    let variable = |part: &Part| Some((text(part, "name")?, text(part, "value")?));
    Ok(Some(FoundEntry {
        line: ours.line,
        api_version: text(ours, "apiVersion").unwrap_or_default(),
        match_images: items("matchImages")
            .into_iter()
            .filter_map(|item| item.scalar().map(str::to_owned))
            .collect(),
        env: items("env").into_iter().filter_map(variable).collect(),
        has_cache_duration: value_of(outline, ours, "defaultCacheDuration").is_some(),
    }))
}

impl<'text> Config<'text> {
    /// Reads a configuration; `None` if the text holds nothing.
    fn parse(text: &'text str) -> Result<Option<Self>, NotAConfig> {
        let outline = Outline::parse(text).map_err(|refused| match refused {
            Refused::Syntax(Place { line, column }) => NotAConfig::Syntax { line, column },
            Refused::Limit(_) => NotAConfig::TooComplex,
        })?;
        if outline.has_more_documents() {
            return Err(NotAConfig::Documents);
        }
        let Some(root) = outline.root().filter(|root| !root.is_null()) else { return Ok(None) };
        let scalar = |name| value_of(&outline, root, name).and_then(Part::scalar);
        let is_config = scalar("kind") == Some("CredentialProviderConfig")
            && scalar("apiVersion").is_some_and(|version| version.starts_with(API_GROUP));
        if is_config { Ok(Some(Self { outline })) } else { Err(NotAConfig::OtherKind) }
    }

    /// The name of the list of providers, and the list if it is not empty; `None` without either.
    fn providers(&self) -> Option<(&Part, Option<&Part>)> {
        let root = self.outline.root()?;
        let entries = self.outline.entries(root);
        let (name, list) = entries.into_iter().rfind(|(name, _)| is(name, "providers"))?;
        let is_empty = list.is_null() && list.range.is_empty();
        Some((name, Some(list).filter(|_| !is_empty)))
    }

    /// The entry of this program in the list of providers.
    fn ours(&self, providers: &Part) -> Option<&Part> {
        let items = self.outline.items(providers);
        items.into_iter().find(|item| {
            let name = value_of(&self.outline, item, "name").and_then(Part::scalar);
            name == Some(CREDENTIAL_PROVIDER)
        })
    }

    /// Where the last value in `part` ends.
    fn end_of(&self, part: &Part) -> usize {
        let last = match part.kind {
            Kind::Mapping { flow: false } => {
                self.outline.entries(part).into_iter().next_back().map(|(name, value)| {
                    let is_empty = value.is_null() && value.range.is_empty();
                    if is_empty { name.range.end } else { self.end_of(value) }
                })
            }
            Kind::Sequence if !self.is_flow(part) => {
                self.outline.items(part).into_iter().next_back().map(|item| self.end_of(item))
            }
            _ => None,
        };
        last.unwrap_or_else(|| {
            let written = self.outline.text().get(part.range.clone()).unwrap_or_default();
            part.range.start + written.trim_end().len()
        })
    }

    /// Returns whether a list is written as `[…]`.
    fn is_flow(&self, part: &Part) -> bool {
        self.outline.text().get(part.range.start..).is_some_and(|text| text.starts_with('['))
    }
}

fn value_of<'a>(outline: &'a Outline<'_>, mapping: &Part, name: &str) -> Option<&'a Part> {
    let entries = outline.entries(mapping);
    entries.into_iter().rfind(|(known, _)| is(known, name)).map(|(_, value)| value)
}

fn is(part: &Part, name: &str) -> bool {
    part.scalar() == Some(name)
}

#[cfg(test)]
mod tests;
