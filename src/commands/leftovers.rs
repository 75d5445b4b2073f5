//! What would defeat the helper: logins in plain text, which podman reads first, and variables.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::hints;
use super::shown;
use crate::docker::config::{ConfigDocument, PlaintextLogin, podman_auth_paths, read_config};
use crate::printable::printable_path;
use crate::registry_host::{REGIONS, RegistryHost};
use crate::system::environment::Environment;
use crate::system::program_file::{Found, inspect};

/// Something that stands in the way of the helper.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// What it is, and what to do about it.
    #[serde(serialize_with = "shown")]
    pub(super) message: String,
    /// It was put right.
    pub(super) mended: bool,
}

/// Logins in plain text in one file.
pub(super) struct PlainTextFile {
    pub(super) path: PathBuf,
    pub(super) logins: Vec<PlaintextLogin>,
}

impl PlainTextFile {
    /// What is found there, as a person is told of it.
    pub(super) fn in_words(&self) -> String {
        let servers: Vec<_> = self.logins.iter().map(|login| login.server.as_str()).collect();
        let path = printable_path(&self.path);
        format!("{path} holds a login in plain text for {}", servers.join(", "))
    }
}

impl Finding {
    pub(super) fn new(message: String) -> Self {
        Self { message, mended: false }
    }

    /// Something that was put right.
    pub(super) fn done(message: String) -> Self {
        Self { message, mended: true }
    }
}

/// The files that hold logins to `hosts` in plain text, and those that cannot be read.
pub(super) fn plain_text_files(
    environment: &Environment,
    docker_config: &Path,
    hosts: &[RegistryHost],
) -> (Vec<PlainTextFile>, Vec<Finding>) {
    let mut paths = vec![docker_config.to_owned()];
    for path in podman_auth_paths(environment) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let (mut files, mut findings) = (Vec::new(), Vec::new());
    for path in paths {
        match read_config(&path) {
            Ok(document) => {
                let logins = logins_to(hosts, &document);
                if !logins.is_empty() {
                    files.push(PlainTextFile { path, logins });
                }
            }
            Err(error) => {
                let told = format!("{error} (podman and Docker cannot read it either)");
                findings.push(Finding::new(match hints::for_config(&error) {
                    Some(hint) => format!("{told}; {hint}"),
                    None => told,
                }));
            }
        }
    }
    (files, findings)
}

fn logins_to(hosts: &[RegistryHost], document: &ConfigDocument) -> Vec<PlaintextLogin> {
    let mut logins = document.plaintext_logins();
    logins.retain(|login| hosts.contains(&login.host));
    logins
}

/// Regions that have no registry as far as this version knows: a new one, or a slip.
pub(super) fn unknown_regions(hosts: &[RegistryHost]) -> Vec<Finding> {
    let unknown = hosts.iter().filter(|host| !REGIONS.contains(&host.region()));
    let told = |host: &RegistryHost| {
        let (region, known) = (host.region(), REGIONS.join(", "));
        Finding::new(format!(
            "{region} is no region with a registry that this version knows ({known}); it is wired \
             all the same"
        ))
    };
    unknown.map(told).collect()
}

/// The servers that the variable which Docker asks before any helper holds logins for, if any.
pub(super) fn in_docker_auth_config(
    environment: &Environment,
    hosts: &[RegistryHost],
) -> Option<String> {
    let text = environment.variable("DOCKER_AUTH_CONFIG")?;
    let document = ConfigDocument::parse(Some(text.to_string_lossy().as_bytes())).ok()?;
    let logins = logins_to(hosts, &document);
    let named: Vec<_> = logins.iter().map(|login| login.server.as_str()).collect();
    (!named.is_empty()).then(|| named.join(", "))
}

/// Why Docker does not start the program, if it does not: it looks for its name on PATH.
pub(super) fn not_found_by_docker(
    environment: &Environment,
    program: &Path,
    own: &[u8],
) -> Option<String> {
    let (directory, name) = (program.parent()?, program.file_name()?);
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let first = environment.find_program(&name.to_string_lossy());
    // It may be the same elsewhere.
    if first.as_ref().is_some_and(|first| matches!(inspect(first, own), Ok(Found::Same))) {
        return None;
    }
    if !environment.program_dirs().iter().any(|on_path| real(on_path) == real(directory)) {
        // Windows' own form of a real path is nobody's.
        let shown = if cfg!(windows) { directory.to_owned() } else { real(directory) };
        let dir = printable_path(&shown);
        let add = if cfg!(windows) {
            "add it to the Path of your account's environment variables".to_owned()
        } else {
            format!("add it, as in export PATH={dir}:$PATH")
        };
        return Some(format!("{dir} is not on PATH, so Docker does not find the helper: {add}"));
    }
    let first = first?;
    (real(&first) != real(program)).then(|| {
        format!(
            "{} is earlier on PATH, so Docker starts that one: remove it, or install with --path {}",
            printable_path(&first),
            first.parent().map(printable_path).unwrap_or_default()
        )
    })
}
