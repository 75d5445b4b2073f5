//! Turns: a limit on how many processes of a user do something at once.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

/// The longest pause between two attempts. Many processes may wait.
const LONGEST_PAUSE: Duration = Duration::from_millis(80);

/// Waits for one of `count` turns, which are locks on the bytes of the file at `path`. The turn ends
/// when the returned value is dropped or the process ends.
///
/// Returns `None` if no turn is free within `timeout`, or if the file cannot be opened or locked. The
/// limit only keeps a service from being flooded, so the caller continues without a turn.
pub fn wait_for_turn(path: &Path, count: u8, timeout: Duration) -> Option<File> {
    let mut options = File::options();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(path).ok()?;
    let start = Instant::now();
    let mut pause = Duration::from_millis(5);
    loop {
        for turn in 0..count {
            match fcntl(&file, FcntlArg::F_OFD_SETLK(&lock_on_byte(turn))) {
                Ok(_) => return Some(file),
                Err(nix::Error::EAGAIN | nix::Error::EACCES) => {}
                Err(_) => return None,
            }
        }
        if start.elapsed() >= timeout {
            return None;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the constants are 0 and 1")]
fn lock_on_byte(at: u8) -> libc::flock {
    libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: at.into(),
        l_len: 1,
        l_pid: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_turns_as_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("turns");
        let take = || wait_for_turn(&path, 2, Duration::from_millis(20));
        let (first, second) = (take(), take());
        assert!(first.is_some() && second.is_some());
        assert!(take().is_none());
        drop(first);
        assert!(take().is_some(), "a turn that ended is free");
    }

    #[test]
    fn without_a_directory_there_is_no_turn_and_no_wait() {
        let dir = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let path = dir.path().join("missing/turns");
        assert!(wait_for_turn(&path, 1, Duration::from_secs(60)).is_none());
        assert!(start.elapsed() < Duration::from_secs(30));
        assert!(!dir.path().join("missing").exists());
    }
}
