//! `docker-config` and `kubernetes-secret`: a copy of the key, for programs that ask no helper.

mod docker_config;
mod kubernetes_secret;

use zeroize::Zeroizing;

use super::CommandError;
use super::login::{LoginError, key_from_stdin};
use crate::cli::kubernetes::KeyCopy;
use crate::cli::named_regions;
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
    bound_profile: Option<&str>,
    console: &mut Console<'_>,
    written: impl FnOnce(&[(RegistryHost, SecretKey)]) -> Zeroizing<Vec<u8>>,
) -> Result<Exit, CommandError> {
    match logins(copy, environment, bound_profile, console) {
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
    bound_profile: Option<&str>,
    console: &mut Console<'_>,
) -> Result<Vec<(RegistryHost, SecretKey)>, CommandError> {
    let profile = copy.profile.as_deref().or(bound_profile);
    let regions = match named_regions(&copy.region) {
        Some(regions) => regions,
        None => vec![
            Settings::load(environment, profile)
                .and_then(|settings| settings.region())
                .map_err(LoginError::Settings)?,
        ],
    };
    let hosts = regions.iter().flat_map(|region| RegistryHost::of_region(region));
    if copy.secret_key_stdin {
        environment.watch_signals();
        let key = key_from_stdin(environment, console)?;
        return Ok(hosts.map(|host| (host, key.clone())).collect());
    }
    let lookup = KeyLookup::new(environment, bound_profile);
    if let Some(profile) = &copy.profile {
        let key = lookup.profile_key(profile)?.key;
        return Ok(hosts.map(|host| (host, key.clone())).collect());
    }
    let with_key = |host: RegistryHost| match lookup.key_for(&host)? {
        Some(found) => Ok((host, found.key)),
        None => Err(LoginError::NoKey(host).into()),
    };
    hosts.map(with_key).collect()
}
