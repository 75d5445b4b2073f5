//! A child process that answers each line of JSON with a line of JSON.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The maximum length of a request or answer in bytes: two paths and an error message.
const LINE_LIMIT: u64 = 64 * 1024;

/// The parent's end of the connection. Dropping it ends the child.
pub(crate) struct AnsweringChild {
    connection: Mutex<Connection>,
    child: Child,
}

struct Connection {
    /// `None` while the value is dropped: closing the pipe ends the child.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl AnsweringChild {
    /// Starts `command` with pipes for its standard input and output.
    ///
    /// # Errors
    /// Returns the system's error if it cannot be started.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        Ok(Self { connection: Mutex::new(Connection { requests, answers }), child })
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// Returns an error if the child has ended, or if its answer cannot be read.
    pub(crate) fn ask<A: DeserializeOwned>(&self, request: &impl Serialize) -> io::Result<A> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = connection.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        requests.write_all(&line_of(request)?)?;
        let line = read_line(&mut connection.answers)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(serde_json::from_slice(&line)?)
    }
}

impl Drop for AnsweringChild {
    fn drop(&mut self) {
        let connection = self.connection.get_mut().unwrap_or_else(PoisonError::into_inner);
        connection.requests = None;
        let _ = self.child.wait();
    }
}

/// Returns a value as one line of JSON.
pub(crate) fn line_of(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// Reads the next line, without its end; `None` at the end of the stream or if the line is too long.
pub(crate) fn read_line(stream: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    stream.take(LINE_LIMIT).read_until(b'\n', &mut line)?;
    Ok(if line.pop() == Some(b'\n') { Some(line) } else { None })
}
