//! Time, and letting it pass: the process's, or a test's, in which waiting takes none.

use std::time::{Duration, SystemTime};

/// Tells the time and waits.
pub trait Clock: Send + Sync {
    /// The time.
    fn now(&self) -> SystemTime;
    /// Waits.
    fn pause(&self, duration: Duration);
}

/// The system's.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn pause(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
