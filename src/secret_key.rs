//! The one type that holds a Scaleway secret key.

use std::fmt;

use zeroize::Zeroizing;

use crate::explain::Explain;
use crate::key_text::{KeyValue, is_uuid, value_of};

/// A Scaleway secret key: a UUID, checked for its form.
///
/// It has no `Display`, its `Debug` shows nothing, and its memory is wiped on drop.
/// The text leaves through `SecretKey::expose` only; `tests/in_process/secrets.rs` holds the
/// list of the places that may call it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Zeroizing<String>);

/// Why a value cannot be a secret key: its text follows the name of what holds the value. It never
/// carries the value, or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotASecretKey {
    /// Nothing, or only blanks.
    #[error("is empty")]
    Empty,
    /// `SCW` and 17 capitals or digits, or something that begins that way: an access key pasted in
    /// the secret key's place, the commonest slip.
    #[error("holds an access key (they begin with SCW), not a secret key")]
    AccessKey,
    /// Anything else.
    #[error("is not a secret key")]
    Malformed,
}

impl Explain for NotASecretKey {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::AccessKey => "use the secret key (a UUID) of that API key",
            Self::Empty | Self::Malformed => "use a secret key: a UUID, 36 characters long",
        };
        Some(hint.to_owned())
    }
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

    /// The key as a number, the same for every way of writing it.
    pub(crate) fn value(&self) -> KeyValue {
        value_of(self.0.as_bytes())
    }

    /// The key's text, for the seven ways out that SECURITY.md names: the `get` answer, the
    /// answer to the kubelet, `docker-config` and `kubernetes-secret`, the keyring,
    /// `config.yaml`, the standard input of the client that `login` starts, and a header of a
    /// request.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(redacted)")
    }
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
    fn debug_shows_nothing_of_it() {
        let shown = format!("{:?}", SecretKey::parse(KEY).unwrap());
        assert_eq!(shown, "SecretKey(redacted)");
    }
}
