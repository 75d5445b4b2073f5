//! `tag prune`, `image prune` and `namespace prune`: a plan, a question, then the deletions.

mod empty;
mod reasons;
mod report;
mod tag_deletions;
mod tags;

use crate::cli::command::{OutputFormat, PruneOptions, Trigger};
use crate::explain::Explanation;
use crate::printable::Escaped;
use crate::registry::Kind;
use crate::terminal::Console;

use super::deletion_log::{DeletionLog, Stage};
use super::{RegistryCommands, RegistryError};

/// How many deletions are under way at most.
const AT_ONCE: usize = 4;

/// How many deletions are started between two updates of the progress line.
const BATCH: usize = 32;

/// Why something is kept, deleted or skipped: a word for scripts, and one for people.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reason {
    code: &'static str,
    text: String,
}

impl Reason {
    fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

/// One item of a plan, and what became of it.
#[derive(Debug, Clone)]
struct Line {
    name: String,
    digest: Option<String>,
    updated_at: String,
    /// The plan is to delete it.
    goes: bool,
    why: Reason,
    /// `None` before, and if it is kept.
    outcome: Option<Outcome>,
}

/// What became of an item that was to be deleted.
#[derive(Debug, Clone)]
enum Outcome {
    Deleted,
    Skipped(Reason),
    Failed(Explanation),
}

impl Outcome {
    fn stage(&self) -> Stage {
        if matches!(self, Self::Deleted) { Stage::Done } else { Stage::NotDone }
    }
}

/// The plan for one image, or for the images or namespaces of a region.
struct Section {
    title: String,
    lines: Vec<Line>,
    /// The size of the image before and after.
    sizes: Option<(u64, Option<u64>)>,
}

impl Section {
    fn to_delete(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.goes)
    }
}

/// A count with its noun.
fn counted(kind: Kind, count: usize) -> String {
    format!("{count} {}", if count == 1 { kind.word() } else { kind.plural() })
}

/// Returns whether the plan may be carried out. Unlike a single deletion, a plan needs an answer: the
/// user has not seen it before.
///
/// # Errors
/// Returns an explanation if the answer is no, or there is no terminal to ask on.
fn confirm(
    kind: Kind,
    sections: &[Section],
    options: &PruneOptions,
    console: &mut Console<'_>,
) -> Result<(), Explanation> {
    if options.trigger == Trigger::CommandLine {
        return Ok(());
    }
    if !console.can_ask() {
        let cause = "nothing was deleted: there is no terminal to ask on";
        return Err(Explanation::of_cause(cause).with_hint("add --yes to delete without asking"));
    }
    if options.output == OutputFormat::Json {
        let plan = report::plan(kind, sections, &report::PlanStyle::for_stderr());
        console.tell(&plan);
    }
    let count = sections.iter().map(|section| section.to_delete().count()).sum();
    if console.agrees(&format!("Delete {}?", counted(kind, count))) {
        Ok(())
    } else {
        Err(Explanation::of_cause("nothing was deleted"))
    }
}

impl RegistryCommands<'_, '_> {
    /// Shows the plan, asks, has `delete` carry it out, and reports.
    fn carry_out(
        &mut self,
        kind: Kind,
        mut sections: Vec<Section>,
        options: &PruneOptions,
        delete: impl FnOnce(&mut Self, &mut [Section], &DeletionLog),
    ) -> Result<(), RegistryError> {
        let is_json = options.output == OutputFormat::Json;
        let is_dry_run = options.trigger == Trigger::Nothing;
        if !is_json && !sections.is_empty() {
            let style = report::PlanStyle::for_stdout(self.environment, self.console);
            let plan = report::plan(kind, &sections, &style);
            self.console.print(&plan)?;
        }
        let has_deletions = sections.iter().any(|section| section.to_delete().next().is_some());
        let mut is_agreed = false;
        if has_deletions && !is_dry_run {
            match confirm(kind, &sections, options, self.console) {
                Ok(()) => is_agreed = true,
                Err(error) => self.fail(&error),
            }
        }
        if is_agreed {
            let names: Vec<_> = sections.iter().flat_map(Section::to_delete).collect();
            let names = names.iter().map(|line| line.name.as_str());
            let log = DeletionLog::new(names, self.console.filter());
            let interruption = log.print_if_interrupted();
            delete(self, &mut sections, &log);
            drop(interruption);
            self.console.end_progress();
            self.report_failures(kind, &sections);
        }
        if is_json {
            let text = report::json(kind, &sections, is_dry_run, is_agreed);
            self.console.print(&text)?;
        } else if is_agreed {
            let text = report::summary(kind, &sections);
            self.console.print(&text)?;
        }
        Ok(())
    }

    /// Reports what was skipped and what failed.
    fn report_failures(&mut self, kind: Kind, sections: &[Section]) {
        for line in sections.iter().flat_map(|section| &section.lines) {
            match &line.outcome {
                Some(Outcome::Failed(error)) => self.fail(error),
                Some(Outcome::Skipped(reason)) => {
                    let name = Escaped(&line.name).to_string();
                    self.console.report(&format!(
                        "skipped the {} {name}: {}",
                        kind.word(),
                        reason.text
                    ));
                }
                _ => {}
            }
        }
    }
}
