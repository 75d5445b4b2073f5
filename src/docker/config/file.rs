//! Reads and edits Docker's config and podman's `auth.json`.

use std::path::Path;

use super::document::{ConfigDocument, NotEditable};
use crate::system::files::{self, Change, UpdateError, UpdateOptions};

/// What an edit did to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// The file was created.
    Created,
    /// The content was changed.
    Changed,
    /// The file was removed.
    Removed,
}

impl FileChange {
    /// Compares a file's content before and after an edit.
    pub fn between(before: &ConfigDocument, after: &ConfigDocument) -> Self {
        match (before.content(), after.content()) {
            (None, _) => Self::Created,
            (_, None) => Self::Removed,
            _ => Self::Changed,
        }
    }

    /// The verb for the edit, at the start of a sentence.
    pub fn past(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Changed => "Changed",
            Self::Removed => "Removed",
        }
    }

    /// The verb for the edit, within a sentence.
    pub fn participle(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }

    /// The verb after "would".
    pub fn infinitive(self) -> &'static str {
        match self {
            Self::Created => "create",
            Self::Changed => "change",
            Self::Removed => "remove",
        }
    }
}

/// Reads Docker's config or an `auth.json`. A missing file is an empty document.
///
/// # Errors
/// Returns [`UpdateError`] if the file cannot be read, or is not in Docker's format.
pub fn read_config(path: &Path) -> Result<ConfigDocument, UpdateError<NotEditable>> {
    let mut found = ConfigDocument::default();
    files::update(path, UpdateOptions::default(), |current| {
        found = ConfigDocument::parse(current.content)?;
        Ok(Change::None)
    })?;
    Ok(found)
}

/// Edits such a file. Returns whether it changed.
///
/// # Errors
/// Returns [`UpdateError`] if the file cannot be read or changed. It is unchanged then.
pub fn change(
    path: &Path,
    options: UpdateOptions,
    edit: impl Fn(&ConfigDocument) -> ConfigDocument,
) -> Result<bool, UpdateError<NotEditable>> {
    files::update(path, options, |current| {
        let before = match current.content {
            None => ConfigDocument::missing(current.made_directories),
            content => ConfigDocument::parse(content)?,
        };
        let after = edit(&before);
        // Only write what can be parsed again.
        ConfigDocument::parse(after.content().map(str::as_bytes))?;
        Ok(match after.content() {
            _ if before == after => Change::None,
            Some(text) => Change::Write(text.as_bytes().to_vec().into()),
            None => Change::Remove { directories: after.made_directories() },
        })
    })
}
