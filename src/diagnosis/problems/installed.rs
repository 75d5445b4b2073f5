//! Why Docker does not start the program that `install` put in place.

use std::path::{Path, PathBuf};

use super::Kind;
use crate::diagnosis::{Command, Fix, Operator, Section, Status};
use crate::printable::printable_path;
use crate::shell::Shell;
use crate::system::environment::Environment;
use crate::system::program_file::{Found, OwnProgram, inspect};

/// Docker does not start the installed program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InstalledProblem {
    /// Its directory is not on PATH.
    NotOnPath { program: PathBuf, directory: PathBuf },
    /// Another program of that name is earlier on PATH.
    Hidden { program: PathBuf, first: PathBuf },
}

/// Finds out whether Docker starts the program: it looks for its name on PATH.
pub(crate) fn find(
    environment: &Environment,
    program: &Path,
    this_program: &OwnProgram,
) -> Option<InstalledProblem> {
    let (directory, name) = (program.parent()?, program.file_name()?);
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let first = environment.find_program(&name.to_string_lossy());
    // It may be the same elsewhere.
    if first.as_ref().is_some_and(|first| matches!(inspect(first, this_program), Ok(Found::Same))) {
        return None;
    }
    let program = program.to_owned();
    if !environment.program_dirs().iter().any(|on_path| real(on_path) == real(directory)) {
        // Users do not write Windows' own form of a real path.
        let directory = if cfg!(windows) { directory.to_owned() } else { real(directory) };
        return Some(InstalledProblem::NotOnPath { program, directory });
    }
    let first = first?;
    (real(&first) != real(&program)).then_some(InstalledProblem::Hidden { program, first })
}

impl Kind for InstalledProblem {
    fn id(&self) -> &'static str {
        match self {
            Self::NotOnPath { .. } => "program-not-on-path",
            Self::Hidden { .. } => "program-hidden",
        }
    }

    fn section(&self) -> Section {
        Section::Program
    }

    fn subject(&self) -> String {
        let (Self::NotOnPath { program, .. } | Self::Hidden { program, .. }) = self;
        printable_path(program)
    }

    fn severity(&self) -> Status {
        Status::Failure
    }

    fn cause(&self) -> String {
        match self {
            Self::NotOnPath { directory, .. } => {
                format!("{} is not on PATH, so Docker does not find it", printable_path(directory))
            }
            Self::Hidden { first, .. } => {
                format!("not used: {} is earlier on PATH", printable_path(first))
            }
        }
    }

    fn fix(&self, operator: &Operator) -> Fix {
        match self {
            Self::NotOnPath { directory, .. } => {
                Shell::NATIVE.add_to_path(&printable_path(directory)).into()
            }
            Self::Hidden { first, .. } => {
                let rm = Command::new(["rm", &first.to_string_lossy()]);
                let rm = match first.parent() {
                    Some(directory) => operator.in_directory(directory, rm),
                    None => rm,
                };
                Fix::ByHand("check what that program is".to_owned(), vec![rm])
            }
        }
    }
}
