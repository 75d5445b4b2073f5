//! The child that keeps root's rights while its parent acts as the user behind `sudo`.
//!
//! It inspects, replaces and removes this program's file in directories of root's, and does nothing
//! else. Parent and child talk over the child's standard input and output, a line of JSON each; the
//! child ends when its parent does.

use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::files;
use crate::installed_program::{self, Found, ProgramError};
use crate::program_name::HELPER;

/// The word of the command line that makes a process such a child.
pub const WORD: &str = "__program-file";

/// No request or answer is longer, in bytes: two paths and the system's words.
const LINE_LIMIT: u64 = 64 * 1024;

/// What is to be done with the program's file at a path.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Work {
    Inspect,
    CheckRights,
    Put,
    Remove,
}

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    work: Work,
    path: PathBuf,
}

/// What was found where something was inspected; nothing where something was done.
type Answer = Result<Option<Found>, ProgramError>;

/// The parent's end of the connection.
pub struct RootChild {
    connection: Mutex<Connection>,
    child: Child,
}

struct Connection {
    /// Closed when the value is dropped, which ends the child.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl RootChild {
    /// Starts the child with the rights that the process has now.
    ///
    /// # Errors
    /// Whatever the system says.
    #[cfg(unix)]
    pub(crate) fn start(environment: &Environment) -> io::Result<Self> {
        use std::os::unix::process::CommandExt as _;
        use std::process::{Command, Stdio};
        let program = environment.own_executable().ok_or(io::ErrorKind::NotFound)?;
        let mut command = Command::new(program);
        command.arg0(HELPER).arg(WORD).env_clear().current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C is for the parent: a replacement that has begun ends as a whole.
        let mut child = command.process_group(0).spawn()?;
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        Ok(Self { connection: Mutex::new(Connection { requests, answers }), child })
    }

    /// As [`installed_program::look`], with root's rights.
    pub(crate) fn look(&self, path: &Path) -> Result<Found, ProgramError> {
        Ok(self.ask(Work::Inspect, path)?.unwrap_or(Found::Nothing))
    }

    /// As [`installed_program::may_change`], with root's rights.
    pub(crate) fn may_change(&self, path: &Path) -> Result<(), ProgramError> {
        self.ask(Work::CheckRights, path).map(|_| ())
    }

    /// Puts this very program at `path`.
    pub(crate) fn put(&self, path: &Path) -> Result<(), ProgramError> {
        self.ask(Work::Put, path).map(|_| ())
    }

    /// As [`installed_program::take_away`], with root's rights.
    pub(crate) fn take_away(&self, path: &Path) -> Result<(), ProgramError> {
        self.ask(Work::Remove, path).map(|_| ())
    }

    fn ask(&self, work: Work, path: &Path) -> Answer {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let request = Request { work, path: path.to_owned() };
        connection.exchange(&request).unwrap_or_else(|error| {
            Err(ProgramError::Io { what: "act as root on".into(), path: path.to_owned(), error })
        })
    }
}

impl Drop for RootChild {
    fn drop(&mut self) {
        let connection = self.connection.get_mut().unwrap_or_else(PoisonError::into_inner);
        connection.requests = None;
        let _ = self.child.wait();
    }
}

impl Connection {
    fn exchange(&mut self, request: &Request) -> io::Result<Answer> {
        let requests = self.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        requests.write_all(&line_of(request)?)?;
        let line = read_line(&mut self.answers)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(serde_json::from_slice(&line)?)
    }
}

fn line_of(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// The next line, without its end; `None` where there is none.
fn read_line(stream: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    stream.take(LINE_LIMIT).read_until(b'\n', &mut line)?;
    Ok(if line.pop() == Some(b'\n') { Some(line) } else { None })
}

/// Runs the child: answers each request until there are no more.
pub fn serve(environment: &Environment, requests: &mut dyn BufRead, answers: &mut dyn Write) {
    let own = installed_program::own_content(environment);
    while let Ok(Some(line)) = read_line(requests) {
        let Ok(request) = serde_json::from_slice::<Request>(&line) else { return };
        let answer = match &own {
            Ok(own) => carry_out(&request, own),
            Err(error) => Err(ProgramError::Own(io::Error::other(error.to_string()))),
        };
        let Ok(line) = line_of(&answer) else { return };
        if answers.write_all(&line).and_then(|()| answers.flush()).is_err() {
            return;
        }
    }
}

fn carry_out(Request { work, path }: &Request, own: &[u8]) -> Answer {
    let directory = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let is_helper =
        name.strip_prefix(HELPER).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    // Below a directory of somebody else's a link could lead root anywhere.
    if !is_helper || !path.is_absolute() || files::user_who_owns_way_to(directory).is_some() {
        return Err(ProgramError::NotRoots(directory.to_owned()));
    }
    match work {
        Work::Inspect => installed_program::look(path, own).map(Some),
        Work::CheckRights => installed_program::may_change(path).map(|()| None),
        Work::Put => installed_program::put(path, own).map(|()| None),
        Work::Remove => installed_program::take_away(path).map(|()| None),
    }
}
