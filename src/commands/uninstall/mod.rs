//! `uninstall`: undoes what `install` did, in the reverse order.
//!
//! As in `install`, every step is planned and agreed to before anything is changed, and the report is
//! made from the same steps.

mod apply;
mod left;
mod plan;
mod report;

use self::plan::Plan;
use self::report::Report;
use super::consent::Consent;
use super::target_config::TargetConfig;
use super::{CommandError, as_json};
use crate::cli::command::{OutputFormat, Uninstall};
use crate::keys::KeyLookup;
use crate::sudo::program_files::ProgramFiles;
use crate::system::environment::Environment;
use crate::terminal::Console;

/// Undoes `install`.
///
/// # Errors
/// Returns [`CommandError`] if that was not done, or not all of it.
pub(super) fn uninstall(
    wanted: &Uninstall,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let options = wanted.options;
    let target = TargetConfig::of(&wanted.target, options.force, environment)?;
    let files = ProgramFiles::new(environment)?;
    let lookup = KeyLookup::new(environment, None);
    let mut consent = Consent::of(options, console);
    let mut plan = Plan::make(wanted, environment, &target, &files, &lookup, &mut consent)?;
    if !options.mode.is_dry_run() {
        plan.apply(&lookup)?;
    }
    let report = Report::of(plan);
    let text = match options.output {
        OutputFormat::Json => as_json(&report),
        OutputFormat::Human => report.in_words(console.wrap),
    };
    console.print(&text)?;
    Ok(())
}
