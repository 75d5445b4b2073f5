//! The program's exit codes.

use std::process::ExitCode;

/// What a shell reports for a program that Ctrl-C ended: 128 plus the number of SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;

/// The program's exit codes. A caller of the protocol sees the first two only, and `login` and
/// `logout` hand on those of the program that they start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Success,
    /// 1: not done; the reason is on standard output for the protocol's actions.
    Failure,
    /// 2: the command line is not understood.
    Usage,
    /// 130: interrupted with Ctrl-C.
    Interrupted,
    /// That of a program which was started.
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
