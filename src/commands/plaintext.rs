//! Moving plaintext credentials: their keys are kept for the helper, then they are removed.

use super::CommandError;
use super::config_file::Person;
use super::kept_keys::{keep, movable};
use crate::diagnosis::facts::configs::free_name;
use crate::diagnosis::facts::plaintext::{PlaintextFile, Unreadable};
use crate::diagnosis::problems::Kind as _;
use crate::diagnosis::problems::auth_files::AuthFileProblem;
use crate::diagnosis::problems::configs::{ConfigProblem, nearest_region};
use crate::diagnosis::problems::logins::{LoginProblem, Obstacle, PlaintextProblem};
use crate::diagnosis::problems::moves::MoveProblem;
use crate::diagnosis::{Check, Operator, Section};
use crate::docker::config::PlainTextLogin;
use crate::docker::logins::DockerLogin;
use crate::explain::on_one_line;
use crate::helper_name::HelperName;
use crate::keys::KeyLookup;
use crate::printable::printable_path;
use crate::registry_host::{REGIONS, RegistryHost};
use crate::terminal::Console;

/// The check of a file that cannot be read, in doctor's words.
pub(super) fn unreadable(
    (path, error): Unreadable,
    person: &Person<'_>,
    operator: &Operator,
) -> Check {
    let reason = error.reason();
    if path == person.docker_config {
        return ConfigProblem::Broken { path, reason }.check(operator);
    }
    let aside = path.is_file().then(|| free_name(&path));
    AuthFileProblem::Broken { path, reason, aside, has_podman: false }.check(operator)
}

/// Plaintext credentials in one file, with why they cannot be moved.
fn problem(file: &PlaintextFile, person: &Person<'_>, obstacle: Option<Obstacle>) -> LoginProblem {
    LoginProblem::Plaintext(PlaintextProblem {
        servers: file.servers(),
        hosts: file.logins.iter().map(|login| login.host.clone()).collect(),
        is_before_helper: file.path != person.docker_config,
        path: file.path.clone(),
        obstacle,
        podman: None,
        is_partial: false,
    })
}

fn of_login(
    path: &std::path::Path,
    login: PlainTextLogin,
    person: &Person<'_>,
    obstacle: Obstacle,
) -> LoginProblem {
    problem(&PlaintextFile { path: path.to_owned(), logins: vec![login] }, person, Some(obstacle))
}

/// Finds the plaintext credentials that may be removed: with consent, once their keys are kept for the
/// helper. `dockers` is the login that Docker uses for a registry by itself.
pub(super) fn keep_elsewhere(
    person: &Person<'_>,
    lookup: &KeyLookup<'_>,
    operator: &Operator,
    files: Vec<PlaintextFile>,
    dockers: impl Fn(&RegistryHost) -> Option<DockerLogin>,
    yes: bool,
    console: &mut Console<'_>,
) -> (Vec<PlaintextFile>, Vec<Check>) {
    let (mut removable, mut checks) = (Vec::new(), Vec::new());
    for file in files {
        // install says more of a login that Docker goes on using.
        let is_dockers = file.path == person.docker_config;
        let is_told_of = |login: &PlainTextLogin| {
            is_dockers
                && dockers(&login.host).is_some()
                && !matches!(lookup.key_for(&login.host), Ok(Some(_)))
        };
        let (file, others) = movable(lookup, file, &dockers);
        for (login, obstacle) in others {
            if !is_told_of(&login) {
                checks.push(of_login(&file.path, login, person, obstacle).check(operator));
            }
        }
        if file.logins.is_empty() {
            continue;
        }
        let question = format!(
            "{} has plaintext credentials for {}. Keep their keys for the helper and delete them \
             from the file?",
            printable_path(&file.path),
            file.servers().join(", ")
        );
        if !yes && !console.agrees(&question) {
            if !file.logins.iter().all(is_told_of) {
                checks.push(problem(&file, person, None).check(operator));
            }
            continue;
        }
        let PlaintextFile { path, logins } = file;
        let mut kept = Vec::new();
        for login in logins {
            match keep(lookup, &login, dockers(&login.host).as_ref()) {
                Ok(remark) => {
                    checks.extend(remark.map(|problem| problem.check(operator)));
                    kept.push(login);
                }
                Err(obstacle) => {
                    checks.push(of_login(&path, login, person, obstacle).check(operator));
                }
            }
        }
        if !kept.is_empty() {
            removable.push(PlaintextFile { path, logins: kept });
        }
    }
    (removable, checks)
}

/// Removes plaintext credentials.
pub(super) fn remove(
    person: &Person<'_>,
    operator: &Operator,
    files: Vec<PlaintextFile>,
) -> Vec<Check> {
    let remove = |file: PlaintextFile| {
        let servers = file.servers().join(", ");
        let not_removed = |reason: String| {
            MoveProblem::NotRemoved { path: file.path.clone(), reason }.check(operator)
        };
        match person.change(&file.path, |document| document.without_logins(&file.logins)) {
            Ok(true) => {
                let found = format!("removed the plaintext credentials for {servers}");
                Check::ok(Section::Config, "plaintext-removed", printable_path(&file.path), found)
            }
            Ok(false) => not_removed("another program changed the file meanwhile".to_owned()),
            Err(error) => not_removed(on_one_line(&CommandError::from(error))),
        }
    };
    files.into_iter().map(remove).collect()
}

/// Says what [`keep_elsewhere`] would do, and changes nothing; `yes` says that it would not ask.
pub(super) fn preview(
    person: &Person<'_>,
    lookup: &KeyLookup<'_>,
    operator: &Operator,
    files: Vec<PlaintextFile>,
    dockers: impl Fn(&RegistryHost) -> Option<DockerLogin>,
    yes: bool,
) -> Vec<Check> {
    let would =
        if yes { "would be removed, if their keys can be kept" } else { "would be asked about" };
    let mut checks = Vec::new();
    for file in files {
        let (file, others) = movable(lookup, file, &dockers);
        let of_login = |(login, obstacle)| of_login(&file.path, login, person, obstacle);
        checks.extend(others.into_iter().map(|other| of_login(other).check(operator)));
        if !file.logins.is_empty() {
            let servers = file.servers().join(", ");
            let found = format!("plaintext credentials for {servers} {would}");
            let path = printable_path(&file.path);
            checks.push(Check::ok(Section::Config, "plaintext-removed", path, found));
        }
    }
    checks
}

/// Regions that have no registry as far as this version knows: a new one, or a slip.
pub(super) fn unknown_regions(
    hosts: &[RegistryHost],
    helper: &HelperName,
    operator: &Operator,
) -> Vec<Check> {
    let unknown = hosts.iter().filter(|host| !REGIONS.contains(&host.region()));
    let check = |host: &RegistryHost| {
        let problem = ConfigProblem::UnknownRegion {
            host: host.clone(),
            meant: nearest_region(host.region()),
            helper: helper.clone(),
            is_needed: false,
        };
        problem.check(operator)
    };
    unknown.map(check).collect()
}
