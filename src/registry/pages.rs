//! Whole lists, page by page, also while things come and go.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Map, Value};

use super::budget::{OverBudget, Spent, memory_for};
use super::error::{ApiError, Asked};
use super::item::{Item, Kind};
use super::parallel::in_parallel;
use super::{RegistryApi, object_of};

/// The most that the API gives at once.
const PAGE_SIZE: u64 = 100;

/// How often a list is read that changes while it is read.
const READS: usize = 3;

/// How many pages are asked for before it is looked at whether they bring anything new.
const PAGES_AT_ONCE: u64 = 32;

/// One page.
struct Page {
    items: Vec<Item>,
    total: u64,
}

/// A list that is being put together; what shifts between pages is in it once.
#[derive(Default)]
struct Whole {
    items: Vec<Item>,
    places: HashMap<String, usize>,
}

impl Whole {
    fn add(&mut self, items: Vec<Item>) {
        for item in items {
            if let Some(known) = self.places.get(item.id()).and_then(|at| self.items.get_mut(*at)) {
                *known = item;
            } else {
                self.places.insert(item.id().to_owned(), self.items.len());
                self.items.push(item);
            }
        }
    }

    /// Adds what an earlier read has seen and this one has not.
    fn add_older(&mut self, older: Self) {
        let items = older.items.into_iter().filter(|item| !self.places.contains_key(item.id()));
        let items = items.collect();
        self.add(items);
    }
}

/// Every item of a list: the first page tells how many there are, the others follow several at a
/// time. A list that changed meanwhile is read again, a few times at most.
///
/// # Errors
/// A page cannot be read, or the list is more than a command may cost.
pub(super) fn list(
    api: &RegistryApi<'_>,
    kind: Kind,
    path: &str,
    query: &[(&str, &str)],
    asked: &Asked,
) -> Result<Vec<Item>, ApiError> {
    let mut seen: Option<(Whole, Spent)> = None;
    let mut promised = 0;
    for _ in 0..READS {
        let list = List { api, kind, path, query, asked, spent: Mutex::default() };
        let (mut whole, total, is_complete) = list.read()?;
        if is_complete {
            return Ok(whole.items);
        }
        promised = total;
        if let Some((older, spent)) = seen.take() {
            // Most of it is dropped here.
            whole.add_older(older);
            api.budget.give_back(spent);
        }
        seen = Some((whole, list.spent.into_inner().unwrap_or_default()));
    }
    // It changes faster than it can be read: all that was seen, the newest first.
    let all = seen.map(|(whole, _)| whole.items).unwrap_or_default();
    let found = all.len();
    if (found as u64) < promised {
        let (kinds, region) = (kind.plural(), &api.region);
        api.note(format!(
            "the service says that there are {promised} {kinds} in {region}, and gives {found}: list them again"
        ));
    }
    Ok(all)
}

/// A list that is read once.
struct List<'a> {
    api: &'a RegistryApi<'a>,
    kind: Kind,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    asked: &'a Asked,
    spent: Mutex<Spent>,
}

impl List<'_> {
    /// Reads the list, and says how many there should be, and whether nothing was missed.
    fn read(&self) -> Result<(Whole, u64, bool), ApiError> {
        let first = self.page(1)?;
        let total = first.total;
        let mut is_steady = true;
        let size = first.items.len() as u64;
        let mut last_length = size;
        let mut whole = Whole::default();
        whole.add(first.items);
        if size == 0 {
            return Ok((whole, total, true));
        }
        // A server may give fewer than it is asked for.
        let page_size = if total > size { size } else { PAGE_SIZE };
        let pages = total.div_ceil(page_size).max(1);
        let mut next = 2;
        while next <= pages {
            let last = pages.min(next.saturating_add(PAGES_AT_ONCE - 1));
            let numbers: Vec<u64> = (next..=last).collect();
            let before = whole.items.len();
            for page in in_parallel(&numbers, |number| self.page(*number)) {
                let page = page?;
                is_steady &= page.total == total;
                last_length = page.items.len() as u64;
                whole.add(page.items);
            }
            // Whatever the total says: this is the end, or always the same.
            if whole.items.len() == before {
                last_length = 0;
                break;
            }
            next = last.saturating_add(1);
        }
        // What was added meanwhile stands behind what the total promised.
        let mut number = pages.saturating_add(1);
        while last_length >= page_size {
            let page = self.page(number)?;
            let before = whole.items.len();
            last_length = page.items.len() as u64;
            whole.add(page.items);
            if whole.items.len() == before {
                break;
            }
            number = number.saturating_add(1);
        }
        let is_complete = is_steady && whole.items.len() as u64 >= total;
        Ok((whole, total, is_complete))
    }

    fn page(&self, number: u64) -> Result<Page, ApiError> {
        let over = |over| ApiError::over_budget(self.asked, over);
        self.api.budget.request().map_err(over)?;
        let (number, size) = (number.to_string(), PAGE_SIZE.to_string());
        let paging = [("page", number.as_str()), ("page_size", size.as_str())];
        let url = self.api.url(self.path, &[self.query, &paging].concat());
        let answer = self.api.answer_to_get(&url, None, self.asked)?;
        let memory = memory_for(&answer.body).and_then(|memory| {
            self.api.budget.memory(memory)?;
            Ok(memory)
        });
        let memory = memory.map_err(over)?;
        let page = object_of(&answer.body).and_then(|object| page_of(self.kind, object));
        let page = page.ok_or_else(|| {
            let promised = format!("a list of {}", self.kind.plural());
            ApiError::not_as_promised(self.asked, &answer, &promised)
        })?;
        self.count(page.items.len(), memory).map_err(over)?;
        Ok(page)
    }

    fn count(&self, items: usize, memory: usize) -> Result<(), OverBudget> {
        self.api.budget.items(items)?;
        self.spent.lock().map_or(Ok(()), |mut spent| {
            spent.add(items, memory).map_err(|over| self.api.budget.refuse(over))
        })
    }
}

/// Takes a page from the object of an answer.
fn page_of(kind: Kind, mut object: Map<String, Value>) -> Option<Page> {
    let total = object.get("total_count").and_then(Value::as_u64).unwrap_or_default();
    let values = match object.remove(kind.plural())? {
        Value::Array(values) => values,
        // An empty list, as Go writes it.
        Value::Null => Vec::new(),
        _ => return None,
    };
    let mut items = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Object(fields) if fields.get("id").is_some_and(Value::is_string) => {
                items.push(Item { kind, fields });
            }
            _ => return None,
        }
    }
    Some(Page { items, total })
}
