//! The process's standard input and output, without the standard library's buffers.
//!
//! The library keeps a copy of what it read from standard input until the process ends, and it
//! cannot be wiped. It also reports success for writes to a standard output that is not writable.

#[cfg(unix)]
pub use unix::{fail_on_large_files, is_stdout_closed, stdin, stdout};

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;

    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    use nix::sys::signal::{SigSet, Signal};

    struct Stdin;
    struct Stdout;

    /// Standard input.
    pub fn stdin() -> impl Read {
        Stdin
    }

    /// Standard output.
    pub fn stdout() -> impl Write {
        Stdout
    }

    impl Read for Stdin {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            Ok(nix::unistd::read(io::stdin(), buffer)?)
        }
    }

    impl Write for Stdout {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(nix::unistd::write(io::stdout(), bytes)?)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns whether the process was started with standard output closed.
    ///
    /// The standard library opens `/dev/null` for reading and writing in its place before `main`,
    /// and that is all there is to see afterwards. A shell's `>/dev/null` is open for writing only.
    pub fn is_stdout_closed() -> bool {
        let mode = fcntl(io::stdout(), FcntlArg::F_GETFL).map(OFlag::from_bits_retain);
        if !mode.is_ok_and(|mode| mode & OFlag::O_ACCMODE == OFlag::O_RDWR) {
            return false;
        }
        // Terminals are open for both, too.
        let copy = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        let device = copy.and_then(|file| file.metadata()).map(|metadata| metadata.rdev()).ok();
        let null = std::fs::metadata("/dev/null").map(|metadata| metadata.rdev()).ok();
        device.is_some() && device == null
    }

    /// Makes a write past the limit on the size of files (`ulimit -f`) fail with an error. The
    /// system would end the process with SIGXFSZ otherwise, without a message.
    pub fn fail_on_large_files() {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGXFSZ);
        // Without it the system does what it always does. Children start with nothing blocked.
        let _ = signals.thread_block();
    }
}

#[cfg(not(unix))]
pub use std::io::{stdin, stdout};

/// Elsewhere a closed standard output is an error of each write.
#[cfg(not(unix))]
pub fn is_stdout_closed() -> bool {
    false
}

/// Elsewhere there is no such limit.
#[cfg(not(unix))]
pub fn fail_on_large_files() {}
