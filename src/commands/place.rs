//! Where the program stands, or is to stand.

use std::path::{Path, PathBuf};

use super::CommandError;
use crate::cli::Place;
use crate::credential_helper;
use crate::environment::Environment;
use crate::installed_program::Found;
use crate::program_files::ProgramFiles;

/// The directory of programs that no package put there; none on Windows, where no directory is
/// everybody's.
const DEFAULT: Option<&str> = if cfg!(windows) { None } else { Some("/usr/local/bin") };

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
    let standing = || {
        let found = credential_helper::program_of(environment, &helper)?;
        matches!(files.look(&found), Ok(Found::Same | Found::NotExecutable)).then_some(found)
    };
    let file_name = format!("docker-credential-{helper}{}", std::env::consts::EXE_SUFFIX);
    if let Some(named) = &place.path {
        return Ok(absolute(named).join(file_name));
    }
    standing()
        .or_else(|| DEFAULT.map(|directory| Path::new(directory).join(file_name)))
        .ok_or(CommandError::NoPlace)
}
