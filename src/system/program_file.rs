//! The program as a file in a directory on PATH: what stands there, putting it there, taking it away.

use std::borrow::Cow;
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
use crate::system::program_content::{self, Content};

/// Stands in every build of this program, and tells it from others.
const MARK: &str = "docker-credential-scw: credential helper for rg.<region>.scw.cloud";

/// The directory for programs that no package puts there; `None` on Windows, which has none for all
/// users.
pub(crate) const DEFAULT_DIRECTORY: Option<&str> =
    if cfg!(windows) { None } else { Some("/usr/local/bin") };

/// No program of ours is larger.
const SIZE_LIMIT: usize = 64 * 1024 * 1024;

/// What stands in the place of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// Nothing.
    Nothing,
    /// This very program.
    Same,
    /// This very program, which not everybody may execute.
    NotExecutable,
    /// Another version of it.
    OtherVersion,
    /// The shell script that `scw registry install-docker-helper` writes.
    ScwScript,
    /// The first part of this very program.
    Incomplete,
    /// Something that is none of these.
    Foreign,
    /// Something that may not be read, in a dry run.
    Unreadable,
}

/// Why the program cannot be put there, or taken away.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ProgramError {
    /// Our own file cannot be read.
    #[error("cannot read the program's own file: {0}")]
    Own(#[serde(with = "io_error")] io::Error),
    /// The directory is missing.
    #[error("{} does not exist", printable_path(.0))]
    NoDirectory(PathBuf),
    /// A file stands in its place.
    #[error("{} is not a directory", printable_path(.0))]
    NotADirectory(PathBuf),
    /// The directory is somebody else's.
    #[error("no permission to write to {}", printable_path(.0))]
    NoPermission(PathBuf),
    /// Under `sudo`, a directory that is neither root's nor writable for the user.
    #[error("{} does not belong to root, and you may not write to it", printable_path(.0))]
    NotRoots(PathBuf),
    /// The program's file may not be read.
    #[error("no permission to read {}, so it is not known which program that is", printable_path(.0))]
    NotReadable(PathBuf),
    /// A directory stands in the program's place.
    #[error("{} is a directory", printable_path(.0))]
    Directory(PathBuf),
    /// Something foreign stands there.
    #[error("{} is not this program", printable_path(.0))]
    Foreign(PathBuf),
    /// The system said no.
    #[error("cannot {what} {}: {error}", printable_path(path))]
    Io {
        /// What was tried.
        what: Cow<'static, str>,
        /// On what.
        path: PathBuf,
        /// The system's words.
        #[serde(with = "io_error")]
        error: io::Error,
    },
}

impl Explain for ProgramError {
    /// None here: what to do takes options of a command, such as another directory, so `commands` has
    /// the hints.
    fn hint(&self) -> Option<String> {
        None
    }
}

impl ProgramError {
    /// There is no program, and no file in its place.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::NoDirectory(_) | Self::NotADirectory(_) | Self::Directory(_))
    }

    /// More rights would help.
    pub fn is_lack_of_rights(&self) -> bool {
        match self {
            Self::NoPermission(_) | Self::NotReadable(_) => true,
            Self::Io { error, .. } => error.kind() == ErrorKind::ReadOnlyFilesystem,
            _ => false,
        }
    }
}

/// Reads the program's own file.
///
/// # Errors
/// It is gone, or cannot be read.
pub fn own_content(environment: &Environment) -> Result<Vec<u8>, ProgramError> {
    let file = environment
        .own_executable()
        .ok_or_else(|| ProgramError::Own(ErrorKind::NotFound.into()))?;
    files::read_public(&file, SIZE_LIMIT).map_err(ProgramError::Own)
}

/// What stands at `path`, seen by a program whose own file has the content `own`.
///
/// # Errors
/// The directory is no place for programs, or what stands there cannot be read.
pub fn look(path: &Path, own: &[u8]) -> Result<Found, ProgramError> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    match directory.metadata() {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(ProgramError::NotADirectory(directory.to_owned())),
        Err(error) => return Err(unreadable(directory, directory)(error)),
    }
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => return Err(ProgramError::Directory(path.to_owned())),
        // A link that leads nowhere is something, too.
        Err(error) if leads_nowhere(&error) && path.is_symlink() => return Ok(Found::Foreign),
        // What cannot be looked at may be anything: it is not the same as nothing.
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(unreadable(path, directory)(error));
        }
        _ => {}
    }
    let content = match files::open_regular(path) {
        Ok(None) => return Ok(Found::Nothing),
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

/// A link's target is missing, or its links lead in a circle.
fn leads_nowhere(error: &io::Error) -> bool {
    #[cfg(unix)]
    let is_circle = error.raw_os_error() == Some(nix::errno::Errno::ELOOP as i32);
    #[cfg(not(unix))]
    let is_circle = false;
    is_circle || matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The names of this program in a directory: `docker-credential-scw`, and those that are bound to
/// a profile, whatever stands there.
pub fn names_in(directory: &Path) -> Vec<String> {
    let mut names = files::names_in(directory);
    names.retain(|name| HelperName::of_file(Path::new(name)).is_some());
    names.sort();
    names
}

/// Did the program at `path` come with its manual: from a package, or in an unpacked archive?
///
/// Every package of ours puts pages of the manual beside it (`../share/man/man1`, also behind a link
/// as Homebrew's and Nix's, or `man` in the archive that Scoop unpacks); `install` never does.
pub fn came_with_manual(path: &Path) -> bool {
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

/// Puts a program with this content at `path`, executable by everybody: a new file beside it, then
/// renamed, so that whoever starts it at that moment gets the old or the new one.
///
/// # Errors
/// It is not there; what stood there still does.
pub fn put(path: &Path, content: &[u8]) -> Result<(), ProgramError> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    files::replace_program(path, content).map_err(from_io("write", path, directory))
}

/// May the program be put at `path`, or taken away from there?
///
/// # Errors
/// It may not.
pub fn may_change(path: &Path) -> Result<(), ProgramError> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    files::may_write(directory).map_err(from_io("write to", directory, directory))
}

/// Removes the program.
///
/// # Errors
/// It is still there.
pub fn take_away(path: &Path) -> Result<(), ProgramError> {
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
