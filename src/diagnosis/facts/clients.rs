//! The container clients on PATH, and whether they can start a helper at all.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::docker::client::ContainerClient;
use crate::system::environment::Environment;
use crate::system::process::{self, AskError, AskingTime};

/// How long a client may take to print its version.
const DEADLINE: Duration = Duration::from_secs(5);

/// A client that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundClient {
    pub(crate) client: ContainerClient,
    pub(crate) path: PathBuf,
    pub(crate) state: ClientState,
}

/// What is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClientState {
    /// It runs; the first line of what it prints for `--version`.
    Version(String),
    /// A snap, which cannot start helpers and has a separate config.
    Snap,
    /// A flatpak, which cannot start helpers outside its sandbox.
    Flatpak,
    /// It fails when asked for its version.
    Fails,
    /// It cannot be started, or does not answer.
    NotStarted(AskError),
}

/// Finds the clients, and asks all for their versions at the same time.
pub(crate) fn gather(environment: &Environment) -> Vec<FoundClient> {
    let find = |client: ContainerClient| Some((client, environment.find_program(client.name())?));
    let found: Vec<_> = ContainerClient::ALL.into_iter().filter_map(find).collect();
    let states = super::at_once(&found, |(_, path)| state(environment, path));
    let client = |((client, path), state)| FoundClient { client, path, state };
    found.into_iter().zip(states).map(client).collect()
}

fn state(environment: &Environment, program: &Path) -> ClientState {
    if is_snap(program) {
        return ClientState::Snap;
    }
    if program.to_string_lossy().contains("/flatpak/exports/") {
        return ClientState::Flatpak;
    }
    let command = process::command(environment, program, &["--version"]);
    match process::answer_of(command, b"", DEADLINE, &AskingTime::new()) {
        Ok(answer) if answer.success => {
            let words = String::from_utf8_lossy(&answer.stdout);
            ClientState::Version(words.lines().next().unwrap_or_default().trim().to_owned())
        }
        Ok(_) => ClientState::Fails,
        Err(error) => ClientState::NotStarted(error),
    }
}

/// All snaps are links to one program, in a separate directory.
fn is_snap(program: &Path) -> bool {
    let real = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    let in_snap =
        |path: &Path| path.starts_with("/snap") || path.starts_with("/var/lib/snapd/snap");
    in_snap(program) || in_snap(&real) || real.ends_with("usr/bin/snap")
}
