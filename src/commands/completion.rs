//! `completion`: what a shell needs to complete our commands.

use super::CommandError;
use crate::cli::CompletionOptions;
use crate::cli::completion;
use crate::system::environment::Environment;
use crate::terminal::{Console, printable_lines};

/// Prints the script for a shell, or what a script asks for.
pub(super) fn print(
    options: &CompletionOptions,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let text = match options.shell {
        Some(shell) => completion::script(shell),
        None => printable_lines(&completion::profile_names(environment)),
    };
    Ok(console.print(&text)?)
}
