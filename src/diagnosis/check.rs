//! One thing that was looked at: sound, or with a problem.

use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};

use super::fix::Fix;
use crate::printable::Printable;
use crate::terminal::Mark;

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Section {
    Program,
    Config,
    Key,
    Client,
    Registry,
}

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// Pulls work, but this should be looked at.
    Warning,
    /// Pulls do not work.
    Failure,
}

/// What is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Diagnosed {
    /// The kind of problem, for scripts; see `docs/problems.md`.
    pub(crate) id: &'static str,
    pub(crate) severity: Severity,
    pub(crate) cause: String,
    pub(crate) fix: Fix,
}

/// How a check came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As it should be: the kind of check, and what was found.
    Sound(&'static str, String),
    Problem(Diagnosed),
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) section: Section,
    /// What it is about: a file, a host, a program.
    pub(crate) subject: String,
    pub(crate) outcome: Outcome,
}

impl Section {
    /// The heading of its part of the screen.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Program => "Program",
            Self::Config => "Docker's and podman's files",
            Self::Key => "Secret key",
            Self::Client => "Container clients",
            Self::Registry => "Registries",
        }
    }
}

impl Check {
    /// Something as it should be.
    pub(crate) fn sound(
        section: Section,
        id: &'static str,
        subject: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let outcome = Outcome::Sound(id, found.into());
        Self { section, subject: subject.into(), outcome }
    }

    /// Something with a problem.
    pub(crate) fn problem(section: Section, subject: impl Into<String>, found: Diagnosed) -> Self {
        Self { section, subject: subject.into(), outcome: Outcome::Problem(found) }
    }

    /// The kind of check or problem.
    pub(crate) fn id(&self) -> &'static str {
        match &self.outcome {
            Outcome::Sound(id, _) => id,
            Outcome::Problem(problem) => problem.id,
        }
    }

    /// How much it matters; `None` where all is well.
    pub(crate) fn severity(&self) -> Option<Severity> {
        match &self.outcome {
            Outcome::Sound(..) => None,
            Outcome::Problem(problem) => Some(problem.severity),
        }
    }

    /// What was found.
    pub(crate) fn found(&self) -> &str {
        match &self.outcome {
            Outcome::Sound(_, found) => found,
            Outcome::Problem(problem) => &problem.cause,
        }
    }

    /// What to do about it.
    pub(crate) fn fix(&self) -> Option<&Fix> {
        match &self.outcome {
            Outcome::Sound(..) => None,
            Outcome::Problem(problem) => Some(&problem.fix),
        }
    }

    /// The sign in front of it.
    pub(crate) fn mark(&self) -> Mark {
        match self.severity() {
            None => Mark::Good,
            Some(Severity::Warning) => Mark::Warning,
            Some(Severity::Failure) => Mark::Bad,
        }
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let status = match self.severity() {
            None => "ok",
            Some(Severity::Warning) => "warning",
            Some(Severity::Failure) => "failure",
        };
        let mut check = serializer.serialize_struct("Check", 6)?;
        check.serialize_field("section", &self.section)?;
        check.serialize_field("id", self.id())?;
        check.serialize_field("subject", &Printable(&self.subject).to_string())?;
        check.serialize_field("status", status)?;
        check.serialize_field("found", &Printable(self.found()).to_string())?;
        check.serialize_field("fix", &self.fix())?;
        check.end()
    }
}
