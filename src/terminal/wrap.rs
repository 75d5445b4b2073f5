//! Sentences that break at the terminal's width, between words.

use unicode_width::UnicodeWidthStr as _;

use crate::printable::Printable;

/// How far the lines after the first are indented where nothing else says so.
const INDENT: usize = 2;

/// Wraps sentences for a terminal of a known width. Without a width nothing is wrapped: what reads a
/// pipe wants a line per sentence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wrap {
    width: Option<usize>,
}

/// A sentence of a screen, and its mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    mark: Option<&'static str>,
    text: String,
}

/// A screen: sentences are wrapped, everything else is not.
pub(crate) struct Screen {
    wrap: Wrap,
    text: String,
}

impl Line {
    /// A sentence without a mark.
    pub(crate) fn plain(sentence: impl Into<String>) -> Self {
        Self { mark: None, text: sentence.into() }
    }

    /// A sentence about something that needs attention.
    pub(crate) fn warning(text: impl Into<String>) -> Self {
        Self { mark: Some("! "), text: text.into() }
    }

    /// A sentence about something that was fixed.
    pub(crate) fn fixed(text: impl Into<String>) -> Self {
        Self { mark: Some("+ "), text: text.into() }
    }

    /// The same sentence with `end` after it.
    #[must_use]
    pub(crate) fn with_end(mut self, end: &str) -> Self {
        self.text.push_str(end);
        self
    }
}

impl Screen {
    /// An empty screen.
    pub(crate) fn new(wrap: Wrap) -> Self {
        Self { wrap, text: String::new() }
    }

    /// Adds a sentence on a separate line, made safe to show.
    pub(crate) fn line(&mut self, line: &Line) {
        let text = Printable(&line.text).to_string();
        self.text.push_str(&match line.mark {
            Some(mark) => self.wrap.after(mark, &text),
            None => self.wrap.sentence(&text),
        });
        self.text.push('\n');
    }

    /// Adds sentences, each on a separate line.
    pub(crate) fn lines(&mut self, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            self.line(&line);
        }
    }

    /// How sentences are wrapped.
    pub(crate) fn wrap(&self) -> Wrap {
        self.wrap
    }

    /// Adds text that is not wrapped: a table, a difference.
    pub(crate) fn verbatim(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The whole text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

impl Wrap {
    /// Wraps at `width` columns; never if that is `None`.
    pub(crate) fn at(width: Option<usize>) -> Self {
        Self { width }
    }

    /// The width, if there is one.
    pub(crate) fn width(self) -> Option<usize> {
        self.width
    }

    /// Wraps a sentence. The lines after the first are indented.
    pub(crate) fn sentence(self, text: &str) -> String {
        self.wrapped("", text, INDENT)
    }

    /// Wraps a sentence after `prefix`, such as a mark. The lines after the first begin below the
    /// sentence.
    pub(crate) fn after(self, prefix: &str, text: &str) -> String {
        self.wrapped(prefix, text, shown_width(prefix))
    }

    fn wrapped(self, prefix: &str, text: &str, indent: usize) -> String {
        let mut wrapped = prefix.to_owned();
        let Some(width) = self.width else { return wrapped + text };
        let mut column = shown_width(prefix);
        let mut is_first = true;
        for word in words(text) {
            let needed = word.width();
            if !is_first && column + 1 + needed > width {
                wrapped.push('\n');
                wrapped.extend(std::iter::repeat_n(' ', indent));
                column = indent;
            } else if !is_first {
                wrapped.push(' ');
                column += 1;
            }
            wrapped.push_str(word);
            column += needed;
            is_first = false;
        }
        wrapped
    }
}

/// The parts of a sentence between which a line may end. A command between backticks is one part:
/// broken in two, it could not be copied.
fn words(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut is_command) = (Vec::new(), 0, false);
    for (at, character) in text.char_indices() {
        let has_end = || text.get(at + 1..).is_some_and(|rest| rest.contains('`'));
        match character {
            '`' => is_command = !is_command && has_end(),
            ' ' if !is_command => {
                words.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    words.extend(text.get(start..));
    words
}

/// How many columns a text takes, without the escapes that colour it.
fn shown_width(text: &str) -> usize {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().width();
    let rest = parts.map(|part| part.split_once('m').map_or(part, |(_, shown)| shown).width());
    first + rest.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::{Line, Screen, Wrap};

    const TEXT: &str = "no key yet; run `scw help` or `docker login`, or set SCW_SECRET_KEY";

    #[test]
    fn a_line_ends_between_words_and_never_in_a_command() {
        let at = |width| Wrap::at(Some(width));
        assert_eq!(Wrap::at(None).sentence(TEXT), TEXT);
        assert_eq!(at(67).sentence(TEXT), TEXT);
        assert_eq!(
            at(42).sentence(TEXT),
            "no key yet; run `scw help` or\n  `docker login`, or set SCW_SECRET_KEY"
        );
        assert_eq!(
            at(24).after("! ", TEXT),
            "! no key yet; run\n  `scw help` or\n  `docker login`, or set\n  SCW_SECRET_KEY"
        );
        // What is longer than a line stays whole, and so does a text with one backtick.
        assert_eq!(
            at(8).sentence("run `docker-credential-scw login` now"),
            "run\n  `docker-credential-scw login`\n  now"
        );
        assert_eq!(at(6).sentence("a ` b c d"), "a ` b\n  c d");
    }

    #[test]
    fn colour_codes_have_no_width_and_wide_characters_have_two() {
        let prefix = "  \x1b[32m✓\x1b[0m ";
        assert_eq!(
            Wrap::at(Some(12)).after(prefix, "one two three"),
            format!("{prefix}one two\n    three")
        );
        assert_eq!(Wrap::at(Some(9)).sentence("日本 日本 日本"), "日本 日本\n  日本");
    }

    #[test]
    fn a_screen_wraps_sentences_and_nothing_else() {
        let mut screen = Screen::new(Wrap::at(Some(10)));
        screen.lines([Line::plain("one two three"), Line::warning("four five six")]);
        screen.verbatim("a table that is not wrapped\n");
        screen.line(&Line::fixed("x\u{1b}[0m").with_end(":"));
        assert_eq!(
            screen.into_text(),
            "one two\n  three\n! four\n  five six\na table that is not wrapped\n+ x\\u{1b}[0m:\n"
        );
    }
}
