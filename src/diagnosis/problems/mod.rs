//! Kinds of problems: what each is called, how much it matters, what caused it, and how to fix it.
//!
//! The ids are a contract with scripts: docs/doctor.md lists them, and a test compares the list.

pub(crate) mod auth_files;
pub(crate) mod clients;
pub(crate) mod configs;
pub(crate) mod installed;
pub(crate) mod keys;
pub(crate) mod kubelet;
pub(crate) mod logins;
pub(crate) mod moves;
pub(crate) mod owners;
pub(crate) mod programs;
pub(crate) mod registries;
#[cfg(test)]
mod tests;

use self::auth_files::AuthFileProblem;
use self::configs::ConfigProblem;
use self::keys::KeyProblem;
use self::logins::LoginProblem;
use self::owners::OwnerProblem;
use super::{Check, Fix, Operator, Section, Status};
use crate::registry_host::RegistryHost;

/// A problem that was judged from facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    Owner(OwnerProblem),
    Config(ConfigProblem),
    AuthFile(AuthFileProblem),
    Login(LoginProblem),
    Key(KeyProblem),
}

/// What every kind of problem has.
pub(crate) trait Kind {
    /// The kind of problem, for scripts.
    fn id(&self) -> &'static str;
    fn section(&self) -> Section;
    /// What it is about: a file, registries, a variable.
    fn subject(&self) -> String;
    fn severity(&self) -> Status;
    /// What is wrong, as it follows the subject and a colon.
    fn cause(&self) -> String;
    fn fix(&self, operator: &Operator) -> Fix;

    /// The problem as a check.
    fn check(&self, operator: &Operator) -> Check {
        let check = Check::ok(self.section(), self.id(), self.subject(), self.cause());
        Check { status: self.severity(), fix: Some(self.fix(operator)), ..check }
    }
}

impl Problem {
    fn kind(&self) -> &dyn Kind {
        match self {
            Self::Owner(problem) => problem,
            Self::Config(problem) => problem,
            Self::AuthFile(problem) => problem,
            Self::Login(problem) => problem,
            Self::Key(problem) => problem,
        }
    }

    /// The problem as a check.
    pub(crate) fn check(&self, operator: &Operator) -> Check {
        self.kind().check(operator)
    }

    /// Returns whether the first `install` is all that is missing.
    pub(crate) fn is_lack_of_install(&self) -> bool {
        matches!(
            self,
            Self::Config(
                ConfigProblem::Missing(_) | ConfigProblem::NotRegistered { is_any: false, .. }
            )
        )
    }

    /// Returns whether the problem tells how `host` is registered.
    pub(crate) fn is_about(&self, host: &RegistryHost) -> bool {
        match self {
            Self::Config(problem) => problem.is_about(host),
            _ => false,
        }
    }
}

/// The registries that a diagnosis is about.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) hosts: Vec<RegistryHost>,
    /// The user named them.
    pub(crate) is_chosen: bool,
}

impl Scope {
    /// Returns whether `host` is one of them.
    pub(crate) fn has(&self, host: &RegistryHost) -> bool {
        self.hosts.contains(host)
    }
}

/// Registries as the subject of a line: all of them together, or each by name.
pub(crate) fn in_words(hosts: &[RegistryHost]) -> String {
    if RegistryHost::known().all(|known| hosts.contains(&known)) {
        return format!("all {} registries", hosts.len());
    }
    let names: Vec<_> = hosts.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// The regions of these registries, as an option takes them.
pub(crate) fn regions(hosts: &[RegistryHost]) -> String {
    let mut regions: Vec<&str> = Vec::new();
    for host in hosts {
        if !regions.contains(&host.region()) {
            regions.push(host.region());
        }
    }
    regions.join(",")
}

/// Puts registries with the same value together, in the order of the first.
pub(crate) fn grouped<T: PartialEq>(
    items: impl IntoIterator<Item = (RegistryHost, T)>,
) -> Vec<(Vec<RegistryHost>, T)> {
    let mut groups: Vec<(Vec<RegistryHost>, T)> = Vec::new();
    for (host, value) in items {
        match groups.iter_mut().find(|(_, known)| *known == value) {
            Some((hosts, _)) => hosts.push(host),
            None => groups.push((vec![host], value)),
        }
    }
    groups
}
