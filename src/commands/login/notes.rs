//! Notes about a login, in `doctor`'s words: credentials that are used before the helper, or
//! instead of it.

use crate::diagnosis::Operator;
use crate::diagnosis::facts::plaintext::{self, PlaintextFile};
use crate::diagnosis::problems::Kind;
use crate::diagnosis::problems::configs::ConfigProblem;
use crate::diagnosis::problems::logins::{LoginProblem, PlaintextProblem};
use crate::docker::config::docker_config_path;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::program_file;
use crate::terminal::Console;

/// Warns of plaintext credentials that the client reads before it asks the helper.
pub(super) fn warn_of_shadows(
    environment: &Environment,
    host: &RegistryHost,
    console: &mut Console<'_>,
) {
    for problem in plaintext_problems(environment, std::slice::from_ref(host)) {
        if problem.is_before_helper {
            note(environment, &LoginProblem::Plaintext(problem), console);
        }
    }
}

/// Suggests `install` after a login that leaves plaintext credentials, or that no helper was asked for.
pub(super) fn suggest_install(
    environment: &Environment,
    hosts: &[RegistryHost],
    console: &mut Console<'_>,
) {
    let problems = plaintext_problems(environment, hosts);
    if problems.is_empty() {
        let hosts = hosts.to_vec();
        note(environment, &ConfigProblem::NotRegistered { hosts, is_any: false }, console);
    }
    for problem in problems {
        note(environment, &LoginProblem::Plaintext(problem), console);
    }
}

fn plaintext_problems(environment: &Environment, hosts: &[RegistryHost]) -> Vec<PlaintextProblem> {
    let Some(docker_config) = docker_config_path(environment, None) else { return Vec::new() };
    let (files, _) = plaintext::gather(environment, &docker_config, hosts);
    let problem = |file: PlaintextFile| PlaintextProblem {
        servers: file.servers(),
        hosts: file.logins.iter().map(|login| login.host.clone()).collect(),
        is_before_helper: file.path != docker_config,
        path: file.path,
        obstacle: None,
        podman: None,
        is_partial: false,
    };
    files.into_iter().map(problem).collect()
}

fn note(environment: &Environment, problem: &dyn Kind, console: &mut Console<'_>) {
    let own = program_file::read_current_exe(environment).unwrap_or_default();
    console.note(&problem.check(&Operator::of(environment, &own, None)).line());
}
