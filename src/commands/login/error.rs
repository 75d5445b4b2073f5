//! Why a login or a logout failed.

use std::path::PathBuf;

use crate::docker::client::ContainerClient;
use crate::docker::credential_helper::HelperFault;
use crate::explain::Explain;
use crate::helper_name::HelperName;
use crate::printable::{Printable, printable_path};
use crate::protocol::ActionError;
use crate::registry_host::RegistryHost;
use crate::scaleway::settings::SettingsError;
use crate::secret_key::NotASecretKey;

/// Why a login or a logout failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum LoginError {
    #[error("{} is not on PATH", .wanted.name())]
    NoProgram { wanted: ContainerClient, there: Vec<ContainerClient> },
    #[error("cannot start {}: {error}", printable_path(program))]
    NotStarted { program: PathBuf, error: std::io::Error },
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("no key for {0}")]
    NoKey(RegistryHost),
    #[error("{from} {problem}")]
    NotAKey { from: &'static str, problem: NotASecretKey },
    #[error("cannot read the key from {0}: {1}")]
    Unreadable(&'static str, std::io::Error),
    /// Ctrl-C while the key was asked for.
    #[error("interrupted")]
    Interrupted,
    #[error(
        "{} registers the helper {} for {host}, but {} is not on PATH",
        printable_path(file),
        Printable(helper.to_string()),
        Printable(helper.program())
    )]
    NoHelper { helper: HelperName, host: RegistryHost, file: PathBuf },
    #[error(transparent)]
    NotKept(ActionError),
    #[error("the helper for {host} has no answer: {fault}")]
    HelperFails { host: RegistryHost, fault: HelperFault },
    #[error("the helper has another key for {host} ({source_name})")]
    OtherKeyWins { host: RegistryHost, source_name: String },
    #[error("cannot put back the key that was stored for {host}: {cause}")]
    NotPutBack { host: RegistryHost, cause: String },
}

impl Explain for LoginError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoProgram { there, .. } => install_or_use(there),
            Self::Settings(error) => return error.hint(),
            Self::NoKey(_) => {
                "set SCW_SECRET_KEY, run `docker-credential-scw save-key`, or pipe the key in with \
                --secret-key-stdin"
                    .to_owned()
            }
            Self::NotAKey { problem, .. } => return problem.hint(),
            Self::NoHelper { helper, .. } => {
                format!("install it with `docker-credential-scw install{}`", profile_option(helper))
            }
            Self::NotKept(error) => return error.hint(),
            Self::HelperFails { fault, .. } => return fault.hint(),
            Self::OtherKeyWins { .. } => "change or remove that key first".to_owned(),
            Self::NotPutBack { .. } => "log in again with that key".to_owned(),
            Self::NotStarted { .. } | Self::Unreadable(..) | Self::Interrupted => return None,
        })
    }
}

fn install_or_use(there: &[ContainerClient]) -> String {
    let names: Vec<_> = there.iter().map(|client| client.name()).collect();
    match names.as_slice() {
        [] => "install it (no other program that pulls images is on PATH either)".to_owned(),
        [first, ..] => format!(
            "install it, or use what is there ({}), as in --program {first}",
            names.join(", ")
        ),
    }
}

fn profile_option(helper: &HelperName) -> String {
    helper
        .profile()
        .map_or_else(String::new, |profile| format!(" --profile {}", Printable(profile)))
}
