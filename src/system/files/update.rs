//! Edits files that belong to other programs.

use std::borrow::Cow;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::rights::{LOCK_TIMEOUT, keep_owner, lock_directory, make_directory};
use super::{flush_directory, remove_stale_temporaries, rename_over};
use crate::explain::Explain;
use crate::printable::printable_path;
use crate::system::io_error;
use crate::system::wiped::WipedBytes;

/// The prefix of a new file's temporary name.
const TEMPORARY_FILE: &str = ".docker-credential-scw-new-";

/// The maximum size of a file to edit, in bytes.
const SIZE_LIMIT: usize = 16 * 1024 * 1024;

/// How often to retry after another program changed the file.
const ATTEMPTS: usize = 100;

/// What an edit does to a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// Leaves the file unchanged.
    None,
    /// Replaces the content.
    Write(WipedBytes),
    /// Removes the file. Also removes up to this many of its parent directories, as long as they
    /// are empty.
    Remove {
        /// How many directories were created for the file ([`Current::made_directories`]).
        directories: usize,
    },
}

/// The file before an edit.
#[derive(Debug, Clone, Copy)]
pub struct Current<'a> {
    /// The content; `None` if the file does not exist.
    pub content: Option<&'a [u8]>,
    /// How many directories this run created for the file, counted upwards from its parent.
    pub made_directories: usize,
}

/// What to do about a file that cannot be replaced.
#[derive(Debug, Clone, Copy, Default)]
pub struct UpdateOptions {
    /// Overwrite the file in place if it cannot be replaced. Not atomic.
    pub in_place: bool,
}

impl<E: std::fmt::Display> UpdateError<E> {
    /// Returns whether the edit failed for lack of permissions.
    pub fn is_permission_error(&self) -> bool {
        let (Self::Io { error, .. } | Self::OnlyInPlace { error, .. }) = self else { return false };
        matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
    }

    /// The cause without the file's name, for a message that already names the file.
    pub fn reason(&self) -> String {
        match self {
            Self::Refused { error, .. } => error.to_string(),
            Self::Io { what, error, .. } => format!("cannot {what} it: {}", describe(error)),
            Self::OnlyInPlace { .. } => "it can only be overwritten".to_owned(),
            Self::KeepsChanging { .. } => "another program keeps changing it".to_owned(),
        }
    }
}

impl<E: Explain> Explain for UpdateError<E> {
    /// The advice that holds for every command. Overwriting a file, or choosing another one, takes
    /// options of a command, so `commands` has those hints.
    fn hint(&self) -> Option<String> {
        let error = match self {
            Self::Refused { error, .. } => return error.hint(),
            Self::KeepsChanging { .. } => return Some("try again later".to_owned()),
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

/// Why a file was not changed. The file is unchanged. Root's child sends it to its parent as JSON.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum UpdateError<E> {
    /// The edit refused the content.
    #[error("{}: {error}", printable_path(path))]
    Refused {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: E,
    },
    /// A system error.
    #[error("cannot {what} {}: {}", printable_path(path), describe(error))]
    Io {
        /// The operation.
        what: Cow<'static, str>,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        #[serde(with = "io_error")]
        error: io::Error,
    },
    /// The file cannot be replaced, but it can be overwritten.
    #[error("{} can only be overwritten, not replaced ({})", printable_path(path), describe(error))]
    OnlyInPlace {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[serde(with = "io_error")]
        error: io::Error,
    },
    /// Another program keeps changing the file.
    #[error("another program keeps changing {} ({ATTEMPTS} attempts)", printable_path(path))]
    KeepsChanging {
        /// The file.
        path: PathBuf,
    },
}

/// Edits the file at `path`. `edit` gets the current content and may be called more than once.
/// Returns whether the file changed.
///
/// Follows links, even to a missing file, and leaves them in place. Keeps the file's mode and
/// owner. New files and directories are accessible only to their owner. Writes a new file next to
/// the old one, flushes it to disk and renames it, so that readers see the old or the new content.
/// Runs of this program wait for each other. Other programs, such as Docker, take no lock, so the
/// old content is compared once more right before the rename.
///
/// # Errors
/// Returns [`UpdateError`]. The file is unchanged then.
pub fn update<E>(
    path: &Path,
    options: UpdateOptions,
    mut edit: impl FnMut(Current<'_>) -> Result<Change, E>,
) -> Result<bool, UpdateError<E>> {
    let refused = |error| UpdateError::Refused { path: path.to_owned(), error };
    let target = follow_links_to_file(path).map_err(io_error("follow the link", path))?;
    let directory = target.parent().unwrap_or(Path::new("/"));
    // Do not create directories or take locks if nothing has to change.
    let now = Snapshot::take(&target).map_err(io_error("read", &target))?;
    if edit(now.current(0)).map_err(refused)? == Change::None {
        return Ok(false);
    }
    let mut made_directories = 0;
    for attempt in 0..ATTEMPTS {
        made_directories +=
            make_directory(directory).map_err(io_error("create the directory", directory))?;
        let lock = lock_directory(directory, LOCK_TIMEOUT);
        let Some(_lock) = lock.map_err(io_error("lock", directory))? else {
            // Another run has removed the directory, and perhaps its parents.
            made_directories = 0;
            continue;
        };
        remove_stale_temporaries(directory, TEMPORARY_FILE);
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
    Err(UpdateError::KeepsChanging { path: target })
}

/// Checks whether [`update`] could write the file at `path`, without changing anything.
///
/// # Errors
/// Returns the error of [`update`] if directories cannot be created or written to.
pub fn may_update<E>(path: &Path) -> Result<(), UpdateError<E>> {
    let target = follow_links_to_file(path).map_err(io_error("follow the link", path))?;
    let exists = |directory: &&Path| directory.exists();
    let directory = target.ancestors().skip(1).find(exists).unwrap_or(Path::new("/"));
    super::may_write(directory).map_err(io_error("write", &target))
}

/// Follows all links of a path. The last component may be missing. Returns an error for a cycle.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = std::path::absolute(path)?;
    for _ in 0..40 {
        // Reading a link that is not one has a different error on Windows.
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {}
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(error),
        }
        // A relative link starts from its own directory. Joining an absolute one replaces the path.
        path = path.parent().unwrap_or(Path::new("/")).join(fs::read_link(&path)?);
    }
    Err(io::Error::other("too many levels of symbolic links"))
}

/// Follows links like [`follow_links`], and also accepts a directory that is a dangling link.
fn follow_links_to_file(path: &Path) -> io::Result<PathBuf> {
    match (path.parent(), path.file_name()) {
        (Some(directory), Some(name)) => follow_links(&follow_links(directory)?.join(name)),
        _ => follow_links(path),
    }
}

/// The content and metadata of a file at one moment.
struct Snapshot {
    found: Option<(WipedBytes, Metadata)>,
}

impl Snapshot {
    fn take(path: &Path) -> io::Result<Self> {
        // Check the type before opening: opening a pipe would wait for its other end.
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self { found: None }),
            Err(error) => return Err(error),
        };
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        // Another run may have removed it since.
        let content = super::read(path, SIZE_LIMIT)?;
        Ok(Self { found: content.map(|content| (content, metadata)) })
    }

    fn current(&self, made_directories: usize) -> Current<'_> {
        Current { content: self.content(), made_directories }
    }

    fn content(&self) -> Option<&[u8]> {
        self.found.as_ref().map(|(content, _)| content.as_slice())
    }

    fn is_unchanged(&self, path: &Path) -> io::Result<bool> {
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
    if !before.is_unchanged(target)? {
        return Err(Failure::ChangedMeanwhile);
    }
    super::remove(target)?;
    for directory in target.ancestors().skip(1).take(directories) {
        // Fails if the directory is not empty. Its parents stay then, too.
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
                overwrite(target, old, content).map_err(Failure::Io)
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
    if !before.is_unchanged(target)? {
        return Err(Failure::ChangedMeanwhile);
    }
    match rename_over(new.into_temp_path(), target) {
        Ok(()) => {
            flush_directory(directory);
            Ok(())
        }
        Err(error) => in_place(error.error),
    }
}

/// Returns whether the file is a mount point, or is writable in a directory that is not.
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
    let new = tempfile::Builder::new().prefix(TEMPORARY_FILE).tempfile_in(directory)?;
    // Set the owner first, because that may remove permissions. Then the content, then the mode.
    if let Some((_, metadata)) = &before.found {
        keep_owner(new.as_file(), metadata)?;
    }
    // Not through tempfile's writer, which drops the system's error number.
    new.as_file().write_all(content)?;
    if let Some((_, metadata)) = &before.found {
        new.as_file().set_permissions(metadata.permissions())?;
    }
    new.as_file().sync_all()?;
    Ok(new)
}

/// Overwrites a file, and restores the old content if that fails.
fn overwrite(target: &Path, old: &[u8], content: &[u8]) -> io::Result<()> {
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

/// Describes a system error.
fn describe(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "no space left".to_owned(),
        ErrorKind::ResourceBusy => "it is a mount point".to_owned(),
        // The error of `SIZE_LIMIT` has no system error number.
        ErrorKind::FileTooLarge if error.raw_os_error().is_some() => {
            "the file size limit (ulimit -f) is reached".to_owned()
        }
        ErrorKind::FileTooLarge => format!("it is larger than {} MiB", SIZE_LIMIT / (1024 * 1024)),
        ErrorKind::TimedOut => "another run of this program has locked it".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;

    use super::Snapshot;

    /// Another run may remove the file after its type was checked.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a file of the test")]
    fn a_file_that_vanishes_is_missing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.json");
        thread::scope(|scope| {
            let reader =
                scope.spawn(|| (0..20_000).try_for_each(|_| Snapshot::take(&path).map(drop)));
            while !reader.is_finished() {
                fs::write(&path, "{}").unwrap();
                fs::remove_file(&path).unwrap();
            }
            reader.join().unwrap().unwrap();
        });
    }
}
