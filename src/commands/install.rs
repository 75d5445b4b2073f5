//! `install`: the program in its place, and its name in Docker's config.

use std::collections::BTreeSet;

use serde::Serialize;

use super::config_file::{Person, read_config};
use super::entries::{self, Entry, Wiring, Wish};
use super::leftovers::{self, Finding, PlainTextFile};
use super::own_logins::{self, OwnLogins};
use super::place::program_file;
use super::readiness::{self, Readiness};
use super::{CommandError, as_json};
use crate::cli::{InstallOptions, OutputFormat, Place};
use crate::docker_config::ConfigDocument;
use crate::environment::Environment;
use crate::installed_program::{Found, ProgramError};
use crate::key_source::KeyLookup;
use crate::printable::printable_path;
use crate::program_files::ProgramFiles;
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
    #[serde(skip)]
    nothing_to_wire: bool,
    findings: Vec<Finding>,
    registries: Vec<Readiness>,
    /// What a dry run would change in the config.
    diff: Option<String>,
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
    let files = ProgramFiles::new(environment)?;
    let program = program_file(place, environment, &files)?;

    // Everything that may refuse comes before anything is changed.
    let found = files.look(&program)?;
    if found == Found::Foreign && !place.force {
        return Err(ProgramError::Foreign(program).into());
    }
    if found != Found::Same {
        files.may_change(&program)?;
    }
    if let Some(profile) = &place.profile
        && !place.force
    {
        // A slip in its name would be wired, and fail at every pull.
        KeyLookup::new(person.environment(), Some(profile))
            .bound_key()
            .map_err(CommandError::ProfileToBind)?;
    }
    let before = read_config(&person.docker_config)?;
    let lookup = KeyLookup::new(person.environment(), place.profile.as_deref());
    // What another helper is asked for is none of our business.
    let ours = entries::ours(&hosts, &before, &helper, place.force);
    let LoginsBeside { own_logins, removable, answerless, findings } =
        logins(place, &person, &lookup, &before, &ours, console);
    let wish = Wish {
        hosts: &hosts,
        helper: &helper,
        force: place.force,
        answerless: &answerless,
        own_logins: &own_logins,
    };
    let wire = |config: &ConfigDocument| entries::wiring(&wish, config, &person);
    let wired = |config: &ConfigDocument| {
        let wiring = wire(config);
        config.with_helpers(&wiring.entries, wiring.store)
    };
    let Wiring { entries, kept, taken_over, left_to_login, store } = wire(&before);
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
        left_to_login: left_to_login.iter().map(|(host, _)| host.to_string()).collect(),
        nothing_to_wire: entries.is_empty(),
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
            files.put(&program)?;
        }
        let changed = person.change(&person.docker_config, wired).map_err(CommandError::from);
        report.config_changed = changed.map_err(|error| CommandError::HalfDone {
            done: format!("{} is in its place", report.program),
            error: Box::new(error),
        })?;
    }
    report.findings.extend(leftovers::removed(&person, removable));
    let forced = answerless.iter().filter(|_| place.force);
    let forced = forced.filter_map(|host| Some((host, own_logins.of(&before, host)?)));
    for (host, login) in forced {
        let place = login.place();
        report.findings.push(Finding::new(format!(
            "Docker's login to {host} ({place}) is used no more, and the helper has no answer for it"
        )));
    }
    for (host, login) in &left_to_login {
        let told = own_logins::left_in_words(&lookup, host, login, place.yes);
        report.findings.push(Finding::new(told));
    }
    report.findings.extend(other_findings(&person, &hosts));
    let defeat = leftovers::not_found_by_docker(person.environment(), &program, files.own());
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

/// What is known of logins beside the helper before anything is changed.
struct LoginsBeside {
    own_logins: OwnLogins,
    /// Those in plain text whose keys are kept elsewhere.
    removable: Vec<PlainTextFile>,
    /// The registries that the helper has no answer for.
    answerless: Vec<RegistryHost>,
    findings: Vec<Finding>,
}

/// Looks for logins beside the helper, and keeps their keys with consent.
fn logins(
    place: &Place,
    person: &Person<'_>,
    lookup: &KeyLookup<'_>,
    config: &ConfigDocument,
    hosts: &[RegistryHost],
    console: &mut Console<'_>,
) -> LoginsBeside {
    let yes = place.yes;
    let has_no_answer = |host: &&RegistryHost| !matches!(lookup.key_for(host), Ok(Some(_)));
    let mut answerless: Vec<_> = hosts.iter().filter(has_no_answer).cloned().collect();
    let own_logins = OwnLogins::look(person.environment(), config, &answerless);
    let (files, mut findings) =
        leftovers::plain_text_files(person.environment(), &person.docker_config, hosts);
    if place.dry_run {
        findings.extend(own_logins.only_told(yes));
        findings.extend(leftovers::only_told(&files, yes));
        let can_keep = yes && person.environment().keyring().check().is_ok();
        answerless.retain(|host| {
            let has_key = own_logins.of(config, host).is_some_and(|login| login.has_key());
            !(can_keep && has_key && matches!(lookup.key_for(host), Ok(None)))
        });
        return LoginsBeside { own_logins, removable: Vec::new(), answerless, findings };
    }
    // What Docker uses goes first.
    findings.extend(own_logins.keep(person, lookup, yes, console));
    let dockers = |host: &RegistryHost| own_logins.of(config, host);
    let (removable, told) = leftovers::keep_elsewhere(person, lookup, files, dockers, yes, console);
    findings.extend(told);
    answerless.retain(|host| has_no_answer(&host));
    LoginsBeside { own_logins, removable, answerless, findings }
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
        (false, _) if report.nothing_to_wire => format!("{config} is left as it is"),
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
    for entry in &report.taken_over {
        lines.push(format!("{} was wired to {} before", entry.host, entry.named()));
    }
    for entry in &report.kept {
        let (host, helper) = (&entry.host, entry.named());
        lines.push(if entry.is_bound() {
            format!("{host} stays bound to {helper} (--force takes it over)")
        } else {
            format!("! {host} is left to {helper} (--force takes it over)")
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
