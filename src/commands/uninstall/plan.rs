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
use crate::docker::config::{FileChange, HelperEntries};
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
    pub(super) entries: HelperEntries,
    pub(super) files: &'a ProgramFiles<'a>,
    /// Commands that may begin with any program.
    commands: Commands<'a>,
    pub(super) program: Program,
    /// The programs to remove. Those that others need are last.
    pub(super) to_remove: Vec<Program>,
    /// Other names of this program, which are kept.
    pub(super) to_keep: Vec<Program>,
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
        files: &'a ProgramFiles<'a>,
        lookup: &KeyLookup<'_>,
        consent: &mut Consent<'_, '_>,
    ) -> Result<Self, CommandError> {
        let mut refusals = Refusals::new(wanted.options.mode.is_dry_run());
        let path = program_path(&wanted.target, environment, files)?;
        let found = match files.inspect(&path) {
            Err(ProgramError::NoDirectory(_) | ProgramError::NotADirectory(_)) => Found::Nothing,
            found => refusals.check(found)?.unwrap_or(Found::Unreadable),
        };
        let program = Program::at(path, found);
        let mut directories = vec![program.directory().to_owned()];
        if wanted.scope == UninstallScope::Everything && wanted.target.path.is_none() {
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
            to_remove: Vec::new(),
            to_keep: programs_in(&directories, files, &program.path),
            files,
            commands: Commands::new(environment, &wanted.target, files.own(), Vec::new()),
            program,
            configs,
            unreadable,
            steps: Vec::new(),
            refusals: Vec::new(),
        };
        plan.decide();
        plan.check_rights(&mut refusals)?;
        plan.refusals = refusals.into_reported();
        plan.steps = plan.config_steps();
        plan.steps.extend(plan.program_steps());
        plan.steps.extend(plan.key_steps(stored, consent));
        Ok(plan)
    }

    /// Checks that the programs and the configs may be changed.
    fn check_rights(&self, refusals: &mut Refusals) -> Result<(), CommandError> {
        for program in &self.to_remove {
            refusals.check(self.files.may_change(&program.path))?;
        }
        let Uninstall { scope, options, .. } = self.wanted;
        let is_everything = *scope == UninstallScope::Everything;
        // Without these, the change itself finds out whether a file can be written over.
        if options.mode.is_dry_run() || (is_everything && !options.force) {
            for config in self.configs.iter().filter(|config| config.is_changed()) {
                let allowed = config.file.may_be_changed(self.environment);
                refusals.check(allowed.map_err(CommandError::Config))?;
            }
        }
        Ok(())
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
            self.to_remove.iter().map(|program| step(&program.path, Status::Planned)).collect();
        if !self.removes_program() {
            let path = &self.program.path;
            let status = if self.program.found == Found::Unreadable {
                Status::Unknown(" cannot be read, so uninstall cannot tell whether to remove it")
            } else if !self.program.is_this_program() {
                Status::Unchanged(": nothing to remove")
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
        self.to_remove.iter().any(|program| program.path == self.program.path)
    }

    /// Decides which programs are removed. With `--all` these are all names of this program. The plain
    /// one is last, because it undoes those that are bound to a profile.
    fn decide(&mut self) {
        if self.wanted.scope == UninstallScope::Everything {
            for bound in std::mem::take(&mut self.to_keep) {
                let is_removable = !bound.helper.is_plain() && self.is_removable(&bound);
                if is_removable { &mut self.to_remove } else { &mut self.to_keep }.push(bound);
            }
            for plain in std::mem::take(&mut self.to_keep) {
                let is_removable = plain.helper.is_plain() && self.is_removable(&plain);
                if is_removable { &mut self.to_remove } else { &mut self.to_keep }.push(plain);
            }
        }
        if self.is_removable(&self.program) {
            self.to_remove.push(self.program.clone());
        }
    }

    /// Returns whether a program is this one, and nothing needs it.
    pub(super) fn is_removable(&self, program: &Program) -> bool {
        let is_free = || {
            // The package manager removes what a package installed.
            !program_file::has_manual(&program.path)
                && self.needs(&self.commands).of(program, &self.to_keep).is_empty()
        };
        program.is_this_program() && (self.wanted.options.force || is_free())
    }

    /// What may need a program, with commands that undo that.
    pub(super) fn needs<'n>(&'n self, commands: &'n Commands<'n>) -> Needs<'n> {
        Needs {
            commands,
            configs: &self.configs,
            unreadable: &self.unreadable,
            only_by_root: files::may_write(self.program.directory()).is_err(),
        }
    }
}
