//! Threads, and what the system has none left of.

use std::io;
use std::thread;

/// The system makes no further thread. `ulimit -u` and `ulimit -v` bound them, and a container may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot start a thread: {0}")]
pub struct NoThread(String);

impl From<io::Error> for NoThread {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Starts `work` in a thread of its own, which ends with the process at the latest.
///
/// # Errors
/// Returns [`NoThread`] where [`thread::spawn`] would panic.
pub(crate) fn start(work: impl FnOnce() + Send + 'static) -> Result<(), NoThread> {
    thread::Builder::new().spawn(work)?;
    Ok(())
}
