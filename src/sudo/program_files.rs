//! Inspects and changes the program's files, with root's rights if necessary.

use std::path::Path;

use crate::sudo::root_child::RootChild;
use crate::system::environment::Environment;
use crate::system::program_file::{self, Found, OwnProgram, ProgramError};

/// Access to the program's files: as the process's user, and under `sudo` through the child that
/// runs as root where the user may not write.
pub(crate) struct ProgramFiles<'a> {
    own: OwnProgram,
    root: Option<RootChild<'a>>,
}

impl<'a> ProgramFiles<'a> {
    /// Opens the program's own file.
    ///
    /// # Errors
    /// Returns [`ProgramError::Own`] if it cannot be read.
    pub(crate) fn new(environment: &'a Environment) -> Result<Self, ProgramError> {
        let own = OwnProgram::open(environment)?;
        Ok(Self { own, root: RootChild::of(environment) })
    }

    /// The program's own file.
    pub(crate) fn own(&self) -> &OwnProgram {
        &self.own
    }

    /// Runs [`program_file::inspect`], as root if the user may not read the file.
    pub(crate) fn inspect(&self, path: &Path) -> Result<Found, ProgramError> {
        let as_user = program_file::inspect(path, &self.own);
        match (&self.root, as_user) {
            (Some(root), Err(error)) if error.is_permission_error() => {
                root.inspect(path).map_err(|roots| match roots {
                    ProgramError::NotRoots(_) => error,
                    other => other,
                })
            }
            (_, looked) => looked,
        }
    }

    /// Runs [`program_file::may_change`].
    pub(crate) fn may_change(&self, path: &Path) -> Result<(), ProgramError> {
        match self.root_for(path) {
            Some(root) => root.may_change(path),
            None => program_file::may_change(path),
        }
    }

    /// Writes this program to `path`, like [`program_file::put`].
    pub(crate) fn put(&self, path: &Path) -> Result<(), ProgramError> {
        match self.root_for(path) {
            Some(root) => root.put(path),
            None => program_file::put(path, &self.own),
        }
    }

    /// Runs [`program_file::remove`].
    pub(crate) fn remove(&self, path: &Path) -> Result<(), ProgramError> {
        match self.root_for(path) {
            Some(root) => root.remove(path),
            None => program_file::remove(path),
        }
    }

    /// The child that runs as root, if there is one and the user has no permission.
    fn root_for(&self, path: &Path) -> Option<&RootChild<'a>> {
        self.root.as_ref().filter(|_| program_file::may_change(path).is_err())
    }
}
