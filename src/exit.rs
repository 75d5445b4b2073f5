//! The program's exit codes.

use std::io::Write;
use std::process::ExitCode;

use crate::explain::{Explain, on_two_lines};
use crate::printable::Printable;

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

impl Exit {
    /// Tells a person on `stderr` what failed, and what to do about it.
    pub fn failed(error: &dyn Explain, stderr: &mut dyn Write) -> Self {
        let text = on_two_lines(error, |part| Printable(part).to_string());
        let _ = stderr.write_all(text.as_bytes());
        Self::Failure
    }
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
