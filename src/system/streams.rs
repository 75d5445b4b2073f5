//! Standard input and output without the standard library's buffers.
//!
//! The standard library buffers standard input until the process ends, and the buffer cannot be
//! zeroized. It also reports success for writes to a closed standard output.

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
        #[expect(
            clippy::disallowed_methods,
            reason = "`main` hands this stream to `run`, which filters it"
        )]
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(nix::unistd::write(io::stdout(), bytes)?)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns whether standard output was closed when the process started.
    ///
    /// In that case the standard library opens `/dev/null` for reading and writing before `main`,
    /// which is all that can be detected. A shell's `>/dev/null` is open for writing only.
    #[expect(
        clippy::disallowed_methods,
        reason = "`main` hands this stream to `run`, which filters it"
    )]
    pub fn is_stdout_closed() -> bool {
        let mode = fcntl(io::stdout(), FcntlArg::F_GETFL).map(OFlag::from_bits_retain);
        if !mode.is_ok_and(|mode| mode & OFlag::O_ACCMODE == OFlag::O_RDWR) {
            return false;
        }
        // Terminals are also open for reading and writing.
        let copy = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        let device = copy.and_then(|file| file.metadata()).map(|metadata| metadata.rdev()).ok();
        let null = std::fs::metadata("/dev/null").map(|metadata| metadata.rdev()).ok();
        device.is_some() && device == null
    }

    /// Makes writes beyond the file size limit (`ulimit -f`) fail with an error. Otherwise SIGXFSZ
    /// would end the process without a message.
    pub fn fail_on_large_files() {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGXFSZ);
        // If this fails, the system's default applies. Children do not inherit the blocked signal.
        let _ = signals.thread_block();
    }
}

#[cfg(not(unix))]
pub use std::io::{stdin, stdout};

/// On other systems, every write to a closed standard output fails.
#[cfg(not(unix))]
pub fn is_stdout_closed() -> bool {
    false
}

/// Other systems have no such limit.
#[cfg(not(unix))]
pub fn fail_on_large_files() {}
