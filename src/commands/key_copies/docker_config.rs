//! `docker-config`: a `config.json` with the key in it, on standard output.

use super::print;
use crate::cli::command::{DockerConfig, DockerConfigFormat};
use crate::commands::CommandError;
use crate::docker::config::{base64_of, config_with_keys};
use crate::exit::Exit;
use crate::system::environment::Environment;
use crate::terminal::Console;

/// Prints a `config.json` with the keys of the chosen registries.
///
/// # Errors
/// Returns [`CommandError`] if a registry has no key, or a source of keys is broken.
pub(in crate::commands) fn docker_config(
    wanted: &DockerConfig,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    print(&wanted.copy, environment, console, |logins| {
        let config = config_with_keys(logins);
        match wanted.format {
            DockerConfigFormat::Json => config,
            DockerConfigFormat::Base64 => base64_of(&config),
        }
    })
}
