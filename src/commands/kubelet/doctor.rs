//! `doctor --kubelet`: the program, the configuration, the key, and the answer for each image.

use std::path::Path;

use super::Target;
use crate::cli::command::KubeletDoctor;
use crate::commands::{CommandError, doctor as doctor_command};
use crate::diagnosis::{Check, Command, Fix, Section};
use crate::exit::Exit;
use crate::explain::on_one_line;
use crate::kubernetes::provider::{ProviderFault, has_login};
use crate::kubernetes::provider_config::{self, FoundEntry};
use crate::printable::printable_path;
use crate::protocol::kubelet::API_VERSION;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::process::AskingTime;
use crate::system::program_file::{self, Found};
use crate::terminal::Console;

/// A region for the patterns that match every region.
const EXAMPLE_REGION: &str = "fr-par";

/// Finds out whether the kubelet gets the key from the program.
///
/// # Errors
/// Returns [`CommandError`] if the program's own file cannot be read.
pub(in crate::commands) fn doctor(
    wanted: &KubeletDoctor,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    environment.watch_signals();
    let target = Target::of(&wanted.paths, environment)?;
    let own = program_file::read_current_exe(environment)?;
    let mut checks = vec![program(&target, &own)];
    let (config, entry) = config(&target);
    checks.push(config);
    if let Some(entry) = entry {
        checks.extend(key_file(&target, &entry));
        checks.extend(answers(&target, &entry, &AskingTime::of_doctor()));
    }
    // The kubelet pulls.
    let findings = doctor_command::Findings { checks, lacks_client: false };
    doctor_command::print(&findings, wanted.output, console)
}

/// Returns why the kubelet would get no key; `None` if it gets one.
pub(super) fn key_problem(target: &Target, time: &AskingTime) -> Option<Check> {
    let (_, entry) = config(target);
    let entry = entry?;
    let check = answer(target, &entry, &image_host(EXAMPLE_REGION), &[], time);
    check.fix.is_some().then_some(check)
}

/// The entry has other settings than `install` writes.
pub(super) fn other_settings(target: &Target, line: usize) -> Check {
    let subject = printable_path(&target.config);
    let found = format!("line {line} has other settings for the provider, which are kept");
    let check = Check::ok(Section::Kubelet, "kubelet-config", subject, found);
    check.warning(install_command(target, true))
}

fn install_command(target: &Target, force: bool) -> Command {
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let words = ["docker-credential-scw", "install", "--kubelet"].map(str::to_owned);
    let place = if let Some(preset) = target.preset {
        vec!["--preset".to_owned(), preset.name().to_owned()]
    } else {
        let bin_dir = ["--bin-dir".to_owned(), path(target.directory())];
        bin_dir.into_iter().chain(["--config".to_owned(), path(&target.config)]).collect()
    };
    let force = force.then(|| "--force".to_owned());
    Command::new(words.into_iter().chain(place).chain(force)).with_sudo(target.sudo)
}

fn program(target: &Target, own: &[u8]) -> Check {
    let subject = printable_path(&target.program);
    let check = |found: &str| Check::ok(Section::Kubelet, "kubelet-program", &*subject, found);
    let install = |force| install_command(target, force);
    match program_file::inspect(&target.program, own) {
        Ok(Found::Same) => check("this program"),
        Ok(Found::OtherVersion) => check("another version of this program").warning(install(false)),
        Ok(Found::Nothing) => check("not found").failure(install(false)),
        Ok(Found::NotExecutable) => check("not executable").failure(install(false)),
        Ok(Found::Incomplete) => check("incomplete").failure(install(false)),
        Ok(_) => check("not this program").failure(install(true)),
        Err(error) if error.is_permission_error() => {
            check("cannot be read").failure("run doctor with sudo")
        }
        Err(error) => check(&error.to_string()).failure(install(false)),
    }
}

/// The configuration, and the entry of this program in it.
fn config(target: &Target) -> (Check, Option<FoundEntry>) {
    let subject = printable_path(&target.config);
    let check = |found: String| Check::ok(Section::Kubelet, "kubelet-config", &*subject, found);
    let install = |force| install_command(target, force);
    let text = match target.read_config() {
        Ok(text) => text,
        Err(error) => return (check(error.to_string()).failure("run doctor with sudo"), None),
    };
    let found = match provider_config::find(&text) {
        Ok(found) => found,
        Err(error) => {
            let fix = on_one_line(&error);
            return (check(error.to_string()).failure(fix), None);
        }
    };
    let Some(entry) = found else {
        let lacks = "does not have the provider scw-credential-provider".to_owned();
        return (check(lacks).failure(install(false)), None);
    };
    let line = entry.line;
    let wrong = |what: &str| check(format!("line {line}: {what}")).failure(install(true));
    if entry.api_version != API_VERSION {
        return (wrong("the provider has another apiVersion than this program supports"), None);
    }
    if entry.match_images.is_empty() {
        return (wrong("the provider has no matchImages"), None);
    }
    if !entry.has_cache_duration {
        return (wrong("the provider has no defaultCacheDuration"), None);
    }
    let lacks: Vec<_> = RegistryHost::known()
        .map(|host| host.to_string())
        .filter(|host| !entry.match_images.iter().any(|pattern| is_for(pattern, host)))
        .collect();
    if !lacks.is_empty() {
        let found = format!("line {line}: matchImages lacks {}", lacks.join(", "));
        return (check(found).warning(install(true)), Some(entry));
    }
    (check("has the provider, for every registry".to_owned()), Some(entry))
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

/// The file that the kubelet's entry names for the key, if it can be judged.
fn key_file(target: &Target, entry: &FoundEntry) -> Option<Check> {
    let (_, path) = entry.env.iter().find(|(name, _)| name == "SCW_CONFIG_PATH")?;
    let file = Path::new(path);
    let check =
        |found: &str| Check::ok(Section::Kubelet, "kubelet-key-file", printable_path(file), found);
    Some(if !file.is_absolute() {
        check("not an absolute path").failure("name the file with its whole path")
    } else if files::is_readable_by_others(file) {
        let fix = Command::new(["chmod", "600", path.as_str()]).with_sudo(target.sudo);
        check("other users can read it").warning(fix)
    } else if file.exists() {
        check("found")
    } else {
        check("not found").failure(save_key(target, entry))
    })
}

/// The answer for each pattern, as the kubelet gets it.
fn answers(target: &Target, entry: &FoundEntry, time: &AskingTime) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for pattern in &entry.match_images {
        let host = pattern.split('/').next().unwrap_or_default().replace('*', EXAMPLE_REGION);
        let check = answer(target, entry, &host, std::slice::from_ref(pattern), time);
        checks.push(check);
    }
    checks
}

fn answer(
    target: &Target,
    entry: &FoundEntry,
    host: &str,
    subject: &[String],
    time: &AskingTime,
) -> Check {
    let subject = subject.first().map_or(host, String::as_str);
    let check = |found: String| Check::ok(Section::Kubelet, "kubelet-answer", subject, found);
    let is_scaleways = RegistryHost::from_host(host.trim_end_matches(":443")).is_some();
    match has_login(&target.program, &entry.env, host, time) {
        Ok(true) => check("answers with a key".to_owned()),
        Ok(false) if !is_scaleways => {
            let found = "not a registry of Scaleway, so no answer".to_owned();
            check(found).warning("remove it from matchImages")
        }
        Ok(false) => check("no key".to_owned()).failure(save_key(target, entry)),
        Err(ProviderFault::Broken(reason)) => {
            check(format!("no answer: {reason}")).failure("fix this, then run doctor again")
        }
        Err(fault) => {
            check(format!("no answer: the program {fault}")).failure(install_command(target, true))
        }
    }
}

fn image_host(region: &str) -> String {
    RegistryHost::of_region(region).first().map(ToString::to_string).unwrap_or_default()
}

/// Saves a key where the kubelet's entry looks for it.
fn save_key(target: &Target, entry: &FoundEntry) -> Fix {
    let value = |wanted: &str| {
        let found = entry.env.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    let variable = value("SCW_CONFIG_PATH").map(|path| format!("SCW_CONFIG_PATH={path}"));
    let profile = value("SCW_PROFILE").map(|name| ["--profile".to_owned(), name.to_owned()]);
    let words =
        ["env".to_owned()].into_iter().filter(|_| variable.is_some()).chain(variable.clone());
    let words = words.chain(["docker-credential-scw".to_owned(), "save-key".to_owned()]);
    Command::new(words.chain(profile.into_iter().flatten())).with_sudo(target.sudo).into()
}
