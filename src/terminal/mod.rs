//! What people see: tables, differences, questions.

mod diff;
mod table;

use std::io::{self, BufRead as _, BufReader, Read, Write};

use crate::environment::Environment;
use crate::printable::Printable;

pub(crate) use diff::unified_diff;
pub(crate) use table::table;

/// Each of these on a line of its own, made safe to show.
pub(crate) fn printable_lines(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |text, line| text + &Printable(line).to_string() + "\n")
}

/// The streams of a command, and whether somebody sits in front of them.
pub(crate) struct Console<'a> {
    stdin: &'a mut dyn Read,
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    can_ask: bool,
}

impl<'a> Console<'a> {
    pub(crate) fn new(
        environment: &Environment,
        stdin: &'a mut dyn Read,
        stdout: &'a mut dyn Write,
        stderr: &'a mut dyn Write,
    ) -> Self {
        let terminals = environment.terminals();
        Self { stdin, stdout, stderr, can_ask: terminals.stdin && terminals.stderr }
    }

    /// Prints a result. Text of somebody else's is made printable before it comes here.
    pub(crate) fn print(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes())?;
        self.stdout.flush()
    }

    /// Asks a question that is answered with yes or no; nobody there, or no answer, is no.
    pub(crate) fn agrees(&mut self, question: &str) -> bool {
        if !self.can_ask {
            return false;
        }
        let _ = write!(self.stderr, "{} [y/N] ", Printable(question));
        let _ = self.stderr.flush();
        let mut answer = String::new();
        let read = BufReader::with_capacity(1, self.stdin.take(100)).read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }
}
