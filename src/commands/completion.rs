//! `completion`: what a shell needs to complete command lines.

use super::CommandError;
use crate::cli::command::Shell;
use crate::cli::completion;
use crate::system::environment::Environment;
use crate::terminal::{Console, printable_lines};

/// Prints the script for a shell.
pub(super) fn script(shell: Shell, console: &mut Console<'_>) -> Result<(), CommandError> {
    Ok(console.print(&completion::script(shell))?)
}

/// Prints the names of profiles, which the scripts ask for.
pub(super) fn profiles(
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    Ok(console.print(&printable_lines(&completion::profile_names(environment)))?)
}
