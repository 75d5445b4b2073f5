//! Docker's config.json, podman's auth files, and the variables that name such files.

use std::path::{Path, PathBuf};

use crate::docker::client::ContainerClient;
use crate::docker::config::{
    ConfigDocument, NotEditable, docker_config_path, files_podman_reads, podman_auth_paths,
    read_config,
};
use crate::docker::registration::registration_for;
use crate::helper_name::HelperName;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::files::UpdateError;

/// Docker's `config.json`.
#[derive(Debug, Default)]
pub(crate) struct DockerConfig {
    /// The file; `None` without a home directory.
    pub(crate) path: Option<PathBuf>,
    /// What it says; nothing if it cannot be read.
    pub(crate) document: ConfigDocument,
    /// Why it cannot be read.
    pub(crate) fault: Option<FileFault>,
    /// What is wrong with `DOCKER_CONFIG`.
    pub(crate) variable: Option<NamedDirectory>,
}

/// Why a config file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileFault {
    /// The cause, without the file's name.
    pub(crate) reason: String,
    pub(crate) kind: FaultKind,
}

/// The kinds of faults, by what a user can do about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// The content is not in Docker's format.
    Content,
    /// The user lacks a right.
    Permission,
    /// The system's answer is another one, for example for a directory of that name.
    Other,
}

/// A directory that `DOCKER_CONFIG` names, and which is not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedDirectory {
    pub(crate) path: PathBuf,
    pub(crate) fault: PathFault,
    /// `~/.docker/config.json` registers a helper of this project.
    pub(crate) default_has_helper: bool,
}

/// What is wrong with a path that a variable names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathFault {
    Missing,
    NotADirectory,
    /// A directory where a file is needed.
    Directory,
}

/// A file of podman's, which podman, buildah and skopeo read before Docker's config.
#[derive(Debug)]
pub(crate) struct AuthFile {
    pub(crate) path: PathBuf,
    /// What it says, or why it cannot be read.
    pub(crate) content: Result<ConfigDocument, String>,
    /// `path` is a file.
    pub(crate) is_file: bool,
    /// A free name in the same directory, to move it to.
    pub(crate) free_name: PathBuf,
}

/// Where a helper is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegisteredIn {
    /// `credHelpers` of Docker's config.
    CredHelpers,
    /// `credsStore` of Docker's config.
    CredsStore,
    /// podman's own file.
    AuthFile,
}

/// A registry that a client asks one of this project's helpers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registered {
    pub(crate) host: RegistryHost,
    pub(crate) helper: HelperName,
    pub(crate) place: RegisteredIn,
    /// podman, buildah and skopeo ask a helper of this project for it as well.
    pub(crate) serves_podman: bool,
}

impl From<&UpdateError<NotEditable>> for FileFault {
    fn from(error: &UpdateError<NotEditable>) -> Self {
        let kind = match error {
            UpdateError::Refused { .. } => FaultKind::Content,
            error if error.is_permission_error() => FaultKind::Permission,
            _ => FaultKind::Other,
        };
        Self { reason: error.reason(), kind }
    }
}

impl DockerConfig {
    /// Reads the file that Docker reads.
    pub(crate) fn gather(environment: &Environment) -> Self {
        let path = docker_config_path(environment, None);
        let (document, fault) = match path.as_deref().map(read_config) {
            Some(Ok(document)) => (document, None),
            Some(Err(error)) => (ConfigDocument::default(), Some(FileFault::from(&error))),
            None => (ConfigDocument::default(), None),
        };
        Self { path, document, fault, variable: named_directory(environment) }
    }

    /// Returns whether there is a file that can be read.
    pub(crate) fn is_readable(&self) -> bool {
        self.document.content().is_some()
    }
}

fn named_directory(environment: &Environment) -> Option<NamedDirectory> {
    let path = environment.path_variable("DOCKER_CONFIG")?;
    let fault = match path.metadata() {
        Ok(metadata) if metadata.is_dir() => return None,
        Ok(_) => PathFault::NotADirectory,
        Err(_) => PathFault::Missing,
    };
    let default = environment.home().map(|home| home.join(".docker/config.json"));
    let default = default.and_then(|path| read_config(&path).ok()).unwrap_or_default();
    let default_has_helper = !helpers_in(&default).is_empty();
    Some(NamedDirectory { path, fault, default_has_helper })
}

/// Reads the files that podman reads.
pub(crate) fn auth_files(environment: &Environment) -> Vec<AuthFile> {
    files_podman_reads(environment).into_iter().map(auth_file).collect()
}

fn auth_file(path: PathBuf) -> AuthFile {
    let content = match read_config(&path) {
        // Docker takes an empty file for an empty config; podman does not.
        Ok(document) if document.content().is_some_and(|text| text.trim().is_empty()) => {
            Err("the file is empty, which podman, buildah and skopeo refuse to read".to_owned())
        }
        Ok(document) => Ok(document),
        Err(error) => Err(error.reason()),
    };
    AuthFile { is_file: path.is_file(), content, free_name: free_name(&path), path }
}

/// Returns a free name in the directory of `path`, to move a broken file to.
pub(crate) fn free_name(path: &Path) -> PathBuf {
    let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
    let broken = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(".broken");
        if number > 1 {
            name.push(number.to_string());
        }
        PathBuf::from(name)
    };
    (1..100).map(broken).find(is_free).unwrap_or_else(|| broken(100))
}

/// Every file that podman may have left credentials in, also where it does not read now, and Docker's.
pub(crate) fn credential_files(environment: &Environment, docker_config: &Path) -> Vec<PathBuf> {
    let mut paths = vec![docker_config.to_owned()];
    for path in podman_auth_paths(environment) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

/// Returns the registries that Docker, or podman if it is `podman`, asks a helper of this project for.
pub(crate) fn registered(
    environment: &Environment,
    config: &ConfigDocument,
    podman: Option<ContainerClient>,
) -> Vec<Registered> {
    let of_podman = |host: &RegistryHost| {
        let found = podman.map(|podman| registration_for(environment, podman, host));
        found.and_then(Result::ok).flatten()
    };
    let mut registered = Vec::new();
    let mut add = |host: RegistryHost, helper, place| {
        let serves_podman = of_podman(&host).is_some();
        registered.push(Registered { host, helper, place, serves_podman });
    };
    for (host, helper) in helpers_in(config) {
        add(host, helper, RegisteredIn::CredHelpers);
    }
    let is_new = |host: &RegistryHost| config.cred_helper(host).is_none();
    // Docker asks the store for every host without an entry in credHelpers.
    if let Some(store) = config.creds_store().and_then(|store| store.scw_helper().cloned()) {
        for host in RegistryHost::known().filter(is_new) {
            add(host, store.clone(), RegisteredIn::CredsStore);
        }
        return registered;
    }
    // podman's own files may register a helper where Docker's config does not.
    for host in RegistryHost::known() {
        let found = of_podman(&host);
        let is_known = registered.iter().any(|it: &Registered| it.host == host);
        if let (false, Some(found)) = (is_known, found) {
            let (helper, place) = (found.helper, RegisteredIn::AuthFile);
            registered.push(Registered { host, helper, place, serves_podman: true });
        }
    }
    registered
}

fn helpers_in(config: &ConfigDocument) -> Vec<(RegistryHost, HelperName)> {
    let entries = config.cred_helpers().into_iter();
    let ours = entries.filter_map(|(key, helper)| {
        Some((RegistryHost::from_host(&key)?, helper.scw_helper()?.clone()))
    });
    ours.collect()
}
