//! The one type that holds a Scaleway secret key.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

/// A Scaleway secret key: a UUID, checked for its form.
///
/// It has no `Display`, its `Debug` shows nothing, and its memory is wiped on drop.
/// The text leaves through `SecretKey::expose` only; `tests/in_process/secrets.rs` holds the
/// list of the places that may call it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Zeroizing<String>);

/// Why a value cannot be a secret key. It never carries the value, or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotASecretKey {
    /// Nothing, or only blanks.
    #[error("is empty, where a secret key (a UUID) belongs")]
    Empty,
    /// `SCW` and 17 capitals or digits, or something that begins that way: an access key pasted in
    /// the secret key's place, the commonest slip.
    #[error(
        "holds an access key (they begin with SCW), where the secret key (a UUID) of that API key belongs"
    )]
    AccessKey,
    /// Anything else.
    #[error("is no secret key: a secret key is a UUID, 36 characters long")]
    Malformed,
}

impl SecretKey {
    /// Takes `text` for a secret key if it has the form of one.
    ///
    /// Blanks around it are dropped: secrets of CI systems often end in a newline.
    ///
    /// # Errors
    /// Says what the value is instead, without quoting it.
    pub fn parse(text: &str) -> Result<Self, NotASecretKey> {
        let text = text.trim_ascii();
        if text.is_empty() {
            Err(NotASecretKey::Empty)
        } else if is_uuid(text.as_bytes()) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else if text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("SCW")) {
            Err(NotASecretKey::AccessKey)
        } else {
            Err(NotASecretKey::Malformed)
        }
    }

    /// It stands in `text`, in whatever letter case.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        self.place_in(text, 0).is_some()
    }

    /// Puts stars in the place of the key wherever it stands in `text`, be it with JSON's escapes.
    pub(crate) fn blank_out(&self, text: &mut [u8]) {
        let mut from = 0;
        while let Some(place) = self.place_in(text, from) {
            from = place.end;
            if let Some(part) = text.get_mut(place) {
                part.fill(b'*');
            }
        }
    }

    /// Where the key stands in `text`, each of its characters as it is or as `\u0031`.
    fn place_in(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let end_of_match = |start: usize| {
            let mut at = start;
            for wanted in self.0.bytes() {
                let escaped = text.get(at..at + 6).and_then(escaped_character);
                let (found, length) = match escaped {
                    Some(character) => (character, 6),
                    None => (*text.get(at)?, 1),
                };
                if !found.eq_ignore_ascii_case(&wanted) {
                    return None;
                }
                at += length;
            }
            Some(at)
        };
        (from..text.len()).find_map(|start| Some(start..end_of_match(start)?))
    }

    /// The key's text, for the four ways out that SECURITY.md names: the `get` answer, the keyring,
    /// the standard input of the client that `login` starts, and a header of a request.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(redacted)")
    }
}

/// The character that `\u0031` stands for, where it is one of ASCII's.
fn escaped_character(escape: &[u8]) -> Option<u8> {
    let digits = str::from_utf8(escape.strip_prefix(b"\\u00")?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

/// 8-4-4-4-12 hexadecimal digits, in either letter case.
fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::{NotASecretKey, SecretKey};

    const KEY: &str = "11111111-2222-3333-4444-55555555abCD";

    #[test]
    fn a_uuid_in_either_case_with_blanks_around_is_a_key() {
        for text in [KEY, &KEY.to_uppercase(), &format!(" {KEY}\r\n")] {
            assert!(SecretKey::parse(text).is_ok(), "{text}");
        }
        assert_eq!(SecretKey::parse(&format!("{KEY}\n")).unwrap().expose(), KEY);
    }

    #[test]
    fn anything_else_is_named_for_what_it_is() {
        for (text, what) in [
            ("", NotASecretKey::Empty),
            (" \t\n", NotASecretKey::Empty),
            ("SCW12345678901234567", NotASecretKey::AccessKey),
            ("scwabc", NotASecretKey::AccessKey),
            ("11111111-2222-3333-4444-55555555abC", NotASecretKey::Malformed),
            ("11111111-2222-3333-4444-55555555abCDE", NotASecretKey::Malformed),
            ("11111111-2222-3333-4444-55555555abCg", NotASecretKey::Malformed),
            ("111111112222-3333-4444-55555555abCD-", NotASecretKey::Malformed),
            ("é1111111-2222-3333-4444-5555555abCD", NotASecretKey::Malformed),
            ("€", NotASecretKey::Malformed),
        ] {
            assert_eq!(SecretKey::parse(text).unwrap_err(), what, "{text}");
        }
    }

    #[test]
    fn it_is_found_and_taken_out_however_it_is_written() {
        let key = SecretKey::parse(KEY).unwrap();
        let escaped = KEY.replace('1', "\\u0031").replace('a', "\\u0061");
        for text in [KEY.to_owned(), KEY.to_uppercase(), escaped, format!("11111111-{KEY}")] {
            let mut bytes = format!("x{text}y{text}").into_bytes();
            assert!(key.is_in(&bytes));
            key.blank_out(&mut bytes);
            assert!(!key.is_in(&bytes));
            assert_eq!(bytes.len(), 2 * text.len() + 2);
            assert!(bytes.starts_with(b"x") && bytes.contains(&b'y'));
        }
        for text in ["", "\\u", "\\u003", &KEY[..35], "€€€€€€€€€€€€€€"]
        {
            assert!(!key.is_in(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        let shown = format!("{:?}", SecretKey::parse(KEY).unwrap());
        assert_eq!(shown, "SecretKey(redacted)");
    }
}
