//! Plaintext credentials: in Docker's config.json, in podman's files, and in a variable.

use std::path::{Path, PathBuf};

use super::configs::credential_files;
use crate::docker::config::{ConfigDocument, NotEditable, PlaintextLogin, read_config};
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::files::UpdateError;

/// Plaintext credentials in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlaintextFile {
    pub(crate) path: PathBuf,
    pub(crate) logins: Vec<PlaintextLogin>,
}

/// A file that cannot be read, and why.
pub(crate) type Unreadable = (PathBuf, UpdateError<NotEditable>);

/// What `DOCKER_AUTH_CONFIG` holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AuthConfigVariable {
    /// Credentials for these servers.
    Credentials(Vec<String>),
    /// Something that Docker cannot read, for this reason.
    Broken(String),
}

impl PlaintextFile {
    /// The keys under `auths` that hold the credentials.
    pub(crate) fn servers(&self) -> Vec<String> {
        self.logins.iter().map(|login| login.server.clone()).collect()
    }
}

/// Finds the files that hold plaintext credentials for `hosts`, and those that cannot be read.
pub(crate) fn gather(
    environment: &Environment,
    docker_config: &Path,
    hosts: &[RegistryHost],
) -> (Vec<PlaintextFile>, Vec<Unreadable>) {
    let (mut files, mut unreadable) = (Vec::new(), Vec::new());
    for path in credential_files(environment, docker_config) {
        match read_config(&path) {
            Ok(document) => {
                let logins = logins_to(hosts, &document);
                if !logins.is_empty() {
                    files.push(PlaintextFile { path, logins });
                }
            }
            Err(error) => unreadable.push((path, error)),
        }
    }
    (files, unreadable)
}

/// Reads `DOCKER_AUTH_CONFIG`; `None` if it has nothing for `hosts`.
pub(crate) fn auth_config_variable(
    environment: &Environment,
    hosts: &[RegistryHost],
) -> Option<AuthConfigVariable> {
    let text = environment.variable("DOCKER_AUTH_CONFIG")?;
    match ConfigDocument::parse(Some(text.to_string_lossy().as_bytes())) {
        Err(error) => Some(AuthConfigVariable::Broken(error.to_string())),
        Ok(document) => {
            let logins = logins_to(hosts, &document);
            let servers: Vec<_> = logins.into_iter().map(|login| login.server).collect();
            (!servers.is_empty()).then_some(AuthConfigVariable::Credentials(servers))
        }
    }
}

fn logins_to(hosts: &[RegistryHost], document: &ConfigDocument) -> Vec<PlaintextLogin> {
    let mut logins = document.plaintext_logins();
    logins.retain(|login| hosts.contains(&login.host));
    logins
}
