//! Ctrl-C and SIGTERM: what has to be done before the program exits.
//!
//! A process has one handler, so its state is one static value.

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
    /// How many [`Hold`]s there are.
    holds: AtomicU32,
    /// The process ID of a child that has the terminal; 0 without one.
    child: AtomicU32,
    /// There was an interruption during a [`Hold`].
    interrupted: AtomicBool,
    /// A progress line is on standard error.
    progress: AtomicBool,
    /// Runs before the program exits.
    cleanup: Mutex<Option<Box<dyn FnMut() + Send>>>,
}

impl Signals {
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
        // The clean-up is done, and the main thread may be waiting for a person or the network.
        std::process::exit(INTERRUPTED.into());
    }
}

/// Handles signals from now on: an interruption runs the clean-up of [`before_exit`] and exits, unless
/// there is a [`Hold`].
pub(super) fn watch() {
    SIGNALS.installed.call_once(|| {
        // Without a handler, the system's default ends the program.
        let _ = ctrlc::set_handler(|| SIGNALS.handle());
    });
}

/// Sends SIGINT to a child: the signal may not have come from the terminal, which sends it to both.
#[cfg(unix)]
fn interrupt(child: u32) {
    use nix::sys::signal::{Signal, kill};
    // kill(0, …) would mean every process of the terminal.
    if let Some(child) = i32::try_from(child).ok().filter(|child| *child > 0) {
        let _ = kill(nix::unistd::Pid::from_raw(child), Signal::SIGINT);
    }
}

#[cfg(not(unix))]
fn interrupt(_: u32) {}

/// Returns whether there was an interruption during a [`Hold`]: start nothing new.
pub(crate) fn is_interrupted() -> bool {
    SIGNALS.interrupted.load(Ordering::SeqCst)
}

/// Delays the end of the program: while the value lives, an interruption does not exit, and
/// [`is_interrupted`] reports it.
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

/// Passes interruptions on to this child during a [`Hold`].
pub(crate) fn child_started(child: u32) {
    SIGNALS.child.store(child, Ordering::SeqCst);
    if is_interrupted() {
        interrupt(child);
    }
}

/// Stops passing interruptions on: the system may give the process ID to another program.
pub(crate) fn child_ended() {
    SIGNALS.child.store(0, Ordering::SeqCst);
}

/// Runs `cleanup` before the program exits, while the returned value lives.
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

/// Says whether a progress line is shown, which an interruption removes.
pub(crate) fn set_progress(shown: bool) {
    SIGNALS.progress.store(shown, Ordering::SeqCst);
}
