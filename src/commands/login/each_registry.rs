//! What `login` and `logout` have in common: the client, the registries, and the result for each.

use std::path::PathBuf;

use super::LoginError;
use crate::cli::command::{LoginTarget, Registries};
use crate::commands::CommandError;
use crate::docker::client::ContainerClient;
use crate::exit::{Exit, INTERRUPTED};
use crate::explain::on_one_line;
use crate::registry_host::RegistryHost;
use crate::scaleway::settings::Settings;
use crate::system::environment::Environment;
use crate::system::process::Ended;
use crate::system::signals;
use crate::terminal::{Console, table};

/// Finds the client's program, as an absolute path.
///
/// # Errors
/// Returns [`LoginError::NoProgram`] if it is not on PATH.
pub(in crate::commands) fn find(
    client: ContainerClient,
    environment: &Environment,
) -> Result<PathBuf, LoginError> {
    environment.find_program(client.name()).ok_or_else(|| {
        let is_there = |other: &ContainerClient| environment.find_program(other.name()).is_some();
        let there = ContainerClient::ALL.into_iter().filter(is_there).collect();
        LoginError::NoProgram { wanted: client, there }
    })
}

/// Returns the registries that were named, or those of the default region.
///
/// # Errors
/// Returns [`LoginError::Settings`] if the default region is not known.
pub(in crate::commands) fn hosts(
    target: &LoginTarget,
    profile: Option<&str>,
    environment: &Environment,
) -> Result<Vec<RegistryHost>, LoginError> {
    match &target.registries {
        Registries::Named(hosts) => Ok(hosts.clone()),
        Registries::OfDefaultRegion => {
            Ok(RegistryHost::of_region(&Settings::load(environment, profile)?.region()?))
        }
    }
}

/// Does `work` for each of these registries in turn. For one, the exit code is that of `work`. For
/// several, a table shows the result for each.
pub(in crate::commands) fn one_after_another(
    hosts: &[RegistryHost],
    done: &str,
    console: &mut Console<'_>,
    mut work: impl FnMut(&RegistryHost, &mut Console<'_>) -> Result<Ended, CommandError>,
) -> Result<Exit, CommandError> {
    if let [host] = hosts {
        return match work(host, console) {
            Ok(Ended { code: INTERRUPTED, .. }) => Ok(Exit::Interrupted),
            Ok(ended) => Ok(Exit::OfChild(ended.code)),
            Err(_) if signals::is_interrupted() => Ok(Exit::Interrupted),
            Err(error) => Err(error),
        };
    }
    let (mut rows, mut failed) = (Vec::new(), false);
    for host in hosts {
        let result = match work(host, console) {
            Ok(Ended { interrupted: true, .. }) => return Ok(Exit::Interrupted),
            _ if signals::is_interrupted() => return Ok(Exit::Interrupted),
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
    console.print(&format!("\n{}", table(&["REGISTRY", "RESULT"], &rows, console.wrap)))?;
    Ok(if failed { Exit::Failure } else { Exit::Success })
}
