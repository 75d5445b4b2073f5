//! Whole lists, page by page, also while things come and go.

use std::collections::HashMap;

use serde_json::Value;

use super::RegistryApi;
use super::error::{ApiError, Asked};
use super::item::{Item, Kind};
use super::parallel::in_parallel;

/// The most that the API gives at once.
const PAGE_SIZE: u64 = 100;

/// How often a list is read that changes while it is read.
const READS: usize = 3;

/// How many pages are asked for at most, whatever a server says of its total.
const PAGES: u64 = 20_000;

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
    fn add(&mut self, page: Page) {
        for item in page.items {
            if let Some(known) = self.places.get(item.id()).and_then(|at| self.items.get_mut(*at)) {
                *known = item;
            } else {
                self.places.insert(item.id().to_owned(), self.items.len());
                self.items.push(item);
            }
        }
    }
}

/// Every item of a list: the first page tells how many there are, the others follow several at a
/// time. A list that changed meanwhile is read again, a few times at most.
///
/// # Errors
/// A page cannot be read.
pub(super) fn list(
    api: &RegistryApi<'_>,
    kind: Kind,
    path: &str,
    query: &[(&str, &str)],
    asked: &Asked,
) -> Result<Vec<Item>, ApiError> {
    let mut seen = Vec::new();
    let mut promised = 0;
    for _ in 0..READS {
        let (whole, total, is_complete) = read(api, kind, path, query, asked)?;
        if is_complete {
            return Ok(whole.items);
        }
        promised = total;
        seen.push(whole);
    }
    // It changes faster than it can be read: all that was seen, the newest first.
    let mut all = Whole::default();
    for whole in seen.into_iter().rev() {
        let items = whole.items.into_iter().filter(|item| !all.places.contains_key(item.id()));
        let items = items.collect();
        all.add(Page { items, total: 0 });
    }
    let found = all.items.len();
    if (found as u64) < promised {
        let (kinds, region) = (kind.plural(), &api.region);
        api.note(format!(
            "the service says that there are {promised} {kinds} in {region}, and gives {found}: list them again"
        ));
    }
    Ok(all.items)
}

/// Reads a list once, and says how many there should be, and whether nothing was missed.
fn read(
    api: &RegistryApi<'_>,
    kind: Kind,
    path: &str,
    query: &[(&str, &str)],
    asked: &Asked,
) -> Result<(Whole, u64, bool), ApiError> {
    let page = |number: u64| page(api, kind, path, query, number, asked);
    let first = page(1)?;
    let total = first.total;
    let mut is_steady = true;
    let size = first.items.len() as u64;
    let mut last_length = size;
    let mut whole = Whole::default();
    whole.add(first);
    if size == 0 {
        return Ok((whole, total, true));
    }
    // A server may give fewer than it is asked for.
    let page_size = if total > size { size } else { PAGE_SIZE };
    let pages = total.div_ceil(page_size).min(PAGES);
    let numbers: Vec<u64> = (2..=pages).collect();
    for chunk in numbers.chunks(32) {
        let before = whole.items.len();
        for page in in_parallel(chunk, |number| page(*number)) {
            let page = page?;
            is_steady &= page.total == total;
            last_length = page.items.len() as u64;
            whole.add(page);
        }
        // Whatever the total says: this is the end, or always the same.
        if whole.items.len() == before {
            last_length = 0;
            break;
        }
    }
    // What was added meanwhile stands behind what the total promised.
    let mut number = pages.max(1) + 1;
    while last_length >= page_size && number <= PAGES {
        let page = page(number)?;
        let before = whole.items.len();
        last_length = page.items.len() as u64;
        whole.add(page);
        if whole.items.len() == before {
            break;
        }
        number += 1;
    }
    let is_complete = is_steady && whole.items.len() as u64 >= total;
    Ok((whole, total, is_complete))
}

fn page(
    api: &RegistryApi<'_>,
    kind: Kind,
    path: &str,
    query: &[(&str, &str)],
    number: u64,
    asked: &Asked,
) -> Result<Page, ApiError> {
    let (number, size) = (number.to_string(), PAGE_SIZE.to_string());
    let paging = [("page", number.as_str()), ("page_size", size.as_str())];
    let query = [query, &paging].concat();
    api.get_json(path, &query, asked, &format!("a list of {}", kind.plural()), |object| {
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
    })
}
