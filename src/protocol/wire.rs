//! The docker-credential protocol's requests, answers and fixed messages.
//!
//! The reference is docker-credential-helpers (`credentials/credentials.go`). Its Go client
//! compares messages exactly, so their wording must not change.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde::Serialize;
use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::secret_key::SecretKey;
use crate::system::files;
use crate::system::wiped::WipedBytes;

/// The user name that Scaleway documents. The registry only checks the key.
pub(crate) const USERNAME: &str = "nologin";

/// The maximum size of a request in bytes. Real ones are a host, or a key of 36 bytes.
const REQUEST_LIMIT: usize = 256 * 1024;

/// How much more of a request to read and discard, in bytes. If the helper ends while a caller is
/// still writing, the caller gets a broken pipe, which some do not handle. A caller that never
/// stops writing must not block the helper either.
const DRAIN_LIMIT: usize = 64 * 1024 * 1024;

/// An action of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Return the credentials for a server URL.
    Get,
    /// Store credentials.
    Store,
    /// Remove the credentials for a server URL.
    Erase,
    /// List all server URLs with credentials, and their user names.
    List,
}

impl Action {
    /// Parses an action's name. Case-sensitive.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "get" => Some(Self::Get),
            "store" => Some(Self::Store),
            "erase" => Some(Self::Erase),
            "list" => Some(Self::List),
            _ => None,
        }
    }
}

/// An invalid request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    /// An empty server URL. The message is the protocol's.
    #[error("no credentials server URL")]
    NoServerUrl,
    /// An empty user name. The message is the protocol's.
    #[error("no credentials username")]
    NoUsername,
    /// Neither a user name nor a secret. The message is that of a missing user name.
    #[error("no credentials username")]
    Empty,
    /// A control character in the server URL. The reference joins lines, which can trick a
    /// credential helper into answering for another host (CVE-2020-5260, CVE-2024-52006).
    #[error("the server URL contains a control character: refused")]
    ControlCharacter,
    /// The request is far longer than any real one.
    #[error("the request is longer than {} KiB: refused", REQUEST_LIMIT / 1024)]
    TooLong,
    /// Standard input cannot be read.
    #[error("cannot read the request from standard input: {0}")]
    Unreadable(#[from] io::Error),
    /// The request of `store` is not the protocol's JSON object.
    #[error(
        "the request is not a JSON object with ServerURL, Username and Secret (line {line}, \
         column {column})"
    )]
    NotCredentials {
        /// The line of the error, counted from 1.
        line: usize,
        /// The column of the error, counted from 1.
        column: usize,
    },
}

/// Reads a request to its end. Every action has to, because callers write the whole request before
/// they read the answer.
///
/// # Errors
/// Returns [`RequestError`] if the request cannot be read or is too long.
pub(crate) fn read_request(stdin: &mut dyn io::Read) -> Result<WipedBytes, RequestError> {
    let (request, whole) = files::read_stream(stdin, REQUEST_LIMIT)?;
    if whole {
        return Ok(request);
    }
    let mut thrown_away = Zeroizing::new([0; 16 * 1024]);
    let mut left = DRAIN_LIMIT;
    while left > 0 {
        match stdin.read(thrown_away.as_mut())? {
            0 => break,
            count => left = left.saturating_sub(count),
        }
    }
    Err(RequestError::TooLong)
}

/// Parses the server URL of a `get` or `erase` request. Removes surrounding whitespace and the line
/// end. Invalid UTF-8 becomes U+FFFD, which no host name contains.
///
/// # Errors
/// Returns [`RequestError`] if the server URL is empty or contains a control character.
pub(crate) fn server_url(request: &[u8]) -> Result<String, RequestError> {
    let line = request.strip_suffix(b"\r\n").or_else(|| request.strip_suffix(b"\n"));
    let line = line.unwrap_or(request);
    let text = String::from_utf8_lossy(line);
    if text.trim().is_empty() {
        return Err(RequestError::NoServerUrl);
    }
    let text = text.trim_matches([' ', '\t']);
    if text.contains(char::is_control) {
        return Err(RequestError::ControlCharacter);
    }
    Ok(text.to_owned())
}

/// The request of `store`.
#[derive(Default)]
pub(crate) struct Credentials {
    /// The server URL.
    pub server_url: String,
    /// The user name.
    pub username: String,
    /// The password, whatever it is.
    pub secret: Zeroizing<String>,
}

impl Credentials {
    /// Parses a `store` request like the reference: field names in any letter case, unknown fields
    /// and trailing data ignored, the last of repeated fields wins.
    ///
    /// # Errors
    /// Returns [`RequestError`] if the request is not such an object, or has no server URL or user
    /// name. Serde's messages are dropped because they quote values.
    pub(crate) fn parse(request: &[u8]) -> Result<Self, RequestError> {
        let mut json = serde_json::Deserializer::from_slice(request);
        let parsed = json.deserialize_any(CredentialsVisitor);
        let mut parsed = parsed.map_err(|error| RequestError::NotCredentials {
            line: error.line(),
            column: error.column(),
        })?;
        parsed.server_url = server_url(parsed.server_url.as_bytes())?;
        match (parsed.username.is_empty(), parsed.secret.is_empty()) {
            (true, true) => Err(RequestError::Empty),
            (true, false) => Err(RequestError::NoUsername),
            (false, _) => Ok(parsed),
        }
    }
}

struct CredentialsVisitor;

impl<'de> Visitor<'de> for CredentialsVisitor {
    type Value = Credentials;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("credentials")
    }

    /// Accepts `null`, which the reference treats as an object without fields.
    fn visit_unit<E>(self) -> Result<Credentials, E> {
        Ok(Credentials::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Credentials, A::Error> {
        let mut credentials = Credentials::default();
        while let Some(name) = map.next_key::<String>()? {
            if name.eq_ignore_ascii_case("ServerURL") {
                credentials.server_url = map.next_value::<Option<String>>()?.unwrap_or_default();
            } else if name.eq_ignore_ascii_case("Username") {
                credentials.username = map.next_value::<Option<String>>()?.unwrap_or_default();
            } else if name.eq_ignore_ascii_case("Secret") {
                let secret = text_of(map.next_value::<&RawValue>()?.get());
                credentials.secret = secret.ok_or_else(|| A::Error::custom("not a text"))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(credentials)
    }
}

/// Decodes a JSON text. Returns an empty one for `null`, and `None` for any other value.
///
/// Serde decodes escapes in a buffer that is not wiped.
fn text_of(json: &str) -> Option<Zeroizing<String>> {
    if json == "null" {
        return Some(Zeroizing::default());
    }
    let mut rest = json.strip_prefix('"')?.strip_suffix('"')?;
    // No escape is shorter than its character.
    let mut text = Zeroizing::new(String::with_capacity(rest.len()));
    while let Some((before, escape)) = rest.split_once('\\') {
        text.push_str(before);
        let (character, after) = unescaped(escape)?;
        text.push(character);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// Decodes the escape at the start, without its backslash. Also returns what follows it.
fn unescaped(escape: &str) -> Option<(char, &str)> {
    let (name, rest) = escape.split_at_checked(1)?;
    let character = match name {
        "b" => '\u{8}',
        "f" => '\u{c}',
        "n" => '\n',
        "r" => '\r',
        "t" => '\t',
        "u" => return unescaped_unicode(rest),
        other => other.chars().next()?,
    };
    Some((character, rest))
}

/// Decodes the digits of a `\u` escape, and of the second one of a surrogate pair.
fn unescaped_unicode(digits: &str) -> Option<(char, &str)> {
    let unit = |digits: &str| u16::from_str_radix(digits, 16).ok();
    let (first, rest) = digits.split_at_checked(4)?;
    let first = unit(first)?;
    if let Some(character) = char::from_u32(first.into()) {
        return Some((character, rest));
    }
    let (second, rest) = rest.strip_prefix("\\u")?.split_at_checked(4)?;
    let character = char::decode_utf16([first, unit(second)?]).next()?.ok()?;
    Some((character, rest))
}

/// The answer to `get`. Clients read these three names.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(rename = "ServerURL")]
    server_url: &'a str,
    username: &'static str,
    secret: &'a str,
}

/// Formats the answer to `get`: one line of JSON.
#[expect(clippy::disallowed_methods, reason = "the answer to `get`")]
pub(crate) fn credentials_answer(server_url: &str, key: &SecretKey) -> Zeroizing<Vec<u8>> {
    let answer = Answer { server_url, username: USERNAME, secret: key.expose() };
    // Large enough for any escaping.
    line_with_key(&answer, 128 + 6 * server_url.len())
}

/// Formats the answer to `list`: one line of JSON that maps server URLs to user names.
pub(crate) fn list_answer(hosts: &BTreeMap<String, &'static str>) -> Zeroizing<Vec<u8>> {
    json_line(hosts, 256)
}

/// Formats an answer with a key as one line of JSON of at most `capacity` bytes: growing would leave a
/// copy of the key in memory.
pub(super) fn line_with_key(value: &impl Serialize, capacity: usize) -> Zeroizing<Vec<u8>> {
    let line = json_line(value, capacity);
    debug_assert!(line.len() <= capacity, "a line of {} bytes: at most {capacity}", line.len());
    line
}

fn json_line(value: &impl Serialize, capacity: usize) -> Zeroizing<Vec<u8>> {
    let mut line = Zeroizing::new(Vec::with_capacity(capacity));
    // Writing strings to memory cannot fail.
    let _ = serde_json::to_writer(&mut *line, value);
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn texts_are_decoded_as_serde_decodes_them() {
        for json in [
            r#""""#,
            r#""plain""#,
            r#""\"\\\/\b\f\n\r\t""#,
            r#""a\u002db\u00e9\ud83d\udd11c\uFFFD""#,
            r#""é🔑\n""#,
            r#""\ud83d""#,
            r#""\ud83dx""#,
            r#""\udd11""#,
            r#""\ud83d\ud83d""#,
            "1",
            "true",
            "[]",
            "{}",
        ] {
            let expected = serde_json::from_str::<String>(json).ok();
            assert_eq!(text_of(json).map(|text| text.to_string()), expected, "{json}");
        }
        assert_eq!(text_of("null").unwrap().as_str(), "");
    }
}
