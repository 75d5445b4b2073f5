//! Problems as the checks of doctor's screen.

use super::fix::{Fix, Place};
use super::judge::Outcome;
use super::problem::RegistryProblem;
use crate::commands::doctor::Patient;
use crate::diagnosis::{self, Check, Command, Section};
use crate::docker::client::ContainerClient;
use crate::program_name::HELPER;
use crate::registry_host::RegistryHost;

pub(super) fn is_about_image(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Good(_) => true,
        Outcome::Bad(problem) => matches!(
            problem,
            RegistryProblem::NoSuchNamespace { .. }
                | RegistryProblem::NoSuchImage { .. }
                | RegistryProblem::NoSuchTag { .. }
                | RegistryProblem::ImageDenied { .. }
                | RegistryProblem::ImageNeedsKey { .. }
        ),
    }
}

/// The registries, as a line's subject.
pub(super) fn in_words(hosts: &[RegistryHost], all: usize) -> String {
    if hosts.len() == all && all > 2 {
        return format!("all {all} registries");
    }
    let names: Vec<_> = hosts.iter().map(ToString::to_string).collect();
    names.join(", ")
}

pub(super) fn unique<'h>(hosts: impl Iterator<Item = &'h RegistryHost>) -> Vec<RegistryHost> {
    let mut found: Vec<RegistryHost> = Vec::new();
    for host in hosts {
        if !found.contains(host) {
            found.push(host.clone());
        }
    }
    found
}

/// A problem as a check.
pub(super) fn check(
    patient: &Patient<'_>,
    subject: String,
    problem: &RegistryProblem,
    hosts: &[RegistryHost],
    helper_has_key: bool,
) -> Check {
    let environment = patient.environment;
    let is_there = |client: &ContainerClient| environment.find_program(client.name()).is_some();
    let place = Place {
        hosts,
        helper_has_key,
        client: ContainerClient::ALL.into_iter().find(is_there),
        has_timedatectl: environment.find_program("timedatectl").is_some(),
        is_root: environment.uid() == Some(0),
    };
    let fix = match problem.fix(&place) {
        Fix::Words(words) => words.into(),
        Fix::Commands(commands) => {
            diagnosis::Fix::Run(commands.iter().map(|words| typed(patient, words)).collect())
        }
    };
    Check::ok(Section::Registry, problem.id(), subject, problem.cause()).failure(fix)
}

/// A command as it is typed here.
fn typed(patient: &Patient<'_>, words: &[String]) -> Command {
    match words {
        [program, action, options @ ..] if program == HELPER && action == "install" => {
            let options: Vec<_> = options.iter().map(String::as_str).collect();
            patient.operator.install(&options)
        }
        [program, options @ ..] if program == HELPER => patient.operator.helper(options),
        [sudo, words @ ..] if sudo == "sudo" => Command::new(words).with_sudo(true),
        words => Command::new(words),
    }
}
