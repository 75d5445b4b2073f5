//! The helpers on PATH: judged from what was found there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::programs::{self, FileState, HelperFile};
use crate::diagnosis::problems::Scope;
use crate::diagnosis::problems::programs::{Helper, ProgramProblem};
use crate::diagnosis::{Check, Section, Status};
use crate::helper_name::HelperName;
use crate::keys::KeyLookup;
use crate::printable::printable_path;
use crate::system::environment::Environment;
use crate::system::files::FileRights;
use crate::system::program_file::Found;

/// The regions that each needed helper is registered for.
type Needed = BTreeMap<HelperName, BTreeSet<String>>;

pub(super) fn checks(
    environment: &Environment,
    facts: &Facts,
    helpers: &[HelperFile],
    scope: &Scope,
) -> Vec<Check> {
    let this_program = environment.program_file();
    let shown = this_program.as_deref().map_or_else(String::new, printable_path);
    let version = format!("this program, version {}", env!("CARGO_PKG_VERSION"));
    let mut checks = vec![Check::ok(Section::Program, "version", shown, version)];
    let mut needed = Needed::new();
    for it in &facts.registered {
        needed.entry(it.helper.clone()).or_default().insert(it.host.region().to_owned());
    }
    let mut missing = needed.clone();
    for file in helpers {
        // A file that cannot be started counts if no other one can.
        let is_found = file.instead.is_none();
        let is_needed = is_found && missing.remove(&file.name).is_some();
        checks.extend(of_file(environment, facts, file, &needed, is_needed));
    }
    for (name, regions) in &missing {
        let path = PathBuf::from(name.program());
        let about = about(environment, name, &path, regions);
        checks.push(ProgramProblem::Missing.check(&about, true, &facts.operator));
    }
    let (plain, none) = (HelperName::default(), BTreeSet::new());
    if was_never_installed(facts, helpers) {
        let path = PathBuf::from(plain.program());
        let about = about(environment, &plain, &path, &none);
        // If Docker has its own login, pulls work without the helper.
        let is_needed = scope.hosts.iter().any(|host| facts.docker_login(host).is_none());
        checks.push(ProgramProblem::NotInstalled.check(&about, is_needed, &facts.operator));
    }
    for directory in programs::open_directories(environment, helpers) {
        let about = about(environment, &plain, &directory.path, &none);
        let about = Helper { rights: directory.rights, real: directory.real.clone(), ..about };
        let problem = ProgramProblem::DirectoryWritable(directory.others);
        checks.push(problem.check(&about, false, &facts.operator));
    }
    checks
}

/// Returns whether there is no helper, and none is registered.
pub(super) fn was_never_installed(facts: &Facts, helpers: &[HelperFile]) -> bool {
    helpers.is_empty() && facts.registered.is_empty()
}

/// The helpers of which it is known why they give Docker no answer.
pub(super) fn known_to_fail(helpers: &[HelperFile]) -> BTreeSet<HelperName> {
    let fails = |file: &&HelperFile| {
        file.instead.is_none() && problem_of(file).is_some_and(|problem| problem.stops_pulls())
    };
    helpers.iter().filter(fails).map(|file| file.name.clone()).collect()
}

/// What a problem is about: this helper, at this path.
fn about<'a>(
    environment: &Environment,
    name: &'a HelperName,
    path: &'a Path,
    regions: &'a BTreeSet<String>,
) -> Helper<'a> {
    let bound = KeyLookup::new(environment, name.profile()).bound_key();
    Helper {
        name,
        path,
        regions,
        owner_of_way: None,
        rights: FileRights::default(),
        real: (path.to_owned(), FileRights::default()),
        is_foreign: false,
        lacks_profile: bound.is_err(),
    }
}

/// The checks of one file: that it works, what is wrong with it, or both.
fn of_file(
    environment: &Environment,
    facts: &Facts,
    file: &HelperFile,
    needed: &Needed,
    is_needed: bool,
) -> Vec<Check> {
    let none = BTreeSet::new();
    let regions = needed.get(&file.name).unwrap_or(&none);
    let about = Helper {
        rights: file.rights,
        owner_of_way: file.owner_of_way.as_deref(),
        real: file.real.clone(),
        is_foreign: file.looks_like == Some(Found::Foreign),
        ..about(environment, &file.name, &file.path, regions)
    };
    let check = |problem: &ProgramProblem| problem.check(&about, is_needed, &facts.operator);
    let subject = printable_path(&file.path);
    let sound = |found: &str| Check::ok(Section::Program, "program", subject.as_str(), found);
    let first = match problem_of(file) {
        Some(problem) => check(&problem),
        None if file.instead.is_some() => sound("the same version, later on PATH"),
        None => sound("found on PATH; same version; runs"),
    };
    let writable = file.others.clone().filter(|_| file.instead.is_none());
    let writable = writable.map(|others| check(&ProgramProblem::Writable(others)));
    // A program that others may change is not reported as sound.
    let first = Some(first).filter(|first| first.status != Status::Ok || writable.is_none());
    first.into_iter().chain(writable).collect()
}

/// What is wrong with a file, if anything is.
fn problem_of(file: &HelperFile) -> Option<ProgramProblem> {
    Some(match &file.state {
        FileState::Version(version) if version == env!("CARGO_PKG_VERSION") => return None,
        FileState::NotAsked(Some(Found::Same)) => return None,
        FileState::Version(version) => ProgramProblem::OtherVersion(version.clone()),
        FileState::Directory => ProgramProblem::Directory,
        FileState::BrokenLink => ProgramProblem::BrokenLink,
        FileState::Empty | FileState::Incomplete => ProgramProblem::Incomplete,
        FileState::NotExecutable => ProgramProblem::NotExecutable,
        FileState::OnNoexec => ProgramProblem::OnNoexec,
        FileState::ScwScript(has_scw) => ProgramProblem::ScwScript(*has_scw),
        FileState::Foreign => ProgramProblem::Foreign,
        FileState::Fails => ProgramProblem::Fails,
        FileState::NotStarted(why) => ProgramProblem::NotStarted(why.clone()),
        FileState::NotAsked(_) => ProgramProblem::Shadowed(file.instead.clone()?),
    })
}
