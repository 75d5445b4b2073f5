//! Finds secret keys in text, in every form that a key is copied around in.
//!
//! A key has no mark of its own: it is a UUID, so it is recognised by its shape. Looked for are UUIDs
//! with and without dashes, in any letter case and with anything around them; the same inside
//! base64 (standard or URL-safe, padded or not, at any offset, as in `nologin:KEY`), inside
//! hexadecimal, behind percent-encoding or JSON's `\u0031`; and these inside each other.

use std::ops::Range;

use zeroize::Zeroize as _;

use super::uuid::{KeyValue, hex_digit, is_uuid, value_of};

/// A place in a text that is or may be a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The place, in bytes of the text.
    pub(crate) range: Range<usize>,
    pub(crate) what: What,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A whole key.
    Key(KeyValue),
    /// Part of a key inside an encoding. Outside of one it could be a date or a version.
    Part,
    /// More than 32 hexadecimal digits in a row: most often a digest or a commit. A key inside can
    /// only be recognised by somebody who knows it.
    LongHex,
}

/// How many encodings around each other are taken off.
const DEPTH: u8 = 3;

/// The fewest characters of an encoded key that are looked at: 16 bytes in base64.
const SHORTEST: usize = 22;

/// The fewest hexadecimal digits and dashes that are called part of a key.
const SHORTEST_PART: usize = 16;

/// Every key in a text, in no particular order; places may overlap.
pub(crate) fn keys_in(text: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    look_at(text, DEPTH, &mut found);
    found
}

/// The keys among the digits of a [`What::LongHex`], each with its place in `digits`.
pub(crate) fn windows(digits: &[u8]) -> impl Iterator<Item = (Range<usize>, KeyValue)> {
    digits.windows(32).enumerate().map(|(at, window)| (at..at + 32, value_of(window)))
}

fn look_at(text: &[u8], depth: u8, found: &mut Vec<Found>) {
    let shortest = if depth == DEPTH { SHORTEST } else { SHORTEST_PART };
    for run in runs(text, 0, is_encoding_character).filter(|run| run.len() >= shortest) {
        let characters = text.get(run.clone()).unwrap_or_default();
        let mut inside = Vec::new();
        dashed(characters, &mut inside);
        hexadecimal(characters, depth, &mut inside);
        base64(characters, depth, &mut inside);
        found.extend(inside.into_iter().map(|one| one.moved(|at| at + run.start)));
    }
    let Some(less) = depth.checked_sub(1) else { return };
    if let Some((mut bytes, starts)) = unescaped(text) {
        let place = |at: usize| starts.get(at).copied().unwrap_or(text.len());
        let mut inside = Vec::new();
        look_at(&bytes, less, &mut inside);
        found.extend(inside.into_iter().map(|one| one.moved(place)));
        bytes.zeroize();
    }
}

impl Found {
    /// The same, in a text where each offset is another.
    fn moved(self, place: impl Fn(usize) -> usize) -> Self {
        Self { range: place(self.range.start)..place(self.range.end), ..self }
    }
}

/// The longest stretches of characters that `is_one` says yes to, from `from` on.
fn runs(
    text: &[u8],
    mut from: usize,
    is_one: impl Fn(u8) -> bool,
) -> impl Iterator<Item = Range<usize>> {
    std::iter::from_fn(move || {
        let start = from + text.get(from..)?.iter().position(|byte| is_one(*byte))?;
        let length = text.get(start..)?.iter().position(|byte| !is_one(*byte));
        from = length.map_or(text.len(), |length| start + length);
        Some(start..from)
    })
}

/// UUIDs with dashes: anything may stand before and after them.
fn dashed(text: &[u8], found: &mut Vec<Found>) {
    for (at, _) in text.iter().enumerate().filter(|(_, byte)| **byte == b'-') {
        let Some(start) = at.checked_sub(8) else { continue };
        let range = start..start + 36;
        if let Some(uuid) = text.get(range.clone()).filter(|uuid| is_uuid(uuid)) {
            found.push(Found { range, what: What::Key(value_of(uuid)) });
        }
    }
}

/// Hexadecimal digits without dashes: a key as they are, or a text with a key, encoded.
fn hexadecimal(text: &[u8], depth: u8, found: &mut Vec<Found>) {
    for run in runs(text, 0, |byte| byte.is_ascii_hexdigit()).filter(|run| run.len() >= 32) {
        let digits = text.get(run.clone()).unwrap_or_default();
        let what = match digits.len() {
            32 => What::Key(value_of(digits)),
            _ => What::LongHex,
        };
        found.push(Found { range: run.clone(), what });
        for offset in 0..2 {
            let pairs = digits.get(offset..).unwrap_or_default().chunks_exact(2);
            let bytes =
                pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | hex_digit(*digit)));
            let place = |at: usize| run.start + offset + at * 2;
            look_inside(bytes.collect(), depth, place, place, found);
        }
    }
}

/// Base64, which may begin anywhere among characters of its own alphabet.
fn base64(text: &[u8], depth: u8, found: &mut Vec<Found>) {
    for offset in 0..4 {
        let characters = text.get(offset..).unwrap_or_default();
        if !may_be_base64_of_text(characters) {
            continue;
        }
        let mut bytes = Vec::with_capacity(characters.len() / 4 * 3 + 3);
        for group in characters.chunks(4) {
            let bits = group.iter().fold(0, |bits, digit| bits << 6 | sextet(*digit));
            let bits = bits << (6 * (4 - group.len()));
            let [_, whole @ ..] = bits.to_be_bytes();
            bytes.extend(whole.iter().take(group.len() * 3 / 4));
        }
        let start = |at: usize| offset + at / 3 * 4;
        let end = |at: usize| (offset + at.div_ceil(3) * 4).min(text.len());
        look_inside(bytes, depth, start, end, found);
    }
}

/// Four groups in a row begin with an ASCII character, as 16 bytes of a key do.
fn may_be_base64_of_text(characters: &[u8]) -> bool {
    let mut in_a_row = 0;
    characters.chunks_exact(4).any(|group| {
        let is_text = group.first().is_some_and(|first| sextet(*first) < 32);
        in_a_row = if is_text { in_a_row + 1 } else { 0 };
        in_a_row == 4
    })
}

/// Looks at decoded text, whose byte `at` came from `start(at)..end(at + 1)`.
fn look_inside(
    mut bytes: Vec<u8>,
    depth: u8,
    start: impl Fn(usize) -> usize,
    end: impl Fn(usize) -> usize,
    found: &mut Vec<Found>,
) {
    let Some(less) = depth.checked_sub(1) else { return };
    let mut inside = Vec::new();
    look_at(&bytes, less, &mut inside);
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    for range in runs(&bytes, 0, is_part).filter(|run| run.len() >= SHORTEST_PART) {
        let part = bytes.get(range.clone()).unwrap_or_default();
        let is_whole =
            inside.iter().any(|one| one.range.start < range.end && range.start < one.range.end);
        if !is_whole && part.contains(&b'-') && part.iter().any(u8::is_ascii_digit) {
            inside.push(Found { range, what: What::Part });
        }
    }
    // A digest inside base64 is of no interest, and its windows could not be looked up.
    inside.retain(|one| one.what != What::LongHex);
    if !inside.is_empty() {
        bytes.zeroize();
    }
    found.extend(
        inside
            .into_iter()
            .map(|Found { range, what }| Found { range: start(range.start)..end(range.end), what }),
    );
}

/// The text without percent-encoding and JSON's escapes, and where each of its bytes began; `None`
/// if there are none.
fn unescaped(text: &[u8]) -> Option<(Vec<u8>, Vec<usize>)> {
    let first = (0..text.len()).find(|at| escaped_byte(text, *at).is_some())?;
    let (mut bytes, mut starts) = (Vec::with_capacity(text.len()), Vec::new());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let escaped = if at < first { None } else { escaped_byte(text, at) };
        let (byte, length) = escaped.unwrap_or((*byte, 1));
        bytes.push(byte);
        starts.push(at);
        at += length;
    }
    starts.push(text.len());
    Some((bytes, starts))
}

/// The byte that an escape at this place stands for, and the escape's length: `%31` or `\u0031`.
fn escaped_byte(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let (digits, length) = match text.get(at)? {
        b'%' => (text.get(at + 1..at + 3)?, 3),
        b'\\' => (text.get(at + 1..at + 6)?.strip_prefix(b"u00")?, 6),
        _ => return None,
    };
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    is_hex.then(|| (digits.iter().fold(0, |byte, digit| byte << 4 | hex_digit(*digit)), length))
}

/// A character of either base64 alphabet; `-` is also what stands between a key's groups.
fn is_encoding_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn sextet(character: u8) -> u32 {
    u32::from(match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::{What, keys_in, value_of};

    const KEY: &str = "c0ffee00-cafe-4bad-8bed-5ec2e7ca4a41";

    /// What is left of a text where there is no key.
    fn rest(text: &str) -> String {
        let mut rest = text.as_bytes().to_vec();
        for found in keys_in(text.as_bytes()) {
            if found.what != What::LongHex {
                rest.get_mut(found.range).unwrap().fill(b'*');
            }
        }
        String::from_utf8(rest).unwrap().replace('*', "")
    }

    #[test]
    fn a_key_is_found_in_every_letter_case_and_with_anything_around_it() {
        for key in [KEY.to_owned(), KEY.to_uppercase(), KEY.replace('-', "")] {
            let found = keys_in(key.as_bytes());
            assert!(found.iter().any(|one| one.what == What::Key(value_of(KEY.as_bytes()))));
            for (before, after) in
                [("", ""), ("x", "z"), ("é\"", "\"}"), ("/a/_", "=/-"), ("--", "-")]
            {
                assert_eq!(rest(&format!("{before}{key}{after}")), format!("{before}{after}"));
            }
            let long = "word".repeat(1000);
            assert_eq!(rest(&format!("{long}_{key}_{long}")), format!("{long}__{long}"));
        }
        assert_eq!(rest(&format!("dead{KEY}beef")), "deadbeef");
    }

    #[test]
    fn a_key_is_found_at_every_offset_inside_base64() {
        for user in ["", "x:", "me:", "nologin:"] {
            let pair = format!("{user}{KEY}");
            for text in [STANDARD.encode(&pair), URL_SAFE_NO_PAD.encode(format!("{pair}:é?>~"))] {
                let left = rest(&format!("auth={text}, x"));
                assert!(left.len() < 35, "{text}: {left}");
            }
            let twice = STANDARD.encode(STANDARD.encode(&pair));
            assert!(rest(&twice).len() < 20, "{twice}: {}", rest(&twice));
        }
        // Cut off, by the end of a line or of a table.
        let encoded = STANDARD.encode(format!("nologin:{KEY}"));
        assert!(rest(&encoded[..40]).len() < 14, "{}", rest(&encoded[..40]));
    }

    #[test]
    fn a_key_is_found_behind_escapes_and_in_hexadecimal() {
        let (mut percent, mut hex) = (String::new(), String::new());
        for byte in KEY.bytes() {
            let _ = write!(percent, "%{byte:02X}");
            let _ = write!(hex, "{byte:02x}");
        }
        let twice = percent.replace('%', "%25");
        for text in [percent, hex, twice, KEY.replace('-', "%2d"), KEY.replace('c', "\\u0063")] {
            assert_eq!(rest(&format!("<{text}>")), "<>", "{text}");
        }
    }

    #[test]
    fn what_is_no_key_is_left() {
        for text in [
            "",
            "-",
            "%",
            "%2",
            "\\u00",
            "c0ffee00-cafe-4bad-8bed-5ec2e7ca4a4",
            "2026-11-21T12:00:00Z build-2026-11-21-120000",
            "rg.fr-par.scw.cloud/my-ns/app:3f786850e387550fdab836ed7e6dc881de23001b",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "/usr/local/share/docker-credential-scw/docker-credential-secretservice",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0",
            "00000000000000000000000000000000000000000000000000000000000",
        ] {
            assert_eq!(rest(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd_and_places_are_between_characters(text in "[ -~é%\\\\u0-9a-f-]{0,80}") {
            for found in keys_in(text.as_bytes()) {
                proptest::prop_assert!(text.get(found.range).is_some());
            }
        }
    }
}
