//! `uninstall`: what `install` did, taken back in the reverse order.

mod left;

use std::path::PathBuf;

use serde::Serialize;

use super::advice::Commands;
use super::config_file::Person;
use super::needs::{Needs, Program, programs_in};
use super::place::program_file;
use super::references::{Config, Unreadable, Whose, entries_of, read_configs};
use super::refusals::{self, Refusals};
use super::{CommandError, as_json};
use crate::cli::{OutputFormat, UninstallOptions};
use crate::docker::config::{FileChange, OurEntries};
use crate::explain::Explanation;
use crate::keys::{KeyLookup, Removal};
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::sudo::program_files::ProgramFiles;
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::program_file::{self, Found, ProgramError};
use crate::terminal::{Console, printable_lines, unified_diff};

/// What `uninstall` did, or would do.
#[derive(Default, Serialize)]
struct Report {
    dry_run: bool,
    config: String,
    config_changed: bool,
    /// What that change is.
    #[serde(skip)]
    config_change: Option<FileChange>,
    /// What is said of a config that does not change.
    #[serde(skip)]
    unchanged: &'static str,
    program: String,
    program_removed: bool,
    /// Why it stays, where it is ours.
    program_stays: Option<&'static str>,
    /// Other configs that `--all` changed.
    other_configs_changed: Vec<String>,
    /// What these changes are.
    #[serde(skip)]
    other_changes: Vec<FileChange>,
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
}

/// What is to be done, once nothing refuses it.
struct Plan<'a> {
    options: &'a UninstallOptions,
    environment: &'a Environment,
    person: &'a Person<'a>,
    entries: OurEntries,
    files: ProgramFiles<'a>,
    program: Program,
    /// The programs to remove, the one that others need last.
    going: Vec<Program>,
    /// Other programs of ours that stay.
    staying: Vec<Program>,
    configs: Vec<Config>,
    unreadable: Vec<Unreadable>,
    /// Registries with a stored key that may be forgotten.
    stored: Vec<RegistryHost>,
    refusals: Vec<Explanation>,
}

pub(super) fn uninstall(
    options: &UninstallOptions,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let person = Person::of(&options.place, environment)?;
    let lookup = KeyLookup::new(person.environment(), None);
    let plan = Plan::make(options, environment, &person, &lookup)?;
    let mut report = plan.report();
    plan.carry_out(&mut report)?;
    report.left.extend(plan.left());
    forget_stored_keys(&plan, &lookup, console, &mut report)?;
    let text = match options.place.output {
        OutputFormat::Json => as_json(&report),
        OutputFormat::Human => in_words(&report),
    };
    console.print(&text)?;
    Ok(())
}

impl<'a> Plan<'a> {
    /// Looks at everything that is to be changed, so that what refuses does so before any change.
    fn make(
        options: &'a UninstallOptions,
        environment: &'a Environment,
        person: &'a Person<'a>,
        lookup: &KeyLookup<'_>,
    ) -> Result<Self, CommandError> {
        let place = &options.place;
        let mut refusals = Refusals::new(place.dry_run);
        let files = ProgramFiles::new(environment)?;
        let path = program_file(place, environment, &files)?;
        let found = match files.inspect(&path) {
            Err(ProgramError::NoDirectory(_) | ProgramError::NotADirectory(_)) => Found::Nothing,
            found => refusals.check(found)?.unwrap_or(Found::Unreadable),
        };
        let program = Program::at(path, found);
        let mut directories = vec![program.directory().to_owned()];
        if options.all && place.path.is_none() {
            directories.extend(person.environment().program_dirs());
        }
        let entries = entries_of(options);
        let (configs, unreadable) = read_configs(&mut refusals, &entries, person)?;
        // A helper that is bound to a profile uses no stored key.
        let uses_stored = place.profile.is_none() || options.purge;
        let stored = if uses_stored { refusals.check(lookup.stored().hosts())? } else { None };
        let mut stored = stored.unwrap_or_default();
        stored.retain(|host| entries.has_host(host));
        let mut plan = Self {
            options,
            environment,
            person,
            entries,
            going: Vec::new(),
            staying: programs_in(&directories, &files, &program.path),
            files,
            program,
            configs,
            unreadable,
            stored: stored.into_iter().collect(),
            refusals: Vec::new(),
        };
        plan.decide();
        for goner in &plan.going {
            refusals.check(plan.files.may_change(&goner.path))?;
        }
        for config in plan.configs.iter().filter(|config| config.is_changed()) {
            // Whether a file can be written over instead is found out by the change itself.
            if place.dry_run || (options.all && !place.force) {
                let allowed = config.file.may_be_changed(environment);
                refusals.check(allowed.map_err(CommandError::Config))?;
            }
        }
        plan.refusals = refusals.into_told();
        Ok(plan)
    }

    /// Decides which programs go. With `--all` these are all of ours, those that are bound to a profile
    /// first: the plain one is what undoes them.
    fn decide(&mut self) {
        if self.options.all {
            for bound in std::mem::take(&mut self.staying) {
                let goes = !bound.helper.is_plain() && self.goes(&bound);
                if goes { &mut self.going } else { &mut self.staying }.push(bound);
            }
            for plain in std::mem::take(&mut self.staying) {
                let goes = plain.helper.is_plain() && self.goes(&plain);
                if goes { &mut self.going } else { &mut self.staying }.push(plain);
            }
        }
        if self.goes(&self.program) {
            self.going.push(self.program.clone());
        }
    }

    /// Whether a program is ours to remove, and nothing needs it.
    fn goes(&self, program: &Program) -> bool {
        let is_free = || {
            // What a package put there is the package's to take away.
            !program_file::has_manual(&program.path)
                && self.needs(&[], |needs| needs.of(program, &self.staying).is_empty())
        };
        program.is_ours() && (self.options.place.force || is_free())
    }

    /// Asks what is needed, with commands that begin with none of the programs in `removed`.
    fn needs<T>(&self, removed: &[PathBuf], ask: impl FnOnce(&Needs<'_>) -> T) -> T {
        let (environment, place, own) = (self.environment, &self.options.place, self.files.own());
        ask(&Needs {
            commands: &Commands { environment, place, own, removed },
            configs: &self.configs,
            unreadable: &self.unreadable,
            only_by_root: files::may_write(self.program.directory()).is_err(),
        })
    }

    fn report(&self) -> Report {
        let place = &self.options.place;
        let edited = self.configs.iter().find(|config| config.file.whose == Whose::Edited);
        let is_removed = self.going.iter().any(|goner| goner.path == self.program.path);
        let stays = self.program.is_ours() && !is_removed;
        Report {
            dry_run: place.dry_run,
            config: printable_path(&self.person.docker_config),
            config_changed: edited.is_some_and(Config::is_changed),
            config_change: edited.map(Config::change),
            unchanged: if edited.is_none() {
                "cannot be read, so its change is not shown"
            } else {
                "does not name it"
            },
            program: printable_path(&self.program.path),
            program_removed: is_removed,
            program_stays: stays.then(|| {
                if program_file::has_manual(&self.program.path) {
                    "remove the package that it came with"
                } else {
                    "it is still needed"
                }
            }),
            refusals: self.refusals.clone(),
            diff: place.dry_run.then(|| {
                let changed = self.configs.iter().filter(|config| config.is_changed());
                let diff = |config: &Config| {
                    let name = printable_path(&config.file.path);
                    unified_diff(&name, &config.before.redacted(), &config.after.redacted())
                };
                changed.map(diff).collect()
            }),
            ..Report::default()
        }
    }

    /// Changes the configs, then removes the programs: at no time does a config name a helper that is
    /// missing.
    fn carry_out(&self, report: &mut Report) -> Result<(), CommandError> {
        let is_dry_run = self.options.place.dry_run;
        let mut done = Vec::new();
        let half_done = |done: &[String], error: CommandError| match done {
            [] => error,
            done => CommandError::HalfDone { done: done.join(", "), error: Box::new(error) },
        };
        for config in self.configs.iter().filter(|config| config.is_changed()) {
            let changed =
                if is_dry_run { Ok(true) } else { config.file.undo(self.person, &self.entries) };
            let is_changed = changed.map_err(|error| half_done(&done, error.into()))?;
            let path = printable_path(&config.file.path);
            done.push(format!("{path} does not name it any more"));
            if config.file.whose == Whose::Edited {
                report.config_changed = is_changed;
            } else if is_changed {
                report.other_configs_changed.push(path);
                report.other_changes.push(config.change());
            }
        }
        for goner in &self.going {
            if !is_dry_run {
                let gone = self.files.remove(&goner.path);
                gone.map_err(|error| half_done(&done, error.into()))?;
            }
            let path = printable_path(&goner.path);
            done.push(format!("{path} is removed"));
            if goner.path != self.program.path {
                report.other_programs_removed.push(path);
            }
        }
        Ok(())
    }
}

/// Forgets what `docker login` stored, if that is asked for, or agreed to.
fn forget_stored_keys(
    plan: &Plan<'_>,
    lookup: &KeyLookup<'_>,
    console: &mut Console<'_>,
    report: &mut Report,
) -> Result<(), CommandError> {
    let names: Vec<_> = plan.stored.iter().map(ToString::to_string).collect();
    if names.is_empty() {
        return Ok(());
    }
    let place = &plan.options.place;
    let agreed = plan.options.purge || place.yes;
    if place.dry_run {
        if agreed {
            report.purged = names;
        }
        return Ok(());
    }
    let names = names.join(", ");
    if !agreed && !console.agrees(&format!("Forget the keys stored for {names}, too?")) {
        report.left.push(format!(
            "the keys stored for {names} are still in the keyring: --purge forgets them"
        ));
        return Ok(());
    }
    for host in &plan.stored {
        match lookup.stored().remove(host)? {
            Removal::Done => report.purged.push(host.to_string()),
            Removal::Pending(error) => {
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
    let mut lines = vec![match (report.config_changed, report.dry_run) {
        (false, _) => format!("{config} {}", report.unchanged),
        (true, dry_run) => {
            let end = if dry_run { ":" } else { "" };
            let change = report.config_change.unwrap_or(FileChange::Changed);
            format!("{} {config}{end}", change.in_words(dry_run))
        }
    }];
    let others = report.other_changes.iter().zip(&report.other_configs_changed);
    lines.extend(others.map(|(what, path)| format!("{} {path}", what.in_words(report.dry_run))));
    let mut text = printable_lines(&lines);
    text.push_str(report.diff.as_deref().unwrap_or_default());
    let remove = if report.dry_run { "Would remove" } else { "Removed" };
    lines = vec![match report.program_stays {
        _ if report.program_removed => format!("{remove} {program}"),
        Some(why) => format!("! {program} stays: {why}"),
        None => format!("{program}: nothing of ours to remove"),
    }];
    lines.extend(report.other_programs_removed.iter().map(|path| format!("{remove} {path}")));
    if !report.purged.is_empty() {
        let forgot = if report.dry_run { "Would forget" } else { "Forgot" };
        lines.push(format!("{forgot} the keys stored for {}", report.purged.join(", ")));
    }
    lines.extend(report.left.iter().map(|left| format!("! {left}")));
    lines.extend(refusals::as_lines(&report.refusals));
    text + &printable_lines(&lines)
}
