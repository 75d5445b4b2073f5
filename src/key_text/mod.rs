//! Keys inside text: where they are, and the text without them.

mod find;
mod uuid;

use std::ops::Range;

pub(crate) use find::{Found, What, keys_in, windows};
pub(crate) use uuid::{KeyValue, is_uuid, value_of};

/// What replaces a key in text that is shown.
const NOT_SHOWN: &str = "(not shown)";

impl Found {
    /// It is written as an ID is: 36 characters, or 32 without dashes. Encoded ones are longer.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.range.len(), 32 | 36)
    }

    /// The value of a whole key.
    pub(crate) fn value(&self) -> Option<KeyValue> {
        match self.what {
            What::Key(value) => Some(value),
            What::Part | What::LongHex => None,
        }
    }
}

/// Returns whether `text` holds this key, in any encoding.
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

/// Returns the places that have the form of a key, in any encoding.
pub(crate) fn places_of_keys(text: &str) -> Vec<Range<usize>> {
    let found = keys_in(text.as_bytes()).into_iter();
    found.filter(|one| one.what != What::LongHex).map(|one| one.range).collect()
}

/// Returns the text with [`NOT_SHOWN`] in these places. Adjacent places become one.
pub(crate) fn without(text: &str, mut places: Vec<Range<usize>>) -> String {
    places.sort_by_key(|place| place.start);
    let mut shown = String::with_capacity(text.len());
    let mut end = None;
    for place in places {
        if end.is_none_or(|end| place.start > end) {
            // Keys and their encodings are ASCII, so every place is between two characters.
            shown.push_str(text.get(end.unwrap_or(0)..place.start).unwrap_or_default());
            shown.push_str(NOT_SHOWN);
        }
        end = end.max(Some(place.end));
    }
    shown.push_str(text.get(end.unwrap_or(0)..).unwrap_or_default());
    shown
}
