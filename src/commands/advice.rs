//! Commands about the target of a run of `install` or `uninstall`.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::cli::command::InstallTarget;
use crate::diagnosis::{Operator, Target};
use crate::system::environment::Environment;
use crate::system::program_file::OwnProgram;

/// Writes commands for the target of this run, so that they work when they are typed.
pub(super) struct Commands<'a> {
    environment: &'a Environment,
    target: &'a InstallTarget,
    /// The content of the program that runs.
    this_program: &'a OwnProgram,
    /// Programs that this run removes. No command begins with one of them.
    removed: Vec<PathBuf>,
    /// Who types the commands. Finding that out compares programs on PATH with this one.
    operator: OnceCell<Operator>,
}

impl<'a> Commands<'a> {
    pub(super) fn new(
        environment: &'a Environment,
        target: &'a InstallTarget,
        this_program: &'a OwnProgram,
        removed: Vec<PathBuf>,
    ) -> Self {
        Self { environment, target, this_program, removed, operator: OnceCell::new() }
    }

    /// Returns the command with these `words`, such as `uninstall --all`, for the same config.
    pub(super) fn command(
        &self,
        words: &[&str],
        profile: Option<&str>,
        needs_root: bool,
    ) -> String {
        let directory = self.target.docker_config.as_deref();
        self.command_for(directory, words, profile, needs_root)
    }

    /// Returns the command for the config in `directory`; `None` means the user's usual one.
    pub(super) fn command_for(
        &self,
        directory: Option<&Path>,
        words: &[&str],
        profile: Option<&str>,
        needs_root: bool,
    ) -> String {
        let path = self.target.path.as_deref();
        let target = Target { profile, path, docker_config: directory };
        self.operator(profile).command(words, &target, needs_root).line()
    }

    /// Without the plain helper on PATH, a command can begin with the helper that is bound to `profile`.
    fn operator(&self, profile: Option<&str>) -> Cow<'_, Operator> {
        let of = |profile| {
            Operator::of_program(self.environment, self.this_program, profile, &self.removed)
        };
        let operator = self.operator.get_or_init(|| of(None));
        if profile.is_none() || operator.is_program_on_path() {
            Cow::Borrowed(operator)
        } else {
            Cow::Owned(of(profile))
        }
    }
}
