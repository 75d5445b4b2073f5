//! Text from elsewhere, made safe to show.

use std::fmt::{self, Write as _};

/// Shows text that somebody else chose (a path, a profile, an argument) on one line, with control
/// and bidirectional characters escaped, so that it cannot move the cursor, start a new line or
/// reorder what stands beside it (CVE-2024-50349, CVE-2021-42574).
pub struct Printable<T>(pub T);

impl<T: AsRef<str>> fmt::Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.as_ref().chars() {
            if is_unsafe_to_show(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// A path, shown as [`Printable`] text.
pub fn printable_path(path: &std::path::Path) -> String {
    Printable(path.to_string_lossy()).to_string()
}

fn is_unsafe_to_show(character: char) -> bool {
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
    fn control_and_bidirectional_characters_are_escaped_and_others_kept() {
        let shown = Printable("é \u{1b}[31m\r\n\u{9b}\u{202e}x\u{7f}").to_string();
        assert_eq!(shown, r"é \u{1b}[31m\r\n\u{9b}\u{202e}x\u{7f}");
    }
}
