//! One check: what was found, and how to fix it.

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::fix::{Command, Fix};
use crate::printable::Printable;
use crate::terminal::{Line, Mark, Screen};

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Section {
    Program,
    Config,
    Key,
    Client,
    Registry,
    Kubelet,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// As it should be.
    Ok,
    /// Pulls work, but this deserves a look.
    Warning,
    /// Pulls will not work.
    Failure,
}

/// One check. Its words are shown to people and scripts alike, and made safe to show here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) section: Section,
    /// What kind of check it is, for scripts.
    pub(crate) id: &'static str,
    /// What it is about: a file, a host, a program.
    pub(crate) subject: String,
    pub(crate) status: Status,
    pub(crate) found: String,
    /// What to do about it, where something is wrong.
    pub(crate) fix: Option<Fix>,
}

impl Serialize for Check {
    /// Writes what people see, and the commands of the fix one by one.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let commands = self.fix.iter().flat_map(Fix::commands).map(Command::line);
        let mut check = serializer.serialize_struct("Check", 7)?;
        check.serialize_field("section", &self.section)?;
        check.serialize_field("id", self.id)?;
        check.serialize_field("subject", &Printable(&self.subject).to_string())?;
        check.serialize_field("status", &self.status)?;
        check.serialize_field("found", &Printable(&self.found).to_string())?;
        check.serialize_field("remedy", &self.fix.as_ref().map(Fix::line))?;
        check.serialize_field("commands", &commands.collect::<Vec<_>>())?;
        check.end()
    }
}

impl Section {
    /// The heading of its part of the screen.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Program => "The program",
            Self::Config => "Docker's and podman's files",
            Self::Key => "The key",
            Self::Client => "Programs that pull",
            Self::Registry => "The registries",
            Self::Kubelet => "The kubelet",
        }
    }
}

impl Status {
    pub(crate) fn mark(self) -> Mark {
        match self {
            Self::Ok => Mark::Good,
            Self::Warning => Mark::Warning,
            Self::Failure => Mark::Bad,
        }
    }
}

impl Check {
    pub(crate) fn ok(
        section: Section,
        id: &'static str,
        subject: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let (subject, found) = (subject.into(), found.into());
        Self { section, id, subject, status: Status::Ok, found, fix: None }
    }

    /// The same, but pulls do not work, and this fixes it.
    pub(crate) fn failure(self, fix: impl Into<Fix>) -> Self {
        Self { status: Status::Failure, fix: Some(fix.into()), ..self }
    }

    /// Adds the check to a screen, with its fix below it. Commands stay on one line: they are copied.
    pub(crate) fn add_to(&self, screen: &mut Screen) {
        let text = format!("{}: {}", Printable(&self.subject), Printable(&self.found));
        let is_ok = self.status == Status::Ok;
        screen.line(&if is_ok { Line::fixed(text) } else { Line::warning(text) });
        if let Some(fix) = &self.fix {
            fix.add_to(screen);
        }
    }

    /// The check and its fix on one line.
    pub(crate) fn line(&self) -> String {
        let line = format!("{}: {}", Printable(&self.subject), Printable(&self.found));
        match &self.fix {
            Some(fix) => format!("{line}; to fix it: {}", fix.line()),
            None => line,
        }
    }
}
