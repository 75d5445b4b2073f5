//! The plan of `uninstall`: every step, and the consent to it. Nothing is changed here.

use std::path::PathBuf;

use crate::cli::command::{Uninstall, UninstallScope};
use crate::commands::CommandError;
use crate::commands::advice::Commands;
use crate::commands::consent::Consent;
use crate::commands::needs::{Needs, Program, programs_in};
use crate::commands::program_path::program_path;
use crate::commands::references::{Config, Unreadable, Whose, entries_of, read_configs};
use crate::commands::refusals::Refusals;
use crate::commands::step::{Action, Status, Step};
use crate::commands::target_config::TargetConfig;
use crate::docker::config::{FileChange, OurEntries};
use crate::explain::Explanation;
use crate::keys::KeyLookup;
use crate::registry_host::RegistryHost;
use crate::sudo::program_files::ProgramFiles;
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::program_file::{self, Found, ProgramError};

/// What `uninstall` does, or would do.
pub(super) struct Plan<'a> {
    pub(super) wanted: &'a Uninstall,
    pub(super) environment: &'a Environment,
    pub(super) target: &'a TargetConfig<'a>,
    pub(super) entries: OurEntries,
    pub(super) files: ProgramFiles<'a>,
    pub(super) program: Program,
    /// The programs to remove, the one that others need last.
    pub(super) going: Vec<Program>,
    /// Other names of this program that stay.
    pub(super) staying: Vec<Program>,
    pub(super) configs: Vec<Config>,
    pub(super) unreadable: Vec<Unreadable>,
    /// What is done, in this order: at no time does a config register a missing helper.
    pub(super) steps: Vec<Step>,
    /// Why the run that this is a dry run of would fail.
    pub(super) refusals: Vec<Explanation>,
}

impl<'a> Plan<'a> {
    /// Makes the plan, and asks for consent where a step needs it.
    ///
    /// # Errors
    /// Returns [`CommandError`] if something would refuse the change.
    pub(super) fn make(
        wanted: &'a Uninstall,
        environment: &'a Environment,
        target: &'a TargetConfig<'a>,
        lookup: &KeyLookup<'_>,
        consent: &mut Consent<'_, '_>,
    ) -> Result<Self, CommandError> {
        let (options, is_dry_run) = (&wanted.options, wanted.options.mode.is_dry_run());
        let is_everything = wanted.scope == UninstallScope::Everything;
        let mut refusals = Refusals::new(is_dry_run);
        let files = ProgramFiles::new(environment)?;
        let path = program_path(&wanted.target, environment, &files)?;
        let found = match files.inspect(&path) {
            Err(ProgramError::NoDirectory(_) | ProgramError::NotADirectory(_)) => Found::Nothing,
            found => refusals.check(found)?.unwrap_or(Found::Unreadable),
        };
        let program = Program::at(path, found);
        let mut directories = vec![program.directory().to_owned()];
        if is_everything && wanted.target.path.is_none() {
            directories.extend(target.environment().program_dirs());
        }
        let entries = entries_of(wanted);
        let (configs, unreadable) = read_configs(&mut refusals, &entries, target)?;
        // A helper that is bound to a profile uses no stored key.
        let uses_stored = wanted.target.profile.is_none() || wanted.purge;
        let stored = if uses_stored { refusals.check(lookup.stored().hosts())? } else { None };
        let mut stored: Vec<_> = stored.unwrap_or_default();
        stored.retain(|host| entries.has_host(host));
        let mut plan = Self {
            wanted,
            environment,
            target,
            entries,
            going: Vec::new(),
            staying: programs_in(&directories, &files, &program.path),
            files,
            program,
            configs,
            unreadable,
            steps: Vec::new(),
            refusals: Vec::new(),
        };
        plan.decide();
        for goner in &plan.going {
            refusals.check(plan.files.may_change(&goner.path))?;
        }
        for config in plan.configs.iter().filter(|config| config.is_changed()) {
            // Whether a file can be written over instead is found out by the change itself.
            if is_dry_run || (is_everything && !options.force) {
                let allowed = config.file.may_be_changed(environment);
                refusals.check(allowed.map_err(CommandError::Config))?;
            }
        }
        plan.refusals = refusals.into_reported();
        plan.steps = plan.config_steps();
        plan.steps.extend(plan.program_steps());
        plan.steps.extend(plan.key_steps(stored, consent));
        Ok(plan)
    }

    fn config_steps(&self) -> Vec<Step> {
        let step = |path: &PathBuf, change, status| Step {
            action: Action::ChangeConfig { path: path.clone(), change },
            status,
        };
        let mut steps = Vec::new();
        let is_target = |config: &&Config| config.file.whose == Whose::Edited;
        if !self.configs.iter().any(|config| is_target(&config)) {
            let unknown = Status::Unknown(" cannot be read, so its change is not shown");
            steps.push(step(&self.target.docker_config, FileChange::Changed, unknown));
        }
        for config in &self.configs {
            let path = &config.file.path;
            if config.is_changed() {
                steps.push(step(path, config.change(), Status::Planned));
            } else if is_target(&config) {
                let unchanged = Status::Unchanged(" does not name it");
                steps.push(step(path, FileChange::Changed, unchanged));
            }
        }
        steps
    }

    fn program_steps(&self) -> Vec<Step> {
        let step = |path: &PathBuf, status| Step {
            action: Action::RemoveProgram { path: path.clone() },
            status,
        };
        let mut steps: Vec<_> =
            self.going.iter().map(|goner| step(&goner.path, Status::Planned)).collect();
        if !self.removes_program() {
            let path = &self.program.path;
            let status = if !self.program.is_ours() {
                Status::Unchanged(": nothing of ours to remove")
            } else if program_file::has_manual(path) {
                Status::Kept(" stays: remove the package that it came with")
            } else {
                Status::Kept(" stays: it is still needed")
            };
            steps.push(step(path, status));
        }
        steps
    }

    fn key_steps(&self, stored: Vec<RegistryHost>, consent: &mut Consent<'_, '_>) -> Vec<Step> {
        let names: Vec<_> = stored.iter().map(ToString::to_string).collect();
        let status = if names.is_empty() || self.wanted.purge {
            Status::Planned
        } else {
            consent.ask(&format!("Forget the keys stored for {}, too?", names.join(", ")))
        };
        let step = |host| Step { action: Action::ForgetKey { host }, status: status.clone() };
        stored.into_iter().map(step).collect()
    }

    /// Returns whether the program that the command is about is removed.
    pub(super) fn removes_program(&self) -> bool {
        self.going.iter().any(|goner| goner.path == self.program.path)
    }

    /// Decides which programs go. With `--all` these are all names of this program, those that are bound to a profile
    /// first: the plain one is what undoes them.
    fn decide(&mut self) {
        if self.wanted.scope == UninstallScope::Everything {
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
    pub(super) fn goes(&self, program: &Program) -> bool {
        let is_free = || {
            // The package manager removes what a package installed.
            !program_file::has_manual(&program.path)
                && self.needs(&[], |needs| needs.of(program, &self.staying).is_empty())
        };
        program.is_ours() && (self.wanted.options.force || is_free())
    }

    /// Asks what is needed, with commands that begin with none of the programs in `removed`.
    pub(super) fn needs<T>(&self, removed: &[PathBuf], ask: impl FnOnce(&Needs<'_>) -> T) -> T {
        let (environment, target, own) = (self.environment, &self.wanted.target, self.files.own());
        ask(&Needs {
            commands: &Commands { environment, target, own, removed },
            configs: &self.configs,
            unreadable: &self.unreadable,
            only_by_root: files::may_write(self.program.directory()).is_err(),
        })
    }
}
