//! What refuses a change before anything is changed.

use super::CommandError;
use crate::explain::{Explanation, on_one_line};
use crate::terminal::Line;

/// Collects what refuses a change: in a dry run, a lack of rights is reported; otherwise it is an error.
pub(super) struct Refusals {
    is_dry_run: bool,
    reported: Vec<Explanation>,
}

impl Refusals {
    pub(super) fn new(is_dry_run: bool) -> Self {
        Self { is_dry_run, reported: Vec::new() }
    }

    /// Returns the value of `result`; `None` if a dry run lacks the rights to have it.
    ///
    /// # Errors
    /// That of `result`, unless this is a dry run and more rights would help.
    pub(super) fn check<T>(
        &mut self,
        result: Result<T, impl Into<CommandError>>,
    ) -> Result<Option<T>, CommandError> {
        match result.map_err(Into::into) {
            Ok(value) => Ok(Some(value)),
            Err(error) if self.is_dry_run && error.is_permission_error() => {
                self.reported.push(Explanation::from(&error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns what would refuse the change.
    pub(super) fn into_reported(self) -> Vec<Explanation> {
        self.reported
    }
}

/// The lines of a report about these refusals.
pub(super) fn as_lines(reported: &[Explanation]) -> impl Iterator<Item = Line> + '_ {
    let words = |refusal| format!("Without --dry-run this fails: {}", on_one_line(refusal));
    reported.iter().map(move |refusal| Line::warning(words(refusal)))
}
