//! The program's exit codes.

use std::process::ExitCode;

/// The exit code that shells use after Ctrl-C: 128 plus the number of SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;

/// The program's exit codes. The protocol's actions use the first two only. `login` and `logout`
/// pass on the exit code of the client that they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: success.
    Success,
    /// 1: failure. The protocol's actions print the reason to standard output.
    Failure,
    /// 2: invalid command line.
    Usage,
    /// 130: interrupted with Ctrl-C.
    Interrupted,
    /// The exit code of a child process.
    OfChild(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0u8,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::Interrupted => INTERRUPTED,
            Exit::OfChild(code) => code,
        })
    }
}
