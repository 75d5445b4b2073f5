//! Problems of keys: none, a broken source, or a helper that answers with another one.

use std::path::PathBuf;

use super::{Kind, Problem, Scope, grouped, in_words, regions};
use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::configs::PathFault;
use crate::diagnosis::facts::keys::{
    ConfigYaml, FaultySource, HostKey, KeyFault, Keys, WrongAnswer,
};
use crate::diagnosis::facts::owners::ForeignPath;
use crate::diagnosis::{Command, Fix, Operator, Section, Status};
use crate::docker::client::ContainerClient;
use crate::helper_name::HelperName;
use crate::keys::KeySource;
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::system::keyring::KeyringError;

/// A problem of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyProblem {
    /// No source has a key.
    None { hosts: Vec<RegistryHost>, profile: Option<String> },
    /// The source whose turn it is has no usable key.
    Broken { hosts: Vec<RegistryHost>, fault: KeyFault, client: Option<ContainerClient> },
    /// A source that is not used is broken.
    OtherBroken {
        hosts: Vec<RegistryHost>,
        used: KeySource,
        fault: KeyFault,
        client: Option<ContainerClient>,
    },
    /// `SCW_CONFIG_PATH` names something that is no file. `is_needed` says that no key is found.
    Variable { path: PathBuf, fault: PathFault, is_needed: bool },
    /// The helper answers with another key, or with none.
    WrongAnswer { hosts: Vec<RegistryHost>, helper: HelperName, answer: WrongAnswer },
    /// Other users may read Scaleway's config.yaml.
    ReadableByOthers(ConfigYaml),
    /// The keyring does not answer, and these registries have a key in it.
    Keyring { error: KeyringError, stored: Vec<RegistryHost>, client: Option<ContainerClient> },
    /// No key was found under `sudo`, where variables are not visible.
    VariableUnderSudo,
}

/// Judges the keys of the registries that the helper is asked for.
pub(crate) fn judge(facts: &Facts, keys: &Keys, scope: &Scope) -> Vec<Problem> {
    let asked: Vec<_> =
        keys.hosts.iter().filter(|key| scope.has(&key.host) && is_asked(facts, key)).collect();
    let is_needed = |key: &&&HostKey| !matches!(key.key, Ok(Some(_)));
    let is_needed = asked.iter().any(|key| is_needed(&key));
    let mut problems = Vec::new();
    problems.extend(keys.config_path.clone().map(|(path, fault)| KeyProblem::Variable {
        path,
        fault,
        is_needed,
    }));
    problems.extend(wrong_answers(&asked));
    problems.extend(sources(facts, keys, &asked));
    let open = keys.config.clone().filter(|config| config.is_readable_by_others == Some(true));
    problems.extend(open.map(KeyProblem::ReadableByOthers));
    problems.extend(keyring(facts, keys));
    problems.into_iter().map(Problem::Key).collect()
}

/// Returns whether pulls ask the helper for this key: it is registered, or nothing is yet.
pub(crate) fn is_asked(facts: &Facts, key: &HostKey) -> bool {
    key.helper.is_some() || (facts.registered.is_empty() && facts.docker_login(&key.host).is_none())
}

fn wrong_answers(asked: &[&HostKey]) -> Vec<KeyProblem> {
    let of_host =
        |key: &&HostKey| Some((key.host.clone(), (key.helper.clone()?, key.answer.clone()?)));
    let found = grouped(asked.iter().filter_map(of_host));
    let problem = |(hosts, (helper, answer))| KeyProblem::WrongAnswer { hosts, helper, answer };
    found.into_iter().map(problem).collect()
}

fn sources(facts: &Facts, keys: &Keys, asked: &[&HostKey]) -> Vec<KeyProblem> {
    let client = facts.clients.first().copied();
    let of_host = |key: &&HostKey| {
        let profile = key.helper.as_ref().and_then(HelperName::profile);
        let problem = match (&key.key, &key.other_fault) {
            (Ok(None), _) => {
                KeyProblem::None { hosts: Vec::new(), profile: profile.map(ToOwned::to_owned) }
            }
            (Err(fault), _) => {
                KeyProblem::Broken { hosts: Vec::new(), fault: fault.clone(), client }
            }
            (Ok(Some(found)), Some(fault)) => KeyProblem::OtherBroken {
                hosts: Vec::new(),
                used: found.source.clone(),
                fault: fault.clone(),
                client,
            },
            (Ok(Some(_)), None) => return None,
        };
        Some((key.host.clone(), problem))
    };
    let mut problems: Vec<_> = grouped(asked.iter().filter_map(of_host))
        .into_iter()
        .map(|(hosts, problem)| problem.of(hosts))
        .collect();
    problems.retain(|problem| !is_reported(facts, keys, problem));
    problems
}

/// Returns whether another problem is the cause of this one: a variable that names the wrong path, or
/// a file that belongs to another user.
fn is_reported(facts: &Facts, keys: &Keys, problem: &KeyProblem) -> bool {
    let is_owners = |fault: &KeyFault| {
        fault.is_permission() && facts.owners.foreign.iter().any(ForeignPath::is_unreadable)
    };
    let is_directory =
        |fault: &KeyFault| matches!(fault.source, FaultySource::Config { is_directory: true, .. });
    match problem {
        KeyProblem::None { .. } => keys.config_path.is_some(),
        KeyProblem::Broken { fault, .. } | KeyProblem::OtherBroken { fault, .. } => {
            is_owners(fault) || (keys.config_path.is_some() && is_directory(fault))
        }
        _ => false,
    }
}

fn keyring(facts: &Facts, keys: &Keys) -> Option<KeyProblem> {
    let error = facts.keyring.as_ref().err()?.clone();
    // A session without a keyring needs none, unless a key is in it.
    let is_needed = !keys.stored.is_empty() || !matches!(error, KeyringError::Absent(_));
    let (stored, client) = (keys.stored.clone(), facts.clients.first().copied());
    is_needed.then_some(KeyProblem::Keyring { error, stored, client })
}

impl KeyProblem {
    /// The same problem of these registries.
    fn of(mut self, of: Vec<RegistryHost>) -> Self {
        if let Self::None { hosts, .. }
        | Self::Broken { hosts, .. }
        | Self::OtherBroken { hosts, .. } = &mut self
        {
            *hosts = of;
        }
        self
    }
}

/// What fixes a broken source.
fn fix_of(
    fault: &KeyFault,
    hosts: &[RegistryHost],
    client: Option<ContainerClient>,
    operator: &Operator,
) -> Fix {
    match &fault.source {
        FaultySource::Stored { can_unlock: true, .. } => "unlock the keyring".into(),
        FaultySource::Stored { host: Some(_), .. } => forget(hosts, client, operator),
        _ => {
            let hint = fault.explanation.hint.clone();
            hint.unwrap_or_else(|| "correct that source of keys".to_owned()).into()
        }
    }
}

/// Forgets the stored keys: through a client that is there.
fn forget(hosts: &[RegistryHost], client: Option<ContainerClient>, operator: &Operator) -> Fix {
    let regions = regions(hosts);
    let mut words = vec!["logout", "--region", &regions];
    match client {
        None => return format!("delete the keys for {} from the keyring", in_words(hosts)).into(),
        Some(ContainerClient::Docker) => {}
        Some(other) => words.extend(["--program", other.name()]),
    }
    operator.helper(words).into()
}

impl Kind for KeyProblem {
    fn id(&self) -> &'static str {
        match self {
            Self::None { .. } => "key-none",
            Self::Broken { .. } => "key-broken",
            Self::OtherBroken { .. } => "key-other-broken",
            Self::Variable { .. } => "key-config-variable",
            Self::WrongAnswer { answer: WrongAnswer { fault: None, .. }, .. } => {
                "helper-answers-otherwise"
            }
            Self::WrongAnswer { .. } => "helper-has-no-answer",
            Self::ReadableByOthers(_) => "config-yaml-readable",
            Self::Keyring { .. } => "keyring-unusable",
            Self::VariableUnderSudo => "key-variable-under-sudo",
        }
    }

    fn section(&self) -> Section {
        Section::Key
    }

    fn subject(&self) -> String {
        match self {
            Self::None { hosts, .. }
            | Self::Broken { hosts, .. }
            | Self::OtherBroken { hosts, .. }
            | Self::WrongAnswer { hosts, .. } => in_words(hosts),
            Self::Variable { .. } => "SCW_CONFIG_PATH".to_owned(),
            Self::ReadableByOthers(config) => printable_path(&config.path),
            Self::Keyring { .. } => "keyring".to_owned(),
            Self::VariableUnderSudo => "SCW_SECRET_KEY".to_owned(),
        }
    }

    fn severity(&self) -> Status {
        match self {
            Self::None { .. }
            | Self::Broken { .. }
            | Self::Variable { is_needed: true, .. }
            | Self::WrongAnswer { answer: WrongAnswer { fault: Some(_), .. }, .. } => {
                Status::Failure
            }
            Self::OtherBroken { .. }
            | Self::Variable { .. }
            | Self::WrongAnswer { .. }
            | Self::ReadableByOthers(_)
            | Self::Keyring { .. }
            | Self::VariableUnderSudo => Status::Warning,
        }
    }

    fn cause(&self) -> String {
        match self {
            Self::None { .. } => "no source has a key".to_owned(),
            Self::Broken { fault, .. } => fault.explanation.cause.clone(),
            Self::OtherBroken { used, fault, .. } => format!(
                "from the {used}; another source is broken: {}",
                fault.explanation.cause
            ),
            Self::Variable { path, fault, .. } => {
                let path = printable_path(path);
                match fault {
                    PathFault::Missing => format!("it names {path}, which does not exist"),
                    _ => format!("it names {path}, which is a directory"),
                }
            }
            Self::WrongAnswer { helper, answer: WrongAnswer { fault: None, .. }, .. } => {
                format!("the helper {helper} answers Docker with another key than this version does")
            }
            Self::WrongAnswer { helper, answer: WrongAnswer { fault: Some(fault), .. }, .. } => {
                format!("the helper {helper} has no answer for Docker: {fault}")
            }
            Self::ReadableByOthers(_) => "other users may read it, and the keys in it".to_owned(),
            Self::Keyring { error, stored, .. } if stored.is_empty() => {
                format!("{error}; it is needed only to keep the key of a login")
            }
            Self::Keyring { error, stored, .. } => {
                format!("{error}, and it has the keys for {}", in_words(stored))
            }
            Self::VariableUnderSudo => {
                "not visible under sudo, and no other source has a key; if your shell sets it, pulls \
                 use it"
                    .to_owned()
            }
        }
    }

    fn fix(&self, operator: &Operator) -> Fix {
        match self {
            Self::None { profile, .. } => {
                let profile = profile.iter().flat_map(|profile| ["--profile", profile]);
                operator.helper(["save-key"].into_iter().chain(profile)).into()
            }
            Self::Broken { hosts, fault, client }
            | Self::OtherBroken { hosts, fault, client, .. } => {
                fix_of(fault, hosts, *client, operator)
            }
            Self::Variable { .. } => Command::unset("SCW_CONFIG_PATH").into(),
            Self::WrongAnswer { hosts, helper, answer } => {
                let regions = regions(hosts);
                let mut options = Vec::new();
                if let Some(profile) = helper.profile() {
                    options.extend(["--profile", profile, "--region", &regions]);
                }
                options.extend(answer.is_foreign.then_some("--force"));
                operator.install_program(answer.program.parent(), &options).into()
            }
            Self::ReadableByOthers(config) => {
                let chmod = Command::new(["chmod", "600", &config.path.to_string_lossy()]);
                operator.as_owner(config.rights.owner, chmod).into()
            }
            Self::Keyring { error: KeyringError::Locked | KeyringError::Silent(_), .. } => {
                "unlock the keyring".into()
            }
            Self::Keyring { stored, client, .. } if !stored.is_empty() => {
                forget(stored, *client, operator)
            }
            Self::Keyring { .. } => "keep keys in Scaleway's config.yaml or SCW_SECRET_KEY".into(),
            Self::VariableUnderSudo => operator.helper(["save-key"]).with_sudo(false).into(),
        }
    }
}
