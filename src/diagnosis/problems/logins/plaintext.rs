//! Plaintext credentials in a file.

use std::path::{Path, PathBuf};

use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::keys::{KeyFault, Keys};
use crate::diagnosis::facts::plaintext::PlaintextFile;
use crate::diagnosis::problems::{Scope, regions};
use crate::diagnosis::{Command, Fix, Operator, Status};
use crate::docker::client::ContainerClient;
use crate::docker::config::PlaintextLogin;
use crate::docker::logins::DockerLogin;
use crate::explain::Explanation;
use crate::keys::{FoundKey, KeySource};
use crate::registry_host::RegistryHost;

/// Plaintext credentials in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlaintextProblem {
    pub(crate) path: PathBuf,
    pub(crate) servers: Vec<String>,
    pub(crate) hosts: Vec<RegistryHost>,
    /// podman, buildah and skopeo read the file, and use the credentials before the helper.
    pub(crate) is_before_helper: bool,
    /// Why `install` does not remove them.
    pub(crate) obstacle: Option<Obstacle>,
    /// podman, buildah or skopeo: the one that logs in, or one that is on PATH.
    pub(crate) podman: Option<ContainerClient>,
    /// Other registries were left out of `install`.
    pub(crate) is_partial: bool,
}

/// Why plaintext credentials cannot be removed: their key is kept nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// They are more, or other, than one secret key.
    NotOneKey,
    /// The helper answers with another key.
    AnotherKey(KeySource),
    /// Docker uses another login, and no source of the helper has a key.
    DockersIsAnother,
    /// Their key is for one namespace.
    PartOfRegistry,
    /// The helper's source is broken.
    Broken(Explanation),
    /// The key cannot be stored, for this reason.
    NotStored(String),
}

/// How the key of plaintext credentials is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WayToKeep {
    /// The helper answers with it, from a source that lasts.
    IsThere,
    /// It is in a variable, which may be unset tomorrow.
    IsInVariable(KeySource),
    /// No source has a key, so it is stored.
    Store,
}

/// Finds how the key of a login is kept. A key is never stored in addition to another one, because the stored
/// one would win, nor in the place of one that Docker uses, which may be another account's.
///
/// # Errors
/// Returns the [`Obstacle`] if there is no way.
pub(crate) fn way_to_keep(
    login: &PlaintextLogin,
    answer: &Result<Option<FoundKey>, KeyFault>,
    dockers: Option<&DockerLogin>,
) -> Result<WayToKeep, Obstacle> {
    let Some(key) = &login.key else { return Err(Obstacle::NotOneKey) };
    match answer {
        Ok(Some(found)) if found.key != *key => Err(Obstacle::AnotherKey(found.source.clone())),
        Ok(Some(FoundKey { source: source @ KeySource::Variable(_), .. })) => {
            Ok(WayToKeep::IsInVariable(source.clone()))
        }
        Ok(Some(_)) => Ok(WayToKeep::IsThere),
        Ok(None) if dockers.is_some_and(|dockers| !dockers.is_with(key)) => {
            Err(Obstacle::DockersIsAnother)
        }
        // A login to one namespace is none to the whole registry.
        Ok(None) if login.is_for_whole_registry() => Ok(WayToKeep::Store),
        Ok(None) => Err(Obstacle::PartOfRegistry),
        Err(fault) => Err(Obstacle::Broken(fault.explanation.clone())),
    }
}

/// Finds the problems of the plaintext credentials in a file, one for each obstacle.
pub(super) fn find(
    facts: &Facts,
    keys: &Keys,
    scope: &Scope,
    file: &PlaintextFile,
) -> Vec<PlaintextProblem> {
    let is_before_helper = facts.auth_files.iter().any(|it| it.path == file.path);
    let no_key = Ok(None);
    let obstacle = |login: &PlaintextLogin| {
        let answer = keys.of(&login.host).map_or(&no_key, |key| &key.key);
        let way = way_to_keep(login, answer, facts.docker_login(&login.host).as_ref());
        match (way, &facts.keyring) {
            (Ok(WayToKeep::Store), Err(error)) => Some(Obstacle::NotStored(error.to_string())),
            (way, _) => way.err(),
        }
    };
    let mut problems: Vec<PlaintextProblem> = Vec::new();
    for login in file.logins.iter().filter(|login| scope.has(&login.host)) {
        // A login that Docker uses is a separate problem.
        if !is_before_helper && facts.docker_login(&login.host).is_some() {
            continue;
        }
        let obstacle = obstacle(login);
        match problems.iter_mut().find(|known| known.obstacle == obstacle) {
            Some(known) => {
                known.servers.push(login.server.clone());
                known.hosts.push(login.host.clone());
            }
            None => problems.push(PlaintextProblem {
                path: file.path.clone(),
                servers: vec![login.server.clone()],
                hosts: vec![login.host.clone()],
                is_before_helper,
                obstacle,
                podman: facts.podman(),
                is_partial: is_partial(facts),
            }),
        }
    }
    problems
}

/// Returns whether a helper is registered for some registries only.
fn is_partial(facts: &Facts) -> bool {
    !facts.registered.is_empty()
        && RegistryHost::known().any(|host| facts.helper_for(&host).is_none())
}

impl PlaintextProblem {
    /// The problem of a file that `install` or `login` found. Unless it is Docker's config, podman,
    /// buildah and skopeo use its credentials before the helper.
    pub(crate) fn of_file(
        file: &PlaintextFile,
        docker_config: &Path,
        obstacle: Option<Obstacle>,
    ) -> Self {
        Self {
            path: file.path.clone(),
            servers: file.servers(),
            hosts: file.logins.iter().map(|login| login.host.clone()).collect(),
            is_before_helper: file.path != docker_config,
            obstacle,
            podman: None,
            is_partial: false,
        }
    }

    pub(super) fn cause(&self) -> String {
        let found = format!("plaintext credentials for {}", self.servers.join(", "));
        let client = self.podman.unwrap_or(ContainerClient::Podman).name();
        let before = if self.is_before_helper {
            format!(", which {client} uses before the helper")
        } else {
            String::new()
        };
        let why = match &self.obstacle {
            None => String::new(),
            Some(Obstacle::NotOneKey) => "; they are more or other than one secret key".to_owned(),
            Some(Obstacle::AnotherKey(source)) => {
                format!("; the helper has another key ({source})")
            }
            Some(Obstacle::DockersIsAnother) => "; Docker uses another login".to_owned(),
            Some(Obstacle::PartOfRegistry) => {
                "; their key is for a part of the registry only".to_owned()
            }
            Some(Obstacle::Broken(explanation)) => format!("; {}", explanation.cause),
            Some(Obstacle::NotStored(reason)) => {
                format!("; their key is kept nowhere else and cannot be stored: {reason}")
            }
        };
        format!("{found}{before}{why}")
    }

    pub(super) fn severity(&self) -> Status {
        let is_another =
            matches!(self.obstacle, Some(Obstacle::AnotherKey(_) | Obstacle::NotOneKey));
        if is_another && self.is_before_helper && self.podman.is_some() {
            Status::Failure
        } else {
            Status::Warning
        }
    }

    pub(super) fn fix(&self, operator: &Operator) -> Fix {
        let regions = regions(&self.hosts);
        let mut install = vec!["--yes"];
        if self.is_partial {
            install.extend(["--region", &regions]);
        }
        match &self.obstacle {
            None => operator.install(&install).into(),
            Some(Obstacle::NotStored(_)) => {
                Fix::Run(vec![operator.helper(["save-key"]), operator.install(&install)])
            }
            Some(Obstacle::Broken(explanation)) => {
                let by_hand = explanation.hint.clone();
                let by_hand = by_hand.unwrap_or_else(|| "fix that first".to_owned());
                Fix::ByHand(by_hand, vec![operator.install(&install)])
            }
            Some(_) => self.logout(),
        }
    }

    /// Removes the credentials: podman and the others log out by a host's bare name only.
    fn logout(&self) -> Fix {
        let names: Vec<_> = self.hosts.iter().map(ToString::to_string).collect();
        let podman = self.podman.filter(|_| self.is_before_helper && self.servers == names);
        let Some(podman) = podman else {
            let servers = self.servers.join(", ");
            return format!("delete {servers} from auths in this file if you no longer need it")
                .into();
        };
        let file = self.path.to_string_lossy();
        let logout =
            |server: &String| Command::new([podman.name(), "logout", "--authfile", &file, server]);
        Fix::Run(self.servers.iter().map(logout).collect())
    }
}
