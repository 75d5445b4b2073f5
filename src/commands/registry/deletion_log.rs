//! What became of each deletion, for a command that is interrupted.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

use crate::printable::Escaped;
use crate::system::output_filter::Filter;
use crate::system::signals::{BeforeExit, before_exit};

/// How many names a line of the report has.
const NAMES_SHOWN: usize = 20;

/// How far a deletion has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    NotSent,
    /// It was sent, and has no answer yet.
    Sent,
    Done,
    /// It failed, or was not wanted any more.
    NotDone,
}

/// The deletions of a command. Several threads may use it.
#[derive(Clone)]
pub(super) struct DeletionLog(Arc<Mutex<Vec<(String, Stage)>>>);

impl DeletionLog {
    /// A log of deletions that are not sent yet. The filter is asked now: there is none in the end.
    pub(super) fn new<'n>(names: impl Iterator<Item = &'n str>, filter: &Filter<'_>) -> Self {
        let shown = |name| filter.without_keys(&Escaped(name).to_string()).into_owned();
        Self(Arc::new(Mutex::new(names.map(|name| (shown(name), Stage::NotSent)).collect())))
    }

    pub(super) fn set(&self, at: usize, stage: Stage) {
        if let Ok(mut deletions) = self.0.lock()
            && let Some(deletion) = deletions.get_mut(at)
        {
            deletion.1 = stage;
        }
    }

    /// While the returned value lives, Ctrl-C prints what was done before the program exits.
    #[expect(
        clippy::disallowed_methods,
        reason = "Ctrl-C prints names that passed the filter when the log was made"
    )]
    pub(super) fn print_if_interrupted(&self) -> BeforeExit {
        let log = self.clone();
        before_exit(move || {
            let _ = std::io::stderr().write_all(log.report().as_bytes());
        })
    }

    fn report(&self) -> String {
        let mut text = format!("{}: interrupted\n", env!("CARGO_PKG_NAME"));
        let Ok(deletions) = self.0.lock() else { return text };
        for (stage, words) in [
            (Stage::Done, "deleted"),
            (Stage::NotDone, "not deleted"),
            (Stage::Sent, "sent, and not answered yet"),
            (Stage::NotSent, "not sent"),
        ] {
            let names =
                deletions.iter().filter(|(_, at)| *at == stage).map(|(name, _)| name.as_str());
            let names: Vec<_> = names.collect();
            let shown = names.get(..NAMES_SHOWN).unwrap_or(&names).join(", ");
            if names.len() > NAMES_SHOWN {
                let more = names.len() - NAMES_SHOWN;
                let _ = writeln!(text, "  {words}: {shown} and {more} more");
            } else if !names.is_empty() {
                let _ = writeln!(text, "  {words}: {shown}");
            }
        }
        text
    }
}
