//! Problems of credentials outside of the helper: Docker's own logins, and plaintext credentials.

mod docker_login;
mod plaintext;

use super::{Kind, Problem, Scope, in_words};
use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::keys::Keys;
use crate::diagnosis::facts::plaintext::AuthConfigVariable;
use crate::diagnosis::{Command, Fix, Operator, Section, Status};
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;

pub(crate) use docker_login::{DockerLoginProblem, HelpersKey};
pub(crate) use plaintext::{Obstacle, PlaintextProblem, WayToKeep, way_to_keep};

const AUTH_CONFIG: &str = "DOCKER_AUTH_CONFIG";

/// A problem of credentials outside of the helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoginProblem {
    /// Docker asks no helper for these registries, and uses its own login.
    DockerLogin(DockerLoginProblem),
    /// A file holds plaintext credentials.
    Plaintext(PlaintextProblem),
    /// `DOCKER_AUTH_CONFIG` holds credentials.
    AuthConfig(Vec<String>),
    /// `DOCKER_AUTH_CONFIG` cannot be read.
    AuthConfigBroken(String),
}

/// Judges the credentials outside of the helper. `accepted` are the registries that took Docker's login
/// when they were asked.
pub(crate) fn judge(
    facts: &Facts,
    keys: &Keys,
    scope: &Scope,
    accepted: &[RegistryHost],
) -> Vec<Problem> {
    let logins = docker_login::find(facts, keys, scope, accepted);
    let mut problems: Vec<_> = logins.map(LoginProblem::DockerLogin).collect();
    for file in &facts.plaintext {
        let found = plaintext::find(facts, keys, scope, file).into_iter();
        problems.extend(found.map(LoginProblem::Plaintext));
    }
    problems.extend(facts.auth_config.clone().map(|found| match found {
        AuthConfigVariable::Credentials(servers) => LoginProblem::AuthConfig(servers),
        AuthConfigVariable::Broken(reason) => LoginProblem::AuthConfigBroken(reason),
    }));
    problems.into_iter().map(Problem::Login).collect()
}

impl Kind for LoginProblem {
    fn id(&self) -> &'static str {
        match self {
            Self::DockerLogin(_) => "docker-login",
            Self::Plaintext(problem) if problem.is_before_helper => "plaintext-before-helper",
            Self::Plaintext(_) => "plaintext",
            Self::AuthConfig(_) => "docker-auth-config",
            Self::AuthConfigBroken(_) => "docker-auth-config-broken",
        }
    }

    fn section(&self) -> Section {
        Section::Config
    }

    fn subject(&self) -> String {
        match self {
            Self::DockerLogin(problem) => in_words(&problem.hosts),
            Self::Plaintext(problem) => printable_path(&problem.path),
            Self::AuthConfig(_) | Self::AuthConfigBroken(_) => AUTH_CONFIG.to_owned(),
        }
    }

    fn severity(&self) -> Status {
        match self {
            Self::DockerLogin(problem) if !problem.is_harmless => Status::Failure,
            Self::Plaintext(problem) => problem.severity(),
            Self::DockerLogin(_) | Self::AuthConfig(_) | Self::AuthConfigBroken(_) => {
                Status::Warning
            }
        }
    }

    fn cause(&self) -> String {
        match self {
            Self::DockerLogin(problem) => problem.cause(),
            Self::Plaintext(problem) => problem.cause(),
            Self::AuthConfig(servers) => {
                format!(
                    "credentials for {}, which Docker uses before the helper",
                    servers.join(", ")
                )
            }
            Self::AuthConfigBroken(reason) => format!("Docker cannot read it: {reason}"),
        }
    }

    fn fix(&self, operator: &Operator) -> Fix {
        match self {
            Self::DockerLogin(problem) => problem.fix(operator),
            Self::Plaintext(problem) => problem.fix(operator),
            Self::AuthConfig(_) | Self::AuthConfigBroken(_) => Command::unset(AUTH_CONFIG).into(),
        }
    }
}
