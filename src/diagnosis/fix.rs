//! What to do about a problem: commands that work when typed, or words where only a person can act.

use crate::printable::Printable;
use crate::shell::Shell;
use crate::terminal::{Screen, Wrap};

/// What to do about a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fix {
    /// These commands, one after another.
    Run(Vec<Command>),
    /// Something only a person can do, then these commands.
    ByHand(String, Vec<Command>),
}

/// A command as words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// Whether it has to be typed with `sudo`.
    pub(crate) sudo: bool,
    /// The program and its arguments.
    pub(crate) words: Vec<String>,
}

impl Fix {
    /// The commands of the fix.
    pub(crate) fn commands(&self) -> &[Command] {
        match self {
            Self::Run(commands) | Self::ByHand(_, commands) => commands,
        }
    }

    /// What a person has to do first.
    pub(crate) fn words(&self) -> Option<&str> {
        match self {
            Self::Run(_) => None,
            Self::ByHand(words, _) => Some(words),
        }
    }

    /// Returns the lines of the fix, each after `indent`. Sentences are wrapped. Commands stay on one
    /// line, because users copy them.
    pub(crate) fn on_lines(&self, indent: &str, wrap: Wrap) -> String {
        let then = if self.commands().is_empty() { "" } else { ", then:" };
        let words = self.words().map(|words| Printable(words).to_string() + then);
        let words = words.iter().map(|words| wrap.after(indent, words) + "\n");
        let commands =
            self.commands().iter().map(|command| format!("{indent}{}\n", command.line()));
        words.chain(commands).collect()
    }

    /// Adds the lines of the fix to a screen.
    pub(crate) fn add_to(&self, screen: &mut Screen) {
        screen.verbatim(&self.on_lines("  -> ", screen.wrap()));
    }

    /// The fix in one line.
    pub(crate) fn line(&self) -> String {
        let commands: Vec<_> = self.commands().iter().map(Command::line).collect();
        let then = if commands.is_empty() { "" } else { ", then: " };
        let words = self.words().map(|words| Printable(words).to_string() + then);
        words.unwrap_or_default() + &commands.join(" && ")
    }
}

impl Command {
    /// A command that is typed without `sudo`.
    pub(crate) fn new<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self { sudo: false, words: words.into_iter().map(Into::into).collect() }
    }

    /// The same, with `sudo` in front where `needed`.
    pub(crate) fn with_sudo(self, needed: bool) -> Self {
        Self { sudo: needed, ..self }
    }

    /// The command that unsets a variable.
    pub(crate) fn unset(variable: &str) -> Self {
        Self::new(Shell::NATIVE.unset(variable))
    }

    /// The line to type, quoted for the system's shell.
    pub(crate) fn line(&self) -> String {
        let line = Shell::NATIVE.line(&self.words);
        if self.sudo { format!("sudo {line}") } else { line }
    }
}

impl From<Command> for Fix {
    fn from(command: Command) -> Self {
        Self::Run(vec![command])
    }
}

impl From<String> for Fix {
    fn from(words: String) -> Self {
        Self::ByHand(words, Vec::new())
    }
}

impl From<&str> for Fix {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}
