//! What stands in Docker's `config.json`, or podman's `auth.json`, and how it is changed.

use crate::helper_name::{ConfiguredHelper, HelperName};
use crate::registry_host::RegistryHost;
use std::collections::HashSet;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::json_text::{Layout, Member, Object, line_and_column, quoted, replaced};
use crate::explain::Explain;

/// A config file's text, known to be valid and of the shape that we may edit.
///
/// What `with_…` and `without_…` do not touch stays byte for byte, and the second takes back the
/// first exactly. Where its owner could have written the same as we did, ours is marked by
/// odd white space, so that taking it back is not taking his: the `credsStore` that we add, entries in
/// a `credHelpers` that was there and empty, a document in a file that was there and empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigDocument {
    /// `None` if there is no such file.
    text: Option<String>,
    /// How many directories were made to hold the file, where there is none.
    made_directories: usize,
}

/// Why a config file is not touched: where, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("line {line}, column {column}: {what}")]
pub struct NotEditable {
    line: usize,
    column: usize,
    what: String,
}

impl Explain for NotEditable {
    fn hint(&self) -> Option<String> {
        Some("fix that place in the file, then try again".to_owned())
    }
}

pub(super) const CRED_HELPERS: &str = "credHelpers";
pub(super) const CREDS_STORE: &str = "credsStore";
pub(super) const AUTHS: &str = "auths";

/// What marks a thing as ours that its owner could have written as well.
/// Neither people nor programs write a tab and a blank in a row.
const MARK: &str = "\t ";

/// Stands at the end of a document that we made, once for each directory that was made to hold it.
/// Taking the document back takes these directories with it, and no others. Begins otherwise than
/// [`MARK`].
const DIRECTORY_MARK: &str = " \t";

impl ConfigDocument {
    /// Takes a file's content, or `None` for a file that does not exist.
    ///
    /// # Errors
    /// It is not JSON, its outermost value is no object, `credHelpers` is no object of strings,
    /// `credsStore` no string, `auths` no object, or one of these or a host of `credHelpers`
    /// stands there twice.
    pub fn parse(content: Option<&[u8]>) -> Result<Self, NotEditable> {
        let Some(bytes) = content else { return Ok(Self::missing(0)) };
        let text = str::from_utf8(bytes).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let valid = String::from_utf8_lossy(valid);
            not_editable(&valid, valid.len(), "it is not UTF-8 text")
        })?;
        let document = Self::of(text.to_owned());
        if document.is_blank() {
            return Ok(document);
        }
        // Serde's messages about the form of JSON quote nothing.
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| NotEditable {
            line: error.line(),
            // At the end of a line there is no character to count.
            column: error.column().max(1),
            what: "it is not valid JSON".to_owned(),
        })?;
        document.check_shape(text)?;
        Ok(document)
    }

    fn check_shape(&self, text: &str) -> Result<(), NotEditable> {
        let root = self.root().ok_or_else(|| not_editable(text, 0, "it is no JSON object"))?;
        for key in [CRED_HELPERS, CREDS_STORE, AUTHS] {
            if let [_, second, ..] = root.members_where(|name| same_name(name, key)).as_slice() {
                let what = format!("{key} stands there a second time");
                return Err(not_editable(text, second.key_span.start, &what));
            }
        }
        let is_null = |member: &Member| text.get(member.value_span.clone()) == Some("null");
        let wrong =
            |member: &Member, what: &str| Err(not_editable(text, member.value_span.start, what));
        if let Some(member) = member(&root, CREDS_STORE)
            && root.string_of(member).is_none()
            && !is_null(member)
        {
            return wrong(member, "credsStore is no string");
        }
        if let Some(member) = member(&root, AUTHS)
            && root.object_of(member).is_none()
            && !is_null(member)
        {
            return wrong(member, "auths is no object");
        }
        let Some(helpers) = member(&root, CRED_HELPERS) else { return Ok(()) };
        let Some(object) = root.object_of(helpers) else {
            return wrong(helpers, "credHelpers is no object");
        };
        let mut hosts = HashSet::new();
        for entry in &object.members {
            if object.string_of(entry).is_none() {
                return wrong(entry, "an entry of credHelpers is no string");
            }
            if !hosts.insert(&entry.key) {
                let what = format!("{:?} stands in credHelpers a second time", entry.key);
                return Err(not_editable(text, entry.key_span.start, &what));
            }
        }
        Ok(())
    }

    /// A file that does not exist, with this many directories made to hold it.
    pub fn missing(made_directories: usize) -> Self {
        Self { text: None, made_directories }
    }

    /// How many directories were made to hold a file that does not exist.
    pub fn made_directories(&self) -> usize {
        self.made_directories
    }

    /// The file's content; `None` if it shall not exist.
    pub fn content(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Every registry with a helper of its own, and that helper's name.
    pub fn cred_helpers(&self) -> Vec<(String, ConfiguredHelper)> {
        let Some(root) = self.root() else { return Vec::new() };
        let object = member(&root, CRED_HELPERS).and_then(|member| root.object_of(member));
        object.map_or_else(Vec::new, |object| {
            let entry = |member: &Member| {
                let helper = ConfiguredHelper::parse(&object.string_of(member)?);
                Some((member.key.clone(), helper))
            };
            object.members.iter().filter_map(entry).collect()
        })
    }

    /// The helper for `host`, which Docker looks up by exactly that key.
    pub fn cred_helper(&self, host: &RegistryHost) -> Option<ConfiguredHelper> {
        let name = host.to_string();
        self.cred_helpers().into_iter().find(|(key, _)| *key == name).map(|(_, helper)| helper)
    }

    /// The store of all other logins.
    pub fn creds_store(&self) -> Option<ConfiguredHelper> {
        let root = self.root()?;
        let store = root.string_of(member(&root, CREDS_STORE)?).filter(|store| !store.is_empty());
        store.as_deref().map(ConfiguredHelper::parse)
    }

    /// It names a store, be it an empty one.
    pub fn has_creds_store(&self) -> bool {
        self.root().is_some_and(|root| member(&root, CREDS_STORE).is_some())
    }

    /// Docker chooses its platform's store by itself only while this is false
    /// (`ConfigFile.ContainsAuth` of docker/cli).
    pub fn contains_auth(&self) -> bool {
        let auths = self.root().and_then(|root| {
            root.object_of(member(&root, AUTHS)?).map(|auths| auths.members.len())
        });
        self.creds_store().is_some() || !self.cred_helpers().is_empty() || auths.unwrap_or(0) > 0
    }

    /// The document with these helpers for these hosts, and this `credsStore` if one is to be
    /// added.
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

    /// The same, with the entries as text.
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
            let blank = self.text.as_deref();
            let text = new_document(pairs(), store);
            return Self::of(match blank {
                None => text + &DIRECTORY_MARK.repeat(self.made_directories),
                Some(blank) => format!("{text}{MARK}{blank}"),
            });
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

    /// The document without the entries of `credHelpers` whose helper is `helper`, and without what
    /// else [`ConfigDocument::with_helpers`] added, where it stands there for nothing then.
    #[must_use]
    pub fn without_helper(&self, helper: &HelperName) -> Self {
        self.without_entries(&|_, value| value.ours() == Some(helper))
    }

    /// The same for those entries that `is_meant` says yes to, given the host and its helper.
    #[must_use]
    pub fn without_entries(&self, is_meant: &dyn Fn(&str, &ConfiguredHelper) -> bool) -> Self {
        let entries = self.cred_helpers();
        if !entries.iter().any(|(host, value)| is_meant(host, value)) {
            return self.clone();
        }
        if entries.iter().all(|(host, value)| is_meant(host, value))
            && let Some(before) = self.before_we_made_it(&entries)
        {
            return before;
        }
        let shorter = self.without_entries_of(is_meant).unwrap_or_else(|| self.clone());
        shorter.without_our_store()
    }

    pub(super) fn of(text: String) -> Self {
        Self { text: Some(text), made_directories: 0 }
    }

    fn is_blank(&self) -> bool {
        self.text.as_ref().is_none_or(|text| text.trim_matches([' ', '\t', '\r', '\n']).is_empty())
    }

    pub(super) fn root(&self) -> Option<Object<'_>> {
        Object::at(self.text.as_deref()?, 0)
    }

    /// What was there before [`ConfigDocument::with_helpers`] made the whole document, if it did
    /// and nobody changed it: no file, or a blank one.
    fn before_we_made_it(&self, entries: &[(String, ConfiguredHelper)]) -> Option<Self> {
        let text = self.text.as_deref()?;
        let store = self.creds_store().map(|store| store.to_string());
        let entry =
            |(host, helper): &(String, ConfiguredHelper)| (host.clone(), helper.to_string());
        let entries: Vec<_> = entries.iter().map(entry).collect();
        let pairs = entries.iter().map(|(host, helper)| (host.as_str(), helper.as_str()));
        let rest = text.strip_prefix(&new_document(pairs, store.as_deref()))?;
        if let Some(blank) = rest.strip_prefix(MARK) {
            return Some(Self::of(blank.to_owned()));
        }
        let made_directories = rest.matches(DIRECTORY_MARK).count();
        let is_ours = rest.len() == made_directories * DIRECTORY_MARK.len();
        is_ours.then(|| Self::missing(made_directories))
    }

    /// Without the entries that are meant, and without a `credHelpers` that this leaves empty, unless
    /// it was there and empty before us. `None` without a `credHelpers`.
    fn without_entries_of(
        &self,
        is_meant: &dyn Fn(&str, &ConfiguredHelper) -> bool,
    ) -> Option<Self> {
        let root = self.root()?;
        let place = root.members.iter().position(|member| same_name(&member.key, CRED_HELPERS))?;
        let object = root.object_of(root.members.get(place)?)?;
        let is_ours = |entry: &Member| {
            let helper = object.string_of(entry);
            helper.is_some_and(|helper| is_meant(&entry.key, &ConfiguredHelper::parse(&helper)))
        };
        let was_empty = object.before_first() == MARK;
        Some(Self::of(if !was_empty && object.members.iter().all(is_ours) {
            root.without(place)
        } else {
            object.without_members(is_ours)
        }))
    }

    /// Without a `credsStore` of ours, unless somebody logged in through it meanwhile: those logins
    /// are found through it.
    fn without_our_store(self) -> Self {
        let shorter = self.root().and_then(|root| {
            let at = root.members.iter().position(|member| same_name(&member.key, CREDS_STORE))?;
            let is_ours = root.colon_of(root.members.get(at)?) == format!(":{MARK}");
            is_ours.then(|| Self::of(root.without(at)))
        });
        match shorter {
            Some(shorter) if !shorter.contains_auth() => shorter,
            _ => self,
        }
    }
}

/// A whole document of ours, laid out as Docker lays out its own.
fn new_document<'a>(
    entries: impl Iterator<Item = (&'a str, &'a str)>,
    store: Option<&str>,
) -> String {
    let layout = Layout::of_docker();
    let mut members = vec![layout.member(CRED_HELPERS, &layout.object(entries))];
    members.extend(store.map(marked_store));
    Object::at("{\n}", 0).map_or_else(String::new, |object| object.with_appended(&layout, &members))
}

fn marked_store(store: &str) -> String {
    format!("{}:{MARK}{}", quoted(CREDS_STORE), quoted(store))
}

/// The text with these entries in `object`, its `credHelpers`.
fn with_entries(object: &Object<'_>, text: &str, entries: &[(String, String)]) -> String {
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
    // Those that are replaced stand before what was appended: from the last to the first, none
    // moves another.
    for member in object.members.iter().rev() {
        if let Some((_, helper)) = entries.iter().find(|(host, _)| *host == member.key) {
            text = replaced(&text, member.value_span.clone(), &quoted(helper));
        }
    }
    text
}

/// Docker, podman and the others are written in Go, whose JSON library takes a name in any letter
/// case.
pub(super) fn same_name(key: &str, name: &str) -> bool {
    key.eq_ignore_ascii_case(name)
}

pub(super) fn member<'o>(object: &'o Object<'_>, name: &str) -> Option<&'o Member> {
    object.members.iter().find(|member| same_name(&member.key, name))
}

fn not_editable(text: &str, at: usize, what: &str) -> NotEditable {
    let (line, column) = line_and_column(text, at);
    NotEditable { line, column, what: what.to_owned() }
}
