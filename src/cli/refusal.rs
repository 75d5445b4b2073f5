//! Command lines that run no command.

use clap::error::ErrorKind;

use crate::explain::LINE_LIMIT;
use crate::printable::Printable;

/// Why no command is run, with the text to print.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The command line asks for help, which goes to standard output.
    Help(String),
    /// The command line is wrong. The text goes to standard error.
    Misuse {
        text: String,
        /// Whether a word is neither a command nor an option.
        is_unknown_word: bool,
    },
}

impl From<clap::Error> for Refusal {
    fn from(error: clap::Error) -> Self {
        if !error.use_stderr() {
            return Self::Help(error.to_string());
        }
        let is_unknown_word =
            matches!(error.kind(), ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
        Self::Misuse { text: printable(&error), is_unknown_word }
    }
}

/// Formats clap's error. Each line is escaped, because it quotes the command line.
fn printable(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().map(|line| cut_in_the_middle(Printable(line).to_string()));
    lines.map(|line| line + "\n").collect()
}

/// Truncates the middle of a long line: clap puts the reason after the quoted argument.
fn cut_in_the_middle(line: String) -> String {
    const END: usize = 300;
    if line.len() <= LINE_LIMIT {
        return line;
    }
    let characters: Vec<char> = line.chars().collect();
    let count = characters.len();
    let start: String = characters.iter().take(END).collect();
    let end: String = characters.iter().skip(count.saturating_sub(END)).collect();
    format!("{start}...{end}")
}
