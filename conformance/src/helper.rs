//! Runs a helper, with a deadline.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::Options;

/// How often to check whether the helper has ended.
const POLL: Duration = Duration::from_millis(3);

/// The most that is read of each stream.
const OUTPUT_LIMIT: u64 = 8 * 1024 * 1024;

/// A helper and the environment that it runs in.
pub(crate) struct Helper {
    program: PathBuf,
    home: PathBuf,
    variables: Vec<(OsString, OsString)>,
    deadline: Duration,
}

/// How a call is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Streams {
    #[default]
    Open,
    /// Standard input is closed.
    NoStdin,
    /// Standard output is closed.
    NoStdout,
    /// Standard error is closed.
    NoStderr,
    /// The request arrives in single bytes, with pauses.
    SlowRequest,
    /// The answer is not read for a second.
    SlowReader,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Exit(i32),
    Signal(i32),
    /// The deadline passed, and the helper was killed.
    Deadline,
    /// The helper ended, but another process kept its output open until the deadline.
    OutputOpen,
}

/// The result of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) end: End,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Helper {
    pub(crate) fn new(options: &Options, home: &Path) -> io::Result<Self> {
        let mut variables = options.variables.clone();
        variables.push(("HOME".into(), home.canonicalize()?.into_os_string()));
        variables.extend(std::env::var_os("PATH").map(|value| ("PATH".into(), value)));
        Ok(Self {
            program: options.helper.clone(),
            home: home.canonicalize()?,
            variables,
            deadline: options.deadline,
        })
    }

    /// Runs the program that prepares the home directory.
    pub(crate) fn set_up(&self, program: &Path) -> io::Result<()> {
        let mut command = self.command(program);
        let output = command.stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(());
        }
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(io::Error::other(format!("the set-up failed ({}): {message}", output.status)))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(&self.home);
        command
    }

    /// Calls the helper with these words and this request.
    pub(crate) fn call(&self, words: &[&str], request: &[u8], streams: Streams) -> Outcome {
        self.try_call(words, request, streams).unwrap_or_else(|error| Outcome {
            end: End::Exit(-1),
            stdout: Vec::new(),
            stderr: format!("the suite cannot run the helper: {error}").into_bytes(),
        })
    }

    fn try_call(&self, words: &[&str], request: &[u8], streams: Streams) -> io::Result<Outcome> {
        let closed = match streams {
            Streams::NoStdin => Some("<&-"),
            Streams::NoStdout => Some(">&-"),
            Streams::NoStderr => Some("2>&-"),
            _ => None,
        };
        let mut command = if let Some(closed) = closed {
            let mut shell = self.command(Path::new("/bin/sh"));
            shell.arg("-c").arg(format!("exec \"$0\" \"$@\" {closed}")).arg(&self.program);
            shell
        } else {
            self.command(&self.program)
        };
        command.args(words).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let start = Instant::now();
        let mut child = command.spawn()?;
        write_request(&mut child, request.to_vec(), streams);
        let pause = if streams == Streams::SlowReader { 1000 } else { 0 };
        let stdout = reader(child.stdout.take(), Duration::from_millis(pause));
        let stderr = reader(child.stderr.take(), Duration::ZERO);
        let left = || self.deadline.saturating_sub(start.elapsed());
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break Some(status);
            }
            if left().is_zero() {
                end(&mut child);
                break None;
            }
            thread::sleep(POLL);
        };
        let received = |from: Receiver<Vec<u8>>| from.recv_timeout(left().max(POLL * 10));
        let (stdout, stderr) = (received(stdout), received(stderr));
        let is_open = stdout.is_err() || stderr.is_err();
        Ok(Outcome {
            end: match status {
                None => End::Deadline,
                Some(_) if is_open => End::OutputOpen,
                Some(status) => end_of(status),
            },
            stdout: stdout.unwrap_or_default(),
            stderr: stderr.unwrap_or_default(),
        })
    }

    /// The processes that the helper left behind: those with its home directory. Linux only.
    pub(crate) fn processes(&self) -> Vec<(i32, String)> {
        let marker = [b"HOME=", self.home.as_os_str().as_encoded_bytes()].concat();
        let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
        let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let is_its = |id: &i32| {
            let variables = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            variables.split(|byte| *byte == 0).any(|variable| variable == marker)
        };
        let named = |id: i32| {
            let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
            (id, name.trim().to_owned())
        };
        ids.filter(is_its).map(named).collect()
    }

    /// Ends the processes that the helper left behind. Some do not end when they are asked to.
    pub(crate) fn end_processes(&self) {
        for signal in [Signal::SIGTERM, Signal::SIGKILL] {
            let left = self.processes();
            for (id, _) in &left {
                let _ = kill(Pid::from_raw(*id), signal);
            }
            if !left.is_empty() {
                thread::sleep(POLL * 100);
            }
        }
    }

    /// Replaces what differs between runs and machines.
    pub(crate) fn stable(&self, text: &str) -> String {
        let text = text.replace(&self.home.to_string_lossy().into_owned(), "~");
        let name = self.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        text.replace(&self.program.to_string_lossy().into_owned(), &name)
    }
}

fn end_of(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Exit(code),
        (None, signal) => End::Signal(signal.unwrap_or(-1)),
    }
}

/// Kills the helper and the programs that it started.
fn end(child: &mut Child) {
    if let Ok(id) = i32::try_from(child.id()) {
        let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
    }
    let _ = child.wait();
}

/// Writes the request from another thread, so that a helper that does not read cannot block. A closed
/// pipe is no error: the helper may have seen enough.
fn write_request(child: &mut Child, request: Vec<u8>, streams: Streams) {
    let Some(mut stdin) = child.stdin.take() else { return };
    let write = move || {
        if streams != Streams::SlowRequest {
            let _ = stdin.write_all(&request);
            return;
        }
        for byte in request {
            let _ = stdin.write_all(&[byte]);
            thread::sleep(Duration::from_millis(15));
        }
    };
    drop(thread::Builder::new().spawn(write));
}

/// Reads a stream from another thread.
fn reader(stream: Option<impl Read + Send + 'static>, pause: Duration) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    let read = move || {
        thread::sleep(pause);
        let mut bytes = Vec::new();
        let _ = stream.map(|stream| stream.take(OUTPUT_LIMIT).read_to_end(&mut bytes));
        let _ = sender.send(bytes);
    };
    drop(thread::Builder::new().spawn(read));
    receiver
}
