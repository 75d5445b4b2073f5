//! Percent-encoding and JSON escapes.

use zeroize::Zeroizing;

use super::find::{Found, What};
use super::uuid::{Class, GROUPS, KeyValue, hex_digit, value_of};

/// The length of a UUID.
const UUID: usize = 36;

/// Returns the position of the first escape; `None` if the text has none.
pub(super) fn escapes_in(text: &[u8]) -> Option<usize> {
    // The standard library searches for one byte several times faster than for one of two.
    if !text.contains(&b'%') && !text.contains(&b'\\') {
        return None;
    }
    let mut bytes = text.iter().enumerate();
    let is_escape = |(at, byte): &(usize, &u8)| {
        matches!(byte, b'%' | b'\\') && escaped_byte(text, *at).is_some()
    };
    bytes.find(is_escape).map(|(at, _)| at)
}

/// Decodes percent-encoding and JSON escapes of the bytes that `is_decoded` accepts, from `first` on.
/// Returns the text and where each of its bytes started; `None` if there are no such escapes.
pub(super) fn unescaped(
    text: &[u8],
    first: usize,
    is_decoded: fn(u8) -> bool,
) -> Option<(Vec<u8>, Vec<usize>)> {
    let escaped_byte = |at| escaped_byte(text, at).filter(|(byte, _)| is_decoded(*byte));
    (first..text.len()).find(|at| escaped_byte(*at).is_some())?;
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

/// Finds keys whose dashes are escaped, whatever is before them. `first` is the first escape.
///
/// In `%2d0ffee00%2dcafe…`, the first digit of the key completes an escape, and decoding takes it for a
/// dash. So keys are also found by the lengths of their groups.
pub(super) fn keys_with_escaped_dashes(text: &[u8], first: usize, found: &mut Vec<Found>) {
    let [length, ..] = GROUPS;
    // Dashes before the first escape may belong to a key with other dashes after it.
    let candidates = text.iter().enumerate().skip(first.saturating_sub(UUID).max(length));
    for (at, _) in candidates.filter(|(_, byte)| matches!(byte, b'-' | b'%' | b'\\')) {
        let start = at - length;
        let key = key_at(text, start);
        let escaped = key.filter(|(_, end)| end - start > UUID);
        found.extend(
            escaped.map(|(value, end)| Found { range: start..end, what: What::Key(value) }),
        );
    }
}

/// Reads a key whose dashes may be escaped. Returns its value and its end.
fn key_at(text: &[u8], start: usize) -> Option<(KeyValue, usize)> {
    // Has room for all digits: if it grew, copies of them would stay in memory.
    let mut digits = Zeroizing::new(Vec::with_capacity(GROUPS.iter().sum()));
    let mut at = start;
    for length in GROUPS {
        if at > start {
            at += dash_length(text.get(at..)?)?;
        }
        let group = text.get(at..at + length)?;
        if !group.iter().all(|digit| Class::HEX.has(*digit)) {
            return None;
        }
        digits.extend_from_slice(group);
        at += length;
    }
    Some((value_of(&digits), at))
}

/// Returns the length of the dash at the start of the text, escaped or not. The percent sign of an escape
/// may be escaped as well, as in `%252d`.
fn dash_length(text: &[u8]) -> Option<usize> {
    let rest = match text {
        [b'-', rest @ ..] | [b'\\', b'u', b'0', b'0', b'2', b'd' | b'D', rest @ ..] => rest,
        [b'%', rest @ ..] => {
            let mut rest = rest;
            while let Some(less) = rest.strip_prefix(b"25") {
                rest = less;
            }
            match rest {
                [b'2', b'd' | b'D', rest @ ..] => rest,
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(text.len() - rest.len())
}

/// Decodes the escape at this position, `%31` or `\u0031`. Returns the byte and the escape's
/// length.
fn escaped_byte(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let (digits, length) = match text.get(at)? {
        b'%' => (text.get(at + 1..at + 3)?, 3),
        b'\\' => (text.get(at + 1..at + 6)?.strip_prefix(b"u00")?, 6),
        _ => return None,
    };
    let is_hex = digits.iter().all(|digit| Class::HEX.has(*digit));
    is_hex.then(|| (digits.iter().fold(0, |byte, digit| byte << 4 | hex_digit(*digit)), length))
}
