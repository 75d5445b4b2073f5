//! Limits on what one command may cost, whatever the service answers. Real accounts stay far below.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The maximum number of requests for all lists of one command. A list of all tags takes one per
/// image, and one per hundred tags of an image.
const REQUESTS: usize = 20_000;

/// The maximum number of items that one command lists.
const ITEMS: usize = 250_000;

/// The maximum memory for these items, in bytes, as [`memory_for`] estimates it: enough for about
/// 180,000 images.
const MEMORY: usize = 512 * 1024 * 1024;

/// The maximum memory for one answer, in bytes. A page of a hundred items takes a 500th of that.
const ANSWER_MEMORY: usize = 128 * 1024 * 1024;

/// The number of answers after which a list must have reached [`PACE`].
const ANSWERS_BEFORE_PACE: usize = 200;

/// The minimum average number of items per answer. A request asks for a hundred.
const PACE: usize = 5;

/// The limit that the service's answers exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OverBudget {
    #[error("it takes more than {REQUESTS} requests")]
    Requests,
    #[error("there are more than {ITEMS} items")]
    Items,
    #[error("it takes more than {} MiB of memory", MEMORY / (1024 * 1024))]
    Memory,
    #[error("one answer takes more than {} MiB of memory", ANSWER_MEMORY / (1024 * 1024))]
    Answer,
    #[error(
        "the service gives {items} items in {answers} answers, where 100 an answer were asked for"
    )]
    Pace { items: usize, answers: usize },
}

/// What the lists of one command may still use. Threads share it.
pub(crate) struct Budget {
    requests: AtomicUsize,
    items: AtomicUsize,
    memory: AtomicUsize,
    /// The limit that was exceeded first. No further request is made then.
    over: OnceLock<OverBudget>,
}

/// What a list has used of the budget so far.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Spent {
    answers: usize,
    items: usize,
    memory: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            requests: AtomicUsize::new(REQUESTS),
            items: AtomicUsize::new(ITEMS),
            memory: AtomicUsize::new(MEMORY),
            over: OnceLock::new(),
        }
    }
}

impl Budget {
    /// Takes one request, before it is made.
    pub(super) fn request(&self) -> Result<(), OverBudget> {
        self.take(&self.requests, 1, OverBudget::Requests)
    }

    /// Takes the memory for an answer, before it is parsed.
    pub(super) fn memory(&self, bytes: usize) -> Result<(), OverBudget> {
        self.take(&self.memory, bytes, OverBudget::Memory)
    }

    /// Takes the items of an answer.
    pub(super) fn items(&self, count: usize) -> Result<(), OverBudget> {
        self.take(&self.items, count, OverBudget::Items)
    }

    /// Returns the first limit that was exceeded, so that parallel requests all report the same one.
    pub(super) fn refuse(&self, over: OverBudget) -> OverBudget {
        *self.over.get_or_init(|| over)
    }

    /// The requests and items that were taken so far.
    pub(crate) fn spent(&self) -> (usize, usize) {
        let spent =
            |limit: usize, left: &AtomicUsize| limit - left.load(Ordering::Relaxed).min(limit);
        (spent(REQUESTS, &self.requests), spent(ITEMS, &self.items))
    }

    fn take(&self, left: &AtomicUsize, count: usize, over: OverBudget) -> Result<(), OverBudget> {
        if let Some(over) = self.over.get() {
            return Err(*over);
        }
        let less = |left: usize| left.checked_sub(count);
        let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.map(|_| ()).map_err(|_| self.refuse(over))
    }

    /// Returns to the budget what dropped items had used.
    pub(super) fn refund(&self, spent: Spent) {
        self.items.fetch_add(spent.items, Ordering::Relaxed);
        self.memory.fetch_add(spent.memory, Ordering::Relaxed);
    }
}

impl Spent {
    /// Counts an answer of a list.
    ///
    /// # Errors
    /// Returns [`OverBudget::Pace`] if the list would never end at this pace.
    pub(super) fn add(&mut self, items: usize, memory: usize) -> Result<(), OverBudget> {
        self.answers += 1;
        self.items += items;
        self.memory += memory;
        let (items, answers) = (self.items, self.answers);
        if answers >= ANSWERS_BEFORE_PACE && items < answers * PACE {
            return Err(OverBudget::Pace { items, answers });
        }
        Ok(())
    }
}

/// Estimates how much memory JSON takes once it is parsed. The estimate is high: an object with one
/// short field takes ninety times the space of its text.
///
/// # Errors
/// Returns [`OverBudget::Answer`] if the estimate exceeds [`ANSWER_MEMORY`].
pub(super) fn memory_for(json: &[u8]) -> Result<usize, OverBudget> {
    const OBJECT: usize = 640;
    const ARRAY: usize = 100;
    const NEXT: usize = 100;
    // A table: a long list has megabytes of JSON.
    #[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
    const TABLE: [usize; 256] = {
        let mut table = [1; 256];
        table[b'{' as usize] = OBJECT;
        table[b'[' as usize] = ARRAY;
        table[b',' as usize] = NEXT;
        table
    };
    let of = |byte: &u8| TABLE.get(usize::from(*byte)).copied().unwrap_or_default();
    let memory = json.iter().map(of).sum();
    if memory > ANSWER_MEMORY { Err(OverBudget::Answer) } else { Ok(memory) }
}

#[cfg(test)]
mod tests {
    use super::{ANSWER_MEMORY, Budget, ITEMS, MEMORY, OverBudget, REQUESTS, Spent, memory_for};

    #[test]
    fn a_refund_makes_the_budget_available_again() {
        let budget = Budget::default();
        assert_eq!(budget.items(ITEMS), Ok(()));
        budget.refund(Spent { items: 1, memory: 0, answers: 9 });
        assert_eq!(budget.items(1), Ok(()));
        assert_eq!(budget.items(1), Err(OverBudget::Items));
        let budget = Budget::default();
        assert_eq!(budget.memory(MEMORY), Ok(()));
        assert!((0..REQUESTS).all(|_| budget.request().is_ok()));
        assert_eq!(budget.request(), Err(OverBudget::Requests));
    }

    #[test]
    fn once_too_much_nothing_more_is_asked_for() {
        let budget = Budget::default();
        assert_eq!(budget.memory(MEMORY + 1), Err(OverBudget::Memory));
        assert_eq!(budget.items(1), Err(OverBudget::Memory));
        assert_eq!(budget.request(), Err(OverBudget::Memory));
    }

    #[test]
    fn real_accounts_fit_in() {
        let page = include_bytes!("../../tests/support/recorded/images.json");
        let image = memory_for(page).unwrap() / 6;
        assert!(image * 100 < ANSWER_MEMORY / 400, "{image}");
        assert!(MEMORY / image > 180_000, "{image}");
    }

    #[test]
    fn an_answer_that_grows_when_it_is_parsed_is_refused() {
        assert_eq!(memory_for("[{\"a\":0},".repeat(300_000).as_bytes()), Err(OverBudget::Answer));
        assert_eq!(memory_for("[".repeat(1_500_000).as_bytes()), Err(OverBudget::Answer));
        assert!(memory_for("x".repeat(16 * 1024 * 1024).as_bytes()).is_ok());
    }
}
