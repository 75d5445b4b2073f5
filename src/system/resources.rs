//! Threads, descriptors and memory: errors for when the machine has run out of them.

use std::io;
use std::thread;

use crate::explain::Explain;

/// No thread could be started. The limit (`ulimit -u`, `ulimit -v`, or a container's) is reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot start a thread: {0}")]
pub struct NoThread(String);

impl From<io::Error> for NoThread {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// A resource that the machine has run out of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Exhausted {
    /// Threads.
    #[error(transparent)]
    Threads(#[from] NoThread),
    /// File descriptors, with the system's error.
    #[error("cannot open more files: {0}")]
    Descriptors(String),
    /// Memory.
    #[error("cannot allocate memory")]
    Memory,
}

impl Explain for Exhausted {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Threads(_) => "raise the limit on threads (`ulimit -u`) or memory (`ulimit -v`)",
            Self::Descriptors(_) => "raise the limit on open files (`ulimit -n`)",
            Self::Memory => "free some memory, or raise its limit (`ulimit -v`)",
        };
        Some(hint.to_owned())
    }
}

/// Prevents core dumps of this process and of the programs that it starts, which may get a key.
///
/// The kernel starts no crash handler for a limit of 1 byte. For 0 it does, and some handlers keep
/// what they get.
#[cfg(unix)]
pub fn forbid_core_dumps() {
    use nix::sys::resource::{Resource, setrlimit};
    // This fails if the limit is 0, which prevents files with a dump as well.
    let _ = setrlimit(Resource::RLIMIT_CORE, 1, 1);
}

/// Other systems have no such limit.
#[cfg(not(unix))]
pub fn forbid_core_dumps() {}

/// Runs `work` in its own thread, which ends with the process at the latest.
///
/// # Errors
/// Returns [`NoThread`] if no thread can be started. [`thread::spawn`] would panic.
pub(crate) fn start_thread(work: impl FnOnce() + Send + 'static) -> Result<(), NoThread> {
    thread::Builder::new().spawn(work)?;
    Ok(())
}

/// Returns what the machine has run out of, if anything. Tries to allocate a little of each.
///
/// Libraries panic if they cannot get a thread or a descriptor, and the panic message is not
/// printed. So the panic hook uses this to find the likely cause.
pub(crate) fn exhausted() -> Option<Exhausted> {
    /// The keyring and TLS need a few megabytes.
    const A_LITTLE_MEMORY: usize = 4 * 1024 * 1024;
    if Vec::<u8>::new().try_reserve_exact(A_LITTLE_MEMORY).is_err() {
        return Some(Exhausted::Memory);
    }
    if let Err(error) = io::pipe() {
        return Some(Exhausted::Descriptors(error.to_string()));
    }
    start_thread(|| ()).err().map(Exhausted::from)
}
