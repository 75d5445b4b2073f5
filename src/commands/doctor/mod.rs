//! `doctor`: finds out why pulls fail, and how to fix it. It changes nothing.

mod clients;
mod configs;
mod keys;
mod online;
mod program;
mod screen;

use std::sync::Arc;

use serde::Serialize;

use super::{CommandError, as_json};
use crate::cli::command::{Doctor, DoctorScope, OutputFormat};
use crate::diagnosis::facts::keys::Keys;
use crate::diagnosis::facts::{self, Facts};
use crate::diagnosis::problems::configs::nearest_region;
use crate::diagnosis::problems::{self, Problem, Scope};
use crate::diagnosis::{Check, Status};
use crate::exit::Exit;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::program_file::OwnProgram;
use crate::terminal::Console;
use online::Answers;

/// The findings, for scripts.
#[derive(Serialize)]
struct Report<'a> {
    version: &'static str,
    pulls_will_work: bool,
    checks: &'a [Check],
}

pub(super) fn doctor(
    wanted: &Doctor,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    environment.watch_signals();
    console.progress("Looking at the program and the files");
    let program = Arc::new(OwnProgram::open(environment)?);
    let findings = findings(&wanted.scope, environment, &program, console);
    print(&findings, wanted.output, console)
}

/// What was found.
pub(super) struct Findings {
    /// All checks, in the order of the screen.
    pub(super) checks: Vec<Check>,
    /// Whether no program that pulls images is installed.
    pub(super) lacks_client: bool,
}

/// Prints the findings, and returns what they mean for the exit code.
pub(super) fn print(
    findings: &Findings,
    output: OutputFormat,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let checks = &findings.checks;
    let pulls_will_work = checks.iter().all(|check| check.status != Status::Failure);
    let text = match output {
        OutputFormat::Json => {
            as_json(&Report { version: env!("CARGO_PKG_VERSION"), pulls_will_work, checks })
        }
        OutputFormat::Human => screen::in_words(findings, console.style, console.wrap),
    };
    console.print(&text)?;
    Ok(if pulls_will_work { Exit::Success } else { Exit::Failure })
}

/// The registries that are known or registered, without those of misspelt regions.
fn existing(facts: &Facts) -> Vec<RegistryHost> {
    let is_misspelt = |host: &RegistryHost| nearest_region(host.region()).is_some();
    facts.hosts().into_iter().filter(|host| !is_misspelt(host)).collect()
}

fn findings(
    wanted: &DoctorScope,
    environment: &Environment,
    program: &Arc<OwnProgram>,
    console: &mut Console<'_>,
) -> Findings {
    // The programs take longest, and are started first.
    let ((facts, scope, mut keys), (helpers, clients)) = facts::both(
        || facts::programs_and_clients(environment, program),
        || {
            let facts = Facts::gather(environment, Arc::clone(program));
            let chosen = wanted.chosen_hosts();
            let is_chosen = chosen.is_some();
            let scope = Scope { hosts: chosen.unwrap_or_else(|| existing(&facts)), is_chosen };
            let keys = Keys::gather(environment, &facts, &scope.hosts);
            (facts, scope, keys)
        },
    );
    let facts = &facts;
    let mut checks = program::checks(environment, facts, &helpers, &scope);
    // One problem a cause: a helper that does not run has no answer either.
    keys.forget_answers_of(&program::known_to_fail(&helpers));
    let Answers { checks: registries, accepted } = if wanted.is_offline() {
        Answers::default()
    } else {
        online::ask_registries(environment, facts, wanted, &keys, console)
    };

    let owners = problems::owners::judge(&facts.owners).into_iter().map(Problem::Owner);
    let mut found: Vec<_> = owners.collect();
    found.extend(problems::configs::judge(facts, &scope));
    found.extend(problems::auth_files::judge(facts, &scope));
    found.extend(problems::logins::judge(facts, &keys, &scope, &accepted));
    // A program that was never installed is the cause of the others.
    if program::was_never_installed(facts, &helpers) {
        found.retain(|problem| !problem.is_lack_of_install());
    }
    let as_checks = |found: Vec<Problem>| -> Vec<Check> {
        found.iter().map(|problem| problem.check(&facts.operator)).collect()
    };
    checks.extend(configs::files(facts));
    checks.extend(configs::registrations(facts, &scope, &found));
    checks.extend(as_checks(found));
    checks.extend(keys::sources(facts, &keys, &scope));
    checks.extend(as_checks(problems::keys::judge(facts, &keys, &scope)));
    checks.extend(keys::places(facts, &keys));
    checks.extend(clients::checks(facts, &clients));
    checks.extend(registries);
    Findings { checks, lacks_client: clients.is_empty() }
}
