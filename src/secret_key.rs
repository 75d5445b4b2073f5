//! The one type that holds a Scaleway secret key.

use std::fmt;

use zeroize::Zeroizing;

use crate::explain::Explain;
use crate::key_text::{KeyValue, is_uuid, value_of};

/// A Scaleway secret key: a UUID, checked for its format.
///
/// The type has no `Display`, its `Debug` shows nothing, and its memory is wiped on drop. Only
/// `SecretKey::expose` returns the text; `clippy.toml` forbids it except at marked places.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Zeroizing<String>);

/// Why a value is not a secret key. The text follows the name of the variable or setting, and never
/// contains the value or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotASecretKey {
    /// An empty value, or only whitespace.
    #[error("is empty")]
    Empty,
    /// Starts with `SCW`, like an access key. Pasting the access key is the most common mistake.
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
    /// Parses a secret key. Drops surrounding whitespace: secrets of CI systems often end in a
    /// newline.
    /// # Errors
    /// Returns [`NotASecretKey`] if the text does not have the format of a secret key.
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

    /// The key as a number, independent of letter case and dashes.
    pub(crate) fn value(&self) -> KeyValue {
        value_of(self.0.as_bytes())
    }

    /// The key's text. SECURITY.md names the seven places it may go to: the `get` answer, the answer
    /// to the kubelet, `docker-config` and `kubernetes-secret`, the keyring, `config.yaml`, the
    /// standard input of the client that `login` starts, and a request header.
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
    #[expect(clippy::disallowed_methods, reason = "compares the key")]
    fn uuids_in_any_case_and_with_whitespace_are_keys() {
        for text in [KEY, &KEY.to_uppercase(), &format!(" {KEY}\r\n")] {
            assert!(SecretKey::parse(text).is_ok(), "{text}");
        }
        assert_eq!(SecretKey::parse(&format!("{KEY}\n")).unwrap().expose(), KEY);
    }

    #[test]
    fn other_values_get_a_specific_error() {
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
    fn debug_does_not_show_the_key() {
        let shown = format!("{:?}", SecretKey::parse(KEY).unwrap());
        assert_eq!(shown, "SecretKey(redacted)");
    }
}
