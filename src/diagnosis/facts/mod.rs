//! Facts about a machine, gathered without changing anything.

pub(crate) mod clients;
pub(crate) mod configs;
pub(crate) mod keys;
pub(crate) mod owners;
pub(crate) mod plaintext;
pub(crate) mod programs;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use self::clients::FoundClient;
use self::configs::{AuthFile, DockerConfig, Registered};
use self::owners::Owners;
use self::plaintext::{AuthConfigVariable, PlaintextFile};
use self::programs::HelperFile;
use super::Operator;
use crate::docker::client::ContainerClient;
use crate::docker::logins::{DockerLogin, DockerLogins};
use crate::helper_name::HelperName;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::keyring::KeyringError;
use crate::system::process::AskingTime;
use crate::system::program_file::OwnProgram;

/// Everything about a machine that several parts of a diagnosis need.
pub(crate) struct Facts {
    pub(crate) docker_config: DockerConfig,
    /// The files that podman, buildah and skopeo read before Docker's.
    pub(crate) auth_files: Vec<AuthFile>,
    /// The registries that a client asks one of this project's helpers for.
    pub(crate) registered: Vec<Registered>,
    /// The programs of other helpers that Docker's config names and PATH does not have.
    pub(crate) missing_helpers: BTreeSet<String>,
    pub(crate) docker_logins: DockerLogins,
    pub(crate) plaintext: Vec<PlaintextFile>,
    pub(crate) auth_config: Option<AuthConfigVariable>,
    /// The file that `REGISTRY_AUTH_FILE` names, and whether it exists.
    pub(crate) registry_auth_file: Option<(PathBuf, bool)>,
    /// Whether the keyring answers. Asked once, because a silent one makes the caller wait.
    pub(crate) keyring: Result<(), KeyringError>,
    pub(crate) owners: Owners,
    /// The programs on PATH that pull images.
    pub(crate) clients: Vec<ContainerClient>,
    /// A program that sets the clock is on PATH.
    pub(crate) has_timedatectl: bool,
    /// This program's file.
    pub(crate) program: Arc<OwnProgram>,
    /// The user who types the fixes.
    pub(crate) operator: Operator,
    /// What is left of the time for other programs.
    pub(crate) time: AskingTime,
}

impl Facts {
    /// Gathers the facts, and changes nothing.
    pub(crate) fn gather(environment: &Environment, program: Arc<OwnProgram>) -> Self {
        let is_there = |client: &ContainerClient| environment.find_program(client.name()).is_some();
        let clients: Vec<_> = ContainerClient::ALL.into_iter().filter(is_there).collect();
        let podman = clients.iter().copied().find(|client| client.has_auth_files());
        let docker_config = DockerConfig::gather(environment);
        let registered = configs::registered(environment, &docker_config.document, podman);
        let time = AskingTime::of_doctor();
        let known: Vec<_> = RegistryHost::known().collect();
        let hosts = hosts_of(&registered);
        let plaintext = docker_config
            .path
            .as_deref()
            .map(|path| plaintext::gather(environment, path, &hosts).0);
        let named_helpers = docker_config.document.cred_helpers().into_iter();
        let missing = named_helpers
            .filter(|(_, helper)| !helper.is_scw_helper() && !helper.is_dockers_file())
            .map(|(_, helper)| helper.program())
            .filter(|program| environment.find_program(program).is_none());
        let named = environment.path_variable("REGISTRY_AUTH_FILE");
        let (docker_logins, keyring) = both(
            || environment.keyring().check(),
            || DockerLogins::gather(environment, &docker_config.document, &known, &time),
        );
        Self {
            docker_logins,
            auth_files: configs::auth_files(environment),
            missing_helpers: missing.collect(),
            registered,
            plaintext: plaintext.unwrap_or_default(),
            auth_config: plaintext::auth_config_variable(environment, &hosts),
            registry_auth_file: named.map(|path| (path.clone(), path.exists())),
            keyring,
            owners: Owners::gather(environment),
            clients,
            has_timedatectl: environment.find_program("timedatectl").is_some(),
            operator: Operator::of(environment, &program, docker_config.path.as_deref()),
            docker_config,
            program,
            time,
        }
    }

    /// The registries that are known, then others that are registered.
    pub(crate) fn hosts(&self) -> Vec<RegistryHost> {
        hosts_of(&self.registered)
    }

    /// The helper that is registered for `host`.
    pub(crate) fn helper_for(&self, host: &RegistryHost) -> Option<&HelperName> {
        self.registered.iter().find(|it| it.host == *host).map(|it| &it.helper)
    }

    /// The login that Docker uses for `host` by itself, if it asks no helper.
    pub(crate) fn docker_login(&self, host: &RegistryHost) -> Option<DockerLogin> {
        self.docker_logins.of(&self.docker_config.document, host)
    }

    /// podman, buildah or skopeo, if one is on PATH.
    pub(crate) fn podman(&self) -> Option<ContainerClient> {
        self.clients.iter().copied().find(|client| client.has_auth_files())
    }

    /// Returns whether Docker's client is on PATH.
    pub(crate) fn has_docker(&self) -> bool {
        self.clients.contains(&ContainerClient::Docker)
    }
}

/// Starts the helpers and the container clients on PATH, all at the same time, and returns what is
/// known of each.
pub(crate) fn programs_and_clients(
    environment: &Environment,
    own: &OwnProgram,
) -> (Vec<HelperFile>, Vec<FoundClient>) {
    both(|| clients::gather(environment), || programs::gather(environment, own))
}

/// Does `other` in a thread while the calling thread does `work`, and returns the results of both. Where
/// the system makes no thread, the calling one does `other` as well.
pub(crate) fn both<T: Send, R>(other: impl Fn() -> T + Sync, work: impl FnOnce() -> R) -> (R, T) {
    let other = &other;
    thread::scope(|scope| {
        let started = thread::Builder::new().spawn_scoped(scope, other);
        let result = work();
        let found = started.ok().and_then(|handle| handle.join().ok());
        (result, found.unwrap_or_else(other))
    })
}

fn hosts_of(registered: &[Registered]) -> Vec<RegistryHost> {
    let mut hosts: Vec<_> = RegistryHost::known().collect();
    for it in registered {
        if !hosts.contains(&it.host) {
            hosts.push(it.host.clone());
        }
    }
    hosts
}

/// Does `work` for all of `items` at the same time, and returns the results in their order. Where the
/// system makes no thread, the calling one works.
fn at_once<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let work = &work;
    thread::scope(|scope| {
        let start = |item| thread::Builder::new().spawn_scoped(scope, move || work(item));
        let started: Vec<_> = items.iter().map(start).collect();
        let result = |(item, started): (&T, std::io::Result<thread::ScopedJoinHandle<'_, R>>)| {
            let done = started.ok().and_then(|handle| handle.join().ok());
            done.unwrap_or_else(|| work(item))
        };
        items.iter().zip(started).map(result).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::{at_once, both};

    #[test]
    fn both_results_are_returned() {
        assert_eq!(both(|| 1, || "two"), ("two", 1));
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        assert_eq!(at_once(&[3_u64, 1, 2], |number| number * 10), [30, 10, 20]);
        assert_eq!(at_once(&[] as &[u8], |_| 1), [] as [i32; 0]);
    }
}
