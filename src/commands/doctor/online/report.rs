//! Problems as the checks of doctor's screen.

use crate::diagnosis::Check;
use crate::diagnosis::facts::Facts;
use crate::diagnosis::problems::registries::judge::Outcome;
use crate::diagnosis::problems::registries::{Context, RegistryProblem};
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
    facts: &Facts,
    subject: String,
    problem: &RegistryProblem,
    hosts: &[RegistryHost],
    helper_has_key: bool,
) -> Check {
    let context = Context {
        hosts,
        helper_has_key,
        client: facts.clients.first().copied(),
        has_timedatectl: facts.has_timedatectl,
        operator: &facts.operator,
    };
    problem.check(subject, &context)
}
