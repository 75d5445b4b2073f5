//! The docker-credential protocol: its requests, answers and exact words.
//!
//! The reference is docker-credential-helpers (`credentials/credentials.go`). Its Go client
//! compares an answer with the words below by equality, so they are not ours to improve.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde::Serialize;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use zeroize::Zeroizing;

use crate::secret_key::SecretKey;
use crate::system::files;

/// The user name that Scaleway's registry documents; it looks at the key only.
pub const USERNAME: &str = "nologin";

/// The largest request that is looked at. Callers send a host, or a key of 36 bytes.
const REQUEST_LIMIT: usize = 256 * 1024;

/// How much more of a request is read and thrown away. A caller that is still writing when its
/// helper ends gets a broken pipe, which some of them do not survive; one that writes without end
/// must not hold us up either.
const DRAIN_LIMIT: usize = 64 * 1024 * 1024;

/// What a caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The credentials for a server URL.
    Get,
    /// Keep these credentials.
    Store,
    /// Forget those of a server URL.
    Erase,
    /// Every server URL with credentials, and the user names.
    List,
}

impl Action {
    /// The action of that name; letter case counts.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "get" => Some(Self::Get),
            "store" => Some(Self::Store),
            "erase" => Some(Self::Erase),
            "list" => Some(Self::List),
            _ => None,
        }
    }
}

/// A request that cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// A blank server URL, in the protocol's words.
    #[error("no credentials server URL")]
    NoServerUrl,
    /// An empty user name, in the protocol's words.
    #[error("no credentials username")]
    NoUsername,
    /// A control character inside the server URL. The reference joins lines; a credential helper
    /// that does so can be made to answer for another host (CVE-2020-5260, CVE-2024-52006).
    #[error("the server URL contains a control character: refused")]
    ControlCharacter,
    /// More than anybody asks.
    #[error("the request is longer than {} KiB: refused", REQUEST_LIMIT / 1024)]
    TooLong,
    /// The request cannot be read.
    #[error("cannot read the request from standard input: {0}")]
    Unreadable(#[from] io::Error),
    /// `store` was given something else than the protocol's object.
    #[error(
        "the request is not a JSON object with ServerURL, Username and Secret (line {line}, \
         column {column})"
    )]
    NotCredentials {
        /// Where it stops being one, counted from 1.
        line: usize,
        /// The column of that line.
        column: usize,
    },
}

/// Reads a request to its end, which every action has to do: callers write it all before they
/// listen.
///
/// # Errors
/// It cannot be read, or is too long.
pub fn read_request(stdin: &mut dyn io::Read) -> Result<Zeroizing<Vec<u8>>, RequestError> {
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

/// The server URL of a `get` or `erase` request: without blanks around it and the line end after
/// it. Bytes that are not UTF-8 become such as no host has.
///
/// # Errors
/// It is blank, or has a control character inside.
pub fn server_url(request: &[u8]) -> Result<String, RequestError> {
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

/// What `store` is given.
#[derive(Default)]
pub struct Credentials {
    /// The server that was logged in to.
    pub server_url: String,
    /// The user name that was typed.
    pub username: String,
    /// The password that was typed, whatever it is.
    pub secret: Zeroizing<String>,
}

impl Credentials {
    /// Reads a `store` request as the reference does: field names in any letter case, unknown
    /// fields and whatever follows the object ignored, the last of several fields wins.
    ///
    /// # Errors
    /// It is no such object, or has no server URL or no user name. Serde's own messages are left
    /// out: they quote values.
    pub fn parse(request: &[u8]) -> Result<Self, RequestError> {
        let mut json = serde_json::Deserializer::from_slice(request);
        let parsed = json.deserialize_any(CredentialsVisitor);
        let mut parsed = parsed.map_err(|error| RequestError::NotCredentials {
            line: error.line(),
            column: error.column(),
        })?;
        parsed.server_url = server_url(parsed.server_url.as_bytes())?;
        if parsed.username.is_empty() { Err(RequestError::NoUsername) } else { Ok(parsed) }
    }
}

struct CredentialsVisitor;

impl<'de> Visitor<'de> for CredentialsVisitor {
    type Value = Credentials;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("credentials")
    }

    /// `null`, which the reference takes for an object without fields.
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
                let secret = map.next_value::<Option<String>>()?.unwrap_or_default();
                credentials.secret = Zeroizing::new(secret);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(credentials)
    }
}

/// The answer to `get`, with the three names that every client reads.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(rename = "ServerURL")]
    server_url: &'a str,
    username: &'static str,
    secret: &'a str,
}

/// The answer to `get`: one line of JSON.
pub fn credentials_answer(server_url: &str, key: &SecretKey) -> Zeroizing<Vec<u8>> {
    let answer = Answer { server_url, username: USERNAME, secret: key.expose() };
    // Large enough for any escaping, so that it never grows and leaves a copy of the key behind.
    json_line(&answer, 128 + 6 * server_url.len())
}

/// The answer to `list`: one line of JSON, server URLs and the user name of each.
pub fn list_answer(hosts: &BTreeMap<String, &'static str>) -> Zeroizing<Vec<u8>> {
    json_line(hosts, 256)
}

pub(super) fn json_line(value: &impl Serialize, capacity: usize) -> Zeroizing<Vec<u8>> {
    let mut line = Zeroizing::new(Vec::with_capacity(capacity));
    // Writing strings to memory cannot fail.
    let _ = serde_json::to_writer(&mut *line, value);
    line.push(b'\n');
    line
}
