//! What is said beside a login: credentials that are used before the helper, or instead of it.

use crate::commands::leftovers::plain_text_files;
use crate::docker::config::docker_config_path;
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::terminal::Console;

/// Warns of plaintext credentials that the client reads before it asks the helper.
pub(super) fn warn_of_shadows(
    environment: &Environment,
    host: &RegistryHost,
    console: &mut Console<'_>,
) {
    let Some(docker_config) = docker_config_path(environment, None) else { return };
    let (files, _) = plain_text_files(environment, &docker_config, std::slice::from_ref(host));
    for file in files.iter().filter(|file| file.path != docker_config) {
        console.note(&format!(
            "{}, which is used before the helper: `docker-credential-scw install --yes` removes it",
            file.in_words()
        ));
    }
}

/// Suggests `install` once, after a login that leaves the key in plaintext.
pub(super) fn suggest_install(
    environment: &Environment,
    hosts: &[RegistryHost],
    console: &mut Console<'_>,
) {
    let Some(docker_config) = docker_config_path(environment, None) else { return };
    let (files, _) = plain_text_files(environment, &docker_config, hosts);
    let names: Vec<_> = hosts.iter().map(ToString::to_string).collect();
    console.note(&match files.first() {
        Some(file) => format!(
            "{} holds the key in plain text now: `docker-credential-scw install --yes` keeps keys \
             elsewhere and removes it there",
            printable_path(&file.path)
        ),
        None => format!(
            "the helper is not registered for {}: `docker-credential-scw install` keeps keys out of \
             plaintext files and makes logins unnecessary",
            names.join(", ")
        ),
    });
}
