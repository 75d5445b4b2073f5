//! Whose config file is meant, and changing it.

use std::path::{Path, PathBuf};

use super::CommandError;
use crate::cli::Place;
use crate::docker_config::{ConfigDocument, NotEditable, docker_config_path};
use crate::environment::Environment;
use crate::files::{self, Change, UpdateError, UpdateOptions};
use crate::printable::printable_path;

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
        files::update(path, UpdateOptions { in_place: self.in_place }, |current| {
            let before = match current.content {
                None => ConfigDocument::missing(current.made_directories),
                content => ConfigDocument::parse(content)?,
            };
            let after = edit(&before);
            // Whatever we write, we must be able to read: if not, the file stays as it is.
            ConfigDocument::parse(after.content().map(str::as_bytes))?;
            Ok(match after.content() {
                _ if before == after => Change::None,
                Some(text) => Change::Write(text.as_bytes().to_vec()),
                None => Change::Remove { directories: after.made_directories() },
            })
        })
    }
}

/// Docker's config, or another such file, as it is now.
pub(super) fn read_config(path: &Path) -> Result<ConfigDocument, UpdateError<NotEditable>> {
    let mut found = ConfigDocument::default();
    files::update(path, UpdateOptions::default(), |current| {
        found = ConfigDocument::parse(current.content)?;
        Ok(Change::None)
    })?;
    Ok(found)
}
