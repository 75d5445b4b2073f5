//! Removes keys from everything that the program prints.
//!
//! A user may paste a key where a URL, a name or a path belongs. With this filter, no message has
//! to take care of that. Requested credentials, as in the `get` answer, are the only output that is
//! not filtered. Writing a key to the keyring, to a child's standard input or to a request header
//! does not count as output.
//!
//! Everything that looks like a key is removed, with one exception: namespaces, images, tags and
//! projects have UUIDs as IDs. IDs from a successful API response are printed, unless this run
//! knows them as keys.

mod writer;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use zeroize::Zeroizing;

use crate::key_text::{Found, KeyValue, What, keys_in, windows, without};
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
pub(crate) use writer::FilteredWriter;

/// Decides what is a key in this run's output. Can be used by several threads.
pub(crate) struct Filter<'a> {
    environment: &'a Environment,
    /// Keys in environment variables, read when first needed.
    in_variables: OnceLock<Keys>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Keys seen in this run.
    known: Keys,
    /// IDs from Scaleway's API.
    ids: HashSet<KeyValue>,
}

/// A sorted set of keys, zeroized on drop.
#[derive(Default)]
struct Keys(Vec<Zeroizing<KeyValue>>);

impl<'a> Filter<'a> {
    /// Creates a filter that knows no key yet.
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment, in_variables: OnceLock::new(), state: Mutex::default() }
    }

    /// Registers a key. It is never printed, even if the API returns it as an ID.
    pub(crate) fn know(&self, key: &SecretKey) {
        self.state().known.insert(key.value());
    }

    /// Registers every key in a text that is not expected to contain an ID.
    pub(crate) fn know_those_in(&self, text: &str) {
        let found = keys_in(text.as_bytes());
        let mut state = self.state();
        found.iter().filter_map(Found::value).for_each(|value| state.known.insert(value));
    }

    /// Registers a text that is a key as a whole. A longer text may be a name with a UUID in it.
    pub(crate) fn know_if_key(&self, text: &str) {
        let text = text.trim();
        if keys_in(text.as_bytes()).iter().any(|one| one.range == (0..text.len())) {
            self.know_those_in(text);
        }
    }

    /// Processes an API response before it is parsed.
    ///
    /// Overwrites known keys, in any encoding, with asterisks, so that no part remains if the text
    /// is truncated later. If the response is a success, other UUIDs are registered as IDs. An
    /// error may just echo the request.
    pub(crate) fn learn_from_answer(&self, answer: &mut [u8], is_success: bool) {
        let found = keys_in(answer);
        let mut state = self.state();
        let mut ranges = Vec::new();
        for one in found {
            match one.what {
                What::Key(value) if self.is_known(&state, &value) => ranges.push(one.range),
                What::Key(value) if is_success && one.is_plain() => {
                    state.ids.insert(value);
                }
                What::LongHex => ranges.extend(self.known_among_digits(&state, answer, &one.range)),
                What::Key(_) | What::Part => {}
            }
        }
        for range in ranges {
            if let Some(part) = answer.get_mut(range) {
                part.fill(b'*');
            }
        }
    }

    /// Returns the text without keys.
    pub(crate) fn without_keys<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut ranges = Vec::new();
        let found = keys_in(text.as_bytes());
        if !found.is_empty() {
            let state = self.state();
            for one in found {
                match one.what {
                    What::Key(value)
                        if one.is_plain()
                            && state.ids.contains(&value)
                            && !self.is_known(&state, &value) => {}
                    What::Key(_) | What::Part => ranges.push(one.range),
                    What::LongHex => {
                        ranges.extend(self.known_among_digits(&state, text.as_bytes(), &one.range));
                    }
                }
            }
        }
        if ranges.is_empty() { text.into() } else { without(text, ranges).into() }
    }

    fn known_among_digits(
        &self,
        state: &State,
        text: &[u8],
        digits: &Range<usize>,
    ) -> Vec<Range<usize>> {
        let start = digits.start;
        windows(text.get(digits.clone()).unwrap_or_default())
            .filter(|(_, value)| self.is_known(state, value))
            .map(|(range, _)| start + range.start..start + range.end)
            .collect()
    }

    fn is_known(&self, state: &State, value: &KeyValue) -> bool {
        state.known.contains(value) || self.in_variables().contains(value)
    }

    fn in_variables(&self) -> &Keys {
        self.in_variables.get_or_init(|| {
            let mut keys = Keys::default();
            for value in self.environment.values_without_ids() {
                let text = Zeroizing::new(value.to_string_lossy().into_owned());
                for value in keys_in(text.as_bytes()).iter().filter_map(Found::value) {
                    keys.insert(value);
                }
            }
            keys
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // If a thread panicked, some values may be missing from a set.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    fn insert(&mut self, value: KeyValue) {
        if let Err(at) = self.position_of(&value) {
            self.0.insert(at, Zeroizing::new(value));
        }
    }

    fn contains(&self, value: &KeyValue) -> bool {
        self.position_of(value).is_ok()
    }

    fn position_of(&self, value: &KeyValue) -> Result<usize, usize> {
        self.0.binary_search_by(|key| (**key).cmp(value))
    }
}
