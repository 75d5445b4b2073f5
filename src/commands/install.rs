//! `install`: the program in its place, and its name in Docker's config.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::config_file::{Person, read_config};
use super::leftovers::{self, Finding, PlainTextFile};
use super::only_logins::{self, OnlyLogin};
use super::place::program_file;
use super::readiness::{self, Readiness};
use super::{CommandError, as_json};
use crate::cli::{InstallOptions, OutputFormat};
use crate::docker_config::{ConfigDocument, dockers_default_store};
use crate::environment::Environment;
use crate::installed_program::{self, Found, ProgramError};
use crate::key_source::KeyLookup;
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
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
    /// The store that Docker would have chosen by itself, now named in its config.
    creds_store_added: Option<&'static str>,
    /// Registries that were left to another helper.
    kept: Vec<Entry>,
    /// Registries that were taken over from another helper.
    taken_over: Vec<Entry>,
    /// Registries that were left to Docker's own login, as the helper has no key for them.
    left_to_login: Vec<String>,
    findings: Vec<Finding>,
    registries: Vec<Readiness>,
    /// What a dry run would change in the config.
    diff: Option<String>,
}

/// An entry that names another helper.
#[derive(Serialize)]
struct Entry {
    host: String,
    helper: String,
}

/// What is to be written into Docker's config.
struct Wiring {
    entries: Vec<(String, String)>,
    kept: Vec<Entry>,
    taken_over: Vec<Entry>,
    store: Option<&'static str>,
}

pub(super) fn install(
    options: &InstallOptions,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let place = &options.place;
    let person = Person::of(place, environment)?;
    let mut hosts: Vec<_> = if options.region.is_empty() {
        RegistryHost::known().collect()
    } else {
        options.region.iter().flat_map(|region| RegistryHost::of_region(region)).collect()
    };
    // A region may be given twice.
    let mut seen = BTreeSet::new();
    hosts.retain(|host| seen.insert(host.clone()));
    let helper = place.helper();
    let own = installed_program::own_content(environment.program_file())?;
    let program = program_file(place, person.environment(), &own)?;

    // Everything that may refuse comes before anything is changed.
    let found = installed_program::look(&program, &own)?;
    if found == Found::Foreign && !place.force {
        return Err(ProgramError::Foreign(program).into());
    }
    if found != Found::Same {
        installed_program::may_change(&program)?;
    }
    if let Some(profile) = &place.profile
        && !place.force
    {
        // A slip in its name would be wired, and fail at every pull.
        KeyLookup::new(person.environment(), Some(profile)).bound_key()?;
    }
    let before = read_config(&person.docker_config)?;
    let asks = (!place.dry_run).then_some(place.yes);
    let lookup = KeyLookup::new(person.environment(), place.profile.as_deref());
    let Logins { removable, mut only, findings } =
        logins(&person, &lookup, &before, &hosts, asks, console);
    if place.dry_run && place.yes {
        // They would be kept.
        only.clear();
    }
    let stays = only.iter().filter(|_| !place.force);
    let left_to_login: Vec<_> = stays.map(|login| login.host.clone()).collect();
    let to_wire: Vec<_> =
        hosts.iter().filter(|host| !left_to_login.contains(host)).cloned().collect();
    let wire = |config: &ConfigDocument| wiring(config, &person, &to_wire, &helper, place.force);
    let wired = |config: &ConfigDocument| {
        let wiring = wire(config);
        config.with_helpers(&wiring.entries, wiring.store)
    };
    let Wiring { kept, taken_over, store, .. } = wire(&before);
    let after = wired(&before);
    let mut report = Report {
        dry_run: place.dry_run,
        program: printable_path(&program),
        program_before: found,
        config: printable_path(&person.docker_config),
        config_changed: before != after,
        creds_store_added: store,
        kept,
        taken_over,
        left_to_login: left_to_login.iter().map(ToString::to_string).collect(),
        findings,
        registries: Vec::new(),
        diff: place.dry_run.then(|| {
            let name = printable_path(&person.docker_config);
            unified_diff(&name, &before.redacted(), &after.redacted())
        }),
    };
    if !place.dry_run {
        // The program first: a config that names a helper which is missing breaks every pull.
        if found != Found::Same {
            installed_program::put(&program, &own, owner_of(&program, &person))?;
        }
        let changed = person.change(&person.docker_config, wired).map_err(CommandError::from);
        report.config_changed = changed.map_err(|error| CommandError::HalfDone {
            done: format!("{} is in its place", report.program),
            error: Box::new(error),
        })?;
    }
    report.findings.extend(leftovers::removed(&person, removable));
    report.findings.extend(only_logins::in_words(&person, &only, &left_to_login));
    report.findings.extend(other_findings(&person, &hosts));
    let defeat = leftovers::not_found_by_docker(person.environment(), &program, &own);
    report.findings.extend(defeat.clone().map(Finding::new));
    if !place.dry_run {
        let config = read_config(&person.docker_config)?;
        report.registries =
            readiness::check(&person, &config, &hosts, &program, &helper, defeat.as_deref());
    }
    let text = match place.output {
        OutputFormat::Json => as_json(&report),
        OutputFormat::Human => in_words(&report),
    };
    console.print(&text)?;
    Ok(())
}

/// A program below somebody's home is theirs.
fn owner_of(program: &Path, person: &Person<'_>) -> Option<crate::environment::Owner> {
    let invoker = person.invoker.as_ref()?;
    let directory = program.parent()?.canonicalize().ok()?;
    directory.starts_with(invoker.home.canonicalize().ok()?).then_some(invoker.owner)
}

/// Which entries the config is to get. One that names another helper stays, unless `force`d; but
/// where the plain helper stands, one that is bound to a profile takes its place, as it says more.
fn wiring(
    config: &ConfigDocument,
    person: &Person<'_>,
    hosts: &[RegistryHost],
    helper: &str,
    force: bool,
) -> Wiring {
    let (mut entries, mut kept, mut taken_over) = (Vec::new(), Vec::new(), Vec::new());
    for host in hosts.iter().map(ToString::to_string) {
        match config.cred_helper(&host) {
            Some(other) if other != helper && other != "scw" && !force => {
                kept.push(Entry { host, helper: other });
            }
            found => {
                let other = found.filter(|other| other != helper);
                taken_over.extend(other.map(|helper| Entry { host: host.clone(), helper }));
                entries.push((host, helper.to_owned()));
            }
        }
    }
    let chooses = !config.contains_auth() && !config.has_creds_store() && !entries.is_empty();
    let store = dockers_default_store(person.environment()).filter(|_| chooses);
    Wiring { entries, kept, taken_over, store }
}

/// What was found out about logins before anything is changed.
struct Logins {
    /// Those in plain text whose keys are kept elsewhere.
    removable: Vec<PlainTextFile>,
    /// Those that Docker uses, and the helper has no answer in their stead.
    only: Vec<OnlyLogin>,
    findings: Vec<Finding>,
}

/// Looks for logins beside the helper, and keeps their keys where `consent` is given or asked for.
fn logins(
    person: &Person<'_>,
    lookup: &KeyLookup<'_>,
    config: &ConfigDocument,
    hosts: &[RegistryHost],
    consent: Option<bool>,
    console: &mut Console<'_>,
) -> Logins {
    let (files, mut findings) =
        leftovers::plain_text_files(person.environment(), &person.docker_config, hosts);
    // A helper that is bound to a profile has its key, or its want of one is insisted on.
    let is_bound = lookup.bound_profile().is_some();
    let only = if is_bound { Vec::new() } else { only_logins::of_docker(config, hosts) };
    let mut removable = Vec::new();
    match consent {
        Some(yes) => {
            let (kept, told) = leftovers::keep_elsewhere(person, lookup, files, yes, console);
            removable = kept;
            findings.extend(told);
            let only = only_logins::without_answer(lookup, only.clone());
            findings.extend(only_logins::keep_for_helper(person, lookup, &only, yes, console));
        }
        None => findings.extend(leftovers::only_told(&files)),
    }
    let only = only_logins::without_answer(lookup, only);
    Logins { removable, only, findings }
}

/// Slips in regions, and variables in the way.
fn other_findings(person: &Person<'_>, hosts: &[RegistryHost]) -> Vec<Finding> {
    let mut findings = leftovers::unknown_regions(hosts);
    let by_variable = leftovers::in_docker_auth_config(person.environment(), hosts);
    findings.extend(by_variable.map(|servers| {
        Finding::new(format!(
            "DOCKER_AUTH_CONFIG holds a login for {servers}, which Docker uses before the helper: unset it"
        ))
    }));
    findings
}

fn in_words(report: &Report) -> String {
    let Report { program, config, .. } = report;
    let mut lines = vec![match (report.program_before, report.dry_run) {
        (Found::Same, _) => format!("{program} is there already"),
        (Found::Nothing, false) => format!("Installed {program}"),
        (Found::Nothing, true) => format!("Would install {program}"),
        (before, dry_run) => {
            let what = match before {
                Found::ScwScript => "the script of scw registry install-docker-helper",
                Found::OtherVersion => "another version of it",
                Found::NotExecutable => "which not everybody could execute",
                _ => "what stood there",
            };
            let replaced = if dry_run { "Would replace" } else { "Replaced" };
            format!("{replaced} {program}, {what}")
        }
    }];
    lines.push(match (report.config_changed, report.dry_run) {
        (false, _) => format!("{config} names it already"),
        (true, false) => format!("Changed {config}"),
        (true, true) => format!("Would change {config}:"),
    });
    let mut text = printable_lines(&lines);
    text.push_str(report.diff.as_deref().unwrap_or_default());
    lines.clear();
    if let Some(store) = report.creds_store_added {
        lines.push(format!(
            "credsStore {store} is named there for all other registries: Docker would have chosen it \
             by itself, and with credHelpers in the file it no longer does"
        ));
    }
    for Entry { host, helper } in &report.taken_over {
        lines.push(format!("{host} was wired to {} before", named(helper)));
    }
    for Entry { host, helper } in &report.kept {
        lines.push(if helper.starts_with("scw-") {
            format!("{host} stays bound to {} (--force takes it over)", named(helper))
        } else {
            format!("! {host} is left to {} (--force takes it over)", named(helper))
        });
    }
    for finding in &report.findings {
        lines.push(format!("{} {}", if finding.mended { "+" } else { "!" }, finding.message));
    }
    text.push_str(&printable_lines(&lines));
    if report.registries.is_empty() {
        return text;
    }
    text.push('\n');
    text.push_str(&readiness::as_table(&report.registries));
    let is_ready = |one: &Readiness| one.ready;
    let has_findings = report.findings.iter().any(|finding| !finding.mended);
    text.push_str(if has_findings && report.registries.iter().all(is_ready) {
        "\nReady, but what is marked ! may still get in the way.\n"
    } else if has_findings {
        "\nMend what is marked ! first, then install shows this table again.\n"
    } else if report.registries.iter().all(is_ready) {
        "\nDocker, podman, buildah and skopeo now pull from these without a login.\n"
    } else if report.registries.iter().any(is_ready) {
        "\nDocker, podman, buildah and skopeo now pull from those that are ready, without a login.\n"
    } else {
        "\nWhen that is mended, install shows this table again.\n"
    });
    text
}

/// A helper, as `credHelpers` names it: an empty name stands for Docker's own file.
fn named(helper: &str) -> String {
    if helper.is_empty() { "Docker's own file".to_owned() } else { format!("the helper {helper}") }
}
