//! Edits of a config file that keep all other bytes, and undoing them exactly.

use zeroize::Zeroizing;

use super::document::{CRED_HELPERS, CREDS_STORE, ConfigDocument, member, same_name};
use super::json_text::{Layout, Member, Object, quoted, replaced};
use crate::helper_name::{ConfiguredHelper, HelperName};
use crate::registry_host::RegistryHost;

/// Marks an addition that the user could have written as well. Neither people nor programs write a
/// tab followed by a space.
const MARK: &str = "\t ";

/// Written at the end of a document that this program created, once for each directory created for
/// it. Undoing removes exactly these directories. Must not start like [`MARK`].
const DIRECTORY_MARK: &str = " \t";

impl ConfigDocument {
    /// Adds these helpers for these hosts, and this `credsStore` if given.
    #[must_use]
    pub fn with_helpers(
        &self,
        entries: &[(RegistryHost, HelperName)],
        store: Option<&str>,
    ) -> Self {
        let entry =
            |(host, helper): &(RegistryHost, HelperName)| (host.to_string(), helper.to_string());
        self.with_entries_of(&entries.iter().map(entry).collect::<Vec<_>>(), store)
    }

    /// Adds entries given as text.
    pub(super) fn with_entries_of(
        &self,
        entries: &[(String, String)],
        store: Option<&str>,
    ) -> Self {
        if entries.is_empty() && store.is_none() {
            return self.clone();
        }
        let pairs = || entries.iter().map(|(host, helper)| (host.as_str(), helper.as_str()));
        let Some(root) = self.root() else {
            let whitespace = self.content();
            let text = new_document(pairs(), store);
            let text = match whitespace {
                None => text + &DIRECTORY_MARK.repeat(self.made_directories()),
                Some(whitespace) => format!("{text}{MARK}{whitespace}"),
            };
            return Self::of(text.into());
        };
        let helpers = member(&root, CRED_HELPERS).and_then(|member| root.object_of(member));
        let mut text = if let Some(helpers) = helpers {
            with_entries(&helpers, self.content().unwrap_or_default(), entries)
        } else {
            let layout = root.layout().unwrap_or_else(|| Layout::for_empty(root.before_first()));
            let helpers = layout.member(CRED_HELPERS, &layout.object(pairs()));
            root.with_appended(&layout, &[helpers])
        };
        if let (Some(store), Some(root)) = (store, Object::at(&text, 0)) {
            let layout = root.layout().unwrap_or_else(Layout::compact);
            text = root.with_appended(&layout, &[marked_store(store)]);
        }
        Self::of(text)
    }

    /// Removes the entries of `credHelpers` for this helper. Also removes whatever else
    /// [`ConfigDocument::with_helpers`] added and is no longer needed.
    #[must_use]
    pub fn without_helper(&self, helper: &HelperName) -> Self {
        self.without_entries(&|_, value| value.scw_helper() == Some(helper))
    }

    /// Removes the entries of `credHelpers` that `is_selected` accepts, given the host and its
    /// helper.
    #[must_use]
    pub fn without_entries(&self, is_selected: &dyn Fn(&str, &ConfiguredHelper) -> bool) -> Self {
        let entries = self.cred_helpers();
        if !entries.iter().any(|(host, value)| is_selected(host, value)) {
            return self.clone();
        }
        if entries.iter().all(|(host, value)| is_selected(host, value))
            && let Some(before) = self.before_creation(&entries)
        {
            return before;
        }
        let shorter = self.without_entries_of(is_selected).unwrap_or_else(|| self.clone());
        shorter.without_added_store()
    }

    /// Returns the document before [`ConfigDocument::with_helpers`] created it, if it is unchanged
    /// since: a missing or an empty file.
    fn before_creation(&self, entries: &[(String, ConfiguredHelper)]) -> Option<Self> {
        let text = self.content()?;
        let store = self.creds_store().map(|store| store.to_string());
        let entry =
            |(host, helper): &(String, ConfiguredHelper)| (host.clone(), helper.to_string());
        let entries: Vec<_> = entries.iter().map(entry).collect();
        let pairs = entries.iter().map(|(host, helper)| (host.as_str(), helper.as_str()));
        let rest = text.strip_prefix(&new_document(pairs, store.as_deref()))?;
        if let Some(whitespace) = rest.strip_prefix(MARK) {
            return Some(Self::of(whitespace.to_owned().into()));
        }
        let made_directories = rest.matches(DIRECTORY_MARK).count();
        let is_marked = rest.len() == made_directories * DIRECTORY_MARK.len();
        is_marked.then(|| Self::missing(made_directories))
    }

    /// Removes the selected entries. Also removes `credHelpers` if it becomes empty, unless it was
    /// empty before. `None` if there is no `credHelpers`.
    fn without_entries_of(
        &self,
        is_selected: &dyn Fn(&str, &ConfiguredHelper) -> bool,
    ) -> Option<Self> {
        let root = self.root()?;
        let index = root.members.iter().position(|member| same_name(&member.key, CRED_HELPERS))?;
        let object = root.object_of(root.members.get(index)?)?;
        let is_marked = |entry: &Member| {
            let helper = object.string_of(entry);
            helper.is_some_and(|helper| is_selected(&entry.key, &ConfiguredHelper::parse(&helper)))
        };
        let was_empty = object.before_first() == MARK;
        Some(Self::of(if !was_empty && object.members.iter().all(is_marked) {
            root.without(index)
        } else {
            object.without_members(is_marked)
        }))
    }

    /// Removes the `credsStore` that this program added, unless the user has logged in through it
    /// since: its credentials are found through it.
    fn without_added_store(self) -> Self {
        let shorter = self.root().and_then(|root| {
            let at = root.members.iter().position(|member| same_name(&member.key, CREDS_STORE))?;
            let is_marked = root.colon_of(root.members.get(at)?) == format!(":{MARK}");
            is_marked.then(|| Self::of(root.without(at)))
        });
        match shorter {
            Some(shorter) if !shorter.contains_auth() => shorter,
            _ => self,
        }
    }
}

/// A new document, formatted like Docker's.
fn new_document<'a>(
    entries: impl Iterator<Item = (&'a str, &'a str)>,
    store: Option<&str>,
) -> String {
    let layout = Layout::of_docker();
    let mut members = vec![layout.member(CRED_HELPERS, &layout.object(entries))];
    members.extend(store.map(marked_store));
    let object = Object::at("{\n}", 0);
    object.map_or_else(String::new, |object| object.with_appended(&layout, &members).to_string())
}

fn marked_store(store: &str) -> String {
    format!("{}:{MARK}{}", quoted(CREDS_STORE), quoted(store))
}

/// Returns the text with these entries added to `object`, its `credHelpers`.
fn with_entries(
    object: &Object<'_>,
    text: &str,
    entries: &[(String, String)],
) -> Zeroizing<String> {
    let was_empty = object.members.is_empty();
    let layout = object.layout().unwrap_or_else(Layout::compact);
    let is_new = |host: &str| object.members.iter().all(|member| member.key != host);
    let added: Vec<_> = entries
        .iter()
        .filter(|(host, _)| is_new(host))
        .map(|(host, helper)| layout.member(host, &quoted(helper)))
        .collect();
    if was_empty {
        let start = object.span.start + 1;
        return replaced(text, start..start, &format!("{MARK}{}", added.join(", ")));
    }
    let mut text = object.with_appended(&layout, &added);
    // Replace from the last to the first, so that no replacement moves another.
    for member in object.members.iter().rev() {
        if let Some((_, helper)) = entries.iter().find(|(host, _)| *host == member.key) {
            text = replaced(&text, member.value_span.clone(), &quoted(helper));
        }
    }
    text
}
