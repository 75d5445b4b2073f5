//! Reading and changing Docker's config, or another such file.

use std::path::Path;

use super::document::{ConfigDocument, NotEditable};
use crate::system::files::{self, Change, UpdateError, UpdateOptions};

/// What an edit makes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// There was none.
    Created,
    /// It has other content.
    Changed,
    /// It is gone.
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

    /// The verb for what was done.
    pub fn past(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Changed => "Changed",
            Self::Removed => "Removed",
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

/// Reads Docker's config, or another such file; a missing one is an empty document.
///
/// # Errors
/// Returns [`UpdateError`] if the file cannot be read, or is not what Docker writes.
pub fn read_config(path: &Path) -> Result<ConfigDocument, UpdateError<NotEditable>> {
    let mut found = ConfigDocument::default();
    files::update(path, UpdateOptions::default(), |current| {
        found = ConfigDocument::parse(current.content)?;
        Ok(Change::None)
    })?;
    Ok(found)
}

/// Changes such a file as `edit` says, and returns whether that made a difference.
///
/// # Errors
/// Returns [`UpdateError`] if the file cannot be read or changed; it is as it was then.
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
        // Whatever is written has to be readable: if not, the file stays unchanged.
        ConfigDocument::parse(after.content().map(str::as_bytes))?;
        Ok(match after.content() {
            _ if before == after => Change::None,
            Some(text) => Change::Write(text.as_bytes().to_vec()),
            None => Change::Remove { directories: after.made_directories() },
        })
    })
}
