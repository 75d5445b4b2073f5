//! The commands of people: everything that the protocol does not call.

mod advice;
mod completion;
mod config_file;
mod doctor;
mod entries;
mod install;
mod kept_keys;
mod leftovers;
mod login;
mod logins;
mod logout;
mod needs;
mod own_logins;
mod place;
mod readiness;
mod references;
mod refusals;
mod registry;
mod uninstall;
mod wiring;

use std::io;

use self::logins::LoginError;
use crate::cli::{Command, InstallOptions, Place, UninstallOptions};
use crate::docker_config::NotEditable;
use crate::environment::Environment;
use crate::files::UpdateError;
use crate::installed_program::ProgramError;
use crate::invoking_user::ActAsError;
use crate::key_source::{KeyError, StoreError};
use crate::printable::Printable;
use crate::run::Exit;
use crate::terminal::Console;

/// Why a command did not do what it was asked: one line for the person who asked.
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
    /// The user behind `sudo`.
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
    #[error("there is no home directory to find Docker's config in: name it with --docker-config")]
    NoHome,
    /// Nobody said where the program is to be.
    #[error(
        "no directory is everybody's for programs here: name one that is on PATH with --path <DIR>"
    )]
    NoPlace,
    /// `--docker-config` names a file.
    #[error("{0} is no directory: --docker-config takes the directory of config.json")]
    NotADirectory(String),
    /// No key can be looked up.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// `install --profile`: the profile has no usable key. Other commands have no such `--force`.
    #[error("{0}; --force installs it all the same")]
    ProfileToBind(KeyError),
    /// A login.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The result cannot be printed.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl CommandError {
    /// More rights would help.
    fn is_lack_of_rights(&self) -> bool {
        match self {
            Self::Program(error) => error.is_lack_of_rights(),
            Self::Config(error) => error.is_lack_of_rights(),
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
    let desk = |console| registry::Desk::new(environment, bound_profile, console);
    match command {
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
        Command::Doctor(options) => return doctor::doctor(options, environment, console),
        Command::Namespace(command) => return desk(console).namespace(command),
        Command::Image(command) => return desk(console).image(command),
        Command::Tag(command) => return desk(console).tag(command),
        Command::Completion(options) => completion::print(options, environment, console)?,
        // They are told apart before a command line is parsed.
        Command::Get | Command::Store | Command::Erase | Command::List | Command::Version => {}
    }
    Ok(Exit::Success)
}

/// The program that is started as `docker-credential-scw-prod` installs and uninstalls that helper.
fn bound_by_name(place: &Place, bound_profile: Option<&str>) -> Place {
    let profile = place.profile.as_deref().or(bound_profile).map(str::to_owned);
    Place { profile, ..place.clone() }
}

/// Serializes a text of somebody else's as people see it, too: without what looks like a key.
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
