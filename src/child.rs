//! Programs that we start: for their answer, or in front of the person who called us.

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::environment::Environment;
use crate::interrupt;
use crate::secret_key::SecretKey;

/// The most that is read of an answer, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// How often it is looked whether a program has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// How long more is waited for of an answer once its program has ended.
const GRACE: Duration = Duration::from_millis(200);

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

/// A program by its absolute path, with the variables of `environment`.
pub(crate) fn command(environment: &Environment, program: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words);
    if let Some(variables) = environment.variables_for_child() {
        command.env_clear().envs(variables);
    }
    command
}

/// Starts a program with `stdin`, and gives back what it answers until it ends.
///
/// # Errors
/// It does not run; [`ErrorKind::TimedOut`] if it has not ended by `deadline`: it is killed then.
pub(crate) fn answer_of(
    mut command: Command,
    stdin: &[u8],
    deadline: Duration,
) -> io::Result<Answer> {
    let start = Instant::now();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that does not read says why in its answer.
        let _ = pipe.write_all(stdin);
    }
    let output = child.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
    let (tell, hear) = mpsc::channel();
    thread::spawn(move || send_in_parts(output, &tell));
    let mut stdout = Zeroizing::new(Vec::with_capacity(ANSWER_LIMIT));
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        match hear.recv_timeout(PAUSE) {
            Ok(part) => {
                let part: &Zeroizing<Vec<u8>> = &part;
                stdout.extend_from_slice(part);
                continue;
            }
            // Its end may come a little after that of its answer.
            Err(RecvTimeoutError::Disconnected) => {
                if let Some((status, _)) = ended {
                    return Ok(Answer { success: status.success(), stdout });
                }
                thread::sleep(PAUSE);
            }
            // A program of its own that it left behind may hold the pipe open.
            Err(RecvTimeoutError::Timeout) => {
                if let Some((status, _)) = ended.filter(|(_, at)| at.elapsed() > GRACE) {
                    return Ok(Answer { success: status.success(), stdout });
                }
            }
        }
        if ended.is_none() {
            ended = child.try_wait()?.map(|status| (status, Instant::now()));
        }
        if ended.is_none() && start.elapsed() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err(ErrorKind::TimedOut.into());
        }
    }
}

/// Hands on what a program answers as it comes, up to the limit.
fn send_in_parts(mut output: impl io::Read, tell: &Sender<Zeroizing<Vec<u8>>>) {
    let mut left = ANSWER_LIMIT;
    let mut buffer = Zeroizing::new([0; 4096]);
    while left > 0 {
        let room = left.min(buffer.len());
        let Some(Ok(count)) = buffer.get_mut(..room).map(|room| output.read(room)) else { return };
        let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else { return };
        left -= count;
        // Whoever listens may have given up.
        if tell.send(Zeroizing::new(part.to_vec())).is_err() {
            return;
        }
    }
}

/// Starts a program with our standard output and error, with `key` on its standard input or nothing
/// there, and waits for its end. Ctrl-C ends it and not us.
///
/// # Errors
/// It does not run.
pub(crate) fn run_in_front(mut command: Command, key: Option<&SecretKey>) -> io::Result<Ended> {
    command.stdin(if key.is_some() { Stdio::piped() } else { Stdio::null() });
    let _hold = interrupt::hold();
    let mut child = command.spawn()?;
    interrupt::child_runs(child.id());
    hand_over(&mut child, key);
    let status = child.wait();
    interrupt::child_ended();
    Ok(Ended { code: code_of(status?), interrupted: interrupt::came() })
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
