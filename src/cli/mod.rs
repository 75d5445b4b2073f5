//! The command line. Clap reads it by the table in [`Cli`], then it is converted once into plain values,
//! which are all that the commands see.

mod arguments;
pub(crate) mod command;
pub mod completion;
mod kubernetes_names;
mod refusal;
mod rewriting;
mod suggestions;
#[cfg(test)]
mod tests;
mod values;

use std::ffi::{OsStr, OsString};

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

#[doc(hidden)]
pub use self::arguments::Cli;
use self::command::Command;
pub(crate) use self::refusal::Refusal;
use crate::program_name::ProgramName;

/// Returns the help of the program itself.
pub(crate) fn help() -> String {
    Cli::command().render_help().to_string()
}

/// Parses the words of a command line, the program's name first. A profile in that name is the profile
/// of commands without `--profile`.
///
/// # Errors
/// Returns [`Refusal`] if the words are no command line, or ask for help.
pub(crate) fn parse(words: &[OsString]) -> Result<Command, Refusal> {
    let program = ProgramName::from_arg0(words.first().map(OsString::as_os_str));
    let command = read(words)?.into_command(program.bound_profile());
    let takes_none =
        || Cli::command().error(ErrorKind::TooManyValues, "this command takes no arguments");
    Ok(command.ok_or_else(takes_none)?)
}

/// Checks whether the program understands a command line, for tests.
///
/// # Errors
/// Returns clap's error if it does not, and clap's help if that was asked for.
#[doc(hidden)]
pub fn check(words: &[OsString]) -> Result<(), clap::Error> {
    read(words).map(|_| ())
}

/// Returns whether a word asks for help.
pub(crate) fn is_help_option(word: &OsStr) -> bool {
    word == "--help" || word == "-h"
}

fn read(words: &[OsString]) -> Result<Cli, clap::Error> {
    let command = Cli::command();
    let words = rewriting::without_help_command(words);
    let rewritten = rewriting::Rewriting::of(&words, &command).words();
    Cli::try_parse_from(rewritten).map_err(|error| suggestions::improved(error, &words))
}
