//! The key of each registry: where it comes from, what it hides, and what the helper answers.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Facts;
use super::configs::PathFault;
use crate::docker::credential_helper::{self, HelperFault};
use crate::explain::Explanation;
use crate::helper_name::HelperName;
use crate::keys::{FoundKey, KeyError, KeyLookup, KeySource};
use crate::registry_host::RegistryHost;
use crate::scaleway::config::{ConfigError, ScalewayConfig};
use crate::system::environment::Environment;
use crate::system::files::{self, FileRights};
use crate::system::program_file::{Found, inspect};

/// A registry with the key that its helper answers, if it has one.
#[derive(Debug)]
pub(crate) struct HostKey {
    pub(crate) host: RegistryHost,
    /// The helper that is registered for it.
    pub(crate) helper: Option<HelperName>,
    pub(crate) key: Result<Option<FoundKey>, KeyFault>,
    /// Other sources that have a key for it.
    pub(crate) hidden: Vec<KeySource>,
    /// Another source is broken.
    pub(crate) other_fault: Option<KeyFault>,
    /// What is wrong with the answer of the helper, started as Docker starts it.
    pub(crate) answer: Option<WrongAnswer>,
}

/// Why a source gives no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyFault {
    pub(crate) explanation: Explanation,
    pub(crate) source: FaultySource,
}

/// The source of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FaultySource {
    Variable,
    /// Scaleway's config.yaml. `is_permission` says that the user may not read it.
    Config {
        is_permission: bool,
        is_directory: bool,
    },
    /// The keyring, or the list of what is in it. `can_unlock` says that it may answer once it is
    /// unlocked.
    Stored {
        host: Option<RegistryHost>,
        can_unlock: bool,
        is_permission: bool,
    },
}

/// The helper gives another answer than this program does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrongAnswer {
    /// Why there is no key; `None` if it is another key.
    pub(crate) fault: Option<HelperFault>,
    /// The helper that was started.
    pub(crate) program: PathBuf,
    /// `install` takes it for another program.
    pub(crate) is_foreign: bool,
}

/// Everything that is known of keys.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) hosts: Vec<HostKey>,
    pub(crate) config: Option<ConfigYaml>,
    /// What is wrong with the path that `SCW_CONFIG_PATH` names.
    pub(crate) config_path: Option<(PathBuf, PathFault)>,
    /// The registries that have a stored key.
    pub(crate) stored: Vec<RegistryHost>,
}

/// Scaleway's config.yaml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigYaml {
    pub(crate) path: PathBuf,
    /// `None` if that is unknown, such as on Windows.
    pub(crate) is_readable_by_others: Option<bool>,
    pub(crate) rights: FileRights,
}

impl Keys {
    /// Finds the key of each of these registries. Starts the helpers that are registered.
    pub(crate) fn gather(environment: &Environment, facts: &Facts, hosts: &[RegistryHost]) -> Self {
        let lookup = KeyLookup::new(environment, None);
        let file = lookup.config_file().ok().flatten().map(ToOwned::to_owned);
        let config = file.map(|path| ConfigYaml {
            is_readable_by_others: files::is_readable_by_others(&path),
            rights: FileRights::of(&path),
            path,
        });
        Self {
            hosts: hosts.iter().map(|host| of_host(environment, facts, host)).collect(),
            config,
            config_path: named_path(environment),
            stored: lookup.stored().hosts().unwrap_or_default(),
        }
    }

    /// Drops what is wrong with the answers of these helpers.
    pub(crate) fn forget_answers_of(&mut self, helpers: &BTreeSet<HelperName>) {
        for key in &mut self.hosts {
            if key.helper.as_ref().is_some_and(|helper| helpers.contains(helper)) {
                key.answer = None;
            }
        }
    }

    /// What is known of this registry's key.
    pub(crate) fn of(&self, host: &RegistryHost) -> Option<&HostKey> {
        self.hosts.iter().find(|key| key.host == *host)
    }
}

fn of_host(environment: &Environment, facts: &Facts, host: &RegistryHost) -> HostKey {
    let helper = facts.helper_for(host).cloned();
    let lookup = KeyLookup::new(environment, helper.as_ref().and_then(HelperName::profile));
    let key = lookup.key_for(host).map_err(|error| KeyFault::from(&error));
    let (mut hidden, mut other_fault) = (Vec::new(), None);
    if let Ok(Some(found)) = &key {
        for source in lookup.every_source(host) {
            match source {
                Ok(source) if source == found.source => {}
                Ok(source) => hidden.push(source),
                Err(error) => other_fault = Some(KeyFault::from(&error)),
            }
        }
    }
    let answer = match (&helper, &key) {
        (Some(helper), Ok(Some(expected))) => {
            wrong_answer(environment, facts, host, helper, expected)
        }
        _ => None,
    };
    HostKey { host: host.clone(), helper, key, hidden, other_fault, answer }
}

/// Starts the helper as Docker does. Returns what is wrong with its answer.
fn wrong_answer(
    environment: &Environment,
    facts: &Facts,
    host: &RegistryHost,
    helper: &HelperName,
    expected: &FoundKey,
) -> Option<WrongAnswer> {
    // A missing helper is a problem of the program.
    let program = environment.find_program(&helper.program())?;
    let fault = match credential_helper::ask(environment, &program, host, &facts.time) {
        Ok(key) if key == expected.key => return None,
        Ok(_) => None,
        Err(fault) => Some(fault),
    };
    let is_foreign = matches!(inspect(&program, &facts.program), Ok(Found::Foreign));
    Some(WrongAnswer { fault, program, is_foreign })
}

fn named_path(environment: &Environment) -> Option<(PathBuf, PathFault)> {
    environment.variable("SCW_CONFIG_PATH")?;
    let path = ScalewayConfig::path(environment)?;
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Some((path, PathFault::Directory)),
        Ok(_) => None,
        Err(_) => Some((path, PathFault::Missing)),
    }
}

impl From<&KeyError> for KeyFault {
    fn from(error: &KeyError) -> Self {
        use crate::keys::StoreError;
        use crate::system::keyring::KeyringError;
        let is_permission = error.is_permission_error();
        let source = match error {
            KeyError::Variable(_) => FaultySource::Variable,
            KeyError::Config(error) => FaultySource::Config {
                is_permission,
                is_directory: matches!(
                    error,
                    ConfigError::Unreadable { kind: std::io::ErrorKind::IsADirectory, .. }
                ),
            },
            KeyError::Stored(StoreError::Unreadable { host, error }) => FaultySource::Stored {
                host: Some(host.clone()),
                can_unlock: matches!(error, KeyringError::Locked | KeyringError::Silent(_)),
                is_permission,
            },
            KeyError::Stored(_) => {
                FaultySource::Stored { host: None, can_unlock: false, is_permission }
            }
        };
        Self { explanation: Explanation::from(error), source }
    }
}

impl KeyFault {
    /// Returns whether the user lacks the right to read a file.
    pub(crate) fn is_permission(&self) -> bool {
        match self.source {
            FaultySource::Variable => false,
            FaultySource::Config { is_permission, .. }
            | FaultySource::Stored { is_permission, .. } => is_permission,
        }
    }
}
