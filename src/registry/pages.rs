//! Reads whole lists page by page, even if items are added and deleted meanwhile.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Map, Value};

use super::budget::{OverBudget, Spent, memory_for};
use super::error::{ApiError, Asked};
use super::item::{Item, Kind};
use super::parallel::in_parallel;
use super::{RegistryApi, object_of};

/// The maximum page size of the API.
const PAGE_SIZE: u64 = 100;

/// The maximum number of reads of a list that changes while it is read.
const READS: usize = 3;

/// The number of pages that are requested in parallel. After each such batch, the loop checks that
/// it brought new items.
const PAGES_AT_ONCE: u64 = 32;

/// One page.
struct Page {
    items: Vec<Item>,
    total: u64,
}

/// The items of a list so far. An item that shifts from one page to another is in it once.
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

    /// Adds the items that only an earlier read has seen.
    fn add_older(&mut self, older: Self) {
        let items = older.items.into_iter().filter(|item| !self.places.contains_key(item.id()));
        let items = items.collect();
        self.add(items);
    }
}

/// Returns every item of a list. The first page has the total; the other pages are requested in
/// parallel. A list that changes meanwhile is read again, at most [`READS`] times.
///
/// # Errors
/// Returns an error if a page cannot be read, or if the list exceeds the budget of a command.
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
            // Most of the earlier read is dropped here.
            whole.add_older(older);
            api.budget.refund(spent);
        }
        seen = Some((whole, list.spent.into_inner().unwrap_or_default()));
    }
    // The list changes faster than it can be read: return everything seen, the newest read first.
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

/// One read of a list.
struct List<'a> {
    api: &'a RegistryApi<'a>,
    kind: Kind,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    asked: &'a Asked,
    spent: Mutex<Spent>,
}

impl List<'_> {
    /// Reads the list. Returns its items, the total that the service reports, and whether the items are
    /// complete.
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
        // A server may return fewer items than requested.
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
            // Nothing new: the list ends here, or the service repeats a page. Ignore its total.
            if whole.items.len() == before {
                last_length = 0;
                break;
            }
            next = last.saturating_add(1);
        }
        // Items that were added meanwhile come after the total of the first page.
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
            ApiError::unexpected_content(self.asked, &answer, &promised)
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
