//! Makes untrusted text safe to print.

use std::fmt::{self, Write as _};

use crate::key_text::{ranges_of_keys, without};

/// Shows untrusted text (a path, a profile, an argument) on one line.
///
/// Control and bidirectional characters are escaped. Otherwise the text could move the cursor,
/// start a new line or reorder its neighbours (CVE-2024-50349, CVE-2021-42574). Keys in any
/// encoding are left out, and so are words that look like part of one: a user may have pasted a key
/// where a name belongs. The output filter recognises only whole keys, so code that truncates a
/// text has to use this type first.
pub(crate) struct Printable<T>(pub T);

impl<T: AsRef<str>> fmt::Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.as_ref();
        let mut places = ranges_of_keys(text);
        let mut start = 0;
        while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
            let in_word = rest.starts_with(is_key_character);
            let end = rest.find(|c| is_key_character(c) != in_word).unwrap_or(rest.len());
            let word = rest.get(..end).unwrap_or_default();
            if in_word && looks_like_a_key(word) {
                places.push(start..start + end);
            }
            start += end;
        }
        write_escaped(&without(text, places), f)
    }
}

/// Escapes text like [`Printable`], but leaves UUIDs to the output filter. For answers of
/// Scaleway's API, in which UUIDs are IDs.
pub(crate) struct Escaped<T>(pub T);

impl<T: AsRef<str>> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_escaped(self.0.as_ref(), f)
    }
}

impl<T: AsRef<str>> Escaped<T> {
    /// Returns the escaped text; `None` if nothing has to be escaped.
    pub(crate) fn if_changed(&self) -> Option<String> {
        let is_plain = self.0.as_ref().bytes().all(is_plain);
        (!is_plain).then(|| self.to_string())
    }
}

/// Returns whether the byte is a character of ASCII that is copied.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

fn write_escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // Nearly all text. Long listings take half as long if it is copied at once.
    if text.bytes().all(is_plain) {
        return f.write_str(text);
    }
    for character in text.chars() {
        if is_unsafe_to_show(character) {
            write!(f, "{}", character.escape_default())?;
        } else {
            f.write_char(character)?;
        }
    }
    Ok(())
}

fn is_key_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-'
}

/// Returns whether the word is an access key, or has 16 or more hexadecimal digits and dashes in a
/// row, like a UUID or a part of one.
fn looks_like_a_key(word: &str) -> bool {
    let is_access_key = word.match_indices("SCW").any(|(at, _)| {
        let rest = word.get(at..).unwrap_or_default();
        let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        rest.len() >= 12 && rest.chars().all(is_part)
    });
    let is_part_of_uuid = word.split(|c: char| !c.is_ascii_hexdigit() && c != '-').any(|run| {
        run.len() >= 16 && run.contains('-') && run.contains(|c: char| c.is_ascii_digit())
    });
    is_access_key || is_part_of_uuid
}

/// Formats a path like [`Printable`].
pub(crate) fn printable_path(path: &std::path::Path) -> String {
    Printable(path.to_string_lossy()).to_string()
}

/// Returns whether the character moves the cursor, starts a new line or reorders its neighbours.
pub(crate) fn is_unsafe_to_show(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::Printable;

    #[test]
    fn only_control_and_bidirectional_characters_are_escaped() {
        let shown = Printable("é \u{1b}[31m\r\n\u{9b}\u{202e}x\u{7f}").to_string();
        assert_eq!(shown, r"é \u{1b}[31m\r\n\u{9b}\u{202e}x\u{7f}");
    }

    #[test]
    fn only_words_that_look_like_keys_are_left_out() {
        for hidden in [
            "c0ffee00-cafe-4bad-8bed-5ec2e7ca4a41",
            "c0ffee00-cafe-4bad-8bed-5ec2e7ca4a4",
            "c0ffee00-cafe-4bad",
            "C0FFEE00-CAFE-4BAD-8BED-5EC2E7CA4A41",
            "xc0ffee00-cafe-4bad-8bed-5ec2e7ca4a41z",
            "SCW12345678901234567",
            "SCW123456789",
        ] {
            assert_eq!(Printable(hidden).to_string(), "(not shown)", "{hidden}");
            let inside = Printable(format!("a {hidden}=b/{hidden}")).to_string();
            assert_eq!(inside, "a (not shown)=b/(not shown)");
        }
        for shown in [
            "prod",
            "rg.fr-par.scw.cloud",
            "2026-11-21",
            "docker-credential-scw",
            "SCWxyz",
            "/home/u/.config/scw/config.yaml",
            "deadbeef",
            "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o",
        ] {
            assert_eq!(Printable(shown).to_string(), shown);
        }
    }
}
