//! `install`: the program in a directory on PATH, and its registration in Docker's config.
//!
//! What is on the machine is gathered, then every step is planned and agreed to, then the steps are
//! carried out, and the report is made from the same steps. A dry run leaves out the third part.

mod apply;
mod findings;
mod gather;
mod kept_keys;
mod plan;
mod registrations;
mod report;

use self::gather::Facts;
use self::plan::Plan;
use self::registrations::{Registrations, RequestedRegistries};
use self::report::Report;
use super::consent::Consent;
use super::refusals::Refusals;
use super::target_config::TargetConfig;
use super::{CommandError, as_json};
use crate::cli::command::{Install, OutputFormat};
use crate::docker::config::ConfigDocument;
use crate::keys::KeyLookup;
use crate::registry_host::RegistryHost;
use crate::sudo::program_files::ProgramFiles;
use crate::system::environment::Environment;
use crate::system::process::AskingTime;
use crate::terminal::Console;

/// What is to be installed, and what that takes.
struct Request<'a> {
    wanted: &'a Install,
    environment: &'a Environment,
    target: TargetConfig<'a>,
    files: ProgramFiles<'a>,
    registries: RequestedRegistries,
    lookup: KeyLookup<'a>,
    /// The time that other programs get.
    time: AskingTime,
}

impl<'a> Request<'a> {
    fn new(wanted: &'a Install, environment: &'a Environment) -> Result<Self, CommandError> {
        let named = wanted.regions.hosts();
        let force = wanted.options.force;
        Ok(Self {
            wanted,
            environment,
            target: TargetConfig::of(&wanted.target, force, environment)?,
            files: ProgramFiles::new(environment)?,
            registries: RequestedRegistries {
                replaces_plain: named.is_some(),
                hosts: named.unwrap_or_else(|| RegistryHost::known().collect()),
                helper: wanted.target.helper(),
                force,
            },
            lookup: KeyLookup::new(environment, wanted.target.profile.as_deref()),
            time: AskingTime::new(),
        })
    }

    /// Decides what each registry gets in this config.
    fn registrations(&self, config: &ConfigDocument, facts: &Facts) -> Registrations {
        self.registries.registrations(
            config,
            &facts.answers,
            &facts.docker_logins,
            self.environment,
        )
    }
}

/// Installs the program and registers it.
///
/// # Errors
/// Returns [`CommandError`] if that was not done, or not all of it.
pub(super) fn install(
    wanted: &Install,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let options = wanted.options;
    let request = Request::new(wanted, environment)?;
    let mut refusals = Refusals::new(options.mode.is_dry_run());
    let facts = Facts::gather(&request, &mut refusals)?;
    let mut consent = Consent::of(options, console);
    let mut plan = Plan::make(&request, facts, &mut consent, &mut refusals)?;
    if !options.mode.is_dry_run() {
        plan.apply(&request)?;
    }
    let report = Report::of(&request, plan, refusals)?;
    let text = match options.output {
        OutputFormat::Json => as_json(&report),
        OutputFormat::Human => report.in_words(console.wrap),
    };
    console.print(&text)?;
    Ok(())
}
