//! `install`: the program in its place, and its name in Docker's config.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::config_file::{Person, read_config};
use super::leftovers::{self, Finding};
use super::readiness::{self, Readiness};
use super::{CommandError, as_json};
use crate::cli::{InstallOptions, OutputFormat};
use crate::docker_config::{ConfigDocument, dockers_default_store};
use crate::environment::Environment;
use crate::installed_program::{self, Found, ProgramError};
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::terminal::{Console, unified_diff};

/// What `install` did, or would do.
#[derive(Serialize)]
struct Report {
    dry_run: bool,
    program: PathBuf,
    /// What stood there before.
    program_before: Found,
    config: PathBuf,
    config_changed: bool,
    /// The store that Docker would have chosen by itself, now named in its config.
    creds_store_added: Option<&'static str>,
    /// Registries that were left to another helper.
    kept: Vec<Kept>,
    findings: Vec<Finding>,
    registries: Vec<Readiness>,
    #[serde(skip)]
    diff: String,
}

/// An entry that names another helper, left as it is.
#[derive(Serialize)]
struct Kept {
    host: String,
    helper: String,
}

/// What is to be written into Docker's config.
struct Wiring {
    entries: Vec<(String, String)>,
    kept: Vec<Kept>,
    store: Option<&'static str>,
}

pub(super) fn install(
    options: &InstallOptions,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<bool, CommandError> {
    let place = &options.place;
    let person = Person::of(place, environment)?;
    let hosts: Vec<_> = if options.region.is_empty() {
        RegistryHost::known().collect()
    } else {
        options.region.iter().flat_map(|region| RegistryHost::of_region(region)).collect()
    };
    let helper = place.helper();
    let program = program_path(&place.path, &helper);
    let own = installed_program::own_content(environment.program_file())?;

    // Everything that may refuse comes before anything is changed.
    let found = installed_program::look(&program, &own)?;
    if found == Found::Foreign && !place.force || program.is_dir() {
        return Err(ProgramError::Foreign(program).into());
    }
    let wire = |config: &ConfigDocument| wiring(config, &person, &hosts, &helper, place.force);
    let wired = |config: &ConfigDocument| {
        let wiring = wire(config);
        config.with_helpers(&wiring.entries, wiring.store)
    };
    let before = read_config(&person.docker_config)?;
    let Wiring { kept, store, .. } = wire(&before);
    let after = wired(&before);
    let mut report = Report {
        dry_run: place.dry_run,
        program: program.clone(),
        program_before: found,
        config: person.docker_config.clone(),
        config_changed: before != after,
        creds_store_added: store,
        kept,
        findings: Vec::new(),
        registries: Vec::new(),
        diff: unified_diff(
            &printable_path(&person.docker_config),
            &before.redacted(),
            &after.redacted(),
        ),
    };
    if !place.dry_run {
        // The program first: a config that names a helper which is missing breaks every pull.
        if found != Found::Same {
            installed_program::put(&program, &own, owner_of(&program, &person))?;
        }
        report.config_changed = person.change(&person.docker_config, wired)?;
    }
    let asks = if place.dry_run { None } else { Some(place.yes) };
    report.findings = findings(&person, &hosts, &program, &own, asks, console);
    if !place.dry_run {
        let config = read_config(&person.docker_config)?;
        report.registries = readiness::check(&person, &config, &hosts, &program, &helper);
    }
    let text = match place.output {
        OutputFormat::Json => as_json(&report),
        OutputFormat::Human => in_words(&report),
    };
    console.print(&text)?;
    Ok(true)
}

/// Where the program stands under the name that Docker looks for.
pub(super) fn program_path(directory: &Path, helper: &str) -> PathBuf {
    let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    directory.join(format!("docker-credential-{helper}{}", std::env::consts::EXE_SUFFIX))
}

/// A program below somebody's home is theirs.
fn owner_of(program: &Path, person: &Person<'_>) -> Option<crate::environment::Owner> {
    let invoker = person.invoker.as_ref()?;
    program.starts_with(&invoker.home).then_some(invoker.owner)
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
    let (mut entries, mut kept) = (Vec::new(), Vec::new());
    for host in hosts.iter().map(ToString::to_string) {
        match config.cred_helper(&host) {
            Some(other) if other != helper && other != "scw" && !force => {
                kept.push(Kept { host, helper: other });
            }
            _ => entries.push((host, helper.to_owned())),
        }
    }
    let chooses = !config.contains_auth() && !entries.is_empty();
    let store = dockers_default_store(person.environment()).filter(|_| chooses);
    Wiring { entries, kept, store }
}

/// What would defeat the helper; mended where `consent` is given or asked for.
fn findings(
    person: &Person<'_>,
    hosts: &[RegistryHost],
    program: &Path,
    own: &[u8],
    consent: Option<bool>,
    console: &mut Console<'_>,
) -> Vec<Finding> {
    let (files, mut findings) = leftovers::plain_text_files(person, hosts);
    match consent {
        Some(yes) => {
            findings.extend(leftovers::mend_plain_text(person, files, program, yes, console));
        }
        None => findings.extend(leftovers::only_told(&files)),
    }
    findings.extend(leftovers::in_the_environment(person, hosts, program, own));
    findings
}

fn in_words(report: &Report) -> String {
    let program = printable_path(&report.program);
    let config = printable_path(&report.config);
    let mut lines = Vec::new();
    let would = if report.dry_run { "Would " } else { "" };
    lines.push(match (report.program_before, report.dry_run) {
        (Found::Same, _) => format!("{program} is there already"),
        (Found::Nothing, false) => format!("Installed {program}"),
        (Found::Nothing, true) => format!("Would install {program}"),
        (before, dry_run) => {
            let what = match before {
                Found::ScwScript => "the script of scw registry install-docker-helper",
                Found::OtherVersion => "another version of it",
                _ => "what stood there",
            };
            let replace = if dry_run { "replace" } else { "Replaced" };
            format!("{would}{replace} {program}, {what}")
        }
    });
    lines.push(match (report.config_changed, report.dry_run) {
        (false, _) => format!("{config} names it already"),
        (true, false) => format!("Changed {config}"),
        (true, true) => format!("Would change {config}:\n{}", report.diff.trim_end()),
    });
    if let Some(store) = report.creds_store_added {
        lines.push(format!(
            "credsStore {store} is named there for all other registries: Docker would have chosen it by \
             itself, and with credHelpers in the file it no longer does"
        ));
    }
    for Kept { host, helper } in &report.kept {
        lines.push(format!("! {host} is left to the helper {helper} (--force takes it over)"));
    }
    for finding in &report.findings {
        lines.push(format!("{} {}", if finding.mended { "+" } else { "!" }, finding.message));
    }
    let mut text = lines.join("\n");
    text.push('\n');
    if report.registries.is_empty() {
        return text;
    }
    text.push('\n');
    text.push_str(&readiness::as_table(&report.registries));
    if report.registries.iter().any(|one| one.ready) {
        text.push_str(
            "\nDocker, podman, buildah and skopeo now pull from these without a login.\n",
        );
    } else {
        text.push_str("\nWhen a key is there, install shows this table again.\n");
    }
    text
}
