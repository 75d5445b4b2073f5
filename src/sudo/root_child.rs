//! The child process that still runs as root while its parent acts as the invoking user of `sudo`.
//!
//! It inspects, writes and removes this program's file in root's directories, and finds and removes
//! this program's entries in root's config files. It does nothing else, and nothing in a directory
//! that another user can change. Parent and child exchange lines of JSON over the child's standard
//! input and output. The child ends when its parent does.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::docker::config::{self, ConfigDocument, NotEditable, OurEntries, configs_of_root};
use crate::helper_name::HelperName;
use crate::program_name::HELPER;
use crate::system::environment::Environment;
use crate::system::files::{self, UpdateError, UpdateOptions};
use crate::system::process::{AnsweringChild, line_of, read_line};
use crate::system::program_file::{self, ProgramError};

/// The argument that makes a process such a child.
pub const WORD: &str = "__program-file";

/// What to do with the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Work {
    Inspect,
    CheckRights,
    Put,
    Remove,
    /// Find this program's entries in one of root's configs.
    FindEntries,
    /// Remove these entries.
    UndoEntries(OurEntries),
}

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    work: Work,
    path: PathBuf,
}

/// The result of a request.
#[derive(Debug, Serialize, Deserialize)]
enum Found {
    Program(program_file::Found),
    /// This program's entries, as the text of a config with nothing else.
    Entries(Option<String>),
    Changed(bool),
    Done,
}

#[derive(Debug, Serialize, Deserialize)]
enum Failure {
    Program(ProgramError),
    Config(ConfigFailure),
}

/// Why a config could not be read or changed. Does not contain its path.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ConfigFailure {
    is_permission_error: bool,
    cause: String,
}

type Answer = Result<Found, Failure>;

/// The parent's end of the connection.
pub(crate) struct RootChild<'a>(&'a AnsweringChild);

/// Starts the child with the current rights of the process.
///
/// # Errors
/// Returns the system's error if it cannot be started.
#[cfg(unix)]
pub(super) fn start(environment: &Environment) -> io::Result<AnsweringChild> {
    use std::os::unix::process::CommandExt as _;
    let program = environment.reexec_path().ok_or(io::ErrorKind::NotFound)?;
    let mut command = std::process::Command::new(program);
    command.arg0(HELPER).arg(WORD).env_clear().current_dir("/");
    // Ctrl-C is only for the parent: a started replacement must be completed.
    AnsweringChild::start(command.process_group(0))
}

impl<'a> RootChild<'a> {
    /// The child of this process, if it has one.
    pub(crate) fn of(environment: &'a Environment) -> Option<Self> {
        environment.root_child().map(Self)
    }

    /// Runs [`program_file::inspect`] as root.
    pub(crate) fn inspect(&self, path: &Path) -> Result<program_file::Found, ProgramError> {
        match self.ask_about_program(Work::Inspect, path)? {
            Found::Program(found) => Ok(found),
            _ => Err(unexpected_answer(path)),
        }
    }

    /// Runs [`program_file::may_change`] as root.
    pub(crate) fn may_change(&self, path: &Path) -> Result<(), ProgramError> {
        self.ask_about_program(Work::CheckRights, path).map(|_| ())
    }

    /// Writes this program to `path`.
    pub(crate) fn put(&self, path: &Path) -> Result<(), ProgramError> {
        self.ask_about_program(Work::Put, path).map(|_| ())
    }

    /// Runs [`program_file::remove`] as root.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), ProgramError> {
        self.ask_about_program(Work::Remove, path).map(|_| ())
    }

    /// Returns this program's entries in one of root's configs, as a document with nothing else.
    pub(crate) fn entries_in(
        &self,
        path: &Path,
    ) -> Result<ConfigDocument, UpdateError<NotEditable>> {
        match self.ask(Work::FindEntries, path) {
            Ok(Found::Entries(text)) => Ok(parsed(text.as_deref())),
            Err(Failure::Config(failure)) => Err(failure.at(path)),
            _ => Err(ConfigFailure::new(
                "the part of this program that runs as root does not respond",
            )
            .at(path)),
        }
    }

    /// Removes this program's entries from one of root's configs. Returns whether there were any.
    pub(crate) fn undo_entries(
        &self,
        path: &Path,
        entries: &OurEntries,
    ) -> Result<bool, UpdateError<NotEditable>> {
        match self.ask(Work::UndoEntries(entries.clone()), path) {
            Ok(Found::Changed(changed)) => Ok(changed),
            Err(Failure::Config(failure)) => Err(failure.at(path)),
            _ => Err(ConfigFailure::new(
                "the part of this program that runs as root does not respond",
            )
            .at(path)),
        }
    }

    fn ask_about_program(&self, work: Work, path: &Path) -> Result<Found, ProgramError> {
        self.ask(work, path).map_err(|failure| match failure {
            Failure::Program(error) => error,
            Failure::Config(_) => unexpected_answer(path),
        })
    }

    fn ask(&self, work: Work, path: &Path) -> Answer {
        let request = Request { work, path: path.to_owned() };
        self.0.ask(&request).unwrap_or_else(|error| {
            let what = "act as root on".into();
            Err(Failure::Program(ProgramError::Io { what, path: path.to_owned(), error }))
        })
    }
}

fn unexpected_answer(path: &Path) -> ProgramError {
    let error = io::ErrorKind::InvalidData.into();
    ProgramError::Io { what: "act as root on".into(), path: path.to_owned(), error }
}

/// Parses a document that the child, or a process of another user, has printed.
pub(crate) fn parsed(text: Option<&str>) -> ConfigDocument {
    ConfigDocument::parse(text.map(str::as_bytes)).unwrap_or_default()
}

impl ConfigFailure {
    pub(crate) fn new(cause: &str) -> Self {
        Self { is_permission_error: false, cause: cause.to_owned() }
    }

    /// Converts the error for a caller in another process.
    pub(crate) fn at(self, path: &Path) -> UpdateError<NotEditable> {
        let kind = if self.is_permission_error {
            io::ErrorKind::PermissionDenied
        } else {
            io::ErrorKind::Other
        };
        let error = io::Error::new(kind, self.cause);
        UpdateError::Io { what: "use", path: path.to_owned(), error }
    }
}

impl From<UpdateError<NotEditable>> for ConfigFailure {
    fn from(error: UpdateError<NotEditable>) -> Self {
        Self { is_permission_error: error.is_permission_error(), cause: error.reason() }
    }
}

/// Runs the child: answers requests until the input ends.
pub fn serve(environment: &Environment, requests: &mut dyn BufRead, answers: &mut dyn Write) {
    let own = program_file::read_current_exe(environment);
    let root_home = environment.root_home();
    while let Ok(Some(line)) = read_line(requests) {
        let Ok(request) = serde_json::from_slice::<Request>(&line) else { return };
        let answer = match &own {
            Ok(own) => perform(&request, own, root_home.as_deref()),
            Err(error) => {
                Err(Failure::Program(ProgramError::Own(io::Error::other(error.to_string()))))
            }
        };
        let Ok(line) = line_of(&answer) else { return };
        if answers.write_all(&line).and_then(|()| answers.flush()).is_err() {
            return;
        }
    }
}

fn perform(Request { work, path }: &Request, own: &[u8], root_home: Option<&Path>) -> Answer {
    if matches!(work, Work::FindEntries | Work::UndoEntries(_)) {
        return perform_on_config(work, path, root_home).map_err(Failure::Config);
    }
    let directory = path.parent().unwrap_or(Path::new("/"));
    let is_helper = HelperName::of_file(path).is_some();
    // In a directory that another user can change, a link could lead root anywhere.
    if !is_helper || !path.is_absolute() || files::non_root_owner_on_path(directory).is_some() {
        return Err(Failure::Program(ProgramError::NotRoots(directory.to_owned())));
    }
    let done = match work {
        Work::Inspect => program_file::inspect(path, own).map(Found::Program),
        Work::Put => program_file::put(path, own).map(|()| Found::Done),
        Work::Remove => program_file::remove(path).map(|()| Found::Done),
        _ => program_file::may_change(path).map(|()| Found::Done),
    };
    done.map_err(Failure::Program)
}

fn perform_on_config(
    work: &Work,
    path: &Path,
    root_home: Option<&Path>,
) -> Result<Found, ConfigFailure> {
    let is_roots = root_home.is_some_and(|home| configs_of_root(home).iter().any(|it| it == path));
    if !is_roots || files::non_root_owner_on_path(path).is_some() {
        return Err(ConfigFailure::new("it does not belong to root"));
    }
    if let Work::UndoEntries(entries) = work {
        let undo = |config: &ConfigDocument| entries.without(config);
        return Ok(Found::Changed(config::change(path, UpdateOptions::default(), undo)?));
    }
    let config = config::read_config(path)?;
    Ok(Found::Entries(config.only_ours().content().map(str::to_owned)))
}
