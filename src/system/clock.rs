//! The time, and pauses. In tests, pauses take no time.

use std::time::{Duration, SystemTime};

/// Returns the time, and pauses.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> SystemTime;
    /// Waits for this long.
    fn pause(&self, duration: Duration);
}

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn pause(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
