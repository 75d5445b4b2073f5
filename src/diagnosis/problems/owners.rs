//! Problems of files and directories that belong to another user.

use super::Kind;
use crate::diagnosis::facts::owners::{ForeignPath, Owners};
use crate::diagnosis::{Command, Fix, Operator, Section, Status};
use crate::printable::printable_path;

/// Files and directories of the user belong to another user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnerProblem {
    pub(crate) paths: Vec<ForeignPath>,
    /// The user who should own them.
    pub(crate) user: String,
}

/// Judges the owners: one problem for the paths that cannot be read, one for the others.
pub(crate) fn judge(owners: &Owners) -> Vec<OwnerProblem> {
    let (unreadable, unwritable): (Vec<_>, Vec<_>) =
        owners.foreign.iter().cloned().partition(ForeignPath::is_unreadable);
    let problem = |paths| OwnerProblem { paths, user: owners.user.clone() };
    [unreadable, unwritable].into_iter().filter(|paths| !paths.is_empty()).map(problem).collect()
}

impl OwnerProblem {
    fn is_unreadable(&self) -> bool {
        self.paths.iter().any(ForeignPath::is_unreadable)
    }
}

impl Kind for OwnerProblem {
    fn id(&self) -> &'static str {
        if self.is_unreadable() { "owner-unreadable" } else { "owner-unwritable" }
    }

    fn section(&self) -> Section {
        Section::Config
    }

    fn subject(&self) -> String {
        let paths: Vec<_> = self.paths.iter().map(|it| printable_path(&it.path)).collect();
        paths.join(", ")
    }

    fn severity(&self) -> Status {
        if self.is_unreadable() { Status::Failure } else { Status::Warning }
    }

    fn cause(&self) -> String {
        let mut owners: Vec<&str> = Vec::new();
        for path in &self.paths {
            if !owners.contains(&path.owner.as_str()) {
                owners.push(&path.owner);
            }
        }
        let right = if self.is_unreadable() { "read" } else { "change" };
        format!("owned by {}, and you have no permission to {right} it", owners.join(", "))
    }

    fn fix(&self, operator: &Operator) -> Fix {
        // What is in a closed directory is not known, and is most likely the other user's as well.
        let is_closed = |path: &ForeignPath| path.is_directory && !path.access.enter;
        let recursive = self.paths.iter().any(is_closed).then_some("-R");
        let mut words = vec!["chown".to_owned()];
        words.extend(recursive.map(ToOwned::to_owned));
        words.push(self.user.clone());
        words.extend(self.paths.iter().map(|it| it.path.to_string_lossy().into_owned()));
        operator.as_root(Command::new(words)).into()
    }
}
