//! Finds and removes secret keys in text.

mod escapes;
mod find;
mod runs;
mod uuid;

use std::ops::Range;

pub(crate) use find::{Found, What, keys_in, windows};
pub(crate) use uuid::{KeyValue, is_uuid, value_of};

/// Replaces a key in output.
const NOT_SHOWN: &str = "(not shown)";

impl Found {
    /// Returns whether the match has the length of an ID: 36 characters, or 32 without dashes.
    /// Encoded keys are longer.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.range.len(), 32 | 36)
    }

    /// The key's value; `None` if it is not a whole key.
    pub(crate) fn value(&self) -> Option<KeyValue> {
        match self.what {
            What::Key(value) => Some(value),
            What::Part | What::LongHex => None,
        }
    }
}

/// Returns whether `text` contains this key, in any encoding.
pub(crate) fn holds(text: &[u8], key: KeyValue) -> bool {
    keys_in(text).iter().any(|one| match one.what {
        What::Key(value) => value == key,
        What::LongHex => {
            let digits = text.get(one.range.clone()).unwrap_or_default();
            windows(digits).any(|(_, value)| value == key)
        }
        What::Part => false,
    })
}

/// Returns the ranges that look like keys, in any encoding.
pub(crate) fn ranges_of_keys(text: &str) -> Vec<Range<usize>> {
    let found = keys_in(text.as_bytes()).into_iter();
    found.filter(|one| one.what != What::LongHex).map(|one| one.range).collect()
}

/// Replaces these ranges with [`NOT_SHOWN`]. Overlapping and adjacent ranges become one.
pub(crate) fn without(text: &str, mut ranges: Vec<Range<usize>>) -> String {
    ranges.sort_by_key(|range| range.start);
    let mut shown = String::with_capacity(text.len());
    let mut end = None;
    for range in ranges {
        if end.is_none_or(|end| range.start > end) {
            // Keys and their encodings are ASCII, so every range ends at a character boundary.
            shown.push_str(text.get(end.unwrap_or(0)..range.start).unwrap_or_default());
            shown.push_str(NOT_SHOWN);
        }
        end = end.max(Some(range.end));
    }
    shown.push_str(text.get(end.unwrap_or(0)..).unwrap_or_default());
    shown
}
