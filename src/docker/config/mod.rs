//! Config files of other programs: Docker's `config.json` and podman's `auth.json`.

mod auths;
mod default_store;
mod document;
mod edits;
mod file;
mod helper_entries;
mod json_text;
mod key_copy;

use std::path::{Path, PathBuf};

use crate::system::environment::Environment;

pub use auths::PlaintextLogin;
pub use default_store::dockers_default_store;
pub use document::{ConfigDocument, NotEditable};
pub use file::{FileChange, change, read_config};
pub use helper_entries::HelperEntries;
pub(crate) use key_copy::{base64_of, config_with_keys};

/// The path of Docker's `config.json`: in `directory` if given, otherwise in `$DOCKER_CONFIG`,
/// otherwise in `~/.docker`, as in docker/cli. `None` without a home directory.
pub fn docker_config_path(environment: &Environment, directory: Option<&Path>) -> Option<PathBuf> {
    let directory = directory
        .map(Path::to_owned)
        .or_else(|| environment.path_variable("DOCKER_CONFIG"))
        .or_else(|| environment.home().map(|home| home.join(".docker")))?;
    Some(directory.join("config.json"))
}

/// The files that podman, buildah and skopeo read before Docker's config, in this order: the one
/// that they write to, then the one that survives a restart (containers/image,
/// `pkg/docker/config`).
pub fn files_podman_reads(environment: &Environment) -> Vec<PathBuf> {
    let first = runtime_auth_paths(environment).into_iter().next();
    first.into_iter().chain(lasting_auth_path(environment)).collect()
}

/// All files in which podman, buildah or skopeo may have stored credentials. Where they write
/// depends on variables, which may have been different at that time.
pub fn podman_auth_paths(environment: &Environment) -> Vec<PathBuf> {
    runtime_auth_paths(environment).into_iter().chain(lasting_auth_path(environment)).collect()
}

/// The files that root's podman, buildah or skopeo write to by default.
pub fn podman_auth_paths_of_root(home: &Path) -> [PathBuf; 2] {
    [PathBuf::from("/run/containers/0/auth.json"), below(&home.join(".config"))]
}

/// Root's files that may name helpers: Docker's and podman's. `home` is root's home directory.
pub fn configs_of_root(home: &Path) -> Vec<PathBuf> {
    let dockers = home.join(".docker/config.json");
    [dockers].into_iter().chain(podman_auth_paths_of_root(home)).collect()
}

fn runtime_auth_paths(environment: &Environment) -> Vec<PathBuf> {
    let runtime = environment.uid().map(|uid| format!("/run/containers/{uid}/auth.json"));
    let paths = [
        environment.path_variable("REGISTRY_AUTH_FILE"),
        environment.path_variable("XDG_RUNTIME_DIR").as_deref().map(below),
        runtime.map(PathBuf::from),
    ];
    paths.into_iter().flatten().collect()
}

fn lasting_auth_path(environment: &Environment) -> Option<PathBuf> {
    let config_home = environment
        .path_variable("XDG_CONFIG_HOME")
        .or_else(|| environment.home().map(|home| home.join(".config")));
    config_home.as_deref().map(below)
}

fn below(directory: &Path) -> PathBuf {
    directory.join("containers").join("auth.json")
}
