//! Finds secret keys in text, in every encoding in which keys are commonly copied.
//!
//! A Scaleway key is a UUID without a prefix, so it is recognised by its format: UUIDs with and
//! without dashes, in any letter case, with any neighbours. They are also found in base64 (standard
//! or URL-safe, padded or not, at any offset, as in `nologin:KEY`), in hexadecimal, in
//! percent-encoding, in JSON escapes such as `\u0031`, and in these encodings nested.

use std::ops::Range;

use zeroize::Zeroize as _;

use super::uuid::{KeyValue, hex_digit, is_uuid, value_of};

/// A match: something that is or may be a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The position in the text, in bytes.
    pub(crate) range: Range<usize>,
    pub(crate) what: What,
}

/// The kind of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A whole key.
    Key(KeyValue),
    /// Part of a key inside an encoding. Outside an encoding it could be a date or a version.
    Part,
    /// More than 32 hexadecimal digits in a row, usually a digest or a commit. A key in it can only
    /// be found by comparing with known keys.
    LongHex,
}

/// How many nested encodings are decoded.
const DEPTH: u8 = 3;

/// The minimum length of an encoded key: 16 bytes in base64.
const SHORTEST: usize = 22;

/// The minimum number of hexadecimal digits and dashes that count as part of a key.
const SHORTEST_PART: usize = 16;

/// Finds every key in a text. The matches are in no particular order and may overlap.
pub(crate) fn keys_in(text: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    search(text, DEPTH, &mut found);
    found
}

/// The values of all 32-digit windows of a [`What::LongHex`], each with its range in `digits`.
pub(crate) fn windows(digits: &[u8]) -> impl Iterator<Item = (Range<usize>, KeyValue)> {
    digits.windows(32).enumerate().map(|(at, window)| (at..at + 32, value_of(window)))
}

fn search(text: &[u8], depth: u8, found: &mut Vec<Found>) {
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
    // A key may follow half an escape, as in `%2c0ffee00%2dcafe…`, which takes the key's first digit. So the
    // text is also searched with only the dashes decoded.
    let decoded = [unescaped(text, |_| true), unescaped(text, |byte| byte == b'-')];
    for (mut bytes, starts) in decoded.into_iter().flatten() {
        let position = |at: usize| starts.get(at).copied().unwrap_or(text.len());
        let mut inside = Vec::new();
        search(&bytes, less, &mut inside);
        found.extend(inside.into_iter().map(|one| one.moved(position)));
        bytes.zeroize();
    }
}

impl Found {
    /// Maps the range to another text by the offset of each end.
    fn moved(self, position: impl Fn(usize) -> usize) -> Self {
        Self { range: position(self.range.start)..position(self.range.end), ..self }
    }
}

/// The longest runs of bytes for which `is_one` is true, starting at `from`.
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

/// Finds UUIDs with dashes, whatever surrounds them.
fn dashed(text: &[u8], found: &mut Vec<Found>) {
    for (at, _) in text.iter().enumerate().filter(|(_, byte)| **byte == b'-') {
        let Some(start) = at.checked_sub(8) else { continue };
        let range = start..start + 36;
        if let Some(uuid) = text.get(range.clone()).filter(|uuid| is_uuid(uuid)) {
            found.push(Found { range, what: What::Key(value_of(uuid)) });
        }
    }
}

/// Finds keys without dashes, and decodes hexadecimal text to find keys inside.
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
            let position = |at: usize| run.start + offset + at * 2;
            search_decoded(bytes.collect(), depth, position, position, found);
        }
    }
}

/// Decodes base64 at each of the four offsets at which it may start.
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
        search_decoded(bytes, depth, start, end, found);
    }
}

/// Returns whether four groups in a row start with an ASCII character, as 16 bytes of a key do.
fn may_be_base64_of_text(characters: &[u8]) -> bool {
    let mut in_a_row = 0;
    characters.chunks_exact(4).any(|group| {
        let is_text = group.first().is_some_and(|first| sextet(*first) < 32);
        in_a_row = if is_text { in_a_row + 1 } else { 0 };
        in_a_row == 4
    })
}

/// Searches decoded text. Byte `at` was decoded from `start(at)..end(at + 1)`.
fn search_decoded(
    mut bytes: Vec<u8>,
    depth: u8,
    start: impl Fn(usize) -> usize,
    end: impl Fn(usize) -> usize,
    found: &mut Vec<Found>,
) {
    let Some(less) = depth.checked_sub(1) else { return };
    let mut inside = Vec::new();
    search(&bytes, less, &mut inside);
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    for range in runs(&bytes, 0, is_part).filter(|run| run.len() >= SHORTEST_PART) {
        let part = bytes.get(range.clone()).unwrap_or_default();
        let is_whole =
            inside.iter().any(|one| one.range.start < range.end && range.start < one.range.end);
        if !is_whole && part.contains(&b'-') && part.iter().any(u8::is_ascii_digit) {
            inside.push(Found { range, what: What::Part });
        }
    }
    // A digest inside base64 is not of interest, and the caller could not compare its windows.
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

/// Decodes percent-encoding and JSON escapes of the bytes that `is_decoded` accepts. Returns the text and
/// where each of its bytes started; `None` if there are no such escapes.
fn unescaped(text: &[u8], is_decoded: fn(u8) -> bool) -> Option<(Vec<u8>, Vec<usize>)> {
    let escaped_byte = |at| escaped_byte(text, at).filter(|(byte, _)| is_decoded(*byte));
    let may_start = |byte: &u8| matches!(byte, b'%' | b'\\');
    let mut candidates = text.iter().enumerate().filter(|(_, byte)| may_start(byte));
    let (first, _) = candidates.find(|(at, _)| escaped_byte(*at).is_some())?;
    let (mut bytes, mut starts) = (Vec::with_capacity(text.len()), Vec::new());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let escaped = if at < first { None } else { escaped_byte(at) };
        let (byte, length) = escaped.unwrap_or((*byte, 1));
        bytes.push(byte);
        starts.push(at);
        at += length;
    }
    starts.push(text.len());
    Some((bytes, starts))
}

/// Decodes the escape at this position, `%31` or `\u0031`. Returns the byte and the escape's
/// length.
fn escaped_byte(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let (digits, length) = match text.get(at)? {
        b'%' => (text.get(at + 1..at + 3)?, 3),
        b'\\' => (text.get(at + 1..at + 6)?.strip_prefix(b"u00")?, 6),
        _ => return None,
    };
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    is_hex.then(|| (digits.iter().fold(0, |byte, digit| byte << 4 | hex_digit(*digit)), length))
}

/// Returns whether the character belongs to either base64 alphabet. Dashes also separate a UUID's
/// groups.
fn is_encoding_character(byte: u8) -> bool {
    // All output and all answers of the API are searched: a table takes a third of the time.
    #[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
    const TABLE: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0_u8;
        while byte < 128 {
            table[byte as usize] =
                byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
            byte += 1;
        }
        table
    };
    TABLE.get(usize::from(byte)).copied().unwrap_or_default()
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

    /// The text without the keys.
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
    fn keys_are_found_in_any_letter_case_and_with_any_neighbours() {
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
    fn keys_are_found_at_every_offset_in_base64() {
        for user in ["", "x:", "me:", "nologin:"] {
            let pair = format!("{user}{KEY}");
            for text in [STANDARD.encode(&pair), URL_SAFE_NO_PAD.encode(format!("{pair}:é?>~"))] {
                let left = rest(&format!("auth={text}, x"));
                assert!(left.len() < 35, "{text}: {left}");
            }
            let twice = STANDARD.encode(STANDARD.encode(&pair));
            assert!(rest(&twice).len() < 20, "{twice}: {}", rest(&twice));
        }
        // Truncated, as at the end of a line or a table column.
        let encoded = STANDARD.encode(format!("nologin:{KEY}"));
        assert!(rest(&encoded[..40]).len() < 14, "{}", rest(&encoded[..40]));
    }

    #[test]
    fn keys_are_found_in_escapes_and_hexadecimal() {
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

    /// Found by the fuzz target `key_filter`: `%2` and the key's first digit were decoded together.
    #[test]
    fn a_key_with_escaped_dashes_is_found_after_half_an_escape() {
        let key = KEY.replace('-', "%2d");
        assert_eq!(rest(&format!("%2{key}")), "%2");
        assert_eq!(rest(&format!("\\u000{}", KEY.replace('-', "\\u002d"))), "\\u000");
    }

    #[test]
    fn other_text_is_left_unchanged() {
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
        fn matches_end_at_character_boundaries(text in "[ -~é%\\\\u0-9a-f-]{0,80}") {
            for found in keys_in(text.as_bytes()) {
                proptest::prop_assert!(text.get(found.range).is_some());
            }
        }
    }
}
