//! The child process that still runs as root while its parent acts as the invoking user of `sudo`.
//!
//! It inspects, writes and removes this program's file in root's directories, and finds and removes
//! this program's entries in root's config files. It does nothing else, and nothing in a directory
//! that another user can change. Parent and child exchange lines of JSON over the child's standard
//! input and output. The child ends when its parent does.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::docker::config::{self, ConfigDocument, HelperEntries, NotEditable, configs_of_root};
use crate::helper_name::HelperName;
use crate::program_name::HELPER;
use crate::system::environment::Environment;
use crate::system::files::{self, UpdateError, UpdateOptions};
use crate::system::process::{AnsweringChild, line_of, read_line};
use crate::system::program_file::{self, OwnProgram, ProgramError};

/// The argument that makes a process such a child.
pub(crate) const WORD: &str = "__program-file";

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
    UndoEntries(HelperEntries),
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
    Config(UpdateError<NotEditable>),
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
            Err(Failure::Config(error)) => Err(error),
            _ => {
                Err(not_usable(path, "the part of this program that runs as root does not respond"))
            }
        }
    }

    /// Removes this program's entries from one of root's configs. Returns whether there were any.
    pub(crate) fn undo_entries(
        &self,
        path: &Path,
        entries: &HelperEntries,
    ) -> Result<bool, UpdateError<NotEditable>> {
        match self.ask(Work::UndoEntries(entries.clone()), path) {
            Ok(Found::Changed(changed)) => Ok(changed),
            Err(Failure::Config(error)) => Err(error),
            _ => {
                Err(not_usable(path, "the part of this program that runs as root does not respond"))
            }
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

/// The error for a config file that root's child does not open.
fn not_usable(path: &Path, cause: &str) -> UpdateError<NotEditable> {
    let error = io::Error::other(cause);
    UpdateError::Io { what: "use".into(), path: path.to_owned(), error }
}

/// Runs the child: answers requests until the input ends.
pub(crate) fn serve(
    environment: &Environment,
    requests: &mut dyn BufRead,
    answers: &mut dyn Write,
) {
    let mut own = None;
    let root_home = environment.root_home();
    while let Ok(Some(line)) = read_line(requests) {
        let Ok(request) = serde_json::from_slice::<Request>(&line) else { return };
        let answer = match own.take().map_or_else(|| OwnProgram::open(environment), Ok) {
            Ok(program) => {
                let answer = perform(&request, &program, root_home.as_deref());
                own = Some(program);
                answer
            }
            Err(error) => Err(Failure::Program(error)),
        };
        let Ok(line) = line_of(&answer) else { return };
        if answers.write_all(&line).and_then(|()| answers.flush()).is_err() {
            return;
        }
    }
}

fn perform(Request { work, path }: &Request, own: &OwnProgram, root_home: Option<&Path>) -> Answer {
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
) -> Result<Found, UpdateError<NotEditable>> {
    let is_roots = root_home.is_some_and(|home| configs_of_root(home).iter().any(|it| it == path));
    if !is_roots || files::non_root_owner_on_path(path).is_some() {
        return Err(not_usable(path, "it does not belong to root"));
    }
    if let Work::UndoEntries(entries) = work {
        let undo = |config: &ConfigDocument| entries.without(config);
        return Ok(Found::Changed(config::change(path, UpdateOptions::default(), undo)?));
    }
    let config = config::read_config(path)?;
    Ok(Found::Entries(config.only_helper_entries().content().map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::PathBuf;

    use super::{Answer, Failure, line_of};
    use crate::docker::config::ConfigDocument;
    use crate::explain::on_one_line;
    use crate::system::files::UpdateError;

    /// The error of an answer, as the parent has it.
    fn received(error: UpdateError<crate::docker::config::NotEditable>) -> String {
        let line = line_of(&Answer::Err(Failure::Config(error))).unwrap();
        match serde_json::from_slice(&line).unwrap() {
            Answer::Err(Failure::Config(error)) => on_one_line(&error),
            answer => panic!("{answer:?}"),
        }
    }

    #[test]
    fn an_error_of_roots_child_keeps_its_cause_and_its_hint() {
        let path = || PathBuf::from("/root/.docker/config.json");
        let broken = ConfigDocument::parse(Some(b"{")).unwrap_err();
        assert_eq!(
            received(UpdateError::Refused { path: path(), error: broken }),
            "/root/.docker/config.json: line 1, column 1: it is not valid JSON; fix that place in the \
             file, then try again"
        );
        let no_space = ErrorKind::StorageFull.into();
        assert_eq!(
            received(UpdateError::Io { what: "write".into(), path: path(), error: no_space }),
            "cannot write /root/.docker/config.json: no space left; free some disk space, then try \
             again"
        );
        let waited = std::io::Error::new(ErrorKind::TimedOut, "another run holds the lock");
        assert_eq!(
            received(UpdateError::Io { what: "lock".into(), path: path(), error: waited }),
            "cannot lock /root/.docker/config.json: another run of this program has locked it; wait until the other \
             run ends, then try again"
        );
        assert_eq!(
            received(UpdateError::KeepsChanging { path: path() }),
            "another program keeps changing /root/.docker/config.json (100 attempts); try again later"
        );
    }
}
