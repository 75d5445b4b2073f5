//! The helpers on PATH: what each file is, and what it says when it is started.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::helper_name::HelperName;
use crate::program_name::HELPER;
use crate::system::environment::Environment;
use crate::system::files::{self, FileRights, OtherWriter};
use crate::system::process::{self, AskError, AskingTime};
use crate::system::program_file::{Found, OwnProgram, inspect};

/// How long a helper may take to print its version.
const DEADLINE: Duration = Duration::from_secs(10);

/// A file on PATH with the name of one of this project's helpers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HelperFile {
    pub(crate) name: HelperName,
    pub(crate) path: PathBuf,
    /// The file that callers start under this name instead, if it is not this one.
    pub(crate) instead: Option<PathBuf>,
    pub(crate) state: FileState,
    /// What `install` takes the file for; `None` if it cannot tell.
    pub(crate) looks_like: Option<Found>,
    pub(crate) rights: FileRights,
    /// The user who owns a directory above the file's directory, if one does besides root.
    pub(crate) owner_of_way: Option<String>,
    /// The file that a link at `path` leads to in the end, and its rights.
    pub(crate) real: (PathBuf, FileRights),
    /// Who else may change the file.
    pub(crate) others: Option<OtherWriter>,
}

/// What such a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileState {
    /// A directory.
    Directory,
    /// A link to a file that does not exist.
    BrokenLink,
    /// A file of zero bytes.
    Empty,
    /// It begins as this program does and is cut off.
    Incomplete,
    /// This user may not execute it.
    NotExecutable,
    /// Its file system is mounted `noexec`.
    OnNoexec,
    /// The script that `scw registry install-docker-helper` writes, and whether `scw` is on PATH.
    ScwScript(bool),
    /// A version of this program.
    Version(String),
    /// It runs, and is not this program.
    Foreign,
    /// It exits with an error when asked for its version.
    Fails,
    /// It cannot be started, or does not answer.
    NotStarted(AskError),
    /// It was not started, as callers start another one; this is what the file looks like.
    NotAsked(Option<Found>),
}

/// A directory that leads to a helper, and who else may change what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenDirectory {
    pub(crate) path: PathBuf,
    pub(crate) others: OtherWriter,
    pub(crate) rights: FileRights,
    /// The directory that a link at `path` leads to in the end, and its rights.
    pub(crate) real: (PathBuf, FileRights),
}

/// Inspects every file with a helper's name on PATH, all at the same time, because each is started.
pub(crate) fn gather(environment: &Environment, own: &OwnProgram) -> Vec<HelperFile> {
    let found = on_path(environment);
    let states = super::at_once(&found, |(name, path)| {
        let first = environment.find_program(&name.program());
        let is_asked = first.as_deref() == Some(path.as_path());
        let looks_like = inspect(path, own).ok();
        (first.filter(|_| !is_asked), looks_like, state(environment, path, looks_like, is_asked))
    });
    let user = environment.uid();
    let file = |((name, path), (instead, looks_like, state)): ((HelperName, PathBuf), _)| {
        let real = real(&path);
        HelperFile {
            name,
            rights: FileRights::of(&path),
            owner_of_way: files::non_root_owner_on_path(&path).and_then(files::user_name),
            others: files::other_writer(&real.0, user, false),
            real,
            looks_like,
            path,
            instead,
            state,
        }
    };
    found.into_iter().zip(states).map(file).collect()
}

/// Where a link leads in the end, and the rights there.
fn real(path: &Path) -> (PathBuf, FileRights) {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let rights = FileRights::of(&real);
    (real, rights)
}

fn on_path(environment: &Environment) -> Vec<(HelperName, PathBuf)> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for directory in environment.program_dirs() {
        // /bin may be a link to /usr/bin.
        if !seen.insert(directory.canonicalize().unwrap_or_else(|_| directory.clone())) {
            continue;
        }
        let mut names = files::names_in(&directory);
        names.sort();
        for name in names {
            let path = directory.join(name);
            found.extend(HelperName::of_file(&path).map(|name| (name, path)));
        }
    }
    found
}

fn state(
    environment: &Environment,
    path: &Path,
    looks_like: Option<Found>,
    is_asked: bool,
) -> FileState {
    let Ok(metadata) = path.metadata() else { return FileState::BrokenLink };
    if metadata.is_dir() {
        return FileState::Directory;
    }
    if metadata.len() == 0 {
        return FileState::Empty;
    }
    if !is_asked && !files::may_execute(path) {
        return if files::is_on_noexec(path) {
            FileState::OnNoexec
        } else {
            FileState::NotExecutable
        };
    }
    if !is_asked {
        return FileState::NotAsked(looks_like);
    }
    if looks_like == Some(Found::ScwScript) {
        return FileState::ScwScript(environment.find_program("scw").is_some());
    }
    let command = process::command(environment, path, &["version"]);
    let answer = match process::answer_of(command, b"", DEADLINE, &AskingTime::new()) {
        Ok(answer) if answer.success => answer,
        // How a part of a program fails says less than that it is a part.
        _ if looks_like == Some(Found::Incomplete) => return FileState::Incomplete,
        Ok(_) => return FileState::Fails,
        Err(error) => return FileState::NotStarted(error),
    };
    let words = String::from_utf8_lossy(&answer.stdout);
    match words.trim().split_once(&format!("({HELPER}) ")) {
        Some((_, version)) => FileState::Version(version.to_owned()),
        None => FileState::Foreign,
    }
}

/// Returns the directories through which other users can put another program in the place of
/// a helper: on PATH up to the helper's, where a link to it leads, and all above these.
pub(crate) fn open_directories(
    environment: &Environment,
    helpers: &[HelperFile],
) -> Vec<OpenDirectory> {
    let started: Vec<_> = helpers.iter().filter(|file| file.instead.is_none()).collect();
    let homes: Vec<_> = started.iter().filter_map(|file| file.path.parent()).collect();
    let dirs = environment.program_dirs();
    let last = dirs.iter().rposition(|dir| homes.contains(&dir.as_path()));
    let reals: Vec<_> = started.iter().filter_map(|file| file.path.canonicalize().ok()).collect();
    let reals = reals.iter().filter_map(|file| file.parent());
    let on_path = dirs.iter().take(last.map_or(0, |at| at + 1)).map(PathBuf::as_path);
    let ways: BTreeSet<_> =
        on_path.chain(reals).flat_map(Path::ancestors).filter(|dir| dir.is_dir()).collect();
    let user = environment.uid();
    let open = |directory: &Path| {
        let is_above = !dirs.iter().any(|dir| dir == directory);
        let others = files::other_writer(directory, user, is_above)?;
        let path = directory.to_owned();
        Some(OpenDirectory { rights: FileRights::of(&path), real: real(&path), path, others })
    };
    ways.into_iter().filter_map(open).collect()
}
