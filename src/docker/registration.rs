//! Which helper a client asks for a registry, and in which file it is registered.

use std::path::PathBuf;

use crate::docker::client::ContainerClient;
use crate::docker::config::{NotEditable, docker_config_path, files_podman_reads, read_config};
use crate::helper_name::HelperName;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::files::UpdateError;

/// A helper of this project, as a config file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registration {
    /// `scw`, or `scw-prod`.
    pub(crate) helper: HelperName,
    /// The file that names it.
    pub(crate) file: PathBuf,
}

impl Registration {
    /// The profile that the helper is bound to by its name.
    pub(crate) fn bound_profile(&self) -> Option<&str> {
        self.helper.profile()
    }
}

/// Returns the helper of this project that `client` asks for `host`; `None` if it asks none, or
/// another project's.
///
/// Docker's config names one in `credHelpers`, or for all hosts in `credsStore`; podman, buildah and
/// skopeo read their own files first, and do not use `credsStore`.
///
/// # Errors
/// Returns [`UpdateError`] if a file that the client reads is broken.
pub(crate) fn registration_for(
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
        return Ok(helper.scw_helper().map(|helper| Registration { helper: helper.clone(), file }));
    }
    Ok(None)
}
