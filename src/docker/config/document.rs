//! Docker's `config.json` or podman's `auth.json` as text, and its entries.

use crate::helper_name::ConfiguredHelper;
use crate::registry_host::RegistryHost;
use std::collections::HashSet;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::json_text::{Member, Object, line_and_column};
use crate::explain::Explain;

/// The text of a config file, checked to be valid and editable.
///
/// Edits keep all other bytes unchanged, and `without_…` undoes `with_…` exactly. Some additions
/// look as if the user could have written them: a `credsStore`, entries in an empty `credHelpers`,
/// a document in an empty file. These are marked with unusual whitespace, so that undoing removes
/// only what this program added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigDocument {
    /// `None` if the file does not exist.
    text: Option<Zeroizing<String>>,
    /// How many directories were created for a file that does not exist yet.
    made_directories: usize,
}

/// Why a config file cannot be edited, and where.
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

impl ConfigDocument {
    /// Parses a file's content; `None` for a file that does not exist.
    ///
    /// # Errors
    /// Returns [`NotEditable`] if the content is not a JSON object, `credHelpers`, `credsStore` or
    /// `auths` has an unexpected type, or one of them or a host in `credHelpers` is duplicated.
    pub fn parse(content: Option<&[u8]>) -> Result<Self, NotEditable> {
        let Some(bytes) = content else { return Ok(Self::missing(0)) };
        let text = str::from_utf8(bytes).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let valid = String::from_utf8_lossy(valid);
            not_editable(&valid, valid.len(), "it is not UTF-8 text")
        })?;
        let document = Self::of(text.to_owned().into());
        if document.is_whitespace() {
            return Ok(document);
        }
        // Serde's syntax errors do not quote the text.
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| NotEditable {
            line: error.line(),
            // At a line end, serde reports column 0.
            column: error.column().max(1),
            what: "it is not valid JSON".to_owned(),
        })?;
        document.check_shape(text)?;
        Ok(document)
    }

    fn check_shape(&self, text: &str) -> Result<(), NotEditable> {
        let root = self.root().ok_or_else(|| not_editable(text, 0, "it is not a JSON object"))?;
        for key in [CRED_HELPERS, CREDS_STORE, AUTHS] {
            if let [_, second, ..] = root.members_where(|name| same_name(name, key)).as_slice() {
                let what = format!("duplicate {key}");
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
            return wrong(member, "credsStore is not a string");
        }
        if let Some(member) = member(&root, AUTHS)
            && root.object_of(member).is_none()
            && !is_null(member)
        {
            return wrong(member, "auths is not an object");
        }
        let Some(helpers) = member(&root, CRED_HELPERS) else { return Ok(()) };
        let Some(object) = root.object_of(helpers) else {
            return wrong(helpers, "credHelpers is not an object");
        };
        let mut hosts = HashSet::new();
        for entry in &object.members {
            if object.string_of(entry).is_none() {
                return wrong(entry, "a value in credHelpers is not a string");
            }
            if !hosts.insert(&entry.key) {
                let what = format!("duplicate entry {:?} in credHelpers", entry.key);
                return Err(not_editable(text, entry.key_span.start, &what));
            }
        }
        Ok(())
    }

    /// A file that does not exist, for which this many directories were created.
    pub fn missing(made_directories: usize) -> Self {
        Self { text: None, made_directories }
    }

    /// How many directories were created for a file that does not exist yet.
    pub fn made_directories(&self) -> usize {
        self.made_directories
    }

    /// The file's content; `None` if the file should not exist.
    pub fn content(&self) -> Option<&str> {
        Some(self.text.as_ref()?.as_str())
    }

    /// All registries in `credHelpers`, with their helpers.
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

    /// The helper for `host`. Docker looks up exactly this key.
    pub fn cred_helper(&self, host: &RegistryHost) -> Option<ConfiguredHelper> {
        let name = host.to_string();
        self.cred_helpers().into_iter().find(|(key, _)| *key == name).map(|(_, helper)| helper)
    }

    /// The credential store for all other registries.
    pub fn creds_store(&self) -> Option<ConfiguredHelper> {
        let root = self.root()?;
        let store = root.string_of(member(&root, CREDS_STORE)?).filter(|store| !store.is_empty());
        store.as_deref().map(ConfiguredHelper::parse)
    }

    /// Returns whether there is a `credsStore`, even an empty one.
    pub fn has_creds_store(&self) -> bool {
        self.root().is_some_and(|root| member(&root, CREDS_STORE).is_some())
    }

    /// Returns whether the config has credentials or helpers. Docker uses its platform's default
    /// store only if not (`ConfigFile.ContainsAuth` of docker/cli).
    pub fn contains_auth(&self) -> bool {
        let auths = self.root().and_then(|root| {
            root.object_of(member(&root, AUTHS)?).map(|auths| auths.members.len())
        });
        self.creds_store().is_some() || !self.cred_helpers().is_empty() || auths.unwrap_or(0) > 0
    }

    pub(super) fn of(text: Zeroizing<String>) -> Self {
        Self { text: Some(text), made_directories: 0 }
    }

    fn is_whitespace(&self) -> bool {
        self.content().is_none_or(|text| text.trim_matches([' ', '\t', '\r', '\n']).is_empty())
    }

    pub(super) fn root(&self) -> Option<Object<'_>> {
        Object::at(self.content()?, 0)
    }
}

/// Docker, podman and the others are written in Go, whose JSON library ignores letter case in
/// names.
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
