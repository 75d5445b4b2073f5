//! Notes about a login, in `doctor`'s words: credentials that are used before the helper, or
//! instead of it.

use crate::diagnosis::Operator;
use crate::diagnosis::facts::plaintext;
use crate::diagnosis::problems::Kind;
use crate::diagnosis::problems::configs::ConfigProblem;
use crate::diagnosis::problems::logins::{LoginProblem, PlaintextProblem};
use crate::docker::client::ContainerClient;
use crate::docker::config::docker_config_path;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::program_file::OwnProgram;
use crate::terminal::Console;

/// Warns of plaintext credentials that the client reads before it asks the helper.
pub(super) fn warn_of_shadows(
    environment: &Environment,
    client: ContainerClient,
    host: &RegistryHost,
    console: &mut Console<'_>,
) {
    let mut problems = plaintext_problems(environment, client, std::slice::from_ref(host));
    problems.retain(|problem| problem.is_before_helper);
    note_all(environment, problems.into_iter().map(LoginProblem::Plaintext), console);
}

/// Suggests `install` after a login that leaves plaintext credentials, or that no helper was asked for.
pub(super) fn suggest_install(
    environment: &Environment,
    client: ContainerClient,
    hosts: &[RegistryHost],
    console: &mut Console<'_>,
) {
    let problems = plaintext_problems(environment, client, hosts);
    if problems.is_empty() {
        let problem = ConfigProblem::NotRegistered { hosts: hosts.to_vec(), is_any: false };
        note_all(environment, [problem], console);
    }
    note_all(environment, problems.into_iter().map(LoginProblem::Plaintext), console);
}

/// The problems of the files with plaintext credentials, in words about `client`.
fn plaintext_problems(
    environment: &Environment,
    client: ContainerClient,
    hosts: &[RegistryHost],
) -> Vec<PlaintextProblem> {
    let Some(docker_config) = docker_config_path(environment, None) else { return Vec::new() };
    let (files, _) = plaintext::gather(environment, &docker_config, hosts);
    let podman = Some(client).filter(|client| client.has_auth_files());
    let problem = |file| {
        let problem = PlaintextProblem::of_file(file, &docker_config, None);
        PlaintextProblem { podman, ..problem }
    };
    files.iter().map(problem).collect()
}

/// Prints problems as notes. Opens the program's file once, and only if there is a problem.
fn note_all(
    environment: &Environment,
    problems: impl IntoIterator<Item = impl Kind>,
    console: &mut Console<'_>,
) {
    let mut problems = problems.into_iter().peekable();
    if problems.peek().is_none() {
        return;
    }
    let this_program = OwnProgram::open(environment).unwrap_or_default();
    let operator = Operator::of(environment, &this_program, None);
    for problem in problems {
        console.note(&problem.check(&operator).line());
    }
}
