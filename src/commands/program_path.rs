//! The path of the program's file that `install` and `uninstall` are about.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::CommandError;
use crate::cli::command::InstallTarget;
use crate::sudo::program_files::ProgramFiles;
use crate::system::environment::Environment;
use crate::system::program_file::{DEFAULT_DIRECTORY, Found};

/// Makes a path that was typed independent of the current directory.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Returns the path of the file that Docker starts: in the directory of `--path`, else where PATH
/// finds this program under the helper's name already (a package put it there), else in the default
/// directory.
///
/// # Errors
/// Returns [`CommandError::NoPlace`] if the system has no default directory.
pub(super) fn program_path(
    target: &InstallTarget,
    environment: &Environment,
    files: &ProgramFiles<'_>,
) -> Result<PathBuf, CommandError> {
    let helper = target.helper();
    let file_name = helper.file_name();
    if let Some(named) = &target.path {
        return Ok(absolute(named).join(file_name));
    }
    let started = environment.find_program(&helper.program());
    installed_on_path(environment, files, &file_name, started.as_deref())
        .or_else(|| DEFAULT_DIRECTORY.map(|directory| Path::new(directory).join(file_name)))
        .ok_or(CommandError::NoPlace)
}

/// The first file of that name on PATH that is this program, or that may be and cannot be read.
/// `started` is the file that a shell starts by that name: a later one is never started.
fn installed_on_path(
    environment: &Environment,
    files: &ProgramFiles<'_>,
    file_name: &str,
    started: Option<&Path>,
) -> Option<PathBuf> {
    for path in environment.program_dirs().iter().map(|directory| directory.join(file_name)) {
        match files.inspect(&path) {
            Ok(Found::Same | Found::NotExecutable) => return Some(path),
            // The caller finds out as well that it cannot be read, and reports that.
            Err(error) if !error.is_absence() => {
                let metadata = path.symlink_metadata();
                let is_hidden = |error: &io::Error| error.kind() == ErrorKind::PermissionDenied;
                if !metadata.is_err_and(|error| is_hidden(&error)) {
                    return Some(path);
                }
            }
            _ if started == Some(&path) => return None,
            _ => {}
        }
    }
    None
}
