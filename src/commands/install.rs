//! `install`: the program in its place, and its name in Docker's config.

use std::cell::Cell;
use std::path::PathBuf;

use serde::Serialize;

use super::advice::Commands;
use super::config_file::Person;
use super::docker_logins;
use super::entries::{self, Answers, Entry, Wiring, Wish};
use super::place::program_file;
use super::plaintext;
use super::readiness::{self, Readiness};
use super::refusals::{self, Refusals};
use super::{CommandError, as_json};
use crate::cli::{InstallOptions, OutputFormat, Place, named_regions};
use crate::diagnosis::facts::plaintext::{self as found, AuthConfigVariable, PlaintextFile};
use crate::diagnosis::problems::Kind as _;
use crate::diagnosis::problems::installed;
use crate::diagnosis::problems::keys::KeyProblem;
use crate::diagnosis::problems::logins::LoginProblem;
use crate::diagnosis::{Check, Operator, Status};
use crate::docker::config::{ConfigDocument, FileChange, read_config};
use crate::docker::logins::{DockerLogin, DockerLogins};
use crate::explain::Explanation;
use crate::helper_name::HelperName;
use crate::keys::{FoundKey, KeyLookup, KeySource};
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::sudo::program_files::ProgramFiles;
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::process::AskingTime;
use crate::system::program_file::{Found, ProgramError};
use crate::terminal::{Console, printable_lines, unified_diff};

/// What `install` did, or would do.
#[derive(Serialize)]
struct Report {
    dry_run: bool,
    program: String,
    /// What stood there before.
    program_before: Found,
    config: String,
    config_changed: bool,
    /// What that change is.
    #[serde(skip)]
    config_change: Cell<FileChange>,
    /// The store that Docker would have chosen by itself, now named in its config.
    creds_store_added: Option<&'static str>,
    /// What is said of a config that does not change.
    #[serde(skip)]
    unchanged: &'static str,
    /// What would refuse the run that this was a dry run of.
    refusals: Vec<Explanation>,
    /// Registries that were left to another helper.
    kept: Vec<Entry>,
    /// Registries that were taken over from another helper.
    taken_over: Vec<Entry>,
    /// Registries that were left to Docker's own login, as the helper has no key for them.
    left_to_login: Vec<String>,
    /// The command that takes over registries that the plain helper serves.
    #[serde(skip)]
    take_plain: String,
    findings: Vec<Check>,
    registries: Vec<Readiness>,
    /// What a dry run would change in the config.
    diff: Option<String>,
}

impl Report {
    /// Notes what a change of the config is, and hands on its result.
    fn noting_change(&self, before: &ConfigDocument, after: ConfigDocument) -> ConfigDocument {
        self.config_change.set(FileChange::between(before, &after));
        after
    }
}

pub(super) fn install(
    options: &InstallOptions,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let place = &options.place;
    let person = Person::of(place, environment)?;
    let regions = named_regions(&options.region);
    let hosts: Vec<_> = regions.as_ref().map_or_else(
        || RegistryHost::known().collect(),
        |regions| regions.iter().flat_map(|region| RegistryHost::of_region(region)).collect(),
    );
    let helper = place.helper();
    let files = ProgramFiles::new(environment)?;

    // Everything that may refuse comes before anything is changed.
    let mut refusals = Refusals::new(place.dry_run);
    let (program, found) = check_program(place, &person, &files, &mut refusals)?;
    let readable = refusals.check(read_config(&person.docker_config))?;
    let is_readable = readable.is_some();
    let before = readable.unwrap_or_default();
    let lookup = KeyLookup::new(person.environment(), place.profile.as_deref());
    let time = AskingTime::new();
    let mut operator = Operator::of(environment, files.own(), Some(&person.docker_config));
    if !place.dry_run {
        operator = operator.once_installed(environment, &program);
    }
    let mut wish = Wish {
        hosts: &hosts,
        helper: &helper,
        force: place.force,
        takes_plain: regions.is_some(),
        answers: &Answers::new(),
        docker_logins: &DockerLogins::default(),
    };
    // What another helper is asked for is none of our business.
    let ours = wish.ours(&before);
    let LoginsBeside { docker_logins, removable, answers, findings } =
        logins(place, &person, &operator, &before, &ours, &time, console);
    (wish.answers, wish.docker_logins) = (&answers, &docker_logins);
    let wired = |config: &ConfigDocument| {
        let wiring = entries::wiring(&wish, config, &person);
        config.with_helpers(&wiring.entries, wiring.store)
    };
    let Wiring { entries, kept, taken_over, left_to_login, store } =
        entries::wiring(&wish, &before, &person);
    let after = wired(&before);
    if place.dry_run && is_readable && before != after {
        refusals.check(files::may_update(&person.docker_config).map_err(CommandError::Config))?;
    }
    let mut report = Report {
        dry_run: place.dry_run,
        program: printable_path(&program),
        program_before: found,
        config: printable_path(&person.docker_config),
        config_changed: is_readable && before != after,
        config_change: Cell::new(FileChange::between(&before, &after)),
        unchanged: match (is_readable, entries.is_empty()) {
            (false, _) => "cannot be read, so its change is not shown",
            (true, true) => "is left as it is",
            (true, false) => "names it already",
        },
        refusals: refusals.into_told(),
        creds_store_added: store.filter(|_| is_readable),
        kept,
        taken_over,
        left_to_login: left_to_login.iter().map(|(host, _)| host.to_string()).collect(),
        take_plain: take_plain(place, environment, files.own()),
        findings,
        registries: Vec::new(),
        diff: (place.dry_run && is_readable).then(|| {
            let name = printable_path(&person.docker_config);
            unified_diff(&name, &before.redacted(), &after.redacted())
        }),
    };
    if !place.dry_run {
        // The program first: a config that names a helper which is missing breaks every pull.
        if found != Found::Same {
            files.put(&program)?;
        }
        let wired = |before: &ConfigDocument| report.noting_change(before, wired(before));
        let changed = person.change(&person.docker_config, wired).map_err(CommandError::from);
        report.config_changed = changed.map_err(|error| CommandError::HalfDone {
            done: format!("{} is in its place", report.program),
            error: Box::new(error),
        })?;
    }
    report.findings.extend(plaintext::remove(&person, &operator, removable));
    if place.force {
        report.findings.extend(passed_over(&ours, &before, &docker_logins, &answers, &operator));
    }
    report.findings.extend(left(&left_to_login, &person, &lookup, &operator, place.yes));
    report.findings.extend(other_findings(&person, &hosts, &helper, &operator));
    let defeat = installed::find(person.environment(), &program, files.own());
    report.findings.extend(defeat.iter().map(|problem| problem.check(&operator)));
    if !place.dry_run {
        let config = read_config(&person.docker_config)?;
        report.registries = readiness::check(
            &person,
            &config,
            &hosts,
            &program,
            defeat.is_some(),
            &operator,
            &time,
        );
        report.findings.extend(hidden_variable(place, environment, &report.registries, &operator));
    }
    print(&report, place.output, console)
}

fn print(
    report: &Report,
    output: OutputFormat,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let text = match output {
        OutputFormat::Json => as_json(report),
        OutputFormat::Human => in_words(report),
    };
    Ok(console.print(&text)?)
}

/// The registries that are left to Docker's own login.
fn left(
    logins: &[(RegistryHost, DockerLogin)],
    person: &Person<'_>,
    lookup: &KeyLookup<'_>,
    operator: &Operator,
    yes: bool,
) -> Vec<Check> {
    // With --yes the key would be in the keyring by now.
    let can_keep = !yes && person.environment().keyring().check().is_ok();
    let check = |(host, login): &(RegistryHost, DockerLogin)| {
        docker_logins::left_to_login(operator, lookup, host, login, can_keep)
    };
    logins.iter().map(check).collect()
}

/// The command that takes over registries that the plain helper serves.
fn take_plain(place: &Place, environment: &Environment, own: &[u8]) -> String {
    let commands = Commands { environment, place, own, removed: &[] };
    commands.command(&["install", "--region", "all"], place.profile.as_deref(), false)
}

/// Docker's logins to `hosts` that are no longer used, as the helper was forced upon them.
fn passed_over(
    hosts: &[RegistryHost],
    config: &ConfigDocument,
    docker_logins: &DockerLogins,
    answers: &Answers,
    operator: &Operator,
) -> Vec<Check> {
    let told = |host: &RegistryHost| {
        let answer = answers.get(host);
        let login = docker_logins.of_another_account(config, host, answer)?;
        Some(docker_logins::no_longer_used(operator, host, &login, answer))
    };
    hosts.iter().filter_map(told).collect()
}

/// Where the program is to be, and what is there: both it and the profile must be fit for that.
fn check_program(
    place: &Place,
    person: &Person<'_>,
    files: &ProgramFiles<'_>,
    refusals: &mut Refusals,
) -> Result<(PathBuf, Found), CommandError> {
    let program = program_file(place, person.environment(), files)?;
    let found = refusals.check(files.look(&program))?;
    let found = found.unwrap_or(Found::Unreadable);
    if found == Found::Foreign && !place.force {
        return Err(ProgramError::Foreign(program).into());
    }
    if found != Found::Same {
        refusals.check(files.may_change(&program))?;
    }
    if let Some(profile) = &place.profile
        && !place.force
    {
        // A slip in its name would be wired, and fail at every pull.
        KeyLookup::new(person.environment(), Some(profile))
            .bound_key()
            .map_err(CommandError::ProfileToBind)?;
    }
    Ok((program, found))
}

/// What is known of logins beside the helper before anything is changed.
struct LoginsBeside {
    docker_logins: DockerLogins,
    /// Those in plain text whose keys are kept elsewhere.
    removable: Vec<PlaintextFile>,
    /// What the helper answers.
    answers: Answers,
    findings: Vec<Check>,
}

/// Looks for logins beside the helper, and keeps their keys with consent.
fn logins(
    place: &Place,
    person: &Person<'_>,
    operator: &Operator,
    config: &ConfigDocument,
    hosts: &[RegistryHost],
    time: &AskingTime,
    console: &mut Console<'_>,
) -> LoginsBeside {
    let yes = place.yes;
    let lookup = &KeyLookup::new(person.environment(), place.profile.as_deref());
    let answers = || -> Answers {
        let answer = |host: &RegistryHost| Some((host.clone(), lookup.key_for(host).ok()??));
        hosts.iter().filter_map(answer).collect()
    };
    let mut before = answers();
    let docker_logins = DockerLogins::gather(person.environment(), config, hosts, time);
    // Where Docker's login stays because it is another account's, podman may depend on its own.
    let moves = |host: &&RegistryHost| {
        let answer = before.get(host);
        let stays = || docker_logins.of_another_account(config, host, answer).is_some();
        place.force || answer.is_none() || !stays()
    };
    let moving: Vec<_> = hosts.iter().filter(moves).cloned().collect();
    let (files, unreadable) = found::gather(person.environment(), &person.docker_config, &moving);
    let mut findings: Vec<_> =
        unreadable.into_iter().map(|it| plaintext::unreadable(it, person, operator)).collect();
    let dockers = |host: &RegistryHost| docker_logins.of(config, host);
    if place.dry_run {
        findings.extend(docker_logins::preview(&docker_logins, lookup, yes));
        findings.extend(plaintext::preview(person, lookup, operator, files, dockers, yes));
        let can_keep = yes && person.environment().keyring().check().is_ok();
        for host in hosts.iter().filter(|host| can_keep && matches!(lookup.key_for(host), Ok(None)))
        {
            let key = docker_logins.of(config, host).and_then(|login| login.key().cloned());
            let found = key.map(|key| FoundKey { key, source: KeySource::Keyring });
            before.extend(found.map(|found| (host.clone(), found)));
        }
        return LoginsBeside { docker_logins, removable: Vec::new(), answers: before, findings };
    }
    // What Docker uses goes first.
    findings.extend(docker_logins::keep(&docker_logins, person, operator, lookup, yes, console));
    let (removable, told) =
        plaintext::keep_elsewhere(person, lookup, operator, files, dockers, yes, console);
    findings.extend(told);
    LoginsBeside { removable, answers: answers(), findings, docker_logins }
}

/// Unknown regions, and credentials that go before the helper.
fn other_findings(
    person: &Person<'_>,
    hosts: &[RegistryHost],
    helper: &HelperName,
    operator: &Operator,
) -> Vec<Check> {
    let mut findings = plaintext::unknown_regions(hosts, helper, operator);
    let variable = found::auth_config_variable(person.environment(), hosts);
    if let Some(AuthConfigVariable::Credentials(servers)) = variable {
        findings.push(LoginProblem::AuthConfig(servers).check(operator));
    }
    findings
}

/// Explains under `sudo` why a key in a variable is not found: `sudo` drops the variable, and the
/// process that acts as the user starts without root's variables as well. A helper that is bound to
/// a profile reads no variable.
fn hidden_variable(
    place: &Place,
    environment: &Environment,
    registries: &[Readiness],
    operator: &Operator,
) -> Option<Check> {
    let helper = place.helper();
    let lacks_key = |one: &Readiness| {
        !one.ready && one.key_from.is_none() && one.helper == Some(helper.to_string())
    };
    let is_hidden =
        environment.is_under_sudo() && place.profile.is_none() && registries.iter().any(lacks_key);
    is_hidden.then(|| KeyProblem::VariableUnderSudo.check(operator))
}

fn in_words(report: &Report) -> String {
    let Report { program, config, .. } = report;
    let mut lines = vec![match (report.program_before, report.dry_run) {
        (Found::Same, _) => format!("{program} is there already"),
        (Found::Unreadable, _) => format!("{program} cannot be read"),
        (Found::Nothing, false) => format!("Installed {program}"),
        (Found::Nothing, true) => format!("Would install {program}"),
        (before, dry_run) => {
            let what = match before {
                Found::ScwScript => "the script of scw registry install-docker-helper",
                Found::OtherVersion => "another version of it",
                Found::NotExecutable => "which not everybody could execute",
                Found::Incomplete => "which was incomplete",
                _ => "what stood there",
            };
            let replaced = if dry_run { "Would replace" } else { "Replaced" };
            format!("{replaced} {program}, {what}")
        }
    }];
    lines.push(match (report.config_changed, report.dry_run) {
        (false, _) => format!("{config} {}", report.unchanged),
        (true, dry_run) => {
            let end = if dry_run { ":" } else { "" };
            format!("{} {config}{end}", report.config_change.get().in_words(dry_run))
        }
    });
    let mut text = printable_lines(&lines);
    text.push_str(report.diff.as_deref().unwrap_or_default());
    lines = refusals::as_lines(&report.refusals).collect();
    if let Some(store) = report.creds_store_added {
        lines.push(format!(
            "credsStore {store} is named there for all other registries: Docker would have chosen it \
             by itself, and with credHelpers in the file it no longer does"
        ));
    }
    for entry in &report.taken_over {
        lines.push(format!("{} was wired to {} before", entry.host, entry.named()));
    }
    let plain: Vec<_> = report.kept.iter().filter(|entry| entry.is_plain()).collect();
    if !plain.is_empty() {
        let hosts: Vec<_> = plain.iter().map(|entry| entry.host.as_str()).collect();
        let (hosts, stay) = (hosts.join(", "), if hosts.len() == 1 { "stays" } else { "stay" });
        let command = &report.take_plain;
        lines.push(format!(
            "{hosts} {stay} with the plain helper; `{command}` takes over all of them"
        ));
    }
    for entry in report.kept.iter().filter(|entry| !entry.is_plain()) {
        let (host, helper) = (&entry.host, entry.named());
        lines.push(if entry.is_bound() {
            format!("{host} stays bound to {helper} (--force takes it over)")
        } else {
            format!("! {host} is left to {helper} (--force takes it over)")
        });
    }
    for finding in &report.findings {
        lines.extend(finding.lines());
    }
    text.push_str(&printable_lines(&lines));
    if report.registries.is_empty() {
        return text;
    }
    text.push('\n');
    text.push_str(&readiness::as_table(&report.registries));
    let is_ready = |one: &Readiness| one.ready;
    let has_findings = report.findings.iter().any(|finding| finding.status != Status::Ok);
    text.push_str(if has_findings && report.registries.iter().all(is_ready) {
        "\nReady, but what is marked ! may still get in the way.\n"
    } else if has_findings {
        "\nFix what is marked !, then run install again.\n"
    } else if report.registries.iter().all(is_ready) {
        "\nDocker, podman, buildah and skopeo now pull from these without a login.\n"
    } else if report.registries.iter().any(is_ready) {
        "\nDocker, podman, buildah and skopeo now pull from those that are ready, without a login.\n"
    } else {
        "\nFix this, then run install again.\n"
    });
    text
}
