//! `doctor --kubelet`: the program, the configuration, the key, and the answer for each image.

use std::path::PathBuf;

use super::{KubeletError, Target};
use crate::cli::command::KubeletDoctor;
use crate::commands::{CommandError, doctor as doctor_command};
use crate::diagnosis::problems::kubelet::{KubeletProblem, Node};
use crate::diagnosis::{Check, Section, Status};
use crate::exit::Exit;
use crate::kubernetes::provider::{ProviderFault, has_login};
use crate::kubernetes::provider_config::{self, FoundEntry};
use crate::printable::printable_path;
use crate::protocol::kubelet::API_VERSION;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::files::{self, UpdateError};
use crate::system::process::AskingTime;
use crate::system::program_file::{self, Found, OwnProgram, ProgramError};
use crate::terminal::Console;

/// A region for the patterns that match every region.
const EXAMPLE_REGION: &str = "fr-par";

/// Finds out whether the kubelet gets the key from the program.
///
/// # Errors
/// Returns [`CommandError`] if the program's own file cannot be opened.
pub(in crate::commands) fn doctor(
    wanted: &KubeletDoctor,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    environment.watch_signals();
    let target = Target::of(&wanted.paths, environment)?;
    let own = OwnProgram::open(environment)?;
    let mut node = target.node(environment);
    let found = entry(&target, &mut node);
    let program = program(&node, &own);
    let is_usable = program.status != Status::Failure;
    let mut checks = vec![program];
    match found {
        Ok(entry) => {
            checks.push(registration(&node, &entry));
            // One problem a cause: a broken program has no answer either.
            let time = AskingTime::of_doctor();
            let answers = if is_usable { answers(&node, &entry, &time) } else { Vec::new() };
            checks.extend(key_checks(&node, answers));
        }
        Err(problem) => checks.push(problem.check(&node)),
    }
    // The kubelet pulls.
    let findings = doctor_command::Findings { checks, lacks_client: false };
    doctor_command::print(&findings, wanted.output, console)
}

/// Returns why the kubelet would get no key; `None` if it gets one.
pub(super) fn key_problem(
    target: &Target,
    environment: &Environment,
    time: &AskingTime,
) -> Option<Check> {
    let mut node = target.node(environment);
    entry(target, &mut node).ok()?;
    let host = image_host(EXAMPLE_REGION);
    answer(&node, &host, &host, time).err().map(|problem| problem.check(&node))
}

fn program(node: &Node, own: &OwnProgram) -> Check {
    let problem = match program_file::inspect(&node.program, own) {
        Ok(Found::Same) => {
            let subject = printable_path(&node.program);
            return Check::ok(Section::Kubelet, "kubelet-program", subject, "this program");
        }
        Ok(Found::OtherVersion) => KubeletProblem::ProgramOtherVersion,
        Ok(Found::Nothing) | Err(ProgramError::NoDirectory(_)) => KubeletProblem::ProgramMissing,
        Ok(Found::NotExecutable) => KubeletProblem::ProgramNotExecutable,
        Ok(Found::Incomplete) => KubeletProblem::ProgramIncomplete,
        Ok(_) => KubeletProblem::ProgramForeign,
        Err(ProgramError::Directory(_)) => KubeletProblem::ProgramDirectory,
        Err(ProgramError::NotADirectory(_)) => KubeletProblem::BinDirIsFile,
        Err(error) => KubeletProblem::ProgramUnreadable(error.to_string()),
    };
    problem.check(node)
}

/// Reads the entry of this program in the configuration. Its variables go to `node`.
fn entry(target: &Target, node: &mut Node) -> Result<FoundEntry, KubeletProblem> {
    let text = target.existing_config().map_err(|error| match error {
        KubeletError::Config(UpdateError::Refused { error, .. }) => {
            KubeletProblem::ConfigBroken(error)
        }
        error => KubeletProblem::ConfigUnreadable(error.to_string()),
    })?;
    let text = text.ok_or(KubeletProblem::ConfigMissing)?;
    let found = provider_config::find(&text).map_err(KubeletProblem::ConfigBroken)?;
    let entry = found.ok_or(KubeletProblem::NotRegistered)?;
    node.env.clone_from(&entry.env);
    let line = entry.line;
    if entry.api_version != API_VERSION {
        return Err(KubeletProblem::EntryVersion(line));
    }
    if entry.match_images.is_empty() {
        return Err(KubeletProblem::EntryWithoutImages(line));
    }
    if !entry.has_cache_duration {
        return Err(KubeletProblem::EntryWithoutDuration(line));
    }
    Ok(entry)
}

/// Which registries the entry is for.
fn registration(node: &Node, entry: &FoundEntry) -> Check {
    let missing: Vec<_> = RegistryHost::known()
        .map(|host| host.to_string())
        .filter(|host| !entry.match_images.iter().any(|pattern| is_for(pattern, host)))
        .collect();
    if !missing.is_empty() {
        return KubeletProblem::EntryLacks(entry.line, missing).check(node);
    }
    let found = "has the provider, for every registry";
    Check::ok(Section::Kubelet, "kubelet-config", printable_path(&node.config), found)
}

/// Returns whether a pattern of `matchImages` is for images of a registry. Patterns within a label
/// are not understood, and taken for others.
fn is_for(pattern: &str, host: &str) -> bool {
    let (pattern, path) = pattern.split_once('/').unwrap_or((pattern, ""));
    let labels = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (pattern, host) = (labels(pattern), labels(host));
    let matches = |(one, other): (&String, &String)| one == "*" || one == other;
    path.is_empty() && pattern.len() == host.len() && pattern.iter().zip(&host).all(matches)
}

/// The file with the key, and the answers. A file that is missing is the cause where there is no key,
/// and no problem where the key comes from another source.
fn key_checks(node: &Node, mut answers: Vec<Check>) -> Vec<Check> {
    let mut file = key_file(node);
    let has_key = answers.iter().any(|check| check.status == Status::Ok);
    if file.as_ref().is_some_and(|check| check.status == Status::Failure) {
        let no_key = KubeletProblem::NoKey(String::new()).id();
        let missing = KubeletProblem::KeyFileMissing(PathBuf::new()).id();
        answers.retain(|check| check.id != no_key);
        file = file.filter(|check| !(has_key && check.id == missing));
    }
    file.into_iter().chain(answers).collect()
}

/// The file that the kubelet's entry names for the key.
fn key_file(node: &Node) -> Option<Check> {
    let (_, path) = node.env.iter().find(|(name, _)| name == "SCW_CONFIG_PATH")?;
    let file = PathBuf::from(path);
    let problem = if !file.is_absolute() {
        KubeletProblem::KeyFileRelative(path.clone())
    } else if files::is_readable_by_others(&file) == Some(true) {
        KubeletProblem::KeyFileReadable(file)
    } else if file.exists() {
        let subject = printable_path(&file);
        return Some(Check::ok(Section::Kubelet, "kubelet-key-file", subject, "found"));
    } else {
        KubeletProblem::KeyFileMissing(file)
    };
    Some(problem.check(node))
}

/// The answer for each pattern, as the kubelet gets it.
fn answers(node: &Node, entry: &FoundEntry, time: &AskingTime) -> Vec<Check> {
    let answer = |pattern: &String| {
        let host = pattern.split('/').next().unwrap_or_default().replace('*', EXAMPLE_REGION);
        match answer(node, &host, pattern, time) {
            Ok(()) => Check::ok(Section::Kubelet, "kubelet-answer", pattern, "answers with a key"),
            Err(problem) => problem.check(node),
        }
    };
    entry.match_images.iter().map(answer).collect()
}

/// Asks the program for the login of a host that `pattern` is for.
fn answer(node: &Node, host: &str, pattern: &str, time: &AskingTime) -> Result<(), KubeletProblem> {
    let pattern = pattern.to_owned();
    match has_login(&node.program, &node.env, host, time) {
        Ok(true) => Ok(()),
        Ok(false) if RegistryHost::from_host(host.trim_end_matches(":443")).is_none() => {
            Err(KubeletProblem::ForeignImages(pattern))
        }
        Ok(false) => Err(KubeletProblem::NoKey(pattern)),
        Err(ProviderFault::Broken(reason)) => Err(KubeletProblem::KeyBroken(pattern, reason)),
        Err(fault) => Err(KubeletProblem::ProgramFails(fault, pattern)),
    }
}

fn image_host(region: &str) -> String {
    RegistryHost::of_region(region).first().map(ToString::to_string).unwrap_or_default()
}
