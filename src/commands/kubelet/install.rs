//! `install --kubelet`: the program in the kubelet's directory, and its entry in the configuration.

use std::path::PathBuf;

use serde::Serialize;

use super::doctor::key_problem;
use super::{KubeletError, Target, add_next};
use crate::cli::command::{KubeletInstall, OutputFormat};
use crate::commands::refusals::{self, Refusals};
use crate::commands::{CommandError, as_json};
use crate::diagnosis::Check;
use crate::diagnosis::problems::kubelet::{KubeletProblem, Node};
use crate::explain::Explanation;
use crate::kubernetes::provider_config::{self, Added, Entry, NotAConfig};
use crate::printable::printable_path;
use crate::scaleway::config::ScalewayConfig;
use crate::sudo::program_files::ProgramFiles;
use crate::system::environment::Environment;
use crate::system::files::{self, Change, UpdateError};
use crate::system::process::AskingTime;
use crate::system::program_file::{Found, ProgramError};
use crate::terminal::{Console, Line, Screen, Wrap, printable_lines};

/// What `install --kubelet` did, or would do.
#[derive(Serialize)]
struct Report {
    dry_run: bool,
    program: String,
    /// What was there before.
    program_before: Found,
    config: String,
    config_changed: bool,
    /// The lines that are added to the configuration.
    added: Vec<String>,
    /// What would refuse the run that this was a dry run of.
    refusals: Vec<Explanation>,
    /// What keeps pods from pulling.
    findings: Vec<Check>,
    /// What is left to do by hand.
    next: Vec<String>,
}

/// Installs the program for the kubelet.
///
/// # Errors
/// Returns [`KubeletError`] if a file cannot be read or changed.
pub(in crate::commands) fn install(
    wanted: &KubeletInstall,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let (force, is_dry_run) = (wanted.options.force, wanted.options.mode.is_dry_run());
    let target = Target::of(&wanted.paths, environment)?;
    let entry = entry(environment, wanted.profile.as_deref())?;
    let files = ProgramFiles::new(environment)?;

    // Everything that may refuse comes before anything is changed.
    let mut refusals = Refusals::new(is_dry_run);
    let before = check_program(&target, &files, force, &mut refusals)?;
    let text = refusals.check(target.read_config())?;
    let planned = text.as_deref().map(|text| provider_config::add(text, &entry, force));
    let planned = planned.transpose().map_err(|error| refused(&target, error))?;
    let (mut changed, mut added, mut findings) = (false, Vec::new(), Vec::new());
    match planned {
        Some(Added::Text { lines, .. }) => (changed, added) = (true, lines),
        Some(Added::Differs { line }) => {
            let env = entry.env.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            let node = Node { env: env.collect(), ..target.node(environment) };
            findings.push(KubeletProblem::EntryDiffers(line).check(&node));
        }
        Some(Added::Already) | None => {}
    }
    if is_dry_run && changed {
        refusals.check(files::may_update(&target.config).map_err(KubeletError::Config))?;
    }
    if !is_dry_run {
        // The program first: a kubelet whose configuration names a missing program does not start.
        put_program(&target, &files, before)?;
        changed = changed && update(&target, &entry, force)?;
        findings.extend(key_problem(&target, environment, &AskingTime::new()));
    }
    let report = Report {
        dry_run: is_dry_run,
        program: printable_path(&target.program),
        program_before: before,
        config: printable_path(&target.config),
        config_changed: changed,
        added,
        refusals: refusals.into_reported(),
        findings,
        next: next_steps(&target, changed || before != Found::Same),
    };
    console.print(&match wanted.options.output {
        OutputFormat::Json => as_json(&report),
        OutputFormat::Human => in_words(&report, console.wrap),
    })?;
    Ok(())
}

/// The entry for this machine. The kubelet often runs without HOME, so the file with the key is
/// named.
fn entry(environment: &Environment, profile: Option<&str>) -> Result<Entry, KubeletError> {
    let path = key_file(environment).ok_or(KubeletError::NoHome)?;
    let mut env = vec![("SCW_CONFIG_PATH", path.to_string_lossy().into_owned())];
    env.extend(profile.map(|name| ("SCW_PROFILE", name.to_owned())));
    Ok(Entry { env })
}

/// The file with the key that a new entry names.
pub(super) fn key_file(environment: &Environment) -> Option<PathBuf> {
    // The kubelet is root's, and under `sudo` HOME may be another user's.
    let is_named = environment.variable("SCW_CONFIG_PATH").is_some();
    let path = if environment.is_under_sudo() && !is_named {
        key_file_of_root(environment)
    } else {
        ScalewayConfig::path_to_write(environment)
    }?;
    Some(std::path::absolute(&path).unwrap_or(path))
}

/// Root's own file.
pub(super) fn key_file_of_root(environment: &Environment) -> Option<PathBuf> {
    Some(environment.root_home()?.join(".config/scw/config.yaml"))
}

fn check_program(
    target: &Target,
    files: &ProgramFiles<'_>,
    force: bool,
    refusals: &mut Refusals,
) -> Result<Found, CommandError> {
    let found = match files.inspect(&target.program) {
        Err(ProgramError::NoDirectory(_)) => return Ok(Found::Nothing),
        found => refusals.check(found.map_err(KubeletError::Program))?,
    };
    let found = found.unwrap_or(Found::Unreadable);
    if found == Found::Foreign && !force {
        return Err(KubeletError::Program(ProgramError::Foreign(target.program.clone())).into());
    }
    if found != Found::Same {
        refusals.check(files.may_change(&target.program).map_err(KubeletError::Program))?;
    }
    Ok(found)
}

fn put_program(
    target: &Target,
    files: &ProgramFiles<'_>,
    before: Found,
) -> Result<(), KubeletError> {
    if before == Found::Same {
        return Ok(());
    }
    let directory = target.directory();
    files::create_program_dir(directory)
        .map_err(|error| KubeletError::NoDirectory { directory: directory.to_owned(), error })?;
    Ok(files.put(&target.program)?)
}

/// Adds the entry to the current file, and returns whether anything changed.
fn update(target: &Target, entry: &Entry, force: bool) -> Result<bool, KubeletError> {
    target.update(force, &|text| {
        Ok(match provider_config::add(text, entry, force)? {
            Added::Text { text, .. } => Change::Write(text.into_bytes().into()),
            Added::Already | Added::Differs { .. } => Change::None,
        })
    })
}

fn refused(target: &Target, error: NotAConfig) -> KubeletError {
    let path: PathBuf = target.config.clone();
    KubeletError::Config(UpdateError::Refused { path, error })
}

fn next_steps(target: &Target, is_changed: bool) -> Vec<String> {
    if !is_changed {
        return Vec::new();
    }
    let options = target.kubelet_options();
    let options = options.map(|options| format!("start the kubelet with {options}"));
    options.into_iter().chain([target.restart()]).collect()
}

fn in_words(report: &Report, wrap: Wrap) -> String {
    let Report { program, config, .. } = report;
    let mut screen = Screen::new(wrap);
    screen.line(&Line::plain(match (report.program_before, report.dry_run) {
        (Found::Same, _) => format!("Unchanged: {program} is this program"),
        (Found::Unreadable, _) => format!("{program} cannot be read"),
        (Found::Nothing, false) => format!("Installed {program}"),
        (Found::Nothing, true) => format!("Would install {program}"),
        (_, false) => format!("Replaced {program}"),
        (_, true) => format!("Would replace {program}"),
    }));
    screen.line(&Line::plain(match (report.config_changed, report.dry_run) {
        (false, _) => format!("Unchanged: {config}"),
        (true, false) => format!("Added the provider to {config}"),
        (true, true) => format!("Would add the provider to {config}:"),
    }));
    if report.dry_run {
        // Only these: lines around them may hold the secrets of other providers.
        let added: Vec<_> = report.added.iter().map(|line| format!("+ {line}")).collect();
        screen.verbatim(&printable_lines(&added));
    }
    for finding in &report.findings {
        finding.add_to(&mut screen);
    }
    screen.lines(refusals::as_lines(&report.refusals));
    add_next(&mut screen, &report.next);
    screen.into_text()
}
