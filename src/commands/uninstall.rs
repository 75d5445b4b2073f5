//! `uninstall`: what `install` did, taken back in the reverse order.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::config_file::{Person, read_config};
use super::place::program_file;
use super::{CommandError, as_json};
use crate::cli::{OutputFormat, Place, UninstallOptions};
use crate::credential_helper;
use crate::docker_config::ConfigDocument;
use crate::environment::Environment;
use crate::installed_program::{self, Found, ProgramError};
use crate::key_source::{Forgotten, KeyLookup};
use crate::printable::{printable_path, shell_word};
use crate::program_files::ProgramFiles;
use crate::terminal::{Console, printable_lines, unified_diff};

/// What `uninstall` did, or would do.
#[derive(Serialize)]
struct Report {
    dry_run: bool,
    config: String,
    config_changed: bool,
    program: String,
    program_removed: bool,
    /// Why it stays, where it is ours.
    program_stays: Option<&'static str>,
    /// Registries whose stored keys were forgotten.
    purged: Vec<String>,
    /// What was left, and why.
    left: Vec<String>,
    /// What a dry run would change in the config.
    diff: Option<String>,
}

pub(super) fn uninstall(
    options: &UninstallOptions,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let place = &options.place;
    let person = Person::of(place, environment)?;
    let helper = place.helper();
    let files = ProgramFiles::new(environment)?;
    let program = program_file(place, environment, &files)?;
    let found = match files.look(&program) {
        Ok(found) => found,
        Err(ProgramError::NoDirectory(_) | ProgramError::NotADirectory(_)) => Found::Nothing,
        Err(error) => return Err(error.into()),
    };
    let is_ours = matches!(found, Found::Same | Found::NotExecutable | Found::OtherVersion);
    // What a package put there is the package's to take away.
    let is_packaged = is_ours && !place.force && installed_program::came_with_manual(&program);
    let without = |config: &ConfigDocument| config.without_helper(&helper);
    let before = read_config(&person.docker_config)?;
    let after = without(&before);
    let mut report = Report {
        dry_run: place.dry_run,
        config: printable_path(&person.docker_config),
        config_changed: before != after,
        program: printable_path(&program),
        program_removed: is_ours && !is_packaged,
        program_stays: is_packaged.then_some("remove the package that it came with"),
        purged: Vec::new(),
        left: Vec::new(),
        diff: place.dry_run.then(|| {
            let name = printable_path(&person.docker_config);
            unified_diff(&name, &before.redacted(), &after.redacted())
        }),
    };
    if report.program_removed {
        // What may refuse comes before anything is changed.
        files.may_change(&program)?;
    }
    if !place.dry_run {
        // The config first: at no time does it name a helper that is missing.
        report.config_changed = person.change(&person.docker_config, without)?;
        if report.program_removed {
            let gone = files.take_away(&program).map_err(CommandError::from);
            gone.map_err(|error| CommandError::HalfDone {
                done: format!("{} does not name it any more", report.config),
                error: Box::new(error),
            })?;
        }
    }
    if matches!(found, Found::Foreign | Found::ScwScript) {
        report.left.push(format!("{} is not this program", report.program));
    }
    report.left.extend(other_copy(&person, place, &program, files.own()));
    report.left.extend(left_in_config(&before, &after));
    forget_stored_keys(options, &person, console, &mut report)?;
    let text = match place.output {
        OutputFormat::Json => as_json(&report),
        OutputFormat::Human => in_words(&report),
    };
    console.print(&text)?;
    Ok(())
}

/// What the config still says, or says no more, that its owner should know of.
fn left_in_config(before: &ConfigDocument, after: &ConfigDocument) -> Vec<String> {
    let mut left = Vec::new();
    let still_wired = after.cred_helpers();
    if before != after && still_wired.iter().any(|(_, other)| other == "scw") {
        for (host, _) in before.cred_helpers() {
            if after.cred_helper(&host).is_none() {
                left.push(format!("{host} has no helper now: install wires it to scw again"));
            }
        }
    }
    for (host, other) in &still_wired {
        if let Some(profile) = credential_helper::profile_of(other) {
            left.push(format!(
                "{host} is wired to {other}: uninstall --profile {profile} takes that back"
            ));
        } else if other == "scw" {
            left.push(format!(
                "{host} is wired to scw: uninstall without --profile takes that back"
            ));
        }
    }
    if before != after
        && still_wired.is_empty()
        && let Some(store) = after.creds_store()
    {
        left.push(format!("credsStore {store} stays, as logins to other registries may be in it"));
    }
    left
}

/// The program in another directory on PATH, which `uninstall` was not told of.
fn other_copy(person: &Person<'_>, place: &Place, program: &Path, own: &[u8]) -> Option<String> {
    let name = program.file_name()?;
    // The same file may be found by several ways.
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_other = |path: &PathBuf| {
        matches!(installed_program::look(path, own), Ok(Found::Same | Found::OtherVersion))
            && real(path) != real(program)
    };
    let dirs = person.environment().program_dirs();
    let found = dirs.iter().map(|directory| directory.join(name)).find(is_other)?;
    let shown = printable_path(&found);
    if installed_program::came_with_manual(&found) {
        return Some(format!("{shown} is still there: remove the package that it came with"));
    }
    let profile = place.profile.as_deref().map(|name| format!(" --profile {}", shell_word(name)));
    Some(format!(
        "{shown} is still there: uninstall --path {}{} removes it",
        shell_word(&printable_path(found.parent()?)),
        profile.unwrap_or_default()
    ))
}

/// Forgets what `docker login` stored, if that is asked for, or agreed to.
fn forget_stored_keys(
    options: &UninstallOptions,
    person: &Person<'_>,
    console: &mut Console<'_>,
    report: &mut Report,
) -> Result<(), CommandError> {
    let lookup = KeyLookup::new(person.environment(), None);
    let hosts = lookup.stored().hosts()?;
    let names: Vec<_> = hosts.iter().map(ToString::to_string).collect();
    // A helper that is bound to a profile uses no stored key.
    if hosts.is_empty() || (options.place.profile.is_some() && !options.purge) {
        return Ok(());
    }
    let names = names.join(", ");
    let agreed = options.purge || options.place.yes;
    if !options.place.dry_run
        && !agreed
        && !console.agrees(&format!("Forget the keys stored for {names}, too?"))
    {
        report.left.push(format!(
            "the keys stored for {names} are still in the keyring: --purge forgets them"
        ));
        return Ok(());
    }
    if options.place.dry_run {
        if agreed {
            report.purged = hosts.iter().map(ToString::to_string).collect();
        }
        return Ok(());
    }
    for host in hosts {
        match lookup.stored().forget(&host)? {
            Forgotten::Gone => report.purged.push(host.to_string()),
            Forgotten::LeftBehind(error) => {
                report
                    .left
                    .push(format!("the key stored for {host} is still in the keyring ({error})"));
            }
        }
    }
    Ok(())
}

fn in_words(report: &Report) -> String {
    let Report { program, config, .. } = report;
    let mut text = printable_lines(&[match (report.config_changed, report.dry_run) {
        (false, _) => format!("{config} does not name it"),
        (true, false) => format!("Changed {config}"),
        (true, true) => format!("Would change {config}:"),
    }]);
    text.push_str(report.diff.as_deref().unwrap_or_default());
    let mut lines = vec![match (report.program_removed, report.dry_run) {
        (false, _) => report.program_stays.map_or_else(
            || format!("{program}: nothing of ours to remove"),
            |why| format!("! {program} stays: {why}"),
        ),
        (true, false) => format!("Removed {program}"),
        (true, true) => format!("Would remove {program}"),
    }];
    if !report.purged.is_empty() {
        let forgot = if report.dry_run { "Would forget" } else { "Forgot" };
        lines.push(format!("{forgot} the keys stored for {}", report.purged.join(", ")));
    }
    lines.extend(report.left.iter().map(|left| format!("! {left}")));
    text + &printable_lines(&lines)
}
