//! What `login` and `logout` have in common: who logs in where, one registry after another, and what
//! came of it.

use std::path::PathBuf;

use super::CommandError;
use crate::actions::ActionError;
use crate::child::Ended;
use crate::cli::{LoginTarget, named_regions};
use crate::container_client::ContainerClient;
use crate::credential_helper::HelperFault;
use crate::environment::Environment;
use crate::helper_name::HelperName;
use crate::interrupt;
use crate::printable::{Printable, printable_path};
use crate::registry_host::RegistryHost;
use crate::run::Exit;
use crate::secret_key::NotASecretKey;
use crate::settings::{Settings, SettingsError};
use crate::terminal::{Console, table};

/// Why nobody was logged in or out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum LoginError {
    #[error("{} is not on PATH: {}", .wanted.name(), others(.there))]
    NoProgram { wanted: ContainerClient, there: Vec<ContainerClient> },
    #[error("cannot start {}: {error}", printable_path(program))]
    NotStarted { program: PathBuf, error: std::io::Error },
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(
        "no key for {0}: set SCW_SECRET_KEY, or put one into Scaleway's config.yaml (`scw init`), or \
         pipe it in with --secret-key-stdin"
    )]
    NoKey(RegistryHost),
    #[error("{from} {problem}")]
    NotAKey { from: &'static str, problem: NotASecretKey },
    #[error("cannot read the key from {0}: {1}")]
    Unreadable(&'static str, std::io::Error),
    /// Ctrl-C while the key was asked for.
    #[error("interrupted")]
    Interrupted,
    #[error(
        "{} names the helper {} for {host}, which is not on PATH: put it there with \
         `docker-credential-scw install{}`",
        printable_path(file),
        Printable(helper.to_string()),
        profile_option(helper)
    )]
    NoHelper { helper: HelperName, host: RegistryHost, file: PathBuf },
    #[error(transparent)]
    NotKept(ActionError),
    #[error("the helper that is wired for {host} has no answer: {fault}")]
    HelperFails { host: RegistryHost, fault: HelperFault },
    #[error(
        "the helper goes on answering with another key for {host} ({whence}): change that one, or take \
         it away, to log in with this key"
    )]
    OtherKeyWins { host: RegistryHost, whence: String },
    #[error("what was stored for {host} before could not be put back: {cause}")]
    NotPutBack { host: RegistryHost, cause: String },
}

fn others(there: &[ContainerClient]) -> String {
    let names: Vec<_> = there.iter().map(|client| client.name()).collect();
    match names.as_slice() {
        [] => "install it (neither podman, nerdctl, buildah nor skopeo is there either)".to_owned(),
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
            Err(_) if interrupt::came() => Ok(Exit::Interrupted),
            Err(error) => Err(error),
        };
    }
    let (mut rows, mut failed) = (Vec::new(), false);
    for host in hosts {
        let result = match work(host, console) {
            _ if interrupt::came() => return Ok(Exit::Interrupted),
            Ok(Ended { code: 0, .. }) => done.to_owned(),
            Ok(Ended { code, .. }) => {
                failed = true;
                format!("failed (exit code {code})")
            }
            Err(error) => {
                failed = true;
                error.to_string()
            }
        };
        rows.push(vec![host.to_string(), result]);
    }
    console.print(&format!("\n{}", table(&["REGISTRY", "RESULT"], &rows)))?;
    Ok(if failed { Exit::Failure } else { Exit::Success })
}
