//! Agreement to a step that a user may not want.

use super::step::Status;
use crate::cli::command::ChangeOptions;
use crate::terminal::Console;

/// How consent is had.
pub(super) enum Consent<'c, 's> {
    /// The command line has it: `--yes`.
    Given,
    /// A dry run does not ask.
    DryRun,
    /// By a question on the terminal. Without a terminal, the answer is no.
    Question(&'c mut Console<'s>),
}

impl<'c, 's> Consent<'c, 's> {
    pub(super) fn of(options: ChangeOptions, console: &'c mut Console<'s>) -> Self {
        if options.yes {
            Self::Given
        } else if options.mode.is_dry_run() {
            Self::DryRun
        } else {
            Self::Question(console)
        }
    }

    /// Returns whether `--yes` was given.
    pub(super) fn is_given(&self) -> bool {
        matches!(self, Self::Given)
    }

    /// Returns the status of the steps that `question` is about.
    pub(super) fn ask(&mut self, question: &str) -> Status {
        match self {
            Self::Given => Status::Planned,
            Self::DryRun => Status::NeedsConsent,
            Self::Question(console) => {
                if console.agrees(question) {
                    Status::Planned
                } else {
                    Status::Declined
                }
            }
        }
    }
}
