//! The steps of `install` and `uninstall`: what is planned, and what became of it.

use std::fmt;
use std::path::PathBuf;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use crate::diagnosis::Fix;
use crate::docker::config::{FileChange, PlaintextLogin};
use crate::explain::{Explain, Explanation};
use crate::helper_name::ConfiguredHelper;
use crate::keys::KeySource;
use crate::printable::{Printable, printable_path};
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::system::program_file::Found;
use crate::terminal::Line;

/// One thing that a command changes.
pub(super) struct Step {
    pub(super) action: Action,
    pub(super) status: Status,
}

/// What a step changes.
pub(super) enum Action {
    /// Keep a login's key in the keyring.
    KeepKey(KeptKey),
    /// Put the program in its directory. Has what was there before.
    InstallProgram { path: PathBuf, before: Found },
    /// Change a config file's registrations.
    ChangeConfig { path: PathBuf, change: FileChange },
    /// Delete plaintext credentials from a file.
    RemoveCredentials { path: PathBuf, logins: Vec<PlaintextLogin> },
    /// Remove the program's file.
    RemoveProgram { path: PathBuf },
    /// Forget the key that a login stored.
    ForgetKey { host: RegistryHost },
}

/// A key that is kept in the keyring.
pub(super) struct KeptKey {
    pub(super) host: RegistryHost,
    pub(super) key: SecretKey,
    pub(super) from: KeyOrigin,
}

/// Where a key is before it is kept.
pub(super) enum KeyOrigin {
    /// In Docker's credential store.
    Store(ConfiguredHelper),
    /// In a file, as plaintext credentials.
    File { path: PathBuf },
    /// In a file and in a variable, which the helper reads while it is set.
    Variable(KeySource),
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    /// It will be done.
    Planned,
    /// A dry run asks no questions, and this step depends on the answer to one.
    NeedsConsent,
    /// The answer was no.
    Declined,
    /// There is nothing to do. The text goes after the target.
    Unchanged(&'static str),
    /// A file stays although its removal was asked for. The text goes after the target.
    Kept(&'static str),
    /// A dry run cannot tell. The text goes after the target.
    Unknown(&'static str),
    /// It is done.
    Done,
    /// A step that it depends on failed.
    Skipped,
    /// It could not be done.
    Failed(StepFailure),
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StepFailure {
    pub(super) cause: String,
    pub(super) fix: Option<Fix>,
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

impl Explain for StepFailure {
    fn hint(&self) -> Option<String> {
        self.fix.as_ref().map(Fix::line)
    }
}

impl Step {
    /// Returns whether the step is planned or done: in a dry run, whether it would be done.
    pub(super) fn is_effective(&self) -> bool {
        matches!(self.status, Status::Planned | Status::Done)
    }

    /// Returns why the step failed.
    pub(super) fn failure(&self) -> Option<&StepFailure> {
        if let Status::Failed(error) = &self.status { Some(error) } else { None }
    }

    /// The step as a line of the report; `None` if there is nothing to say of it.
    pub(super) fn line(&self) -> Option<Line> {
        Some(Line::plain(match &self.status {
            Status::Planned => format!("Would {}", self.action.infinitive()),
            Status::NeedsConsent => format!("Would ask whether to {}", self.action.infinitive()),
            Status::Done => self.action.past(),
            Status::Unchanged(reason) | Status::Unknown(reason) => {
                format!("{}{reason}", self.action.target())
            }
            Status::Kept(reason) => {
                return Some(Line::warning(format!("{}{reason}", self.action.target())));
            }
            Status::Declined | Status::Skipped | Status::Failed(_) => return None,
        }))
    }
}

impl Action {
    /// The identifier for scripts.
    fn id(&self) -> &'static str {
        match self {
            Self::KeepKey(_) => "keep-key",
            Self::InstallProgram { .. } => "install-program",
            Self::ChangeConfig { .. } => "change-config",
            Self::RemoveCredentials { .. } => "remove-plaintext-credentials",
            Self::RemoveProgram { .. } => "remove-program",
            Self::ForgetKey { .. } => "forget-key",
        }
    }

    /// What the step is about: a file, or a registry.
    pub(super) fn target(&self) -> String {
        match self {
            Self::KeepKey(KeptKey { host, .. }) | Self::ForgetKey { host } => host.to_string(),
            Self::InstallProgram { path, .. }
            | Self::ChangeConfig { path, .. }
            | Self::RemoveCredentials { path, .. }
            | Self::RemoveProgram { path } => printable_path(path),
        }
    }

    /// After "Would".
    fn infinitive(&self) -> String {
        let target = self.target();
        match self {
            Self::KeepKey(key) => format!("copy {}", key.in_words()),
            Self::InstallProgram { before: Found::Nothing, .. } => format!("install {target}"),
            Self::InstallProgram { before, .. } => format!("replace {target}, {}", named(*before)),
            Self::ChangeConfig { change, .. } => format!("{} {target}", change.infinitive()),
            Self::RemoveCredentials { logins, .. } => {
                format!("remove the plaintext credentials for {} from {target}", servers(logins))
            }
            Self::RemoveProgram { .. } => format!("remove {target}"),
            Self::ForgetKey { .. } => format!("forget the key stored for {target}"),
        }
    }

    /// A sentence about the past.
    pub(super) fn past(&self) -> String {
        let target = self.target();
        match self {
            Self::KeepKey(key) => format!("Copied {}", key.in_words()),
            Self::InstallProgram { before: Found::Nothing, .. } => format!("Installed {target}"),
            Self::InstallProgram { before, .. } => format!("Replaced {target}, {}", named(*before)),
            Self::ChangeConfig { change, .. } => format!("{} {target}", change.past()),
            Self::RemoveCredentials { logins, .. } => {
                format!("Removed the plaintext credentials for {} from {target}", servers(logins))
            }
            Self::RemoveProgram { .. } => format!("Removed {target}"),
            Self::ForgetKey { .. } => format!("Forgot the key stored for {target}"),
        }
    }

    /// What was done, as the first part of an error about a later step.
    fn before_error(&self) -> String {
        let target = self.target();
        match self {
            Self::InstallProgram { .. } => format!("installed {target}"),
            Self::ChangeConfig { change, .. } => format!("{} {target}", change.participle()),
            Self::RemoveProgram { .. } => format!("removed {target}"),
            Self::KeepKey(_) => format!("copied the key for {target} to the keyring"),
            Self::RemoveCredentials { .. } => {
                format!("removed the plaintext credentials from {target}")
            }
            Self::ForgetKey { .. } => format!("forgot the key stored for {target}"),
        }
    }
}

impl KeptKey {
    fn in_words(&self) -> String {
        let host = &self.host;
        match &self.from {
            KeyOrigin::Store(store) => {
                let store = Printable(store.to_string());
                format!("the key for {host} from Docker's credential store {store} to the keyring")
            }
            KeyOrigin::File { path, .. } => {
                format!("the key for {host} from {} to the keyring", printable_path(path))
            }
            KeyOrigin::Variable(source) => {
                format!("the key for {host} from the {source} to the keyring")
            }
        }
    }
}

/// What the steps did before one of them failed; `None` if that is nothing.
pub(super) fn done_before_error(steps: &[Step]) -> Option<String> {
    let done = steps.iter().filter(|step| step.status == Status::Done);
    let done: Vec<_> = done.map(|step| step.action.before_error()).collect();
    (!done.is_empty()).then(|| done.join(", "))
}

/// What is replaced.
fn named(before: Found) -> &'static str {
    match before {
        Found::ScwScript => "the script of scw registry install-docker-helper",
        Found::OtherVersion => "another version of it",
        Found::NotExecutable => "which not everybody could execute",
        Found::Incomplete => "which was incomplete",
        _ => "what stood there",
    }
}

fn servers(logins: &[PlaintextLogin]) -> String {
    let servers: Vec<_> = logins.iter().map(|login| login.server.as_str()).collect();
    servers.join(", ")
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let status = match &self.status {
            Status::Planned => "planned",
            Status::NeedsConsent => "needs-consent",
            Status::Declined => "declined",
            Status::Unchanged(_) => "unchanged",
            Status::Kept(_) => "kept",
            Status::Unknown(_) => "unknown",
            Status::Done => "done",
            Status::Skipped => "skipped",
            Status::Failed(_) => "failed",
        };
        let mut step = serializer.serialize_struct("Step", 4)?;
        step.serialize_field("action", self.action.id())?;
        step.serialize_field("target", &self.action.target())?;
        step.serialize_field("status", status)?;
        step.serialize_field("error", &self.failure().map(Explanation::from))?;
        step.end()
    }
}
