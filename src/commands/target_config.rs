//! The Docker config that `install` or `uninstall` is about.

use std::path::{Path, PathBuf};

use super::CommandError;
use crate::cli::command::InstallTarget;
use crate::docker::config::{self, ConfigDocument, NotEditable, docker_config_path};
use crate::printable::printable_path;
use crate::system::environment::Environment;
use crate::system::files::{UpdateError, UpdateOptions};

/// Docker's config.json in the directory that was named, else the user's usual one.
pub(super) struct TargetConfig<'a> {
    environment: &'a Environment,
    pub(super) docker_config: PathBuf,
    in_place: bool,
}

impl<'a> TargetConfig<'a> {
    /// Finds the config.
    ///
    /// # Errors
    /// Returns [`CommandError::NotADirectory`] if `--docker-config` names a file, and
    /// [`CommandError::NoHome`] if there is no home directory.
    pub(super) fn of(
        target: &InstallTarget,
        force: bool,
        environment: &'a Environment,
    ) -> Result<Self, CommandError> {
        let named = target.docker_config.as_deref();
        if let Some(file) = named.filter(|path| path.exists() && !path.is_dir()) {
            return Err(CommandError::NotADirectory(printable_path(file)));
        }
        let docker_config = docker_config_path(environment, named).ok_or(CommandError::NoHome)?;
        Ok(Self { environment, docker_config, in_place: force })
    }

    /// The environment of the user whose config it is.
    pub(super) fn environment(&self) -> &'a Environment {
        self.environment
    }

    /// Changes the file at `path`, and returns whether that made a difference. With `--force`, a
    /// file that cannot be replaced is written over.
    ///
    /// # Errors
    /// Returns [`UpdateError`] if the file was not changed.
    pub(super) fn change(
        &self,
        path: &Path,
        edit: impl Fn(&ConfigDocument) -> ConfigDocument,
    ) -> Result<bool, UpdateError<NotEditable>> {
        config::change(path, UpdateOptions { in_place: self.in_place }, edit)
    }
}
