//! `docker-config` and `kubernetes-secret`: a copy of the key, for programs that ask no helper.

mod docker_config;
mod kubernetes_secret;

use zeroize::Zeroizing;

use super::CommandError;
use super::login::{LoginError, key_from_stdin};
use crate::cli::command::{CopiedKey, KeyCopy, Registries};
use crate::exit::Exit;
use crate::keys::KeyLookup;
use crate::registry_host::RegistryHost;
use crate::scaleway::settings::Settings;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::terminal::Console;
pub(super) use docker_config::docker_config;
pub(super) use kubernetes_secret::kubernetes_secret;

/// Printed to stderr with every copy.
const NOTE: &str = "this is a copy of the key; after the key is rotated, create it again";

/// Prints what `written` makes of the chosen registries and their keys.
///
/// # Errors
/// Returns [`CommandError`] if a registry has no key, or a source of keys is broken.
fn print(
    copy: &KeyCopy,
    environment: &Environment,
    console: &mut Console<'_>,
    written: impl FnOnce(&[(RegistryHost, SecretKey)]) -> Zeroizing<Vec<u8>>,
) -> Result<Exit, CommandError> {
    match logins(copy, environment, console) {
        Ok(logins) => {
            console.note(NOTE);
            console.answer_with_credentials(written(&logins));
            Ok(Exit::Success)
        }
        Err(CommandError::Login(LoginError::Interrupted)) => Ok(Exit::Interrupted),
        Err(error) => Err(error),
    }
}

/// Returns the chosen registries with their keys. The key is the one on standard input, or the
/// profile's, or the one that `get` answers.
fn logins(
    copy: &KeyCopy,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Vec<(RegistryHost, SecretKey)>, CommandError> {
    let hosts = match &copy.registries {
        Registries::Named(hosts) => hosts.clone(),
        Registries::OfDefaultRegion => {
            let settings = Settings::load(environment, copy.profile.chosen());
            let region = settings.and_then(|settings| settings.region());
            RegistryHost::of_region(&region.map_err(LoginError::Settings)?)
        }
    };
    let hosts = hosts.into_iter();
    if copy.key == CopiedKey::FromStdin {
        environment.watch_signals();
        let key = key_from_stdin(environment, console)?;
        return Ok(hosts.map(|host| (host, key.clone())).collect());
    }
    let lookup = KeyLookup::new(environment, copy.profile.bound());
    if let Some(profile) = &copy.profile.named {
        let key = lookup.profile_key(profile)?.key;
        return Ok(hosts.map(|host| (host, key.clone())).collect());
    }
    let with_key = |host: RegistryHost| match lookup.key_for(&host)? {
        Some(found) => Ok((host, found.key)),
        None => Err(LoginError::NoKey(host).into()),
    };
    hosts.map(with_key).collect()
}
