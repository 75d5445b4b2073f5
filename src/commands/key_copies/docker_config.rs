//! `docker-config`: a `config.json` with the key in it, on standard output.

use super::print;
use crate::cli::kubernetes::{DockerConfigFormat, DockerConfigOptions};
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
    options: &DockerConfigOptions,
    environment: &Environment,
    bound_profile: Option<&str>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    print(&options.copy, environment, bound_profile, console, |logins| {
        let config = config_with_keys(logins);
        match options.output {
            DockerConfigFormat::Json => config,
            DockerConfigFormat::Base64 => base64_of(&config),
        }
    })
}
