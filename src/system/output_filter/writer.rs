//! A writer that removes keys and escapes control characters.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::Filter;
use crate::printable::is_unsafe_to_show;

/// The least to write at once of a longer text, in bytes.
const CHUNK: usize = 64 * 1024;

/// Standard output or standard error. Buffers text until the line ends or the stream is flushed,
/// because a key may be written in several pieces.
pub(crate) struct FilteredWriter<'a> {
    stream: &'a mut dyn Write,
    filter: &'a Filter<'a>,
    /// The unfinished line.
    line: Vec<u8>,
}

impl<'a> FilteredWriter<'a> {
    pub(crate) fn new(stream: &'a mut dyn Write, filter: &'a Filter<'a>) -> Self {
        Self { stream, filter, line: Vec::new() }
    }

    /// Writes an answer that contains a key. SECURITY.md lists all such answers.
    pub(crate) fn write_credentials(&mut self, answer: &[u8]) -> io::Result<()> {
        self.stream.write_all(answer)?;
        self.stream.flush()
    }

    /// Writes whole lines, some at a time, so that a long listing is not held in memory twice. No key and no
    /// encoding of one is found across a line end, so the lines are searched together.
    fn write_filtered(&mut self, mut text: &[u8]) -> io::Result<()> {
        while !text.is_empty() {
            let line_end = text.iter().skip(CHUNK).position(|byte| *byte == b'\n');
            let end = line_end.map_or(text.len(), |at| CHUNK + at + 1);
            let (lines, rest) = text.split_at(end);
            let lines = match std::str::from_utf8(lines) {
                Ok(lines) => Cow::Borrowed(lines),
                Err(_) => String::from_utf8_lossy(lines),
            };
            // Searched after escaping: the escape of a control character may end with the first digit of a key.
            let escaped = escaped(lines);
            self.stream.write_all(self.filter.without_keys(&escaped).as_bytes())?;
            text = rest;
        }
        Ok(())
    }
}

impl Write for FilteredWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let complete = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (mut complete, rest) = bytes.split_at(complete);
        if !complete.is_empty() && !self.line.is_empty() {
            let end = complete.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let (end, others) = complete.split_at(end);
            let mut line = std::mem::take(&mut self.line);
            line.extend_from_slice(end);
            self.write_filtered(&line)?;
            complete = others;
        }
        self.write_filtered(complete)?;
        self.line.extend_from_slice(rest);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            self.write_filtered(&line)?;
        }
        self.stream.flush()
    }
}

impl Drop for FilteredWriter<'_> {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            let _ = self.flush();
        }
    }
}

/// Returns a text with its control characters escaped as `\u001b`. In JSON that is the same
/// character, and it is harmless on a terminal. Line ends, tabs and this program's own colours and
/// progress lines are kept.
fn escaped(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n'));
    if is_plain || !text.contains(|c: char| c != '\n' && is_unsafe_to_show(c)) {
        return text;
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(character) = rest.chars().next() {
        let own = own_sequence(rest);
        let length = own.unwrap_or(character.len_utf8());
        let (this, after) = rest.split_at(length);
        if own.is_some() || !is_unsafe_to_show(character) {
            shown.push_str(this);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        }
        rest = after;
    }
    shown.into()
}

/// The length of a sequence that this program writes itself: a line end, a tab, a colour (`ESC [ 32
/// m`), or the removal of a progress line (`CR ESC [ K`).
fn own_sequence(text: &str) -> Option<usize> {
    const REMOVAL: &str = "\r\x1b[K";
    if text.starts_with(['\n', '\t']) {
        return Some(1);
    }
    if text.starts_with(REMOVAL) {
        return Some(REMOVAL.len());
    }
    let parameters = text.strip_prefix("\x1b[")?;
    let digits = parameters.bytes().take_while(u8::is_ascii_digit).count();
    (digits <= 2 && parameters.as_bytes().get(digits) == Some(&b'm')).then_some(digits + 3)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::FilteredWriter;
    use crate::secret_key::SecretKey;
    use crate::system::environment::Environment;
    use crate::system::output_filter::Filter;

    const KEY: &str = "c0ffee00-cafe-4bad-8bed-5ec2e7ca4a41";

    fn written(pieces: &[&str]) -> String {
        let environment = Environment::of_process();
        written_with(&Filter::new(&environment), pieces)
    }

    fn written_with(filter: &Filter<'_>, pieces: &[&str]) -> String {
        let mut stream = Vec::new();
        let mut writer = FilteredWriter::new(&mut stream, filter);
        for piece in pieces {
            writer.write_all(piece.as_bytes()).unwrap();
        }
        drop(writer);
        String::from_utf8(stream).unwrap()
    }

    #[test]
    fn a_key_written_in_pieces_is_removed() {
        let (start, end) = KEY.split_at(20);
        assert_eq!(written(&["a ", start, end, "\nb"]), "a (not shown)\nb");
        assert_eq!(written(&[start, end]), "(not shown)");
    }

    /// Found by the fuzz target `key_filter`: a form feed is printed as `\u000c`.
    #[test]
    fn a_key_whose_first_digit_comes_from_an_escape_is_removed() {
        let environment = Environment::of_process();
        let filter = Filter::new(&environment);
        filter.know(&SecretKey::parse(KEY).unwrap());
        for key in [KEY.to_owned(), KEY.replace('-', "")] {
            let text = key.replacen('c', "\x0c", 1);
            assert_eq!(written_with(&filter, &[&text]), "\\u000(not shown)");
        }
    }

    #[test]
    fn only_foreign_control_characters_are_escaped() {
        let own = "\x1b[32m✓\x1b[0m a\tb\n\r\x1b[Kprogress";
        assert_eq!(written(&[own]), own);
        let foreign = "\x1b[2J\x1b]0;x\x07\u{9b}31m\u{202e}\r\x7f\x1b[1;2m";
        let shown = r"\u001b[2J\u001b]0;x\u0007\u009b31m\u202e\u000d\u007f\u001b[1;2m";
        assert_eq!(written(&[foreign]), shown);
    }

    #[test]
    fn credentials_are_not_filtered() {
        let environment = Environment::of_process();
        let filter = Filter::new(&environment);
        let mut stream = Vec::new();
        FilteredWriter::new(&mut stream, &filter).write_credentials(KEY.as_bytes()).unwrap();
        assert_eq!(stream, KEY.as_bytes());
    }
}
