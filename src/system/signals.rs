//! Ctrl-C and SIGTERM: cleans up before the program exits.
//!
//! There is one signal handler per process, so its state is one static value.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, Once};

use crate::exit::INTERRUPTED;

static SIGNALS: Signals = Signals {
    installed: Once::new(),
    holds: AtomicU32::new(0),
    child: AtomicU32::new(0),
    interrupted: AtomicBool::new(false),
    progress: AtomicBool::new(false),
    cleanup: Mutex::new(None),
};

/// The state of the signal handler.
struct Signals {
    installed: Once,
    /// The number of [`Hold`]s.
    holds: AtomicU32,
    /// The process ID of a child in the foreground; 0 if there is none.
    child: AtomicU32,
    /// Whether Ctrl-C was pressed during a [`Hold`].
    interrupted: AtomicBool,
    /// Whether standard error shows a progress line.
    progress: AtomicBool,
    /// Run before the program exits.
    cleanup: Mutex<Option<Box<dyn FnMut() + Send>>>,
}

impl Signals {
    #[expect(
        clippy::disallowed_methods,
        reason = "Ctrl-C removes the line of progress: constant text"
    )]
    fn handle(&self) {
        if self.progress.swap(false, Ordering::SeqCst) {
            let _ = std::io::stderr().write_all(b"\r\x1b[K");
        }
        if let Ok(Some(cleanup)) = self.cleanup.lock().as_deref_mut() {
            cleanup();
        }
        if self.holds.load(Ordering::SeqCst) > 0 {
            self.interrupted.store(true, Ordering::SeqCst);
            interrupt(self.child.load(Ordering::SeqCst));
            return;
        }
        // Exit here, because the main thread may be waiting for input or the network.
        std::process::exit(INTERRUPTED.into());
    }
}

/// Installs the signal handler. It runs the cleanup of [`before_exit`] and exits, unless there is a
/// [`Hold`].
pub(super) fn watch() {
    SIGNALS.installed.call_once(|| {
        // If this fails, the system's default still ends the program.
        let _ = ctrlc::set_handler(|| SIGNALS.handle());
    });
}

/// Sends SIGINT to a child. The terminal sends it to both processes, but other senders do not.
#[cfg(unix)]
fn interrupt(child: u32) {
    use nix::sys::signal::{Signal, kill};
    // kill(0, …) would signal every process in the group.
    if let Some(child) = i32::try_from(child).ok().filter(|child| *child > 0) {
        let _ = kill(nix::unistd::Pid::from_raw(child), Signal::SIGINT);
    }
}

#[cfg(not(unix))]
fn interrupt(_: u32) {}

/// Returns whether Ctrl-C was pressed during a [`Hold`]. If so, nothing new should be started.
pub(crate) fn is_interrupted() -> bool {
    SIGNALS.interrupted.load(Ordering::SeqCst)
}

/// Delays the exit. While the value lives, Ctrl-C does not exit, but [`is_interrupted`] reports it.
pub(crate) fn hold() -> Hold {
    SIGNALS.holds.fetch_add(1, Ordering::SeqCst);
    Hold
}

/// See [`hold`].
#[must_use]
pub(crate) struct Hold;

impl Drop for Hold {
    fn drop(&mut self) {
        SIGNALS.holds.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Forwards Ctrl-C to this child during a [`Hold`].
pub(crate) fn forward_to(child: u32) {
    SIGNALS.child.store(child, Ordering::SeqCst);
    if is_interrupted() {
        interrupt(child);
    }
}

/// Stops forwarding Ctrl-C: the system may reuse the process ID.
pub(crate) fn stop_forwarding() {
    SIGNALS.child.store(0, Ordering::SeqCst);
}

/// Runs `cleanup` before the program exits, as long as the returned value lives.
pub(crate) fn before_exit(cleanup: impl FnMut() + Send + 'static) -> BeforeExit {
    if let Ok(mut slot) = SIGNALS.cleanup.lock() {
        *slot = Some(Box::new(cleanup));
    }
    BeforeExit
}

/// See [`before_exit`].
#[must_use]
pub(crate) struct BeforeExit;

impl Drop for BeforeExit {
    fn drop(&mut self) {
        if let Ok(mut slot) = SIGNALS.cleanup.lock() {
            *slot = None;
        }
    }
}

/// Sets whether a progress line is shown. Ctrl-C removes it.
pub(crate) fn set_progress(shown: bool) {
    SIGNALS.progress.store(shown, Ordering::SeqCst);
}
