//! `uninstall --kubelet`: removes the entry, then the program.

use serde::Serialize;

use super::{KubeletError, Target, add_next};
use crate::cli::command::{KubeletUninstall, OutputFormat};
use crate::commands::refusals::{self, Refusals};
use crate::commands::{CommandError, as_json};
use crate::explain::Explanation;
use crate::kubernetes::provider_config::{self, Removed};
use crate::printable::printable_path;
use crate::sudo::program_files::ProgramFiles;
use crate::system::environment::Environment;
use crate::system::files::{self, Change, UpdateError};
use crate::system::program_file::{Found, ProgramError};
use crate::terminal::{Console, Line, Screen, Wrap};

/// What `uninstall --kubelet` did, or would do.
#[derive(Serialize)]
struct Report {
    dry_run: bool,
    program: String,
    program_removed: bool,
    config: String,
    config_changed: bool,
    /// The change of the configuration, for people.
    #[serde(skip)]
    config_line: String,
    /// What would refuse the run that this was a dry run of.
    refusals: Vec<Explanation>,
    /// What is left, and why.
    left: Vec<String>,
    /// What is left to do by hand.
    next: Vec<String>,
}

/// Undoes `install --kubelet`.
///
/// # Errors
/// Returns [`KubeletError`] if a file cannot be read or changed.
pub(in crate::commands) fn uninstall(
    wanted: &KubeletUninstall,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let (force, is_dry_run) = (wanted.options.force, wanted.options.mode.is_dry_run());
    let target = Target::of(&wanted.paths, environment)?;
    let files = ProgramFiles::new(environment)?;
    let mut refusals = Refusals::new(is_dry_run);
    let found = match files.inspect(&target.program) {
        Err(ProgramError::NoDirectory(_)) => Some(Found::Nothing),
        found => refusals.check(found.map_err(KubeletError::Program))?,
    };
    let is_this_program =
        !matches!(found, None | Some(Found::Nothing | Found::Foreign | Found::Unreadable));
    if is_this_program {
        refusals.check(files.may_change(&target.program).map_err(KubeletError::Program))?;
    }
    let text = refusals.check(target.read_config())?.unwrap_or_default();
    let removed = provider_config::remove(&text).map_err(|error| {
        KubeletError::Config(UpdateError::Refused { path: target.config.clone(), error })
    })?;
    let is_changed = removed != Removed::Already;
    if is_dry_run && is_changed {
        refusals.check(files::may_update(&target.config).map_err(KubeletError::Config))?;
    }
    if !is_dry_run {
        // The configuration first: it must not name a missing program when the kubelet starts.
        if is_changed {
            update(&target, force)?;
        }
        if is_this_program {
            files.remove(&target.program).map_err(KubeletError::Program)?;
        }
    }
    let report = Report {
        dry_run: is_dry_run,
        program: printable_path(&target.program),
        program_removed: is_this_program,
        config: printable_path(&target.config),
        config_changed: is_changed,
        config_line: config_line(&target, &removed, is_dry_run),
        refusals: refusals.into_reported(),
        left: left(&target, found, &removed),
        next: if is_changed || is_this_program { vec![target.restart()] } else { Vec::new() },
    };
    console.print(&match wanted.options.output {
        OutputFormat::Json => as_json(&report),
        OutputFormat::Human => in_words(&report, console.wrap),
    })?;
    Ok(())
}

fn update(target: &Target, force: bool) -> Result<bool, KubeletError> {
    target.update(force, &|text| {
        Ok(match provider_config::remove(text)? {
            Removed::Already => Change::None,
            Removed::File => Change::Remove { directories: 0 },
            Removed::Text { text, .. } => Change::Write(text.into_bytes().into()),
        })
    })
}

fn left(target: &Target, found: Option<Found>, removed: &Removed) -> Vec<String> {
    let mut left = Vec::new();
    if found == Some(Found::Foreign) {
        left.push(format!("{} is not this program, so it stays", printable_path(&target.program)));
    }
    let config = printable_path(&target.config);
    let options = "remove its options --image-credential-provider-bin-dir and \
                   --image-credential-provider-config first";
    match removed {
        // k3s and RKE2 set the options only if the files are there.
        Removed::File if target.preset.is_none() => {
            left.push(format!("the kubelet does not start without {config}: {options}"));
        }
        Removed::Text { has_providers: false, .. } => left.push(format!(
            "{config} has no provider left, and the kubelet does not start with it: {options}"
        )),
        _ => {}
    }
    left
}

fn config_line(target: &Target, change: &Removed, dry_run: bool) -> String {
    let config = printable_path(&target.config);
    let removed = if dry_run { "Would remove" } else { "Removed" };
    match change {
        Removed::File => format!("{removed} {config}"),
        Removed::Text { .. } => format!("{removed} the provider from {config}"),
        Removed::Already => format!("Unchanged: {config} does not have the provider"),
    }
}

fn in_words(report: &Report, wrap: Wrap) -> String {
    let program = &report.program;
    let removed = if report.dry_run { "Would remove" } else { "Removed" };
    let mut screen = Screen::new(wrap);
    screen.line(&Line::plain(report.config_line.as_str()));
    screen.line(&Line::plain(if report.program_removed {
        format!("{removed} {program}")
    } else {
        format!("Unchanged: {program} is not there, or not this program")
    }));
    screen.lines(report.left.iter().map(|left| Line::warning(left.as_str())));
    screen.lines(refusals::as_lines(&report.refusals));
    add_next(&mut screen, &report.next);
    screen.into_text()
}
