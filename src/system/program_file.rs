//! Inspects, writes and removes the program's file in a directory on PATH.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::explain::Explain;
use crate::helper_name::HelperName;
use crate::printable::printable_path;
use crate::program_name::HELPER;
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::io_error;
use crate::system::program_content::{self, Content, ReadAt};

/// Part of every build of this program. Distinguishes it from other programs.
const MARK: &str = "docker-credential-scw: credential helper for rg.<region>.scw.cloud";

/// The directory for programs that are not from a package; `None` on Windows, which has none for
/// all users.
pub(crate) const DEFAULT_DIRECTORY: Option<&str> =
    if cfg!(windows) { None } else { Some("/usr/local/bin") };

/// The maximum size of the program in bytes.
const SIZE_LIMIT: usize = 64 * 1024 * 1024;

/// What is at the program's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// Nothing.
    Nothing,
    /// This program.
    Same,
    /// This program, but not executable for all users.
    NotExecutable,
    /// Another version of this program.
    OtherVersion,
    /// The shell script that `scw registry install-docker-helper` writes.
    ScwScript,
    /// The first part of this program.
    Incomplete,
    /// Another program or file.
    Foreign,
    /// A file that cannot be read, in a dry run.
    Unreadable,
}

/// Why the program cannot be written or removed.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ProgramError {
    /// The program's own file cannot be read.
    #[error("cannot read the program's own file: {0}")]
    Own(#[serde(with = "io_error")] io::Error),
    /// The directory is missing.
    #[error("{} does not exist", printable_path(.0))]
    NoDirectory(PathBuf),
    /// The directory is a file.
    #[error("{} is not a directory", printable_path(.0))]
    NotADirectory(PathBuf),
    /// The user may not write to the directory.
    #[error("no permission to write to {}", printable_path(.0))]
    NoPermission(PathBuf),
    /// Under `sudo`, a directory that is neither root's nor writable for the user.
    #[error("{} does not belong to root, and you may not write to it", printable_path(.0))]
    NotRoots(PathBuf),
    /// The file at the program's path cannot be read.
    #[error("no permission to read {}, so it is not known which program that is", printable_path(.0))]
    NotReadable(PathBuf),
    /// There is a directory at the program's path.
    #[error("{} is a directory", printable_path(.0))]
    Directory(PathBuf),
    /// Another program or file is at the program's path.
    #[error("{} is not this program", printable_path(.0))]
    Foreign(PathBuf),
    /// A system error.
    #[error("cannot {what} {}: {error}", printable_path(path))]
    Io {
        /// The operation.
        what: Cow<'static, str>,
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[serde(with = "io_error")]
        error: io::Error,
    },
}

impl Explain for ProgramError {
    /// Always `None`: the fix takes options of a command, such as another directory, so `commands`
    /// has the hints.
    fn hint(&self) -> Option<String> {
        None
    }
}

impl ProgramError {
    /// Returns whether the error means that there is no file.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::NoDirectory(_) | Self::NotADirectory(_) | Self::Directory(_))
    }

    /// Returns whether more permissions would help.
    pub fn is_permission_error(&self) -> bool {
        match self {
            Self::NoPermission(_) | Self::NotReadable(_) => true,
            Self::Io { error, .. } => error.kind() == ErrorKind::ReadOnlyFilesystem,
            _ => false,
        }
    }
}

/// This program's own file. It stays open, so that nothing that replaces the file changes the answers.
/// The default is no file, which no other is the same as.
#[derive(Debug, Default)]
pub struct OwnProgram(Option<File>);

impl OwnProgram {
    /// Opens the program's own file.
    ///
    /// # Errors
    /// Returns [`ProgramError::Own`] if the file is missing or cannot be read.
    pub fn open(environment: &Environment) -> Result<Self, ProgramError> {
        let path = environment
            .reexec_path()
            .ok_or_else(|| ProgramError::Own(ErrorKind::NotFound.into()))?;
        File::open(path).map(|file| Self(Some(file))).map_err(ProgramError::Own)
    }

    /// Reads the whole file.
    fn content(&self) -> Result<Vec<u8>, ProgramError> {
        let file = self.0.as_ref().ok_or_else(|| ProgramError::Own(ErrorKind::NotFound.into()))?;
        files::content_of(file, SIZE_LIMIT).map_err(ProgramError::Own)
    }

    /// Returns whether `other` is the same file, also by another path. Its content need not be compared then.
    fn is(&self, other: &File) -> bool {
        self.0.as_ref().is_some_and(|file| files::is_same_file(file, other))
    }
}

impl ReadAt for OwnProgram {
    fn read_at(&self, position: usize, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.as_ref().map_or(Ok(0), |file| files::read_at(file, position as u64, buffer))
    }
}

/// Inspects the file at `path`.
///
/// # Errors
/// Returns [`ProgramError`] if the directory cannot have programs, or the file cannot be read.
pub fn inspect(path: &Path, own: &OwnProgram) -> Result<Found, ProgramError> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    match directory.metadata() {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(ProgramError::NotADirectory(directory.to_owned())),
        Err(error) => return Err(unreadable(directory, directory)(error)),
    }
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => return Err(ProgramError::Directory(path.to_owned())),
        // A dangling link also counts as a file.
        Err(error) if is_dangling(&error) && path.is_symlink() => return Ok(Found::Foreign),
        // A file that cannot be inspected could be anything, so do not report it as missing.
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(unreadable(path, directory)(error));
        }
        _ => {}
    }
    let content = match files::open_regular(path) {
        Ok(None) => return Ok(Found::Nothing),
        Ok(Some(file)) if own.is(&file) => Ok(Content::Same),
        Ok(Some(mut file)) => program_content::of(&mut file, own, MARK.as_bytes(), SIZE_LIMIT),
        Err(error) => Err(error),
    };
    Ok(match content {
        Ok(Content::Same) if is_executable(path) => Found::Same,
        Ok(Content::Same) => Found::NotExecutable,
        Ok(Content::Marked) => Found::OtherVersion,
        Ok(Content::ScwScript) => Found::ScwScript,
        Ok(Content::Incomplete) => Found::Incomplete,
        Ok(Content::Other) => Found::Foreign,
        Err(error) if error.kind() == ErrorKind::FileTooLarge => Found::Foreign,
        Err(error) => return Err(unreadable(path, directory)(error)),
    })
}

/// Returns whether a link is dangling, or part of a cycle.
fn is_dangling(error: &io::Error) -> bool {
    #[cfg(unix)]
    let is_cycle = error.raw_os_error() == Some(nix::errno::Errno::ELOOP as i32);
    #[cfg(not(unix))]
    let is_cycle = false;
    is_cycle || matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Returns the names in a directory that belong to this program: `docker-credential-scw` and those
/// with a profile. Does not inspect the files.
pub fn names_in(directory: &Path) -> Vec<String> {
    let mut names = files::names_in(directory);
    names.retain(|name| HelperName::of_file(Path::new(name)).is_some());
    names.sort();
    names
}

/// Returns whether the program at `path` was installed with its manual, by a package or from an
/// archive.
///
/// Packages put manual pages next to the program: in `../share/man/man1` (for Homebrew and Nix
/// relative to the link's target), or in `man` in the archive that Scoop unpacks. `install` never
/// does.
pub fn has_manual(path: &Path) -> bool {
    let is_program = path.file_stem().is_some_and(|name| name == HELPER);
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let Some(directory) = real.parent().filter(|_| is_program) else { return false };
    let page = format!("{HELPER}.1");
    [directory.join("../share/man/man1"), directory.join("man")].iter().any(|pages| {
        files::names_in(pages).iter().any(|name| {
            let rest = name.strip_prefix(&page);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    })
}

/// Writes this program to `path`, executable by all users. Writes a new file next to it and renames
/// it, so that starting the program at that moment works.
///
/// # Errors
/// Returns [`ProgramError`]. The old file is unchanged then.
pub fn put(path: &Path, own: &OwnProgram) -> Result<(), ProgramError> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    files::replace_program(path, &own.content()?).map_err(from_io("write", path, directory))
}

/// Checks whether the program at `path` can be written or removed.
///
/// # Errors
/// Returns [`ProgramError`] if not.
pub fn may_change(path: &Path) -> Result<(), ProgramError> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    files::may_write(directory).map_err(from_io("write to", directory, directory))
}

/// Removes the program.
///
/// # Errors
/// Returns [`ProgramError`]. The file is still there then.
pub fn remove(path: &Path) -> Result<(), ProgramError> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    files::remove_program(path).map_err(from_io("remove", path, directory))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o555 == 0o555)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    true
}

fn unreadable(path: &Path, directory: &Path) -> impl FnOnce(io::Error) -> ProgramError + use<> {
    let (path, directory) = (path.to_owned(), directory.to_owned());
    move |error| match error.kind() {
        ErrorKind::PermissionDenied => ProgramError::NotReadable(path),
        _ => from_io("read", &path, &directory)(error),
    }
}

fn from_io(
    what: &'static str,
    path: &Path,
    directory: &Path,
) -> impl FnOnce(io::Error) -> ProgramError + use<> {
    let (path, directory) = (path.to_owned(), directory.to_owned());
    move |error| match error.kind() {
        ErrorKind::NotFound => ProgramError::NoDirectory(directory),
        ErrorKind::NotADirectory => ProgramError::NotADirectory(directory),
        ErrorKind::PermissionDenied => ProgramError::NoPermission(directory),
        _ => ProgramError::Io { what: what.into(), path, error },
    }
}
