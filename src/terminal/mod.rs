//! Input and output for users: tables, diffs, prompts, progress.

mod columns;
mod diff;
mod documents;
pub(crate) mod prompt;
mod size;
mod style;
mod table;
mod time;
mod wrap;

use std::io::{self, BufRead as _, BufReader, Read, Write};

use zeroize::Zeroizing;

use crate::explain::{Explain, on_two_lines};
use crate::printable::Printable;
use crate::system::environment::{Environment, Terminals};
use crate::system::files;
use crate::system::output_filter::Filter;
use crate::system::signals;
use crate::system::wiped::WipedBytes;

pub(crate) use columns::{Cell, Heading, columns};
pub(crate) use diff::unified_diff;
pub(crate) use documents::{json, yaml, yaml_list};
pub(crate) use prompt::PromptEnd;
pub(crate) use size::size;
pub(crate) use style::{Mark, Style};
pub(crate) use table::table;
pub(crate) use time::{exact, instant, relative};
pub(crate) use wrap::{Line, Screen, Wrap};

/// Returns the texts, each on a separate line and made safe to show.
pub(crate) fn printable_lines(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |text, line| text + &Printable(line).to_string() + "\n")
}

/// Wraps at the width of the terminal, if it is one.
pub(crate) fn wrap_for(environment: &Environment, is_terminal: bool) -> Wrap {
    Wrap::at(if is_terminal { environment.terminal_width() } else { None })
}

/// The streams of a command, and whether they are terminals.
pub(crate) struct Console<'a> {
    stdin: &'a mut dyn Read,
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    filter: &'a Filter<'a>,
    terminals: Terminals,
    /// What standard output can show.
    pub(crate) style: Style,
    /// How sentences on standard output are wrapped.
    pub(crate) wrap: Wrap,
    /// How sentences on standard error are wrapped.
    stderr_wrap: Wrap,
    /// Whether a progress line may be drawn on standard error.
    shows_progress: bool,
    progress_is_shown: bool,
    credentials: Option<Zeroizing<Vec<u8>>>,
}

impl<'a> Console<'a> {
    pub(crate) fn new(
        environment: &Environment,
        stdin: &'a mut dyn Read,
        stdout: &'a mut dyn Write,
        stderr: &'a mut dyn Write,
        filter: &'a Filter<'a>,
    ) -> Self {
        let terminals = environment.terminals();
        let is_dumb = environment.variable("TERM").is_some_and(|name| name == "dumb");
        let wrap = |is_terminal| wrap_for(environment, is_terminal);
        Self {
            stdin,
            stdout,
            stderr,
            filter,
            terminals,
            style: Style::of(environment, terminals.stdout),
            wrap: wrap(terminals.stdout),
            stderr_wrap: wrap(terminals.stderr),
            shows_progress: terminals.stderr && !is_dumb,
            progress_is_shown: false,
            credentials: None,
        }
    }

    /// Sets the command's answer on standard output: a text that holds a key, to which a line end is
    /// added. Only this text bypasses the filter.
    pub(crate) fn answer_with_credentials(&mut self, mut text: Zeroizing<Vec<u8>>) {
        text.push(b'\n');
        self.credentials = Some(text);
    }

    /// Takes the answer that holds a key.
    pub(crate) fn take_credentials(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        self.credentials.take()
    }

    /// The filter that recognizes keys in this run's output.
    pub(crate) fn filter(&self) -> &'a Filter<'a> {
        self.filter
    }

    /// Prints a result. The caller must first make text from other sources printable.
    pub(crate) fn print(&mut self, text: &str) -> io::Result<()> {
        self.end_progress();
        self.stdout.write_all(text.as_bytes())?;
        self.stdout.flush()
    }

    /// Prints a note on stderr, after the program's name.
    pub(crate) fn note(&mut self, message: &str) {
        self.report(&Printable(message).to_string());
    }

    /// Prints lines to stderr that are already printable, such as the context of a question.
    pub(crate) fn tell(&mut self, lines: &str) {
        self.end_progress();
        let _ = self.stderr.write_all(lines.as_bytes());
    }

    /// Tells what failed, and what to do about it. `show` makes a part safe to show.
    pub(crate) fn explain(
        &mut self,
        error: &(impl Explain + ?Sized),
        show: impl Fn(&str) -> String,
    ) {
        let wrap = self.stderr_wrap;
        self.tell(&on_two_lines(error, |label, part| wrap.after(label, &show(part))));
    }

    /// Prints a note after the program's name. The caller has already made the message printable: it
    /// may contain UUIDs.
    pub(crate) fn report(&mut self, message: &str) {
        let line = format!("{}: {message}", env!("CARGO_PKG_NAME"));
        self.tell(&(self.stderr_wrap.sentence(&line) + "\n"));
    }

    /// Returns whether standard input is a terminal, even if a question cannot be shown.
    pub(crate) fn has_person(&self) -> bool {
        self.terminals.stdin
    }

    /// Returns whether a question can be asked and answered.
    pub(crate) fn can_ask(&self) -> bool {
        self.terminals.stdin && self.terminals.stderr
    }

    /// Asks a yes-or-no question. Without a terminal or an answer, it is a no.
    pub(crate) fn agrees(&mut self, question: &str) -> bool {
        if !self.can_ask() {
            return false;
        }
        self.end_progress();
        let question = format!("{} [y/N]", Printable(question));
        let _ = write!(self.stderr, "{} ", self.stderr_wrap.sentence(&question));
        let _ = self.stderr.flush();
        let mut answer = String::new();
        let read = BufReader::with_capacity(1, self.stdin.take(100)).read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }

    /// Reads standard input, at most `limit` bytes, into a buffer that is wiped on drop.
    pub(crate) fn read_secret(&mut self, limit: usize) -> io::Result<WipedBytes> {
        Ok(files::read_stream(self.stdin, limit)?.0)
    }

    /// Returns whether progress is shown at all.
    pub(crate) fn shows_progress(&self) -> bool {
        self.shows_progress
    }

    /// Shows the progress of a slow operation, on a terminal only. Each call replaces the previous
    /// line.
    pub(crate) fn progress(&mut self, text: &str) {
        if !self.shows_progress {
            return;
        }
        self.progress_is_shown = true;
        signals::set_progress(true);
        let _ = write!(self.stderr, "\r\x1b[K{}", Printable(text));
        let _ = self.stderr.flush();
    }

    /// Erases the progress line.
    pub(crate) fn end_progress(&mut self) {
        if self.progress_is_shown {
            self.progress_is_shown = false;
            signals::set_progress(false);
            let _ = self.stderr.write_all(b"\r\x1b[K");
            let _ = self.stderr.flush();
        }
    }
}

impl Drop for Console<'_> {
    fn drop(&mut self) {
        self.end_progress();
    }
}
