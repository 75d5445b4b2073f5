//! The registration of a helper: which helper a client asks for a registry, and which file says so.

use std::path::PathBuf;

use crate::docker::client::ContainerClient;
use crate::docker::config::{NotEditable, docker_config_path, files_podman_reads, read_config};
use crate::helper_name::HelperName;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::files::UpdateError;

/// A helper of this program that a config registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Registration {
    /// `scw`, or `scw-prod`.
    pub(super) helper: HelperName,
    /// The file that registers it.
    pub(super) file: PathBuf,
}

impl Registration {
    /// The profile that the helper is bound to by its name.
    pub(super) fn bound_profile(&self) -> Option<&str> {
        self.helper.profile()
    }
}

/// Returns the helper of this program that `client` asks for `host`; `None` if it asks none, or
/// another one.
///
/// Docker's config registers a helper in `credHelpers`, or for all hosts in `credsStore`. podman,
/// buildah and skopeo read their own files first, and ignore `credsStore`.
///
/// # Errors
/// Returns [`UpdateError`] if a file that the client reads is broken.
pub(super) fn helper_for(
    environment: &Environment,
    client: ContainerClient,
    host: &RegistryHost,
) -> Result<Option<Registration>, UpdateError<NotEditable>> {
    let docker_config = docker_config_path(environment, None);
    let mut files =
        if client.has_auth_files() { files_podman_reads(environment) } else { Vec::new() };
    files.extend(docker_config);
    for file in files {
        let config = read_config(&file)?;
        let store = || config.creds_store().filter(|_| !client.has_auth_files());
        let Some(helper) = config.cred_helper(host).or_else(store) else { continue };
        return Ok(helper.ours().map(|helper| Registration { helper: helper.clone(), file }));
    }
    Ok(None)
}
