//! The program: what stands on PATH under its name, and what of it runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Patient;
use super::check::{Check, Section, Status, shell_path};
use crate::child;
use crate::files::{self, OtherWriter};
use crate::installed_program::{Found, look};
use crate::printable::{printable_path, shell_word};
use crate::program_name::{HELPER, ProgramName};

/// How long a program may take to say its version.
const DEADLINE: Duration = Duration::from_secs(10);

/// A program of our name in a directory on PATH.
struct OnPath {
    name: String,
    path: PathBuf,
}

pub(super) fn checks(patient: &Patient<'_>) -> Vec<Check> {
    let version = env!("CARGO_PKG_VERSION");
    let own =
        patient.environment.program_file().map_or_else(String::new, |file| printable_path(&file));
    let mut checks = vec![Check::ok(
        Section::Program,
        "version",
        own,
        format!("version {version}, which looks around here"),
    )];
    let candidates = on_path(patient);
    let mut needed: BTreeSet<_> =
        patient.wired.iter().map(|(_, helper)| helper.program()).collect();
    let mut started = BTreeSet::new();
    for OnPath { name, path } in &candidates {
        let is_started = patient.environment.find_program(name).as_deref() == Some(path);
        if !is_started {
            let check = not_started(patient, name, path);
            // The only one of a name that is asked for.
            let is_needed = patient.environment.find_program(name).is_none() && needed.remove(name);
            let status = if is_needed { Status::Failure } else { check.status };
            checks.push(Check { status, ..check });
            continue;
        }
        let is_needed = needed.remove(name);
        let check = started_one(patient, name, path, is_needed);
        let writable = others_may_write_to(patient, path);
        // A program that others may change is not reported as sound.
        if check.status != Status::Ok || writable.is_none() {
            checks.push(check);
        }
        checks.extend(writable);
        started.insert(path.clone());
    }
    for name in needed {
        let helper = name.trim_start_matches("docker-credential-");
        let found = format!("Docker's config names the helper {helper}, and {name} is not on PATH");
        checks.push(
            Check::ok(Section::Program, "helper-missing", name.as_str(), found)
                .failure(install(patient, &name)),
        );
    }
    checks.extend(others_may_write(patient, &started));
    checks
}

/// What puts this version in the place of `name`.
fn install(patient: &Patient<'_>, name: &str) -> String {
    let name = ProgramName::from_arg0(Some(name.as_ref()));
    let Some(profile) = name.bound_profile() else { return patient.install_as_root("") };
    let mut options = format!(" --profile {}", shell_word(profile));
    // Without its regions it would take all of them.
    let wired = patient.wired.iter().filter(|(_, wired)| wired.profile() == Some(profile));
    let regions: BTreeSet<_> = wired.map(|(host, _)| host.region()).collect();
    if regions.is_empty() {
        return format!("{} uninstall{options}", patient.own_name());
    }
    for region in regions {
        options.push_str(" --region ");
        options.push_str(region);
    }
    patient.install_as_root(&options)
}

fn on_path(patient: &Patient<'_>) -> Vec<OnPath> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for directory in patient.environment.program_dirs() {
        // /bin may be /usr/bin.
        if !seen.insert(directory.canonicalize().unwrap_or_else(|_| directory.clone())) {
            continue;
        }
        let mut names = files::names_in(&directory);
        names.sort();
        for file_name in names {
            let name = ProgramName::from_arg0(Some(file_name.as_ref()));
            let is_ours = name.as_str() == HELPER || name.bound_profile().is_some();
            if is_ours {
                found.push(OnPath {
                    name: name.as_str().to_owned(),
                    path: directory.join(&file_name),
                });
            }
        }
    }
    found
}

/// Something of our name that is passed over.
fn not_started(patient: &Patient<'_>, name: &str, path: &Path) -> Check {
    let subject = printable_path(path);
    let what = look(path, &patient.own);
    if matches!(what, Ok(Found::Same)) {
        return Check::ok(Section::Program, "program", subject, "this version too, later on PATH");
    }
    let earlier = patient.environment.find_program(name);
    match earlier {
        Some(earlier) if !matches!(what, Ok(Found::NotExecutable)) => {
            let found = format!(
                "another one, passed over for {}; if it is the older one, remove it",
                printable_path(&earlier)
            );
            let remedy = format!("rm {}", shell_path(path));
            Check::ok(Section::Program, "program-shadowed", subject, found).warning(remedy)
        }
        _ => {
            let remedy = format!("chmod 755 {}", shell_path(path));
            let found = "it is not executable for everybody, so it is passed over";
            Check::ok(Section::Program, "program-not-executable", subject, found).warning(remedy)
        }
    }
}

/// The one that Docker starts under this name.
fn started_one(patient: &Patient<'_>, name: &str, path: &Path, is_needed: bool) -> Check {
    let subject = printable_path(path);
    let bad = |id, found: &str| {
        let check = Check::ok(Section::Program, id, subject.as_str(), found);
        if is_needed {
            check.failure(install(patient, name))
        } else {
            check.warning(install(patient, name))
        }
    };
    if matches!(look(path, &patient.own), Ok(Found::ScwScript)) {
        let found =
            "the script of `scw registry install-docker-helper`, which starts scw for every pull";
        return Check::ok(Section::Program, "program-scw-script", subject, found)
            .warning(install(patient, name));
    }
    let command = child::command(patient.environment, path, &["version"]);
    let answer = match child::answer_of(command, b"", DEADLINE, &patient.time) {
        Ok(answer) if answer.success => answer,
        Ok(_) => return bad("program-does-not-run", "it fails when asked for its version"),
        Err(error) => {
            return bad("program-does-not-run", &format!("it {error}"));
        }
    };
    let words = String::from_utf8_lossy(&answer.stdout);
    let Some((_, version)) = words.trim().split_once(&format!("({HELPER}) ")) else {
        return bad("program-foreign", "Docker starts it, and it is not this program");
    };
    if version != env!("CARGO_PKG_VERSION") {
        let found = format!("Docker starts it; version {version}");
        return Check::ok(Section::Program, "program-other-version", subject, found)
            .warning(install(patient, name));
    }
    Check::ok(Section::Program, "program", subject, "Docker starts it; this version, and it runs")
}

/// Reports that other users may change the program's own file.
fn others_may_write_to(patient: &Patient<'_>, program: &Path) -> Option<Check> {
    // The file that a link leads to.
    let file = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    let who = files::who_else_may_write(&file, patient.environment.user_number(), false)?;
    let found = format!("Docker starts it, and {who} may change it");
    let check = Check::ok(Section::Program, "program-writable", printable_path(program), found);
    Some(check.warning(keep_others_out(&who, &file)))
}

/// The command that takes their right to write away from others.
fn keep_others_out(who: &OtherWriter, path: &Path) -> String {
    let command = match who {
        OtherWriter::Owner(_) => "sudo chown root",
        OtherWriter::Group(..) | OtherWriter::Everybody => "sudo chmod go-w",
    };
    format!("{command} {}", shell_path(path))
}

/// Reports directories through which other users can put a program of their own in the place of
/// this one: on PATH up to the program's, where a link to the program leads, and above these.
fn others_may_write(patient: &Patient<'_>, started: &BTreeSet<PathBuf>) -> Vec<Check> {
    let homes: Vec<_> = started.iter().filter_map(|program| program.parent()).collect();
    let dirs = patient.environment.program_dirs();
    let last = dirs.iter().rposition(|dir| homes.contains(&dir.as_path()));
    let real: Vec<_> = started.iter().filter_map(|program| program.canonicalize().ok()).collect();
    let real = real.iter().filter_map(|program| program.parent());
    let mut on_the_way = BTreeSet::new();
    for directory in dirs.iter().take(last.map_or(0, |at| at + 1)).map(PathBuf::as_path).chain(real)
    {
        on_the_way.extend(directory.ancestors().filter(|dir| dir.is_dir()));
    }
    let user = patient.environment.user_number();
    let check = |directory: &Path| {
        let who =
            files::who_else_may_write(directory, user, !dirs.iter().any(|dir| dir == directory))?;
        let subject = printable_path(directory);
        let found = format!("it is on the way to the program, and {who} may change what is in it");
        let check = Check::ok(Section::Program, "directory-writable", subject, found);
        Some(check.warning(keep_others_out(&who, directory)))
    };
    on_the_way.into_iter().filter_map(check).collect()
}
