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
use crate::cli::{Command, InstallOptions, Place, UninstallOptions};
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
    #[error("{done}, but: {error}")]
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

/// Carries out a command of the program, whose name may bind a profile.
pub(crate) fn perform(
    command: &Command,
    environment: &Environment,
    bound_profile: Option<&str>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let registry = |console| registry::RegistryCommands::new(environment, bound_profile, console);
    match command {
        Command::Install(options) if options.kubelet.kubelet => {
            kubelet::install(options, environment, bound_profile, console)?;
        }
        Command::Uninstall(options) if options.kubelet.kubelet => {
            kubelet::uninstall(options, environment, console)?;
        }
        Command::Doctor(options) if options.kubelet.kubelet => {
            return kubelet::doctor(options, environment, console);
        }
        Command::Install(options) => {
            let place = bound_by_name(&options.place, bound_profile);
            install::install(&InstallOptions { place, ..options.clone() }, environment, console)?;
        }
        Command::Uninstall(options) if options.all => {
            uninstall::uninstall(options, environment, console)?;
        }
        Command::Uninstall(options) => {
            let place = bound_by_name(&options.place, bound_profile);
            let options = UninstallOptions { place, ..options.clone() };
            uninstall::uninstall(&options, environment, console)?;
        }
        Command::Login(options) => return login::login(options, environment, console),
        Command::Logout(options) => return logout::logout(options, environment, console),
        Command::SaveKey(options) => {
            return save_key::save_key(options, environment, bound_profile, console);
        }
        Command::Doctor(options) => return doctor::doctor(options, environment, console),
        Command::DockerConfig(options) => {
            return key_copies::docker_config(options, environment, bound_profile, console);
        }
        Command::KubernetesSecret(options) => {
            return key_copies::kubernetes_secret(options, environment, bound_profile, console);
        }
        Command::Namespace(command) => return registry(console).namespace(command),
        Command::Image(command) => return registry(console).image(command),
        Command::Tag(command) => return registry(console).tag(command),
        Command::Usage(options) => return registry(console).usage(options),
        Command::Completion(options) => completion::print(options, environment, console)?,
        // These are handled before a command line is parsed.
        Command::Get
        | Command::Store
        | Command::Erase
        | Command::List
        | Command::KubeletCredentialProvider
        | Command::Version
        | Command::Help { .. } => {}
    }
    Ok(Exit::Success)
}

/// The program that is started as `docker-credential-scw-prod` installs and uninstalls that helper.
fn bound_by_name(place: &Place, bound_profile: Option<&str>) -> Place {
    let profile = place.profile.as_deref().or(bound_profile).map(str::to_owned);
    Place { profile, ..place.clone() }
}

/// Serializes text from elsewhere as it is printed: without what looks like a key.
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
