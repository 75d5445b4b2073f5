//! Writes and removes programs.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::rights::lock_directory;
use super::{flush_directory, remove, remove_stale_temporaries};

/// How long to wait for other runs that write a program to the same directory.
const PROGRAM_LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// The prefix of a new program's temporary file name.
const TEMPORARY_PROGRAM: &str = ".docker-credential-scw-program-";

/// Replaces the program at `path` like [`replace_private`](super::replace_private), executable by all users.
///
/// # Errors
/// Returns the system's error. The old file is unchanged then.
pub fn replace_program(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path.parent().ok_or(ErrorKind::InvalidInput)?;
    // Continue without the lock if it is taken: the rename is atomic anyway, and any user who can read
    // the directory could hold its lock forever.
    let lock = lock_directory(directory, PROGRAM_LOCK_TIMEOUT).ok().flatten();
    if lock.is_some() {
        remove_stale_temporaries(directory, TEMPORARY_PROGRAM);
    }
    let file = tempfile::Builder::new().prefix(TEMPORARY_PROGRAM).tempfile_in(directory)?;
    // Lock the file, so that a run that holds the directory's lock sees that it is in use. Use a
    // second handle: a file that is open for writing cannot be executed.
    #[cfg(unix)]
    let in_use = fs::File::open(file.path())?;
    #[cfg(unix)]
    let _ = in_use.try_lock();
    // Not through tempfile's writer, which adds the temporary file's name to errors.
    file.as_file().write_all(content)?;
    #[cfg(unix)]
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    file.as_file().sync_all()?;
    // Close it: a file that is open for writing cannot be executed.
    let (file, temporary) = file.into_parts();
    drop(file);
    if let Err(error) = temporary.persist(path) {
        let aside = set_aside(path, &error.error).map_err(|_| error.error)?;
        error.path.persist(path).inspect_err(|_| {
            let _ = fs::rename(aside, path);
        })?;
    }
    flush_directory(directory);
    Ok(())
}

/// Removes a program. Succeeds if it does not exist.
///
/// Windows cannot remove a running program, and this program may remove itself. There it is renamed
/// instead, and the next run that writes a program to the directory removes it.
///
/// # Errors
/// Returns the system's error. The program is unchanged then.
pub fn remove_program(path: &Path) -> io::Result<()> {
    match remove(path) {
        Err(error) => set_aside(path, &error).map(|_| ()).map_err(|_| error),
        removed => removed,
    }
}

/// Renames a running program that Windows cannot replace or remove to a temporary name, and returns
/// that name. Fails if the program could not be replaced for another reason.
fn set_aside(path: &Path, error: &io::Error) -> io::Result<PathBuf> {
    if !cfg!(windows) || error.kind() != ErrorKind::PermissionDenied {
        return Err(error.kind().into());
    }
    let number = std::process::id();
    let aside =
        path.with_file_name(format!("{TEMPORARY_PROGRAM}{number}{}", std::env::consts::EXE_SUFFIX));
    fs::rename(path, &aside)?;
    Ok(aside)
}
