//! The one way out: everything that the program prints passes a filter that takes keys out.
//!
//! So it does not depend on each message whether a key is shown that somebody put in the place of
//! a URL, a name or a path. Credentials that were asked for (`get` and its like) are the only output
//! that is not filtered; keys that leave for a keyring, a child's standard input or a request header are no output.
//!
//! What has the shape of a key is not shown, with one exception: namespaces, images, tags and
//! projects have UUIDs for IDs. Those that Scaleway's API gave in a successful answer are shown,
//! unless they are keys that this run knows.

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

/// Decides what is a key in this run's output. Several threads may use it.
pub(crate) struct Filter<'a> {
    environment: &'a Environment,
    /// Keys in the variables, looked up when they are needed first.
    in_variables: OnceLock<Keys>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Keys that this run met.
    known: Keys,
    /// IDs that Scaleway's API gave.
    ids: HashSet<KeyValue>,
}

/// A set of keys, in order, wiped on drop.
#[derive(Default)]
struct Keys(Vec<Zeroizing<KeyValue>>);

impl<'a> Filter<'a> {
    /// A filter that knows no key yet.
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment, in_variables: OnceLock::new(), state: Mutex::default() }
    }

    /// Remembers a key: it is not shown even where the API gives it as an ID.
    pub(crate) fn know(&self, key: &SecretKey) {
        self.state().known.insert(key.value());
    }

    /// Remembers every key in a text that has no reason to hold an ID.
    pub(crate) fn know_those_in(&self, text: &str) {
        let found = keys_in(text.as_bytes());
        let mut state = self.state();
        found.iter().filter_map(Found::value).for_each(|value| state.known.insert(value));
    }

    /// Remembers a text that is a key as a whole. With more around it, it may be a name that has a
    /// UUID in it.
    pub(crate) fn know_if_key(&self, text: &str) {
        let text = text.trim();
        if keys_in(text.as_bytes()).iter().any(|one| one.range == (0..text.len())) {
            self.know_those_in(text);
        }
    }

    /// Looks at an answer of the API before anything is made of it.
    ///
    /// Puts stars in the place of every known key, in whatever encoding, so that no part of it is left
    /// where the text is shortened later. Takes the other UUIDs for IDs if the answer
    /// `is_success`; an error may only repeat what it was asked.
    pub(crate) fn learn_from_answer(&self, answer: &mut [u8], is_success: bool) {
        let found = keys_in(answer);
        let mut state = self.state();
        let mut places = Vec::new();
        for one in found {
            match one.what {
                What::Key(value) if self.is_known(&state, &value) => places.push(one.range),
                What::Key(value) if is_success && one.is_plain() => {
                    state.ids.insert(value);
                }
                What::LongHex => places.extend(self.known_among_digits(&state, answer, &one.range)),
                What::Key(_) | What::Part => {}
            }
        }
        for place in places {
            if let Some(part) = answer.get_mut(place) {
                part.fill(b'*');
            }
        }
    }

    /// The text without keys.
    pub(crate) fn without_keys<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut places = Vec::new();
        let found = keys_in(text.as_bytes());
        if !found.is_empty() {
            let state = self.state();
            for one in found {
                match one.what {
                    What::Key(value)
                        if one.is_plain()
                            && state.ids.contains(&value)
                            && !self.is_known(&state, &value) => {}
                    What::Key(_) | What::Part => places.push(one.range),
                    What::LongHex => {
                        places.extend(self.known_among_digits(&state, text.as_bytes(), &one.range));
                    }
                }
            }
        }
        if places.is_empty() { text.into() } else { without(text, places).into() }
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
            .map(|(place, _)| start + place.start..start + place.end)
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
        // A thread that panicked has left a set without some of its values at worst.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    fn insert(&mut self, value: KeyValue) {
        if let Err(at) = self.place_of(&value) {
            self.0.insert(at, Zeroizing::new(value));
        }
    }

    fn contains(&self, value: &KeyValue) -> bool {
        self.place_of(value).is_ok()
    }

    fn place_of(&self, value: &KeyValue) -> Result<usize, usize> {
        self.0.binary_search_by(|key| (**key).cmp(value))
    }
}
