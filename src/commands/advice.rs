//! Commands about the target of a run of `install` or `uninstall`.

use std::path::{Path, PathBuf};

use crate::cli::command::InstallTarget;
use crate::diagnosis::{Operator, Target};
use crate::system::environment::Environment;

/// Writes commands for the target of this run, so that they work when they are typed.
pub(super) struct Commands<'a> {
    pub(super) environment: &'a Environment,
    pub(super) target: &'a InstallTarget,
    /// The content of the program that runs.
    pub(super) own: &'a [u8],
    /// Programs that this run removes, which no command can start with.
    pub(super) removed: &'a [PathBuf],
}

impl Commands<'_> {
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
        let operator = Operator::of_program(self.environment, self.own, profile, self.removed);
        let target =
            Target { profile, path: self.target.path.as_deref(), docker_config: directory };
        operator.command(words, &target, needs_root).line()
    }
}
