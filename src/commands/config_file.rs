//! Whose config file is meant, and changing it.

use std::path::{Path, PathBuf};

use super::CommandError;
use crate::cli::Place;
use crate::docker_config::{ConfigDocument, NotEditable, docker_config_path};
use crate::environment::{Environment, Invoker};
use crate::files::{self, Change, UpdateError, UpdateOptions};
use crate::printable::printable_path;

/// The person whose Docker is meant, and what is found around them.
pub(super) struct Person<'a> {
    /// The one who typed `sudo`, if that is not whom the program runs as.
    pub(super) invoker: Option<Invoker>,
    /// The environment of that one.
    theirs: Option<Environment>,
    process: &'a Environment,
    pub(super) docker_config: PathBuf,
    in_place: bool,
}

impl<'a> Person<'a> {
    /// With `sudo` it is the one who typed it, unless a directory is named.
    pub(super) fn of(place: &Place, process: &'a Environment) -> Result<Self, CommandError> {
        let named = place.docker_config.as_deref();
        if let Some(file) = named.filter(|path| path.exists() && !path.is_dir()) {
            return Err(CommandError::NotADirectory(printable_path(file)));
        }
        let invoker = match named {
            None => process.invoker().map_err(CommandError::UnknownInvoker)?,
            Some(_) => None,
        };
        let theirs = invoker.as_ref().map(|invoker| process.of_invoker(invoker));
        let environment = theirs.as_ref().unwrap_or(process);
        let docker_config = docker_config_path(environment, named).ok_or(CommandError::NoHome)?;
        Ok(Self { invoker, theirs, process, docker_config, in_place: place.force })
    }

    pub(super) fn environment(&self) -> &Environment {
        self.theirs.as_ref().unwrap_or(self.process)
    }

    /// Changes such a file, and gives back whether it was another before.
    pub(super) fn change(
        &self,
        path: &Path,
        edit: impl Fn(&ConfigDocument) -> ConfigDocument,
    ) -> Result<bool, UpdateError<NotEditable>> {
        let owner = self.invoker.as_ref().map(|invoker| invoker.owner);
        change(path, UpdateOptions { owner, in_place: self.in_place }, edit)
    }
}

/// Changes Docker's config, or another such file, and gives back whether it was another before.
fn change(
    path: &Path,
    options: UpdateOptions,
    edit: impl Fn(&ConfigDocument) -> ConfigDocument,
) -> Result<bool, UpdateError<NotEditable>> {
    files::update(path, options, |current| {
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

/// Reads a config of root's, which the invoking user may not be able to read.
pub(super) fn read_config_of_root(path: &Path) -> Result<ConfigDocument, UpdateError<NotEditable>> {
    read_config(path)
}

/// Changes a config of root's, as root.
pub(super) fn change_config_of_root(
    path: &Path,
    edit: impl Fn(&ConfigDocument) -> ConfigDocument,
) -> Result<bool, UpdateError<NotEditable>> {
    change(path, UpdateOptions::default(), edit)
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
