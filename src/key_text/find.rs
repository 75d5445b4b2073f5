//! Finds secret keys in text, in every encoding in which keys are commonly copied.
//!
//! A Scaleway key is a UUID without a prefix, so it is recognised by its format: UUIDs with and
//! without dashes, in any letter case, with any neighbours. They are also found in base64 (standard
//! or URL-safe, padded or not, at any offset, as in `nologin:KEY`), in hexadecimal, in
//! percent-encoding, in JSON escapes such as `\u0031`, and in these encodings nested.

use std::ops::Range;

use zeroize::Zeroize as _;

use super::escapes::{escapes_in, keys_with_escaped_dashes, unescaped};
use super::runs::long_runs;
use super::uuid::{Class, KeyValue, hex_digit, value_of, value_of_uuid};

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
    for run in long_runs(text, shortest, Class::ENCODING) {
        let characters = text.get(run.clone()).unwrap_or_default();
        if let Some(value) = value_of_uuid(characters) {
            // It contains nothing else. At most 12 digits in a row are no key and no hexadecimal text. Decoded as
            // base64, the first of every three bytes is below 24 or above 103: no digit, no dash, no start of an
            // escape. Nor is the result base64 of text: of three groups, one starts with such a byte.
            found.push(Found { range: run, what: What::Key(value) });
            continue;
        }
        let known = found.len();
        dashed(characters, found);
        hexadecimal(characters, depth, found);
        base64(characters, depth, found);
        for one in found.iter_mut().skip(known) {
            one.range = one.range.start + run.start..one.range.end + run.start;
        }
    }
    let Some(escapes) = escapes_in(text) else { return };
    keys_with_escaped_dashes(text, escapes, found);
    let Some(less) = depth.checked_sub(1) else { return };
    // A key may follow half an escape, as in `%2c0ffee00%2dcafe…`, which takes the key's first digit. So the
    // text is also searched with only the dashes decoded.
    let decoded = [unescaped(text, escapes, |_| true), unescaped(text, escapes, |it| it == b'-')];
    for (mut bytes, starts) in decoded.into_iter().flatten() {
        let position = |at: usize| starts.get(at).copied().unwrap_or(text.len());
        let mut inside = Vec::new();
        search(&bytes, less, &mut inside);
        found.extend(inside.into_iter().map(|Found { range, what }| Found {
            range: position(range.start)..position(range.end),
            what,
        }));
        bytes.zeroize();
    }
}

/// Finds UUIDs with dashes, whatever surrounds them.
fn dashed(text: &[u8], found: &mut Vec<Found>) {
    // The first dash of a UUID has 8 digits before it, and 27 characters after it.
    let dashes = text.get(8..text.len().saturating_sub(27)).unwrap_or_default();
    for (start, _) in dashes.iter().enumerate().filter(|(_, byte)| **byte == b'-') {
        let range = start..start + 36;
        if let Some(value) = text.get(range.clone()).and_then(value_of_uuid) {
            found.push(Found { range, what: What::Key(value) });
        }
    }
}

/// Finds keys without dashes, and decodes hexadecimal text to find keys inside.
fn hexadecimal(text: &[u8], depth: u8, found: &mut Vec<Found>) {
    for run in long_runs(text, 32, Class::HEX) {
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

/// Returns whether four groups in a row are ASCII characters, as in 16 bytes of a key, or of a text that
/// encodes one.
fn may_be_base64_of_text(characters: &[u8]) -> bool {
    let is_text = |group: &[u8]| match *group {
        // The highest bits of the three bytes.
        [a, b, c, _] => sextet(a) & 0x20 == 0 && sextet(b) & 8 == 0 && sextet(c) & 2 == 0,
        _ => false,
    };
    let mut rest = characters;
    // Most groups of other text are not. So the last of four is tested first: if it is not, none of the
    // four begins such a row.
    while let Some((row, _)) = rest.split_at_checked(16) {
        let other = row.chunks_exact(4).rposition(|group| !is_text(group));
        let Some(other) = other else { return true };
        rest = rest.get((other + 1) * 4..).unwrap_or_default();
    }
    false
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
    for range in long_runs(&bytes, SHORTEST_PART, Class::KEY) {
        let part = bytes.get(range.clone()).unwrap_or_default();
        let is_in_key =
            inside.iter().any(|one| one.range.start <= range.start && range.end <= one.range.end);
        if !is_in_key && part.contains(&b'-') && part.iter().any(u8::is_ascii_digit) {
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

    /// The key's first digit completes the escape `%2d`, or `\\u002d`.
    #[test]
    fn a_key_whose_first_digit_completes_an_escaped_dash_is_found() {
        let key = KEY.replacen('c', "d", 1);
        for dash in ["%2d", "%2D", "%252d", "%25252d", "\\u002d"] {
            let escaped = key.replace('-', dash);
            // In another text, some dashes are escaped.
            let (start, end) = key.split_at(20);
            let half = format!("{start}{}", end.replace('-', dash));
            for before in ["%2", "%", "beef%2", "\\u002", "\\u00", "x"] {
                for text in [&escaped, &half, &escaped.to_uppercase().replace("\\U", "\\u")] {
                    assert_eq!(rest(&format!("{before}{text}%2d<")), format!("{before}%2d<"));
                }
            }
        }
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
