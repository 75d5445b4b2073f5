//! Programs that we start: for their answer, or in front of the person who called us.

mod answer;
mod answering_child;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::exit::INTERRUPTED;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::signals;

pub(crate) use answer::{AskError, AskingTime, answer_of};
pub(crate) use answering_child::{AnsweringChild, line_of, read_line};

/// How a program ended that had our streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Its exit code; 128 and the signal's number where a signal ended it.
    pub(crate) code: u8,
    /// Ctrl-C ended it, or reached this process while it ran.
    pub(crate) interrupted: bool,
}

/// A program by its absolute path, with the variables of `environment`.
pub(crate) fn command(environment: &Environment, program: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words);
    if let Some(variables) = environment.variables_for_child() {
        command.env_clear().envs(variables);
    }
    command
}

/// Starts a program with our standard output and error, with `key` on its standard input or nothing
/// there, and waits for its end. Ctrl-C ends it and not us.
///
/// # Errors
/// It does not run.
pub(crate) fn run_in_front(mut command: Command, key: Option<&SecretKey>) -> io::Result<Ended> {
    command.stdin(if key.is_some() { Stdio::piped() } else { Stdio::null() });
    let _hold = signals::hold();
    let mut child = command.spawn()?;
    signals::child_started(child.id());
    hand_over(&mut child, key);
    let status = child.wait();
    signals::child_ended();
    let code = code_of(status?);
    // Ctrl-C reaches both processes at once. The program's end may be seen before this process's
    // handler, which has its own thread, has run.
    Ok(Ended { code, interrupted: code == INTERRUPTED || signals::is_interrupted() })
}

fn hand_over(child: &mut Child, key: Option<&SecretKey>) {
    if let (Some(mut pipe), Some(key)) = (child.stdin.take(), key) {
        // A program that does not read it has its reasons, and says them.
        let _ = pipe.write_all(key.expose().as_bytes());
    }
}

#[cfg(unix)]
fn code_of(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(not(unix))]
fn code_of(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
