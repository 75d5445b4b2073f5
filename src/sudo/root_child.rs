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
    Config(UpdateError<NotEditable>),
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
            Err(Failure::Config(error)) => Err(error),
            _ => Err(not_usable(path, "root's part of this program does not answer")),
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
            Err(Failure::Config(error)) => Err(error),
            _ => Err(not_usable(path, "root's part of this program does not answer")),
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

/// Parses the document that such a child, or a process of another user's, has written.
pub(crate) fn parsed(text: Option<&str>) -> ConfigDocument {
    ConfigDocument::parse(text.map(str::as_bytes)).unwrap_or_default()
}

/// The error of a config file that root's child does not use.
fn not_usable(path: &Path, cause: &str) -> UpdateError<NotEditable> {
    let error = io::Error::other(cause);
    UpdateError::Io { what: "use".into(), path: path.to_owned(), error }
}

/// Runs the child: answers each request until there are no more.
pub fn serve(environment: &Environment, requests: &mut dyn BufRead, answers: &mut dyn Write) {
    let mut own = None;
    let root_home = environment.root_home();
    while let Ok(Some(line)) = read_line(requests) {
        let Ok(request) = serde_json::from_slice::<Request>(&line) else { return };
        let answer = match own.take().map_or_else(|| program_file::own_content(environment), Ok) {
            Ok(content) => {
                let answer = carry_out(&request, &content, root_home.as_deref());
                own = Some(content);
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
) -> Result<Found, UpdateError<NotEditable>> {
    let is_roots = root_home.is_some_and(|home| configs_of_root(home).iter().any(|it| it == path));
    if !is_roots || files::user_who_owns_way_to(path).is_some() {
        return Err(not_usable(path, "it is not a file of root's own"));
    }
    if let Work::UndoEntries(entries) = work {
        let undo = |config: &ConfigDocument| entries.without(config);
        return Ok(Found::Changed(config::change(path, UpdateOptions::default(), undo)?));
    }
    let config = config::read_config(path)?;
    Ok(Found::Entries(config.only_ours().content().map(str::to_owned)))
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
            "cannot write /root/.docker/config.json: no space is left; free some disk space, then try \
             again"
        );
        let waited = std::io::Error::new(ErrorKind::TimedOut, "another run holds the lock");
        assert_eq!(
            received(UpdateError::Io { what: "lock".into(), path: path(), error: waited }),
            "cannot lock /root/.docker/config.json: another run of this program holds it; wait until the other \
             run ends, then try again"
        );
        assert_eq!(
            received(UpdateError::NeverStill { path: path() }),
            "another program keeps changing /root/.docker/config.json (100 tries); try again later"
        );
    }
}
