//! The one place where files are read, locked and written.

mod rights;
mod update;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::{PathPersistError, TempPath};
use zeroize::Zeroizing;

pub use rights::{
    Access, FileRights, OtherWriter, is_on_noexec, is_readable_by_others, may_execute, user_name,
    user_who_owns_way_to, who_else_may_write,
};
pub use update::{Change, Current, UpdateError, UpdateOptions, may_update, update};

/// How often a taken lock is tried again.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// How long a file on Windows may be held by somebody who reads it.
const READERS_PATIENCE: Duration = Duration::from_secs(1);

/// How long a run waits for others that put a program into the same directory.
const PROGRAM_LOCK_PATIENCE: Duration = Duration::from_secs(1);

/// No request of a caller is longer, in bytes, but for those that mean harm.
const USUAL_LENGTH: usize = 256;

/// Reads a whole file that may hold a secret; `None` if there is none, also where a part of its
/// path is not a directory (a service's `HOME` may be `/dev/null`).
///
/// # Errors
/// Whatever the system says, and [`ErrorKind::FileTooLarge`] past `limit` bytes.
pub fn read(path: &Path, limit: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    // All that is made room for is wiped in the end, which takes longer than reading it.
    let room = file.metadata().map_or(0, |metadata| metadata.len());
    let room = usize::try_from(room).unwrap_or(limit).min(limit) + 1;
    let (bytes, whole) = read_stream_into(room, &mut &file, limit)?;
    if whole { Ok(Some(bytes)) } else { Err(ErrorKind::FileTooLarge.into()) }
}

/// As [`read`], but a pipe or a device in the file's place, which might never end, is an error.
///
/// # Errors
/// As for [`read`].
pub fn read_regular(path: &Path, limit: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() || metadata.is_file() => read(path, limit),
        Ok(_) => Err(io::Error::other("it is no regular file")),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a file to read it; `None` if there is none.
///
/// # Errors
/// Whatever the system says, and an error for a directory, a pipe or a device.
pub(super) fn open_regular(path: &Path) -> io::Result<Option<File>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => File::open(path).map(Some),
        Ok(_) => Err(io::Error::other("it is no regular file")),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads a whole file that holds no secret, such as a program: its memory is not wiped.
///
/// # Errors
/// Whatever the system says, and [`ErrorKind::FileTooLarge`] past `limit` bytes.
pub(super) fn read_public(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let room = file.metadata().map_or(0, |metadata| metadata.len());
    let mut content = Vec::with_capacity(usize::try_from(room).unwrap_or(limit).min(limit) + 1);
    file.take(limit as u64 + 1).read_to_end(&mut content)?;
    if content.len() > limit { Err(ErrorKind::FileTooLarge.into()) } else { Ok(content) }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Reads a stream that may carry a secret: what stands before its end, or `limit` bytes of it, and
/// whether that was all.
///
/// The buffer never grows in place, which would leave a copy of the secret behind.
///
/// # Errors
/// Whatever the system says.
pub fn read_stream(
    stream: &mut dyn io::Read,
    limit: usize,
) -> io::Result<(Zeroizing<Vec<u8>>, bool)> {
    read_stream_into(USUAL_LENGTH, stream, limit)
}

/// The same, with `room` for that many bytes at first.
fn read_stream_into(
    room: usize,
    stream: &mut dyn io::Read,
    limit: usize,
) -> io::Result<(Zeroizing<Vec<u8>>, bool)> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(room.max(USUAL_LENGTH)));
    loop {
        if bytes.len() == bytes.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(bytes.capacity() * 4));
            larger.extend_from_slice(&bytes);
            bytes = larger;
        }
        let room = (bytes.capacity() - bytes.len()).min(limit + 1 - bytes.len());
        if stream.take(room as u64).read_to_end(&mut bytes)? < room {
            return Ok((bytes, true));
        }
        if bytes.len() > limit {
            bytes.truncate(limit);
            return Ok((bytes, false));
        }
    }
}

/// The names of what is in a directory; none if it cannot be read.
pub fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Makes a directory and those above it that are missing, each for its owner only.
///
/// # Errors
/// Whatever the system says.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    match private_dir_builder().recursive(true).create(path) {
        // The standard library says so where it cannot see whether a directory is there.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && fs::metadata(path)?.is_dir() => {
            Ok(())
        }
        created => created,
    }
}

/// Makes a directory for programs and those above it that are missing, for everybody to enter.
///
/// # Errors
/// Whatever the system says.
pub fn create_program_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

fn private_dir_builder() -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// What a new program is called until it takes its place.
const NEW_PROGRAM: &str = ".docker-credential-scw-program-";

/// What a new file is called until it takes its place.
const NEW_FILE: &str = ".new-";

/// Puts `contents` in the place of the file at `path`, for its owner only: a new file beside it,
/// flushed to disk, then renamed, so that a reader finds the old or the new one and never a part.
/// The caller holds the lock of the directory: what a killed run left there is removed.
///
/// # Errors
/// Whatever the system says; the old file is then untouched.
pub fn replace_private(path: &Path, contents: &[u8]) -> io::Result<()> {
    let directory = path.parent().ok_or(ErrorKind::InvalidInput)?;
    remove_new_files_of_killed_runs(directory, NEW_FILE);
    let file = tempfile::Builder::new().prefix(NEW_FILE).tempfile_in(directory)?;
    file.as_file().write_all(contents)?;
    file.as_file().sync_all()?;
    put_in_place(file.into_temp_path(), path).map_err(|error| error.error)?;
    flush_directory(directory);
    Ok(())
}

/// Renames a new file to `path`. Windows refuses that while somebody reads the old one, which others
/// do for moments only: it is tried again for a while.
fn put_in_place(mut new: TempPath, path: &Path) -> Result<(), PathPersistError> {
    let start = Instant::now();
    loop {
        match new.persist(path) {
            Err(refused) if is_held_by_a_reader(&refused.error, start) => {
                new = refused.path;
                std::thread::sleep(LOCK_PAUSE);
            }
            put => return put,
        }
    }
}

fn is_held_by_a_reader(error: &io::Error, since: Instant) -> bool {
    cfg!(windows)
        && error.kind() == ErrorKind::PermissionDenied
        && since.elapsed() < READERS_PATIENCE
}

/// May files be made in this directory, and taken away from it?
///
/// # Errors
/// Whatever the system says.
pub fn may_write(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    nix::unistd::access(directory, nix::unistd::AccessFlags::W_OK)?;
    #[cfg(not(unix))]
    fs::metadata(directory)?;
    Ok(())
}

/// Puts a program in the place of the one at `path`, executable by everybody, as
/// [`replace_private`] does it.
///
/// # Errors
/// Whatever the system says; the old file is then untouched.
pub fn replace_program(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path.parent().ok_or(ErrorKind::InvalidInput)?;
    // Renaming is atomic without a lock as well, and everybody who may read the directory can hold
    // its lock.
    let lock = rights::lock_directory(directory, PROGRAM_LOCK_PATIENCE).ok().flatten();
    if lock.is_some() {
        remove_new_files_of_killed_runs(directory, NEW_PROGRAM);
    }
    let file = tempfile::Builder::new().prefix(NEW_PROGRAM).tempfile_in(directory)?;
    // Tells a run that holds the directory's lock that this file is in use. A file that is open for
    // writing could not be started, so the lock is another handle's.
    #[cfg(unix)]
    let in_use = File::open(file.path())?;
    #[cfg(unix)]
    let _ = in_use.try_lock();
    // Past tempfile's own writer, which adds the temporary file's name to errors.
    file.as_file().write_all(content)?;
    #[cfg(unix)]
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    file.as_file().sync_all()?;
    // Still open for writing, it could not be started.
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

/// Removes a program; it is no error if there is none.
///
/// Windows removes no program that runs, and that may be we: it is renamed there, so that nobody
/// finds it any more, and removed by the next run that puts a program into its directory.
///
/// # Errors
/// Whatever the system says; the program is then where it was.
pub fn remove_program(path: &Path) -> io::Result<()> {
    match remove(path) {
        Err(error) => set_aside(path, &error).map(|_| ()).map_err(|_| error),
        removed => removed,
    }
}

/// Gives a program that cannot be replaced or removed because it runs the name of what a killed run
/// left, and gives back that name. An error where that is not the reason.
fn set_aside(path: &Path, error: &io::Error) -> io::Result<PathBuf> {
    if !cfg!(windows) || error.kind() != ErrorKind::PermissionDenied {
        return Err(error.kind().into());
    }
    let number = std::process::id();
    let aside =
        path.with_file_name(format!("{NEW_PROGRAM}{number}{}", std::env::consts::EXE_SUFFIX));
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// Removes what runs that were killed have left, which may be a copy of what they were to replace.
/// The caller holds the directory's lock, and runs without it lock their new files.
fn remove_new_files_of_killed_runs(directory: &Path, prefix: &str) {
    let is_in_use = |path: &Path| {
        let locked = File::open(path).map(|file| file.try_lock());
        matches!(locked, Ok(Err(TryLockError::WouldBlock)))
    };
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let is_new_file = entry.file_name().to_string_lossy().starts_with(prefix);
        if is_new_file && !(cfg!(unix) && is_in_use(&entry.path())) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes a renaming last through a crash of the system. Not every file system can, and the file is
/// in its place by then.
fn flush_directory(directory: &Path) {
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
}

/// Removes a file; it is no error if there is none.
///
/// # Errors
/// Whatever the system says.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Waits for the exclusive lock of the file at `path`, made if it is missing, until `patience` is
/// at an end. The lock is given up when the value is dropped or its process ends.
///
/// # Errors
/// Whatever the system says, and [`ErrorKind::TimedOut`].
pub fn lock(path: &Path, patience: Duration) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    wait_for_lock(&file, patience)?;
    Ok(file)
}

fn wait_for_lock(file: &File, patience: Duration) -> io::Result<()> {
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if start.elapsed() < patience => {
                std::thread::sleep(LOCK_PAUSE);
            }
            Err(TryLockError::WouldBlock) => return Err(ErrorKind::TimedOut.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}
