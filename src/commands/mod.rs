//! The commands of people: everything that the protocol does not call.

mod advice;
mod completion;
mod consent;
mod doctor;
mod hints;
mod install;
mod key_copies;
mod kubelet;
mod login;
mod logout;
mod needs;
mod program_path;
mod readiness;
mod references;
mod refusals;
mod registry;
mod save_key;
mod step;
mod target_config;
mod uninstall;

use std::io;

use self::kubelet::KubeletError;
use self::login::LoginError;
use self::save_key::SaveKeyError;
use crate::cli::command::Command;
use crate::docker::config::NotEditable;
use crate::exit::Exit;
use crate::explain::Explain;
use crate::keys::{KeyError, StoreError};
use crate::printable::Printable;
use crate::sudo::invoking_user::ActAsError;
use crate::system::environment::Environment;
use crate::system::files::UpdateError;
use crate::system::program_file::ProgramError;
use crate::terminal::Console;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CommandError {
    /// The program's file.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Docker's config.
    #[error(transparent)]
    Config(#[from] UpdateError<NotEditable>),
    /// A stored key.
    #[error(transparent)]
    Stored(#[from] StoreError),
    /// The user who ran `sudo`.
    #[error(transparent)]
    ActAs(#[from] ActAsError),
    /// Something failed after something else was done.
    #[error("{done}, but {error}")]
    HalfDone {
        /// What was done.
        done: String,
        /// What failed.
        error: Box<CommandError>,
    },
    /// There is no home directory.
    #[error("there is no home directory to find Docker's config in")]
    NoHome,
    /// There is no `--path`, and no default directory.
    #[error("this system has no usual directory for programs")]
    NoPlace,
    /// `--docker-config` names a file.
    #[error("{0} is not a directory")]
    NotADirectory(String),
    /// No key can be looked up.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// `install --profile`: the profile has no usable key. Other commands have no such `--force`.
    #[error("{0}")]
    ProfileToBind(KeyError),
    /// A login.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// A key for config.yaml.
    #[error(transparent)]
    SaveKey(#[from] SaveKeyError),
    /// The kubelet's credential provider.
    #[error(transparent)]
    Kubelet(#[from] KubeletError),
    /// The result cannot be printed.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl Explain for CommandError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Program(error) => return hints::for_program(error),
            Self::Config(error) => return hints::for_config(error),
            Self::ActAs(error) => return hints::for_acting_as_user(error),
            Self::Stored(error) => return error.hint(),
            Self::HalfDone { error, .. } => return error.hint(),
            Self::Key(error) => return error.hint(),
            Self::Login(error) => return error.hint(),
            Self::SaveKey(error) => return error.hint(),
            Self::Kubelet(error) => return error.hint(),
            Self::Output(_) => return None,
            Self::NoHome => "set HOME, or name the directory with --docker-config".to_owned(),
            Self::NoPlace => "name a directory that is on PATH with --path <DIR>".to_owned(),
            Self::NotADirectory(_) => {
                "name the directory of config.json with --docker-config".to_owned()
            }
            Self::ProfileToBind(error) => match error.hint() {
                Some(hint) => format!("{hint}, or install it anyway with --force"),
                None => "install it anyway with --force".to_owned(),
            },
        })
    }
}

impl CommandError {
    /// More rights would help.
    fn is_permission_error(&self) -> bool {
        match self {
            Self::Program(error) => error.is_permission_error(),
            Self::Config(error) => error.is_permission_error(),
            Self::Kubelet(error) => error.is_permission_error(),
            Self::Stored(StoreError::Io { error, .. }) => {
                error.kind() == io::ErrorKind::PermissionDenied
            }
            _ => false,
        }
    }
}

/// Carries out a command.
pub(crate) fn perform(
    command: &Command,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let registry = |console| registry::RegistryCommands::new(environment, console);
    match command {
        Command::Install(install) => install::install(install, environment, console)?,
        Command::KubeletInstall(install) => kubelet::install(install, environment, console)?,
        Command::Uninstall(uninstall) => uninstall::uninstall(uninstall, environment, console)?,
        Command::KubeletUninstall(uninstall) => {
            kubelet::uninstall(uninstall, environment, console)?;
        }
        Command::Doctor(doctor) => return doctor::doctor(doctor, environment, console),
        Command::KubeletDoctor(doctor) => return kubelet::doctor(doctor, environment, console),
        Command::Login(login) => return login::login(login, environment, console),
        Command::Logout(target) => return logout::logout(target, environment, console),
        Command::SaveKey(save_key) => return save_key::save_key(save_key, environment, console),
        Command::DockerConfig(config) => {
            return key_copies::docker_config(config, environment, console);
        }
        Command::KubernetesSecret(secret) => {
            return key_copies::kubernetes_secret(secret, environment, console);
        }
        Command::Namespace(command) => return registry(console).namespace(command),
        Command::Image(command) => return registry(console).image(command),
        Command::Tag(command) => return registry(console).tag(command),
        Command::Retag(retag) => return registry(console).retag(retag),
        Command::Usage(usage) => return registry(console).usage(usage),
        Command::CompletionScript(shell) => completion::script(*shell, console)?,
        Command::CompletionProfiles => completion::profiles(environment, console)?,
    }
    Ok(Exit::Success)
}

/// Serializes text from elsewhere without what looks like a key, as it would be printed.
fn shown<S: serde::Serializer>(
    text: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Printable(text.to_string()))
}

/// A command's result for scripts.
fn as_json(report: &impl serde::Serialize) -> String {
    // Our reports are structs of strings, which JSON can always hold.
    serde_json::to_string_pretty(report).unwrap_or_default() + "\n"
}
