//! What `login` and `logout` have in common: who logs in where, one registry after another, and what
//! came of it.

use std::path::PathBuf;

use super::CommandError;
use crate::cli::{LoginTarget, named_regions};
use crate::docker::client::ContainerClient;
use crate::docker::credential_helper::HelperFault;
use crate::explain::{Explain, on_one_line};
use crate::helper_name::HelperName;
use crate::printable::{Printable, printable_path};
use crate::protocol::ActionError;
use crate::registry_host::RegistryHost;
use crate::run::Exit;
use crate::scaleway::settings::{Settings, SettingsError};
use crate::secret_key::NotASecretKey;
use crate::system::environment::Environment;
use crate::system::process::Ended;
use crate::system::signals;
use crate::terminal::{Console, table};

/// Why nobody was logged in or out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum LoginError {
    #[error("{} is not on PATH", .wanted.name())]
    NoProgram { wanted: ContainerClient, there: Vec<ContainerClient> },
    #[error("cannot start {}: {error}", printable_path(program))]
    NotStarted { program: PathBuf, error: std::io::Error },
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("no key for {0}")]
    NoKey(RegistryHost),
    #[error("{from} {problem}")]
    NotAKey { from: &'static str, problem: NotASecretKey },
    #[error("cannot read the key from {0}: {1}")]
    Unreadable(&'static str, std::io::Error),
    /// Ctrl-C while the key was asked for.
    #[error("interrupted")]
    Interrupted,
    #[error(
        "{} names the helper {} for {host}, which is not on PATH",
        printable_path(file),
        Printable(helper.to_string())
    )]
    NoHelper { helper: HelperName, host: RegistryHost, file: PathBuf },
    #[error(transparent)]
    NotKept(ActionError),
    #[error("the helper for {host} has no answer: {fault}")]
    HelperFails { host: RegistryHost, fault: HelperFault },
    #[error("the helper has another key for {host} ({whence})")]
    OtherKeyWins { host: RegistryHost, whence: String },
    #[error("cannot put back the key that was stored for {host}: {cause}")]
    NotPutBack { host: RegistryHost, cause: String },
}

impl Explain for LoginError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoProgram { there, .. } => install_or_use(there),
            Self::Settings(error) => return error.hint(),
            Self::NoKey(_) => {
                "set SCW_SECRET_KEY, run `docker-credential-scw save-key`, or pipe the key in with \
                --secret-key-stdin"
                    .to_owned()
            }
            Self::NotAKey { problem, .. } => return problem.hint(),
            Self::NoHelper { helper, .. } => {
                format!("install it with `docker-credential-scw install{}`", profile_option(helper))
            }
            Self::NotKept(error) => return error.hint(),
            Self::HelperFails { fault, .. } => return fault.hint(),
            Self::OtherKeyWins { .. } => "change or remove that key first".to_owned(),
            Self::NotPutBack { .. } => "log in again with that key".to_owned(),
            Self::NotStarted { .. } | Self::Unreadable(..) | Self::Interrupted => return None,
        })
    }
}

fn install_or_use(there: &[ContainerClient]) -> String {
    let names: Vec<_> = there.iter().map(|client| client.name()).collect();
    match names.as_slice() {
        [] => "install it (no other program that pulls images is on PATH either)".to_owned(),
        [first, ..] => format!(
            "install it, or use what is there ({}), as in --program {first}",
            names.join(", ")
        ),
    }
}

fn profile_option(helper: &HelperName) -> String {
    helper
        .profile()
        .map_or_else(String::new, |profile| format!(" --profile {}", Printable(profile)))
}

/// The program that shall log in, as an absolute path.
pub(super) fn find(
    client: ContainerClient,
    environment: &Environment,
) -> Result<PathBuf, LoginError> {
    environment.find_program(client.name()).ok_or_else(|| {
        let is_there = |other: &ContainerClient| environment.find_program(other.name()).is_some();
        let there = ContainerClient::ALL.into_iter().filter(is_there).collect();
        LoginError::NoProgram { wanted: client, there }
    })
}

/// The registries that are meant.
pub(super) fn hosts(
    target: &LoginTarget,
    profile: Option<&str>,
    environment: &Environment,
) -> Result<Vec<RegistryHost>, LoginError> {
    if !target.registry.is_empty() {
        let mut hosts: Vec<RegistryHost> = Vec::new();
        for host in &target.registry {
            if !hosts.contains(host) {
                hosts.push(host.clone());
            }
        }
        return Ok(hosts);
    }
    let regions = match named_regions(&target.region) {
        Some(regions) => regions,
        None => vec![Settings::load(environment, profile)?.region()?],
    };
    Ok(regions.iter().flat_map(|region| RegistryHost::of_region(region)).collect())
}

/// Does `work` for each of these registries in turn. For one it ends as `work` does; for several a
/// table says what came of each.
pub(super) fn one_after_another(
    hosts: &[RegistryHost],
    done: &str,
    console: &mut Console<'_>,
    mut work: impl FnMut(&RegistryHost, &mut Console<'_>) -> Result<Ended, CommandError>,
) -> Result<Exit, CommandError> {
    if let [host] = hosts {
        return match work(host, console) {
            Ok(ended) => Ok(Exit::OfChild(ended.code)),
            Err(_) if signals::came() => Ok(Exit::Interrupted),
            Err(error) => Err(error),
        };
    }
    let (mut rows, mut failed) = (Vec::new(), false);
    for host in hosts {
        let result = match work(host, console) {
            _ if signals::came() => return Ok(Exit::Interrupted),
            Ok(Ended { code: 0, .. }) => done.to_owned(),
            Ok(Ended { code, .. }) => {
                failed = true;
                format!("failed (exit code {code})")
            }
            Err(error) => {
                failed = true;
                on_one_line(&error)
            }
        };
        rows.push(vec![host.to_string(), result]);
    }
    console.print(&format!("\n{}", table(&["REGISTRY", "RESULT"], &rows)))?;
    Ok(if failed { Exit::Failure } else { Exit::Success })
}
