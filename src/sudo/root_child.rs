//! The child that keeps root's rights while its parent acts as the user behind `sudo`.
//!
//! It inspects, replaces and removes this program's file in directories of root's, and finds and
//! undoes this program's entries in root's own config files. It does nothing else, and nothing below
//! a directory that another user can change. Parent and child talk over the child's standard input
//! and output, a line of JSON each; the child ends when its parent does.

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

/// The word of the command line that makes a process such a child.
pub const WORD: &str = "__program-file";

/// What is to be done with the file at a path.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Work {
    Inspect,
    CheckRights,
    Put,
    Remove,
    /// Find this program's entries in a config of root's.
    FindEntries,
    /// Undo them.
    UndoEntries(OurEntries),
}

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    work: Work,
    path: PathBuf,
}

/// What was found, or done.
#[derive(Debug, Serialize, Deserialize)]
enum Found {
    Program(program_file::Found),
    /// This program's entries, as the text of a config that has nothing else.
    Entries(Option<String>),
    Changed(bool),
    Done,
}

#[derive(Debug, Serialize, Deserialize)]
enum Failure {
    Program(ProgramError),
    Config(ConfigFailure),
}

/// Why a config could not be read or changed, without its path.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ConfigFailure {
    is_lack_of_rights: bool,
    cause: String,
}

type Answer = Result<Found, Failure>;

/// The parent's end of the connection.
pub(crate) struct RootChild<'a>(&'a AnsweringChild);

/// Starts the child with the rights that the process has now.
///
/// # Errors
/// Returns the system's error if it cannot be started.
#[cfg(unix)]
pub(super) fn start(environment: &Environment) -> io::Result<AnsweringChild> {
    use std::os::unix::process::CommandExt as _;
    let program = environment.own_executable().ok_or(io::ErrorKind::NotFound)?;
    let mut command = std::process::Command::new(program);
    command.arg0(HELPER).arg(WORD).env_clear().current_dir("/");
    // Ctrl-C is for the parent: a replacement that has begun must be completed.
    AnsweringChild::start(command.process_group(0))
}

impl<'a> RootChild<'a> {
    /// The child that was started for this process, if there is one.
    pub(crate) fn of(environment: &'a Environment) -> Option<Self> {
        environment.root_child().map(Self)
    }

    /// As [`program_file::look`], with root's rights.
    pub(crate) fn look(&self, path: &Path) -> Result<program_file::Found, ProgramError> {
        match self.ask_about_program(Work::Inspect, path)? {
            Found::Program(found) => Ok(found),
            _ => Err(out_of_turn(path)),
        }
    }

    /// As [`program_file::may_change`], with root's rights.
    pub(crate) fn may_change(&self, path: &Path) -> Result<(), ProgramError> {
        self.ask_about_program(Work::CheckRights, path).map(|_| ())
    }

    /// Puts this very program at `path`.
    pub(crate) fn put(&self, path: &Path) -> Result<(), ProgramError> {
        self.ask_about_program(Work::Put, path).map(|_| ())
    }

    /// As [`program_file::take_away`], with root's rights.
    pub(crate) fn take_away(&self, path: &Path) -> Result<(), ProgramError> {
        self.ask_about_program(Work::Remove, path).map(|_| ())
    }

    /// Returns this program's entries in a config of root's, as a document that has nothing else.
    pub(crate) fn entries_in(
        &self,
        path: &Path,
    ) -> Result<ConfigDocument, UpdateError<NotEditable>> {
        match self.ask(Work::FindEntries, path) {
            Ok(Found::Entries(text)) => Ok(parsed(text.as_deref())),
            Err(Failure::Config(failure)) => Err(failure.at(path)),
            _ => Err(ConfigFailure::new("root's part of this program does not answer").at(path)),
        }
    }

    /// Undoes this program's entries in a config of root's, and returns whether there were any.
    pub(crate) fn undo_entries(
        &self,
        path: &Path,
        entries: &OurEntries,
    ) -> Result<bool, UpdateError<NotEditable>> {
        match self.ask(Work::UndoEntries(entries.clone()), path) {
            Ok(Found::Changed(changed)) => Ok(changed),
            Err(Failure::Config(failure)) => Err(failure.at(path)),
            _ => Err(ConfigFailure::new("root's part of this program does not answer").at(path)),
        }
    }

    fn ask_about_program(&self, work: Work, path: &Path) -> Result<Found, ProgramError> {
        self.ask(work, path).map_err(|failure| match failure {
            Failure::Program(error) => error,
            Failure::Config(_) => out_of_turn(path),
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

fn out_of_turn(path: &Path) -> ProgramError {
    let error = io::ErrorKind::InvalidData.into();
    ProgramError::Io { what: "act as root on".into(), path: path.to_owned(), error }
}

/// The document that such a child, or a process of another user's, has written.
pub(crate) fn parsed(text: Option<&str>) -> ConfigDocument {
    ConfigDocument::parse(text.map(str::as_bytes)).unwrap_or_default()
}

impl ConfigFailure {
    pub(crate) fn new(cause: &str) -> Self {
        Self { is_lack_of_rights: false, cause: cause.to_owned() }
    }

    /// The same error for a caller in another process.
    pub(crate) fn at(self, path: &Path) -> UpdateError<NotEditable> {
        let kind = if self.is_lack_of_rights {
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
        Self { is_lack_of_rights: error.is_lack_of_rights(), cause: error.reason() }
    }
}

/// Runs the child: answers each request until there are no more.
pub fn serve(environment: &Environment, requests: &mut dyn BufRead, answers: &mut dyn Write) {
    let own = program_file::own_content(environment);
    let root_home = environment.root_home();
    while let Ok(Some(line)) = read_line(requests) {
        let Ok(request) = serde_json::from_slice::<Request>(&line) else { return };
        let answer = match &own {
            Ok(own) => carry_out(&request, own, root_home.as_deref()),
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

fn carry_out(Request { work, path }: &Request, own: &[u8], root_home: Option<&Path>) -> Answer {
    if matches!(work, Work::FindEntries | Work::UndoEntries(_)) {
        return carry_out_on_config(work, path, root_home).map_err(Failure::Config);
    }
    let directory = path.parent().unwrap_or(Path::new("/"));
    let is_helper = HelperName::of_file(path).is_some();
    // Below a directory of another user's, a link could lead root anywhere.
    if !is_helper || !path.is_absolute() || files::user_who_owns_way_to(directory).is_some() {
        return Err(Failure::Program(ProgramError::NotRoots(directory.to_owned())));
    }
    let done = match work {
        Work::Inspect => program_file::look(path, own).map(Found::Program),
        Work::Put => program_file::put(path, own).map(|()| Found::Done),
        Work::Remove => program_file::take_away(path).map(|()| Found::Done),
        _ => program_file::may_change(path).map(|()| Found::Done),
    };
    done.map_err(Failure::Program)
}

fn carry_out_on_config(
    work: &Work,
    path: &Path,
    root_home: Option<&Path>,
) -> Result<Found, ConfigFailure> {
    let is_roots = root_home.is_some_and(|home| configs_of_root(home).iter().any(|it| it == path));
    if !is_roots || files::user_who_owns_way_to(path).is_some() {
        return Err(ConfigFailure::new("it is not a file of root's own"));
    }
    if let Work::UndoEntries(entries) = work {
        let undo = |config: &ConfigDocument| entries.without(config);
        return Ok(Found::Changed(config::change(path, UpdateOptions::default(), undo)?));
    }
    let config = config::read_config(path)?;
    Ok(Found::Entries(config.only_ours().content().map(str::to_owned)))
}
