//! Programs that we start: for their answer, or in front of the person who called us.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::environment::{Environment, Owner};
use crate::interrupt;
use crate::secret_key::SecretKey;

/// The most that is read of an answer, in bytes.
const ANSWER_LIMIT: u64 = 64 * 1024;

/// What a program answered.
pub(crate) struct Answer {
    pub(crate) success: bool,
    pub(crate) stdout: Zeroizing<Vec<u8>>,
}

/// How a program ended that had our streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Its exit code; 128 and the signal's number where a signal ended it.
    pub(crate) code: u8,
    /// Somebody interrupted it, or us.
    pub(crate) interrupted: bool,
}

/// A program by its absolute path, in the environment of `environment`, as `owner` if one is given.
pub(crate) fn command(
    environment: &Environment,
    owner: Option<Owner>,
    program: &Path,
    words: &[&str],
) -> Command {
    let mut command = Command::new(program);
    command.args(words);
    if let Some(variables) = environment.variables_for_child() {
        command.env_clear().envs(variables);
    }
    #[cfg(unix)]
    if let Some(owner) = owner {
        use std::os::unix::process::CommandExt as _;
        command.uid(owner.uid).gid(owner.gid);
    }
    #[cfg(not(unix))]
    let _ = owner;
    command
}

/// Starts a program with `stdin`, and gives back what it answers.
///
/// # Errors
/// It does not run; [`ErrorKind::TimedOut`] if it has not ended by `deadline`: it is killed then.
pub(crate) fn answer_of(
    mut command: Command,
    stdin: &[u8],
    deadline: Duration,
) -> io::Result<Answer> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that does not read says why in its answer.
        let _ = pipe.write_all(stdin);
    }
    let output = child.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
    let (tell, hear) = mpsc::channel();
    thread::spawn(move || {
        let mut stdout = Zeroizing::new(Vec::with_capacity(4096));
        let read = output.take(ANSWER_LIMIT).read_to_end(&mut stdout);
        let _ = tell.send(read.map(|_| stdout));
    });
    let Ok(stdout) = hear.recv_timeout(deadline) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(ErrorKind::TimedOut.into());
    };
    Ok(Answer { success: child.wait()?.success(), stdout: stdout? })
}

/// Starts a program with our standard output and error, with `key` on its standard input or nothing
/// there, and waits for its end. Ctrl-C ends it and not us.
///
/// # Errors
/// It does not run.
pub(crate) fn run_in_front(mut command: Command, key: Option<&SecretKey>) -> io::Result<Ended> {
    command.stdin(if key.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.spawn()?;
    let running = interrupt::child_runs(child.id());
    hand_over(&mut child, key);
    let status = child.wait()?;
    Ok(Ended { code: code_of(status), interrupted: running.end() })
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
