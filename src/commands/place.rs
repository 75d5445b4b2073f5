//! Where the program stands, or is to stand.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::CommandError;
use crate::cli::Place;
use crate::sudo::program_files::ProgramFiles;
use crate::system::environment::Environment;
use crate::system::program_file::{DEFAULT_DIRECTORY, Found};

/// Makes a path that was typed independent of the current directory.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The file of the program that Docker looks for: in the directory that `--path` names, else where
/// this very program stands on PATH under that name already, as a package
/// leaves it, else in the default one.
pub(super) fn program_file(
    place: &Place,
    environment: &Environment,
    files: &ProgramFiles<'_>,
) -> Result<PathBuf, CommandError> {
    let helper = place.helper();
    let file_name = helper.file_name();
    let standing = || {
        let started = environment.find_program(&helper.program());
        for path in environment.program_dirs().iter().map(|directory| directory.join(&file_name)) {
            match files.inspect(&path) {
                Ok(Found::Same | Found::NotExecutable) => return Some(path),
                // It is there and cannot be read: the caller finds that out as well, and says so.
                Err(error) if !error.is_absence() => {
                    let is_there = path.symlink_metadata();
                    let is_hidden = |error: &io::Error| error.kind() == ErrorKind::PermissionDenied;
                    if !is_there.is_err_and(|error| is_hidden(&error)) {
                        return Some(path);
                    }
                }
                _ if started.as_ref() == Some(&path) => return None,
                _ => {}
            }
        }
        None
    };
    if let Some(named) = &place.path {
        return Ok(absolute(named).join(file_name));
    }
    standing()
        .or_else(|| DEFAULT_DIRECTORY.map(|directory| Path::new(directory).join(file_name)))
        .ok_or(CommandError::NoPlace)
}
