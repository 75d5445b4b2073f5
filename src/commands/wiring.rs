//! Which helper a program asks for a registry, and in which file that stands.

use std::path::PathBuf;

use crate::docker::client::ContainerClient;
use crate::docker::config::{NotEditable, docker_config_path, files_podman_reads, read_config};
use crate::helper_name::HelperName;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::files::UpdateError;

/// One of our helpers, as a config names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wired {
    /// `scw`, or `scw-prod`.
    pub(super) helper: HelperName,
    /// The file that names it.
    pub(super) file: PathBuf,
}

impl Wired {
    /// The profile that the helper is bound to by its name.
    pub(super) fn bound_profile(&self) -> Option<&str> {
        self.helper.profile()
    }
}

/// The helper of ours that `client` asks for `host`; `None` if it asks none, or somebody else's.
///
/// Docker's config names one in `credHelpers`, or for all hosts in `credsStore`; podman and its kin
/// look into their own files first, and know no `credsStore`.
///
/// # Errors
/// A file that the client reads is broken.
pub(super) fn helper_for(
    environment: &Environment,
    client: ContainerClient,
    host: &RegistryHost,
) -> Result<Option<Wired>, UpdateError<NotEditable>> {
    let docker_config = docker_config_path(environment, None);
    let mut files =
        if client.has_auth_files() { files_podman_reads(environment) } else { Vec::new() };
    files.extend(docker_config);
    for file in files {
        let config = read_config(&file)?;
        let store = || config.creds_store().filter(|_| !client.has_auth_files());
        let Some(helper) = config.cred_helper(host).or_else(store) else { continue };
        return Ok(helper.ours().map(|helper| Wired { helper: helper.clone(), file }));
    }
    Ok(None)
}
