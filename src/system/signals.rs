//! Ctrl-C, and being told to end: what has to be put right first.
//!
//! The handler is the process's and there is one, so its state stands here and nowhere else.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, Once};

use crate::system::environment::Environment;

/// What a shell sees of a program that Ctrl-C ended: 128 and the number of SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;

static WATCH: Once = Once::new();
/// How many things are being done that must come to their end.
static HELD: AtomicU32 = AtomicU32::new(0);
/// A child that runs meanwhile: the terminal interrupts it as well.
static CHILD: AtomicU32 = AtomicU32::new(0);
/// There was an interruption while something was held.
static CAME: AtomicBool = AtomicBool::new(false);
/// A line of progress stands on standard error.
static PROGRESS: AtomicBool = AtomicBool::new(false);
static BEFORE_END: Mutex<Option<Box<dyn FnMut() + Send>>> = Mutex::new(None);

/// From now on an interruption ends the program in order: what [`before_end`] names is done first,
/// and what is [`hold`]ed comes to its end. Does nothing in an environment that is not the process's.
pub(crate) fn watch(environment: &Environment) {
    if !environment.is_of_process() {
        return;
    }
    WATCH.call_once(|| {
        // Without a handler the system ends the program, as it would have without us.
        let _ = ctrlc::set_handler(interrupted);
    });
}

fn interrupted() {
    if let Ok(Some(put_right)) = BEFORE_END.lock().as_deref_mut() {
        put_right();
    }
    if HELD.load(Ordering::SeqCst) > 0 {
        CAME.store(true, Ordering::SeqCst);
        pass_on(CHILD.load(Ordering::SeqCst));
        return;
    }
    if PROGRESS.load(Ordering::SeqCst) {
        let _ = std::io::stderr().write_all(b"\r\x1b[K");
    }
    #[expect(clippy::exit, reason = "nothing is left to be done, and the main thread may wait")]
    std::process::exit(INTERRUPTED.into());
}

/// The child hears of it even if it was not the terminal that told us.
#[cfg(unix)]
fn pass_on(child: u32) {
    use nix::sys::signal::{Signal, kill};
    // 0 would be every process of the terminal.
    if let Some(child) = i32::try_from(child).ok().filter(|child| *child > 0) {
        let _ = kill(nix::unistd::Pid::from_raw(child), Signal::SIGINT);
    }
}

#[cfg(not(unix))]
fn pass_on(_: u32) {}

/// There was an interruption while something was held: nothing new is to be begun.
pub(crate) fn came() -> bool {
    CAME.load(Ordering::SeqCst)
}

/// While the value lives, an interruption does not end the program; [`came`] tells of it.
pub(crate) fn hold() -> Hold {
    HELD.fetch_add(1, Ordering::SeqCst);
    Hold
}

/// See [`hold`].
#[must_use]
pub(crate) struct Hold;

/// While something is held: a child runs, which is to hear of an interruption too.
pub(crate) fn child_runs(child: u32) {
    CHILD.store(child, Ordering::SeqCst);
    if came() {
        pass_on(child);
    }
}

/// The child has ended, and its number may be somebody else's soon.
pub(crate) fn child_ended() {
    CHILD.store(0, Ordering::SeqCst);
}

impl Drop for Hold {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::SeqCst);
    }
}

/// While the value lives, an interruption does `put_right` first.
#[cfg(unix)]
pub(crate) fn before_end(put_right: impl FnMut() + Send + 'static) -> BeforeEnd {
    if let Ok(mut slot) = BEFORE_END.lock() {
        *slot = Some(Box::new(put_right));
    }
    BeforeEnd
}

/// See [`before_end`].
#[cfg(unix)]
#[must_use]
pub(crate) struct BeforeEnd;

#[cfg(unix)]
impl Drop for BeforeEnd {
    fn drop(&mut self) {
        if let Ok(mut slot) = BEFORE_END.lock() {
            *slot = None;
        }
    }
}

/// Whether a line of progress stands there that has to be taken away before the end.
pub(crate) fn progress_is_shown(shown: bool) {
    PROGRESS.store(shown, Ordering::SeqCst);
}
