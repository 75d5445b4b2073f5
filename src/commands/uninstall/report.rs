//! What `uninstall` did, or would do, for people and for scripts.

use serde::Serialize;

use super::plan::Plan;
use crate::commands::refusals;
use crate::commands::step::{Action, Status, Step};
use crate::explain::{Explanation, on_one_line};
use crate::printable::printable_path;
use crate::system::program_file;
use crate::terminal::{Line, Screen, Wrap, unified_diff};

/// The report.
#[derive(Serialize)]
pub(super) struct Report {
    dry_run: bool,
    steps: Vec<Step>,
    config: String,
    config_changed: bool,
    program: String,
    program_removed: bool,
    /// Why the program stays, where it is this program.
    program_stays: Option<&'static str>,
    /// Other configs that `--all` changed.
    other_configs_changed: Vec<String>,
    /// Other names of the program that `--all` removed.
    other_programs_removed: Vec<String>,
    /// Registries whose stored keys were forgotten.
    purged: Vec<String>,
    /// What was left, and why.
    left: Vec<String>,
    /// What would refuse the run that this was a dry run of.
    refusals: Vec<Explanation>,
    /// What a dry run would change in configs.
    diff: Option<String>,
    /// The same, file by file.
    #[serde(skip)]
    diffs: Vec<(String, String)>,
}

impl Report {
    /// Makes the report of a plan that was carried out, or would be.
    pub(super) fn of(mut plan: Plan<'_>) -> Self {
        let is_dry_run = plan.wanted.options.mode.is_dry_run();
        let mut left = plan.left();
        let steps = std::mem::take(&mut plan.steps);
        left.extend(keys_left(&steps));
        let config = printable_path(&plan.target.docker_config);
        let program = printable_path(&plan.program.path);
        let is_changed = |action: &Action| matches!(action, Action::ChangeConfig { .. });
        let is_removed = |action: &Action| matches!(action, Action::RemoveProgram { .. });
        let is_forgotten = |action: &Action| matches!(action, Action::ForgetKey { .. });
        let (changed, removed) = (targets(&steps, is_changed), targets(&steps, is_removed));
        let stays = plan.program.is_this_program() && !plan.removes_program();
        let diffs: Vec<_> = if is_dry_run { diffs(&plan) } else { Vec::new() };
        let without = |all: &[String], one: &String| -> Vec<String> {
            all.iter().filter(|target| *target != one).cloned().collect()
        };
        Self {
            dry_run: is_dry_run,
            config_changed: changed.contains(&config),
            other_configs_changed: without(&changed, &config),
            program_removed: removed.contains(&program),
            other_programs_removed: without(&removed, &program),
            program_stays: stays.then(|| {
                if program_file::has_manual(&plan.program.path) {
                    "remove the package that it came with"
                } else {
                    "it is still needed"
                }
            }),
            purged: targets(&steps, is_forgotten),
            config,
            program,
            steps,
            left,
            refusals: plan.refusals,
            diff: is_dry_run.then(|| diffs.iter().map(|(_, diff)| diff.as_str()).collect()),
            diffs,
        }
    }

    /// The report for people.
    pub(super) fn in_words(&self, wrap: Wrap) -> String {
        let mut screen = Screen::new(wrap);
        for step in &self.steps {
            let target = step.action.target();
            let is_config = matches!(step.action, Action::ChangeConfig { .. });
            let mut diffs = self.diffs.iter().filter(|_| is_config);
            let diff = diffs.find(|(path, _)| *path == target).map(|(_, diff)| diff.as_str());
            let end = if diff.is_some() { ":" } else { "" };
            screen.lines(step.line().map(|line| line.with_end(end)));
            screen.verbatim(diff.unwrap_or_default());
        }
        screen.lines(self.left.iter().map(Line::warning));
        screen.lines(refusals::as_lines(&self.refusals));
        screen.into_text()
    }
}

/// The targets of the steps of this kind that are done, or would be.
fn targets(steps: &[Step], is_of_kind: impl Fn(&Action) -> bool) -> Vec<String> {
    let steps = steps.iter().filter(|step| step.is_effective() && is_of_kind(&step.action));
    steps.map(|step| step.action.target()).collect()
}

/// The stored keys that were not forgotten.
fn keys_left(steps: &[Step]) -> Vec<String> {
    let mut left: Vec<_> = steps.iter().filter_map(Step::failure).map(on_one_line).collect();
    let declined = steps.iter().filter(|step| step.status == Status::Declined);
    let names: Vec<_> = declined.map(|step| step.action.target()).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        left.push(format!(
            "the keys stored for {names} are still in the keyring: --purge forgets them"
        ));
    }
    left
}

/// The path and the difference of every config that changes.
fn diffs(plan: &Plan<'_>) -> Vec<(String, String)> {
    let changed = plan.configs.iter().filter(|config| config.is_changed());
    let diff = |config: &crate::commands::references::Config| {
        let name = printable_path(&config.file.path);
        let diff = unified_diff(&name, &config.before.redacted(), &config.after.redacted());
        (name, diff)
    };
    changed.map(diff).collect()
}
