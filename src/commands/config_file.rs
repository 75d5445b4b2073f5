//! Whose config file is meant, and changing it.

use std::path::{Path, PathBuf};

use super::CommandError;
use crate::cli::Place;
use crate::docker::config::{self, ConfigDocument, NotEditable, docker_config_path};
use crate::printable::printable_path;
use crate::system::environment::Environment;
use crate::system::files::{UpdateError, UpdateOptions};

/// The user whose Docker is meant: the process's own.
pub(super) struct Person<'a> {
    environment: &'a Environment,
    pub(super) docker_config: PathBuf,
    in_place: bool,
}

impl<'a> Person<'a> {
    pub(super) fn of(place: &Place, environment: &'a Environment) -> Result<Self, CommandError> {
        let named = place.docker_config.as_deref();
        if let Some(file) = named.filter(|path| path.exists() && !path.is_dir()) {
            return Err(CommandError::NotADirectory(printable_path(file)));
        }
        let docker_config = docker_config_path(environment, named).ok_or(CommandError::NoHome)?;
        Ok(Self { environment, docker_config, in_place: place.force })
    }

    pub(super) fn environment(&self) -> &'a Environment {
        self.environment
    }

    /// Changes such a file, and gives back whether it was another before.
    pub(super) fn change(
        &self,
        path: &Path,
        edit: impl Fn(&ConfigDocument) -> ConfigDocument,
    ) -> Result<bool, UpdateError<NotEditable>> {
        config::change(path, UpdateOptions { in_place: self.in_place }, edit)
    }
}
