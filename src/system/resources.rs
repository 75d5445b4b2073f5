//! Threads, descriptors and memory: what is said where the machine has none left.

use std::io;
use std::thread;

use crate::explain::Explain;

/// The system makes no further thread: `ulimit -u` or `ulimit -v` is reached, or a container's limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot start a thread: {0}")]
pub struct NoThread(String);

impl From<io::Error> for NoThread {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// What the machine has none left of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Exhausted {
    /// No thread.
    #[error(transparent)]
    Threads(#[from] NoThread),
    /// No descriptor, in the system's words.
    #[error("cannot open more files: {0}")]
    Descriptors(String),
    /// No memory.
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

/// Starts `work` in a thread of its own, which ends with the process at the latest.
///
/// # Errors
/// Returns [`NoThread`] where [`thread::spawn`] would panic.
pub(crate) fn start_thread(work: impl FnOnce() + Send + 'static) -> Result<(), NoThread> {
    thread::Builder::new().spawn(work)?;
    Ok(())
}

/// What the machine lacks at this moment, if anything: tries to get a little of each.
///
/// Libraries panic where they get no thread or descriptor, and a panic's own words are not shown. So
/// the panic hook asks here whether the machine is the likely cause.
pub(crate) fn exhausted() -> Option<Exhausted> {
    /// Keyrings and TLS need a few megabytes.
    const A_LITTLE_MEMORY: usize = 4 * 1024 * 1024;
    if Vec::<u8>::new().try_reserve_exact(A_LITTLE_MEMORY).is_err() {
        return Some(Exhausted::Memory);
    }
    if let Err(error) = io::pipe() {
        return Some(Exhausted::Descriptors(error.to_string()));
    }
    start_thread(|| ()).err().map(Exhausted::from)
}
