//! What is tried at which registry: the login that a pull would use.

use std::time::Duration;

use crate::cli::command::DoctorScope;
use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::keys::Keys;
use crate::diagnosis::problems::registries::KeyOrigin;
use crate::docker::client::ContainerClient;
use crate::docker::config::ConfigDocument;
use crate::keys::{FoundKey, KeyLookup, KeySource};
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::process;

/// How long Docker may take to say its version.
const VERSION_DEADLINE: Duration = Duration::from_secs(5);

/// The first version of Docker that uses `DOCKER_AUTH_CONFIG` before any helper.
const READS_AUTH_CONFIG: (u32, u32) = (28, 3);

/// A login, or a pull without one, that is tried at a registry.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) host: RegistryHost,
    pub(super) login: Login,
    /// A pull may go there: the helper or Docker has a login for it, or the user names it.
    pub(super) is_needed: bool,
    /// The helper has a key for it.
    pub(super) helper_has_key: bool,
}

/// What a registry is tried with.
#[derive(Debug)]
pub(super) enum Login {
    None,
    Key {
        origin: KeyOrigin,
        key: SecretKey,
        /// The key that the helper would answer without the keyring, if it is another one.
        fallback: Option<FoundKey>,
    },
    /// There is a login, and its password is no secret key.
    NotAKey(KeyOrigin),
}

/// Returns what is to be tried, in the order of `keys`: for each registry what Docker would send
/// itself, and what the helper answers.
pub(super) fn attempts(
    environment: &Environment,
    facts: &Facts,
    scope: &DoctorScope,
    keys: &Keys,
) -> Vec<Attempt> {
    let chosen = scope.chosen_hosts();
    let is_chosen = chosen.is_some();
    let hosts = chosen.unwrap_or_else(|| keys.hosts.iter().map(|key| key.host.clone()).collect());
    let auth_config = AuthConfig::read(environment, facts);
    let has_login = |host: &RegistryHost| {
        auth_config.login(host).is_some() || facts.docker_login(host).is_some()
    };
    let is_none_set_up = !keys.hosts.iter().any(|key| key.helper.is_some() || has_login(&key.host));
    let mut attempts = Vec::new();
    for host in hosts {
        let known = keys.of(&host);
        let is_registered = known.is_some_and(|key| key.helper.is_some());
        let key = match known {
            Some(key) => key.key.as_ref().ok().cloned().flatten(),
            None => KeyLookup::new(environment, None).key_for(&host).ok().flatten(),
        };
        let helper_has_key = key.is_some();
        let dockers = dockers_logins(facts, &auth_config, &host);
        // Docker asks no helper where it has a login.
        let is_helper_asked = is_registered || facts.docker_login(&host).is_none();
        let helpers = || key.map_or(Login::None, |key| of_helper(environment, key));
        let mut logins = dockers;
        logins.extend(is_helper_asked.then(helpers));
        if logins.is_empty() {
            logins.push(Login::None);
        }
        // An image is tried with what Docker sends first.
        if scope.image().is_some() {
            logins.truncate(1);
        }
        let is_needed = is_chosen || is_registered || is_none_set_up || has_login(&host);
        let attempt = |login| Attempt { host: host.clone(), login, is_needed, helper_has_key };
        attempts.extend(logins.into_iter().map(attempt));
    }
    attempts
}

/// What Docker sends without asking a helper.
fn dockers_logins(facts: &Facts, auth_config: &AuthConfig, host: &RegistryHost) -> Vec<Login> {
    let mut logins: Vec<_> = auth_config.login(host).into_iter().collect();
    if let Some(login) = facts.docker_login(host)
        && let Some(key) = login.key()
    {
        let origin = KeyOrigin::DockerLogin { place: login.place() };
        logins.push(Login::Key { origin, key: key.clone(), fallback: None });
    }
    logins
}

/// What the helper answers.
fn of_helper(environment: &Environment, found: FoundKey) -> Login {
    let default = || KeyLookup::new(environment, None).default_key().ok().flatten();
    let fallback = if found.source == KeySource::Keyring { default() } else { None };
    let fallback = fallback.filter(|fallback| fallback.key != found.key);
    Login::Key { origin: KeyOrigin::Helper(found.source), key: found.key, fallback }
}

/// The logins in `DOCKER_AUTH_CONFIG`, where the docker on PATH uses them.
struct AuthConfig(Option<ConfigDocument>);

impl AuthConfig {
    fn read(environment: &Environment, facts: &Facts) -> Self {
        let text = environment.variable("DOCKER_AUTH_CONFIG");
        let document = text
            .and_then(|text| ConfigDocument::parse(Some(text.to_string_lossy().as_bytes())).ok());
        Self(document.filter(|_| reads_auth_config(environment, facts)))
    }

    /// The login for a registry: Docker looks for its very name there, and for nothing else.
    fn login(&self, host: &RegistryHost) -> Option<Login> {
        let logins = self.0.as_ref()?.plaintext_logins();
        let login = logins.into_iter().find(|login| login.server == host.to_string())?;
        let origin = KeyOrigin::DockerAuthConfig;
        Some(match login.key {
            Some(key) => Login::Key { origin, key, fallback: None },
            None => Login::NotAKey(origin),
        })
    }
}

fn reads_auth_config(environment: &Environment, facts: &Facts) -> bool {
    let Some(docker) = environment.find_program(ContainerClient::Docker.name()) else {
        return false;
    };
    let command = process::command(environment, &docker, &["--version"]);
    let answer = process::answer_of(command, b"", VERSION_DEADLINE, &facts.time);
    answer.is_ok_and(|answer| {
        let version = docker_version(&String::from_utf8_lossy(&answer.stdout));
        version.is_some_and(|version| version >= READS_AUTH_CONFIG)
    })
}

/// Major and minor version from `Docker version 28.3.0, build 38b7060`.
fn docker_version(text: &str) -> Option<(u32, u32)> {
    let version = text.trim().strip_prefix("Docker version ")?;
    let mut numbers = version.split(['.', ',', '-', '+', ' ']).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::docker_version;

    #[test]
    fn dockers_version_is_read() {
        assert_eq!(docker_version("Docker version 28.3.0, build 38b7060\n"), Some((28, 3)));
        assert_eq!(docker_version("Docker version 20.10.24+dfsg1, build 297e128"), Some((20, 10)));
        assert_eq!(docker_version("Docker version 29.0-rc1"), Some((29, 0)));
        for other in ["podman version 5.6.0", "Docker version unknown", ""] {
            assert_eq!(docker_version(other), None, "{other}");
        }
    }
}
