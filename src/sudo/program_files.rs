//! The program's files, inspected and changed with the rights that their directory takes.

use std::path::Path;

use crate::sudo::root_child::RootChild;
use crate::system::environment::Environment;
use crate::system::program_file::{self, Found, ProgramError};

/// Access to the program's files: with the process's own rights, and under `sudo` through root's
/// child where the user may not write.
pub(crate) struct ProgramFiles<'a> {
    own: Vec<u8>,
    root: Option<RootChild<'a>>,
}

impl<'a> ProgramFiles<'a> {
    /// Reads the program's own file.
    ///
    /// # Errors
    /// Returns [`ProgramError::Own`] if that cannot be read.
    pub(crate) fn new(environment: &'a Environment) -> Result<Self, ProgramError> {
        let own = program_file::own_content(environment)?;
        Ok(Self { own, root: RootChild::of(environment) })
    }

    /// The content of the program's own file.
    pub(crate) fn own(&self) -> &[u8] {
        &self.own
    }

    /// As [`program_file::look`]. Root looks where the user may not.
    pub(crate) fn look(&self, path: &Path) -> Result<Found, ProgramError> {
        let own_look = program_file::look(path, &self.own);
        match (&self.root, own_look) {
            (Some(root), Err(error)) if error.is_lack_of_rights() => {
                root.look(path).map_err(|roots| match roots {
                    ProgramError::NotRoots(_) => error,
                    other => other,
                })
            }
            (_, looked) => looked,
        }
    }

    /// As [`program_file::may_change`].
    pub(crate) fn may_change(&self, path: &Path) -> Result<(), ProgramError> {
        match self.root_for(path) {
            Some(root) => root.may_change(path),
            None => program_file::may_change(path),
        }
    }

    /// Puts this program at `path`, as [`program_file::put`] does.
    pub(crate) fn put(&self, path: &Path) -> Result<(), ProgramError> {
        match self.root_for(path) {
            Some(root) => root.put(path),
            None => program_file::put(path, &self.own),
        }
    }

    /// As [`program_file::take_away`].
    pub(crate) fn take_away(&self, path: &Path) -> Result<(), ProgramError> {
        match self.root_for(path) {
            Some(root) => root.take_away(path),
            None => program_file::take_away(path),
        }
    }

    /// Root's child, where there is one and the user has no right of their own.
    fn root_for(&self, path: &Path) -> Option<&RootChild<'a>> {
        self.root.as_ref().filter(|_| program_file::may_change(path).is_err())
    }
}
