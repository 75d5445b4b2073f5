//! Changing a file that is somebody else's.

use std::borrow::Cow;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::rights::{LOCK_PATIENCE, keep_owner, lock_directory, make_directory};
use super::{flush_directory, put_in_place, remove_new_files_of_killed_runs};
use crate::explain::Explain;
use crate::printable::printable_path;
use crate::system::io_error;

/// What our new files are called until they take their place.
const NEW_FILE: &str = ".docker-credential-scw-new-";

/// The largest file that is changed.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// How often the change is made anew because somebody else changed the file meanwhile.
const TRIES: usize = 100;

/// What a file shall become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It stays as it is.
    None,
    /// It has this content.
    Write(Vec<u8>),
    /// It is gone, and so are the directory that holds it and those above, up to this many of them,
    /// as long as nothing else is in them.
    Remove {
        /// How many directories were made for the file ([`Current::made_directories`]).
        directories: usize,
    },
}

/// A file that is to be changed.
#[derive(Debug, Clone, Copy)]
pub struct Current<'a> {
    /// Its content; `None` if there is no such file.
    pub content: Option<&'a [u8]>,
    /// How many directories this run has made for it, counted from the one that holds it upwards.
    pub made_directories: usize,
}

/// What may be done to a file that cannot be replaced.
#[derive(Debug, Clone, Copy, Default)]
pub struct UpdateOptions {
    /// Where no new file can take its place, it may be written over. That is not atomic.
    pub in_place: bool,
}

impl<E: std::fmt::Display> UpdateError<E> {
    /// More rights would help.
    pub fn is_lack_of_rights(&self) -> bool {
        let (Self::Io { error, .. } | Self::OnlyInPlace { error, .. }) = self else { return false };
        matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
    }

    /// The cause without the file's name, for a message that names it.
    pub fn reason(&self) -> String {
        match self {
            Self::Refused { error, .. } => error.to_string(),
            Self::Io { what, error, .. } => format!("cannot {what} it: {}", in_words(error)),
            Self::OnlyInPlace { .. } => "it can only be written over".to_owned(),
            Self::NeverStill { .. } => "another program keeps changing it".to_owned(),
        }
    }
}

impl<E: Explain> Explain for UpdateError<E> {
    /// What helps whatever command it is. To write over a file, or to name another one, takes options
    /// of a command.
    fn hint(&self) -> Option<String> {
        let error = match self {
            Self::Refused { error, .. } => return error.hint(),
            Self::NeverStill { .. } => return Some("try again later".to_owned()),
            Self::OnlyInPlace { .. } => return None,
            Self::Io { error, .. } => error,
        };
        let hint = match error.kind() {
            ErrorKind::PermissionDenied => "check who owns it and its directory",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "free some disk space, then try again"
            }
            ErrorKind::FileTooLarge if error.raw_os_error().is_some() => {
                "raise that limit, then try again"
            }
            ErrorKind::TimedOut => "wait until the other run ends, then try again",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// Why a file was not changed. It is as it was. Serialized, it goes from root's child to its parent.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum UpdateError<E> {
    /// The change itself was refused.
    #[error("{}: {error}", printable_path(path))]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        error: E,
    },
    /// The system said no.
    #[error("cannot {what} {}: {}", printable_path(path), in_words(error))]
    Io {
        /// What was tried.
        what: Cow<'static, str>,
        /// On what.
        path: PathBuf,
        /// The system's words.
        #[serde(with = "io_error")]
        error: io::Error,
    },
    /// A new file cannot take its place, but it could be written over.
    #[error(
        "{} can only be written over, not replaced ({})",
        printable_path(path),
        in_words(error)
    )]
    OnlyInPlace {
        /// The file.
        path: PathBuf,
        /// The system's words.
        #[serde(with = "io_error")]
        error: io::Error,
    },
    /// Another program keeps changing it.
    #[error("another program keeps changing {} ({TRIES} tries)", printable_path(path))]
    NeverStill {
        /// The file.
        path: PathBuf,
    },
}

/// Changes the file at `path` as `edit` says, which is given what is there and may be asked more
/// than once; gives back whether anything changed.
///
/// A link stays a link and what it leads to is changed, also where that is still missing. Mode and
/// owner stay; a new file is its owner's only, in a directory that is. A reader finds the old or
/// the new content: a new file beside it is flushed to disk, then renamed. Runs of this program
/// wait for each other; that no other program changed the file meanwhile is looked at just before
/// the renaming, as Docker, for one, locks nothing.
///
/// # Errors
/// As for [`UpdateError`]; the file is then as it was.
pub fn update<E>(
    path: &Path,
    options: UpdateOptions,
    mut edit: impl FnMut(Current<'_>) -> Result<Change, E>,
) -> Result<bool, UpdateError<E>> {
    let refused = |error| UpdateError::Refused { path: path.to_owned(), error };
    let target = follow_links_to_file(path).map_err(io_error("follow the link", path))?;
    let directory = target.parent().unwrap_or(Path::new("/"));
    // Nothing is made, and nobody waited for, where nothing is to be done.
    let now = Snapshot::take(&target).map_err(io_error("read", &target))?;
    if edit(now.current(0)).map_err(refused)? == Change::None {
        return Ok(false);
    }
    let mut made_directories = 0;
    for attempt in 0..TRIES {
        made_directories +=
            make_directory(directory).map_err(io_error("make the directory", directory))?;
        let lock = lock_directory(directory, LOCK_PATIENCE);
        let Some(_lock) = lock.map_err(io_error("lock", directory))? else {
            // Another run has removed it, and maybe what is above it.
            made_directories = 0;
            continue;
        };
        remove_new_files_of_killed_runs(directory, NEW_FILE);
        let before = Snapshot::take(&target).map_err(io_error("read", &target))?;
        let changed = match edit(before.current(made_directories)).map_err(refused)? {
            Change::None => return Ok(false),
            Change::Remove { directories } => remove(&target, &before, directories),
            Change::Write(content) => replace(&target, &before, &content, options),
        };
        match changed {
            Ok(()) => return Ok(true),
            Err(Failure::ChangedMeanwhile) => {
                std::thread::sleep(Duration::from_millis(attempt as u64 % 20));
            }
            Err(Failure::OnlyInPlace(error)) => {
                return Err(UpdateError::OnlyInPlace { path: target, error });
            }
            Err(Failure::Io(error)) => return Err(io_error("write", &target)(error)),
        }
    }
    Err(UpdateError::NeverStill { path: target })
}

/// Checks whether [`update`] may write the file at `path`, and changes nothing.
///
/// # Errors
/// As [`update`] would fail with: directories that have to be made or written to may not be.
pub fn may_update<E>(path: &Path) -> Result<(), UpdateError<E>> {
    let target = follow_links_to_file(path).map_err(io_error("follow the link", path))?;
    let exists = |directory: &&Path| directory.exists();
    let directory = target.ancestors().skip(1).find(exists).unwrap_or(Path::new("/"));
    super::may_write(directory).map_err(io_error("write", &target))
}

/// Where a path leads in the end; its last part need not exist.
/// A circle is an error.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = std::path::absolute(path)?;
    for _ in 0..40 {
        // Windows has an error of its own for reading a link that is none.
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {}
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(error),
        }
        // A relative link starts from its own directory; joining an absolute one replaces it.
        path = path.parent().unwrap_or(Path::new("/")).join(fs::read_link(&path)?);
    }
    Err(io::Error::other("its links lead in a circle"))
}

/// As [`follow_links`], where the directory may be a link to nowhere, too.
fn follow_links_to_file(path: &Path) -> io::Result<PathBuf> {
    match (path.parent(), path.file_name()) {
        (Some(directory), Some(name)) => follow_links(&follow_links(directory)?.join(name)),
        _ => follow_links(path),
    }
}

/// A file as it was when it was read.
struct Snapshot {
    found: Option<(Vec<u8>, Metadata)>,
}

impl Snapshot {
    fn take(path: &Path) -> io::Result<Self> {
        // Looked at before it is opened: opening a pipe waits for somebody at its other end.
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self { found: None }),
            Err(error) => return Err(error),
        };
        if !metadata.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        if metadata.len() > SIZE_LIMIT {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let mut content = Vec::new();
        File::open(path)?.take(SIZE_LIMIT).read_to_end(&mut content)?;
        Ok(Self { found: Some((content, metadata)) })
    }

    fn current(&self, made_directories: usize) -> Current<'_> {
        Current { content: self.content(), made_directories }
    }

    fn content(&self) -> Option<&[u8]> {
        self.found.as_ref().map(|(content, _)| content.as_slice())
    }

    fn is_still_there(&self, path: &Path) -> io::Result<bool> {
        Ok(Self::take(path)?.content() == self.content())
    }
}

enum Failure {
    ChangedMeanwhile,
    OnlyInPlace(io::Error),
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn remove(target: &Path, before: &Snapshot, directories: usize) -> Result<(), Failure> {
    if !before.is_still_there(target)? {
        return Err(Failure::ChangedMeanwhile);
    }
    super::remove(target)?;
    for directory in target.ancestors().skip(1).take(directories) {
        // Fails where anything else is in it: then what is above it stays as well.
        if fs::remove_dir(directory).is_err() {
            break;
        }
    }
    Ok(())
}

fn replace(
    target: &Path,
    before: &Snapshot,
    content: &[u8],
    options: UpdateOptions,
) -> Result<(), Failure> {
    let directory = target.parent().unwrap_or(Path::new("/"));
    let in_place = |error: io::Error| match &before.found {
        Some((old, _)) if is_reason_to_write_in_place(&error) => {
            if options.in_place {
                write_over(target, old, content).map_err(Failure::Io)
            } else if OpenOptions::new().write(true).open(target).is_ok() {
                Err(Failure::OnlyInPlace(error))
            } else {
                Err(Failure::Io(error))
            }
        }
        _ => Err(Failure::Io(error)),
    };
    let new = match new_file(directory, before, content) {
        Ok(new) => new,
        Err(error) => return in_place(error),
    };
    if !before.is_still_there(target)? {
        return Err(Failure::ChangedMeanwhile);
    }
    match put_in_place(new.into_temp_path(), target) {
        Ok(()) => {
            flush_directory(directory);
            Ok(())
        }
        Err(error) => in_place(error.error),
    }
}

/// The file is a mount point, or its directory takes no new file though the file can be written.
fn is_reason_to_write_in_place(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ResourceBusy
            | ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::CrossesDevices
    )
}

fn new_file(directory: &Path, before: &Snapshot, content: &[u8]) -> io::Result<NamedTempFile> {
    let new = tempfile::Builder::new().prefix(NEW_FILE).tempfile_in(directory)?;
    // Its owner first, as that may take rights away, then the content, then the mode.
    if let Some((_, metadata)) = &before.found {
        keep_owner(new.as_file(), metadata)?;
    }
    // Past tempfile's own writer, which hides the system's number of an error.
    new.as_file().write_all(content)?;
    if let Some((_, metadata)) = &before.found {
        new.as_file().set_permissions(metadata.permissions())?;
    }
    new.as_file().sync_all()?;
    Ok(new)
}

/// Writes over a file, and puts the old content back if that fails.
fn write_over(target: &Path, old: &[u8], content: &[u8]) -> io::Result<()> {
    use std::io::{Seek as _, SeekFrom};
    let mut file = OpenOptions::new().write(true).open(target)?;
    let mut write = |content: &[u8]| {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(content)?;
        file.set_len(content.len() as u64)?;
        file.sync_all()
    };
    write(content).inspect_err(|_| {
        let _ = write(old);
    })
}

fn io_error<E>(
    what: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> UpdateError<E> + use<E> {
    let path = path.to_owned();
    move |error| UpdateError::Io { what: what.into(), path, error }
}

/// What the system said.
fn in_words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "no space is left".to_owned(),
        ErrorKind::ResourceBusy => "it is a mount point of its own".to_owned(),
        // Our own limit on what is read comes without the system's number.
        ErrorKind::FileTooLarge if error.raw_os_error().is_some() => {
            "the limit on the size of files (ulimit -f) is reached".to_owned()
        }
        ErrorKind::FileTooLarge => format!("it is larger than {} MiB", SIZE_LIMIT / (1024 * 1024)),
        ErrorKind::TimedOut => "another run of this program holds it".to_owned(),
        _ => error.to_string(),
    }
}
