//! Reads whole lists page by page, even if items are added and deleted meanwhile.

use std::collections::HashMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Mutex;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::RegistryApi;
use super::budget::{OverBudget, Spent};
use super::error::{ApiError, Asked};
use super::fields::{Fields, next_number};
use super::item::{Item, Kind};
use super::parallel::in_parallel_in_order;

/// The maximum page size of the API.
const PAGE_SIZE: u64 = 100;

/// The maximum number of reads of a list that changes while it is read.
const READS: usize = 3;

/// The number of pages that are requested before the first of them has been checked for new items.
const PAGES_AHEAD: u64 = 16;

/// A list ends if this many pages in a row bring nothing new, whatever its total is.
const PAGES_WITHOUT_NEWS: u64 = 16;

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
    /// Adds the items of a page. Returns whether one of them is new.
    fn add(&mut self, items: Vec<Item>) -> bool {
        let before = self.items.len();
        for item in items {
            if let Some(known) = self.places.get(item.id()).and_then(|at| self.items.get_mut(*at)) {
                *known = item;
            } else {
                self.places.insert(item.id().to_owned(), self.items.len());
                self.items.push(item);
            }
        }
        self.items.len() > before
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
        let mut failed = None;
        let mut unchanged = 0;
        in_parallel_in_order(
            2..=pages,
            PAGES_AHEAD,
            |number| self.page(number),
            |page| {
                let page = match page {
                    Ok(page) => page,
                    Err(error) => {
                        failed = Some(error);
                        return ControlFlow::Break(());
                    }
                };
                is_steady &= page.total == total;
                last_length = page.items.len() as u64;
                unchanged = if whole.add(page.items) { 0 } else { unchanged + 1 };
                if unchanged < PAGES_WITHOUT_NEWS {
                    return ControlFlow::Continue(());
                }
                // The list ends here, or the service repeats a page. Ignore its total.
                last_length = 0;
                ControlFlow::Break(())
            },
        );
        if let Some(error) = failed {
            return Err(error);
        }
        // Items that were added meanwhile come after the total of the first page.
        let mut number = pages.saturating_add(1);
        while last_length >= page_size {
            let page = self.page(number)?;
            last_length = page.items.len() as u64;
            if !whole.add(page.items) {
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
        let (answer, memory) = self.api.answer_to_get(&url, None, self.asked)?;
        self.api.budget.memory(memory).map_err(over)?;
        let page = page_of(self.kind, &answer.body);
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

/// Parses the object of an answer. Returns `None` if it is not a page.
fn page_of(kind: Kind, json: &[u8]) -> Option<Page> {
    // JSON is UTF-8 (RFC 8259). Checked as a whole, which is quicker than each text by itself.
    let mut parser = serde_json::Deserializer::from_str(std::str::from_utf8(json).ok()?);
    let page = OfPage(kind).deserialize(&mut parser).ok()?;
    parser.end().ok()?;
    page
}

/// Returns the items and the total of a page.
#[cfg(any(test, fuzzing))]
pub(crate) fn page_in(kind: Kind, json: &[u8]) -> Option<(Vec<Item>, u64)> {
    page_of(kind, json).map(|page| (page.items, page.total))
}

/// Reads a page of this kind, without a tree of the whole answer.
struct OfPage(Kind);

impl<'de> DeserializeSeed<'de> for OfPage {
    type Value = Option<Page>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Page>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OfPage {
    type Value = Option<Page>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Option<Page>, A::Error> {
        let Self(kind) = self;
        let (mut list, mut total) = (None, 0);
        while let Some(name) = object.next_key::<String>()? {
            if name == kind.plural() {
                // Go writes an empty list as null.
                list = Some(object.next_value::<Option<Vec<Fields>>>()?.unwrap_or_default());
            } else if name == "total_count" {
                total = next_number(&mut object)?.unwrap_or_default();
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        let has_id = |fields: &Fields| fields.text("id").is_some();
        let list = list.filter(|list| list.iter().all(has_id));
        let item = |fields| Item { kind, fields };
        Ok(list.map(|list| Page { items: list.into_iter().map(item).collect(), total }))
    }
}
