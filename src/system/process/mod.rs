//! Runs other programs: in the background for their answer, or in the foreground.

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

/// How a foreground program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The exit code; 128 plus the signal's number if a signal ended the program.
    pub(crate) code: u8,
    /// Whether Ctrl-C ended the program, or reached this process meanwhile.
    pub(crate) interrupted: bool,
}

/// Creates a command from an absolute path, with the variables of `environment`.
pub(crate) fn command(environment: &Environment, program: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words);
    if let Some(variables) = environment.variables_for_child() {
        command.env_clear().envs(variables);
    }
    command
}

/// Runs a program with this process's standard output and error, and waits for it. Writes `key` to
/// its standard input, or leaves that empty. Ctrl-C ends the program, but not this process.
///
/// # Errors
/// Returns the system's error if the program cannot be started.
pub(crate) fn run_in_foreground(
    mut command: Command,
    key: Option<&SecretKey>,
) -> io::Result<Ended> {
    command.stdin(if key.is_some() { Stdio::piped() } else { Stdio::null() });
    let _hold = signals::hold();
    let mut child = command.spawn()?;
    signals::forward_to(child.id());
    write_key(&mut child, key);
    let status = child.wait();
    signals::stop_forwarding();
    let code = code_of(status?);
    // Ctrl-C reaches both processes at once. This process may see the program's exit before its own
    // handler, which has a separate thread, has run.
    Ok(Ended { code, interrupted: code == INTERRUPTED || signals::is_interrupted() })
}

#[expect(clippy::disallowed_methods, reason = "a child's standard input")]
fn write_key(child: &mut Child, key: Option<&SecretKey>) {
    if let (Some(mut pipe), Some(key)) = (child.stdin.take(), key) {
        // A program that does not read its input reports the reason itself.
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
