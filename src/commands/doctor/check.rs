//! One thing that was looked at: what was found, and what to do about it.

use serde::Serialize;

use crate::commands::shown;
use crate::printable::shell_word;
use crate::terminal::Mark;

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Section {
    Program,
    Config,
    Key,
    Client,
    Registry,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// As it should be.
    Ok,
    /// Pulls work, but this deserves a look.
    Warning,
    /// Pulls will not work.
    Failure,
}

/// One check. Its words are shown to people and scripts alike, and made safe to show here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub(super) section: Section,
    /// What kind of check it is, for scripts.
    pub(super) id: &'static str,
    /// What it is about: a file, a host, a program.
    #[serde(serialize_with = "shown")]
    pub(super) subject: String,
    pub(super) status: Status,
    #[serde(serialize_with = "shown")]
    pub(super) found: String,
    /// What mends it, where something is to be mended.
    pub(super) remedy: Option<Remedy>,
}

/// What to do, as the exact command where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Remedy(#[serde(serialize_with = "shown")] pub(super) String);

impl Section {
    /// The heading of its part of the screen.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Program => "The program",
            Self::Config => "Docker's and podman's files",
            Self::Key => "The key",
            Self::Client => "Programs that pull",
            Self::Registry => "The registries",
        }
    }
}

impl Status {
    pub(super) fn mark(self) -> Mark {
        match self {
            Self::Ok => Mark::Good,
            Self::Warning => Mark::Warning,
            Self::Failure => Mark::Bad,
        }
    }
}

impl Check {
    pub(super) fn ok(
        section: Section,
        id: &'static str,
        subject: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let (subject, found) = (subject.into(), found.into());
        Self { section, id, subject, status: Status::Ok, found, remedy: None }
    }

    /// The same, but it deserves a look, and this mends it.
    pub(super) fn warning(self, remedy: impl Into<String>) -> Self {
        Self { status: Status::Warning, remedy: Some(Remedy(remedy.into())), ..self }
    }

    /// The same, but pulls will not work, and this mends it.
    pub(super) fn failure(self, remedy: impl Into<String>) -> Self {
        Self { status: Status::Failure, remedy: Some(Remedy(remedy.into())), ..self }
    }
}

/// A path as a word of a command.
pub(super) fn shell_path(path: &std::path::Path) -> String {
    shell_word(&path.to_string_lossy())
}
