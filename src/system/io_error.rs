//! Passes system errors between two processes of this program.

use std::io::{self, ErrorKind};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The kinds that hints depend on. Both processes run the same program, so the index in this list
/// identifies a kind.
const KINDS: [ErrorKind; 8] = [
    ErrorKind::PermissionDenied,
    ErrorKind::ReadOnlyFilesystem,
    ErrorKind::StorageFull,
    ErrorKind::QuotaExceeded,
    ErrorKind::FileTooLarge,
    ErrorKind::TimedOut,
    ErrorKind::ResourceBusy,
    ErrorKind::NotFound,
];

#[derive(Serialize, Deserialize)]
enum Sent {
    /// An error of the system's own, by its number.
    Number(i32),
    /// Any other error, by its text and its kind.
    Text { text: String, kind: Option<usize> },
}

/// Serializes the error by its number, else by its text and kind.
pub(super) fn serialize<S: Serializer>(error: &io::Error, to: S) -> Result<S::Ok, S::Error> {
    let text = || {
        let kind = KINDS.iter().position(|kind| *kind == error.kind());
        Sent::Text { text: error.to_string(), kind }
    };
    error.raw_os_error().map_or_else(text, Sent::Number).serialize(to)
}

/// Deserializes what [`serialize`] wrote.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<io::Error, D::Error> {
    Ok(match Sent::deserialize(from)? {
        Sent::Number(number) => io::Error::from_raw_os_error(number),
        Sent::Text { text, kind } => {
            let kind = kind.and_then(|at| KINDS.get(at).copied());
            io::Error::new(kind.unwrap_or(ErrorKind::Other), text)
        }
    })
}
