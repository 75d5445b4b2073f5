//! Reads, locks and writes files. No other module does.

mod program;
mod rights;
#[cfg(target_os = "linux")]
mod turns;
mod update;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::{PathPersistError, TempPath};

use crate::system::wiped::WipedBytes;

pub use program::{remove_program, replace_program};
pub use rights::{
    Access, FileRights, OtherWriter, is_on_noexec, is_readable_by_others, may_execute,
    non_root_owner_on_path, other_writer, user_name,
};
#[cfg(target_os = "linux")]
pub use turns::wait_for_turn;
pub use update::{Change, Current, UpdateError, UpdateOptions, may_update, update};

/// How often to retry a lock that is taken.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// How long to retry a rename on Windows while another process reads the old file.
const READER_TIMEOUT: Duration = Duration::from_secs(1);

/// The initial buffer size in bytes. Ordinary requests are shorter.
const INITIAL_CAPACITY: usize = 256;

/// Reads a whole file that may contain a secret. Returns `None` if it does not exist, or if a
/// parent is not a directory (a service's `HOME` may be `/dev/null`).
///
/// # Errors
/// Returns the system's error, or [`ErrorKind::FileTooLarge`] if the file has more than `limit`
/// bytes.
pub fn read(path: &Path, limit: usize) -> io::Result<Option<WipedBytes>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if is_missing(&error) => return Ok(None),
        // Windows refuses to open a directory as if a right were missing.
        Err(_) if cfg!(windows) && path.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        Err(error) => return Err(error),
    };
    // Size the buffer to the file: zeroizing spare capacity costs more than the read.
    let capacity = file.metadata().map_or(0, |metadata| metadata.len());
    let capacity = usize::try_from(capacity).unwrap_or(limit).min(limit) + 1;
    let (bytes, whole) = read_stream_into(capacity, &mut &file, limit)?;
    if whole { Ok(Some(bytes)) } else { Err(ErrorKind::FileTooLarge.into()) }
}

/// Reads a file like [`read`], but fails for a pipe or a device, which may never end.
///
/// # Errors
/// Returns the same errors as [`read`].
pub fn read_regular(path: &Path, limit: usize) -> io::Result<Option<WipedBytes>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() || metadata.is_file() => read(path, limit),
        Ok(_) => Err(io::Error::other("it is not a regular file")),
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
        Ok(_) => Err(io::Error::other("it is not a regular file")),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads an open file that holds no secret, such as a program, from its start: its memory is not wiped.
///
/// # Errors
/// Whatever the system says, and [`ErrorKind::FileTooLarge`] past `limit` bytes.
pub(super) fn content_of(mut file: &File, limit: usize) -> io::Result<Vec<u8>> {
    let room = file.metadata().map_or(0, |metadata| metadata.len());
    let mut content = Vec::with_capacity(usize::try_from(room).unwrap_or(limit).min(limit) + 1);
    file.seek(SeekFrom::Start(0))?;
    file.take(limit as u64 + 1).read_to_end(&mut content)?;
    if content.len() > limit { Err(ErrorKind::FileTooLarge.into()) } else { Ok(content) }
}

/// Reads from this position until the buffer is full or the file ends, and returns the number of bytes.
/// Several threads may read one file.
///
/// # Errors
/// Whatever the system says.
pub(super) fn read_at(file: &File, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
    #[cfg(unix)]
    use std::os::unix::fs::FileExt as _;
    #[cfg(windows)]
    use std::os::windows::fs::FileExt as _;
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        #[cfg(unix)]
        let read = file.read_at(room, position + filled as u64);
        #[cfg(windows)]
        let read = file.seek_read(room, position + filled as u64);
        match read {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Returns whether both are the same file, also by different paths. `false` where the system does not tell.
pub(super) fn is_same_file(one: &File, other: &File) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let id = |file: &File| file.metadata().ok().map(|it| (it.dev(), it.ino()));
        id(one).is_some_and(|known| id(other) == Some(known))
    }
    #[cfg(not(unix))]
    {
        let _ = (one, other);
        false
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Reads a stream that may contain a secret, up to `limit` bytes. Also returns whether the stream
/// ended there.
///
/// The buffer is never reallocated in place, because that could leave a copy of the secret in
/// memory.
///
/// # Errors
/// Returns the system's error.
pub fn read_stream(stream: &mut dyn io::Read, limit: usize) -> io::Result<(WipedBytes, bool)> {
    read_stream_into(INITIAL_CAPACITY, stream, limit)
}

/// Reads a stream like [`read_stream`], with this initial capacity.
fn read_stream_into(
    capacity: usize,
    stream: &mut dyn io::Read,
    limit: usize,
) -> io::Result<(WipedBytes, bool)> {
    let mut bytes = WipedBytes::new(Vec::with_capacity(capacity.max(INITIAL_CAPACITY)));
    loop {
        if bytes.len() == bytes.capacity() {
            let mut larger = WipedBytes::new(Vec::with_capacity(bytes.capacity() * 4));
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

/// The file names in a directory; empty if it cannot be read.
pub fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Creates a directory and its missing parents, accessible only to their owner.
///
/// # Errors
/// Returns the system's error.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    match private_dir_builder().recursive(true).create(path) {
        // The standard library also returns this if it may not inspect the directory.
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
    // `create_dir_all` reports a directory that it may not look at as a file that exists.
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => fs::create_dir_all(path),
        Err(error) => Err(error),
    }
}

fn private_dir_builder() -> fs::DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// The prefix of a new file's temporary name.
const TEMPORARY_FILE: &str = ".new-";

/// Replaces the file at `path`, readable only by its owner. Writes a new file next to it, flushes
/// it to disk and renames it, so that readers see the old or the new content. Also removes
/// temporary files left by killed runs, so the caller has to hold the directory's lock.
///
/// # Errors
/// Returns the system's error. The old file is unchanged then.
pub fn replace_private(path: &Path, contents: &[u8]) -> io::Result<()> {
    let directory = path.parent().ok_or(ErrorKind::InvalidInput)?;
    remove_stale_temporaries(directory, TEMPORARY_FILE);
    let file = tempfile::Builder::new().prefix(TEMPORARY_FILE).tempfile_in(directory)?;
    file.as_file().write_all(contents)?;
    file.as_file().sync_all()?;
    rename_over(file.into_temp_path(), path).map_err(|error| error.error)?;
    flush_directory(directory);
    Ok(())
}

/// Renames a new file to `path`. On Windows this fails while another process reads the old file, so
/// it is retried for a while.
fn rename_over(mut new: TempPath, path: &Path) -> Result<(), PathPersistError> {
    let start = Instant::now();
    loop {
        match new.persist(path) {
            Err(refused) if is_held_by_a_reader(&refused.error, start) => {
                new = refused.path;
                std::thread::sleep(LOCK_PAUSE);
            }
            renamed => return renamed,
        }
    }
}

fn is_held_by_a_reader(error: &io::Error, since: Instant) -> bool {
    cfg!(windows) && error.kind() == ErrorKind::PermissionDenied && since.elapsed() < READER_TIMEOUT
}

/// Checks whether files can be created in and removed from this directory.
///
/// # Errors
/// Returns the system's error if not.
pub fn may_write(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    nix::unistd::access(directory, nix::unistd::AccessFlags::W_OK)?;
    #[cfg(not(unix))]
    fs::metadata(directory)?;
    Ok(())
}

/// Removes temporary files left by killed runs. The caller holds the directory's lock; runs without
/// that lock lock their temporary files.
fn remove_stale_temporaries(directory: &Path, prefix: &str) {
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

/// Makes a rename survive a system crash. Errors are ignored: some file systems do not support it,
/// and the file is already in place.
fn flush_directory(directory: &Path) {
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
}

/// Removes a file. Succeeds if it does not exist.
///
/// # Errors
/// Returns the system's error.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Takes an exclusive lock on the file at `path`, waiting for up to `timeout`. Creates the file if
/// it is missing. The lock is released when the returned value is dropped or the process ends.
///
/// # Errors
/// Returns the system's error, or [`ErrorKind::TimedOut`].
pub fn lock(path: &Path, timeout: Duration) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    wait_for_lock(&file, timeout)?;
    Ok(file)
}

fn wait_for_lock(file: &File, timeout: Duration) -> io::Result<()> {
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if start.elapsed() < timeout => {
                std::thread::sleep(LOCK_PAUSE);
            }
            Err(TryLockError::WouldBlock) => return Err(ErrorKind::TimedOut.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}
