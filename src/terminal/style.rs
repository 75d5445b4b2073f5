//! What standard output can show: colour, and characters beyond ASCII.

use crate::system::environment::Environment;

/// What may be printed on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// It is a terminal, and `NO_COLOR` is not set (<https://no-color.org>).
    pub(crate) colour: bool,
    /// The locale says UTF-8.
    pub(crate) unicode: bool,
    /// It is a terminal.
    pub(crate) terminal: bool,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Good,
    Warning,
    Bad,
}

impl Style {
    pub(super) fn of(environment: &Environment, terminal: bool) -> Self {
        let is_dumb = environment.variable("TERM").is_some_and(|name| name == "dumb");
        let plain = is_dumb || environment.variable("NO_COLOR").is_some();
        // The first of these that is set names the locale (POSIX).
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| environment.variable(name));
        let locale = locale.unwrap_or_default().to_string_lossy().to_lowercase();
        let unicode = cfg!(any(windows, target_os = "macos"))
            || locale.contains("utf-8")
            || locale.contains("utf8");
        Self { colour: terminal && !plain, unicode, terminal }
    }

    /// A sign for how a check came out: a word of the same width for all where there is no UTF-8.
    pub(crate) fn mark(self, mark: Mark) -> String {
        let (sign, word, colour) = match mark {
            Mark::Good => ("✓", "ok  ", "32"),
            Mark::Warning => ("!", "warn", "33"),
            Mark::Bad => ("✗", "FAIL", "31"),
        };
        self.coloured(if self.unicode { sign } else { word }, colour)
    }

    /// A heading.
    pub(crate) fn heading(self, text: &str) -> String {
        self.coloured(text, "1")
    }

    /// The text in one of ECMA-48's renditions, if colour may be used.
    pub(crate) fn coloured(self, text: &str, rendition: &str) -> String {
        if self.colour { format!("\x1b[{rendition}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
