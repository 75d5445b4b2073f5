//! The program's exit codes.

use std::io::Write;
use std::process::ExitCode;

use crate::explain::{Explain, on_two_lines};
use crate::printable::Printable;

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

impl Exit {
    /// Prints what failed and what to do about it to `stderr`.
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
