//! What gets in the way of the helper, in `doctor`'s words.

use std::path::Path;

use super::Request;
use super::gather::Facts;
use super::plan::Plan;
use crate::commands::readiness::Readiness;
use crate::diagnosis::facts::configs::{FileFault, free_name};
use crate::diagnosis::facts::owners::Owners;
use crate::diagnosis::facts::plaintext::{self, AuthConfigVariable, PlaintextFile, Unreadable};
use crate::diagnosis::problems::Kind as _;
use crate::diagnosis::problems::auth_files::AuthFileProblem;
use crate::diagnosis::problems::configs::{ConfigProblem, nearest_region};
use crate::diagnosis::problems::keys::KeyProblem;
use crate::diagnosis::problems::logins::{
    DockerLoginProblem, HelpersKey, LoginProblem, Obstacle, PlaintextProblem,
};
use crate::diagnosis::problems::moves::MoveProblem;
use crate::diagnosis::problems::owners::OwnerProblem;
use crate::diagnosis::{Check, Operator, Section};
use crate::docker::logins::DockerLogin;
use crate::keys::FoundKey;
use crate::registry_host::{REGIONS, RegistryHost};
use crate::system::environment::Environment;

/// A file with credentials that cannot be read.
pub(super) fn unreadable(
    (path, error): Unreadable,
    docker_config: &Path,
    environment: &Environment,
    operator: &Operator,
) -> Check {
    if path == docker_config {
        let owners = Owners::on_the_way_to(&path, environment);
        if error.is_permission_error() && owners.hide(&path) {
            let problem = OwnerProblem { paths: owners.foreign, user: owners.user };
            return problem.check(operator);
        }
        let fault = FileFault::from(&error);
        return ConfigProblem::Broken { path, fault }.check(operator);
    }
    let reason = error.reason();
    let aside = path.is_file().then(|| free_name(&path));
    AuthFileProblem::Broken { path, reason, aside, has_podman: false }.check(operator)
}

/// Plaintext credentials that stay in their file, and why.
pub(super) fn credentials(
    file: &PlaintextFile,
    docker_config: &Path,
    obstacle: Option<Obstacle>,
    operator: &Operator,
) -> Check {
    let problem = PlaintextProblem::of_file(file, docker_config, obstacle);
    LoginProblem::Plaintext(problem).check(operator)
}

/// What may get in the way of the helper, and which logins were left unchanged.
pub(super) fn of_plan(request: &Request<'_>, plan: &Plan) -> Vec<Check> {
    let Plan { facts, registrations, .. } = plan;
    let mut findings = Vec::new();
    if request.wanted.options.force {
        findings.extend(facts.hosts.iter().filter_map(|host| {
            let answer = facts.answers.key(host);
            let login = facts.docker_logins.of_another_account(&plan.before, host, answer)?;
            Some(no_longer_used(&facts.operator, host, &login, answer))
        }));
    }
    let left = &registrations.left_to_login;
    // With --yes the key would be in the keyring by now. The keyring is slow to answer.
    let can_keep = !left.is_empty()
        && !request.wanted.options.yes
        && request.environment.keyring().check().is_ok();
    findings.extend(left.iter().map(|(host, login)| left_to_login(facts, host, login, can_keep)));
    findings.extend(unknown_regions(request, plan));
    let variable = plaintext::auth_config_variable(request.environment, &request.registries.hosts);
    if let Some(AuthConfigVariable::Credentials(servers)) = variable {
        findings.push(LoginProblem::AuthConfig(servers).check(&facts.operator));
    }
    findings
}

/// A login of Docker's that is no longer used, because the user forced the helper.
fn no_longer_used(
    operator: &Operator,
    host: &RegistryHost,
    login: &DockerLogin,
    answer: Option<&FoundKey>,
) -> Check {
    let place = login.place();
    match answer {
        Some(FoundKey { source, .. }) => {
            let found = format!(
                "Docker's login, {place}, is no longer used: the helper answers with the key from the \
                 {source}"
            );
            Check::ok(Section::Config, "docker-login-replaced", host.to_string(), found)
        }
        None => MoveProblem::LoginUnused { host: host.clone(), place }.check(operator),
    }
}

/// A registry that Docker keeps its own login for.
fn left_to_login(facts: &Facts, host: &RegistryHost, login: &DockerLogin, can_keep: bool) -> Check {
    let problem = DockerLoginProblem {
        hosts: vec![host.clone()],
        place: login.place(),
        helpers: HelpersKey::compared(login, facts.answers.of_host(host)),
        can_keep: can_keep && login.has_key(),
        is_harmless: true,
    };
    LoginProblem::DockerLogin(problem).check(&facts.operator)
}

/// Regions without a registry as far as this version knows: new ones, or misspelt ones.
fn unknown_regions(request: &Request<'_>, plan: &Plan) -> Vec<Check> {
    let registries = &request.registries;
    let is_dry_run = request.wanted.options.mode.is_dry_run();
    let config = if is_dry_run { &plan.before } else { &plan.after };
    let is_registered =
        |host: &RegistryHost| config.cred_helper(host).is_some_and(|it| it.is_scw_helper());
    let unknown = registries.hosts.iter().filter(|host| !REGIONS.contains(&host.region()));
    let check = |host: &RegistryHost| {
        let problem = ConfigProblem::UnknownRegion {
            host: host.clone(),
            meant: nearest_region(host.region()),
            helper: registries.helper.clone(),
            is_needed: false,
            is_registered: is_registered(host),
        };
        problem.check(&plan.facts.operator)
    };
    unknown.map(check).collect()
}

/// Explains under `sudo` why a key in a variable is not found: `sudo` drops the variable, and the
/// process that acts as the user starts without root's variables as well. A helper that is bound to
/// a profile reads no variable.
pub(super) fn hidden_variable(
    request: &Request<'_>,
    registries: &[Readiness],
    operator: &Operator,
) -> Option<Check> {
    let lacks_key = |one: &Readiness| one.lacks_key_of(&request.registries.helper);
    let is_hidden = request.environment.is_under_sudo()
        && request.wanted.target.profile.is_none()
        && registries.iter().any(lacks_key);
    is_hidden.then(|| KeyProblem::VariableUnderSudo.check(operator))
}
