//! Answers of Scaleway's API.

use serde_json::Value;

use super::{KEY, has_key, machine_with_key};
use crate::explain::Explain as _;
use crate::printable::is_unsafe_to_show;
use crate::registry::{Kind, error_in, page_in};
use crate::system::output_filter::Filter;

/// The statuses of errors with a fixed description, and a redirect.
const STATUSES: [u16; 8] = [400, 401, 403, 404, 412, 429, 500, 302];

/// The longest error: 400 characters of the service, all escaped as `\u{10ffff}`, and this program's text.
const LONGEST_ERROR: usize = 400 * 10 + 1000;

/// A page is read as any JSON parser reads it, and errors can be shown. The first byte of `data` selects
/// the kind and the status, the rest is the body.
pub fn api_answer(data: &[u8]) {
    let Some((selection, body)) = data.split_first() else { return };
    let mut body = body.to_vec();
    let environment = machine_with_key();
    let filter = Filter::new(&environment);
    filter.learn_from_answer(&mut body, selection & 4 == 0);
    let text = String::from_utf8_lossy(&body);
    assert!(!has_key(&text), "an answer with the key: {text}");
    assert_eq!(filter.without_keys(KEY), "(not shown)", "the key is taken for an ID");
    page(
        match selection & 3 {
            0 => Kind::Namespace,
            1 => Kind::Image,
            _ => Kind::Tag,
        },
        &body,
    );
    let status = STATUSES.get(usize::from(selection >> 3 & 7)).copied().unwrap_or_default();
    let error = error_in(status, &body);
    for shown in [error.to_string(), error.hint().unwrap_or_default()] {
        assert!(!shown.contains(is_unsafe_to_show), "{shown:?}");
        assert!(shown.len() <= LONGEST_ERROR, "{shown:?}");
    }
}

/// Compares a page with what `serde_json` reads.
fn page(kind: Kind, body: &[u8]) {
    let page = page_in(kind, body);
    // `Value` reads an object with this name as something else.
    if body.windows(8).any(|name| name == b"RawValue") {
        return;
    }
    // Fields that are ignored may hold what `Value` refuses, such as half a surrogate pair.
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    let expected = page_of(kind, &value);
    let found = page.map(|(items, total)| {
        let items = items.into_iter().map(|item| Value::from(item.fields));
        (items.collect::<Vec<_>>(), total)
    });
    // A repeated list of another type is refused; `Value` keeps only the last one.
    let text = String::from_utf8_lossy(body);
    let is_repeated = text.matches(kind.plural()).count() > 1 || text.contains("\\u");
    assert!(found == expected || found.is_none() && is_repeated, "{found:?} for {expected:?}");
}

/// The items and the total of a page; `None` if it is none, or an item has no ID.
fn page_of(kind: Kind, value: &Value) -> Option<(Vec<Value>, u64)> {
    let object = value.as_object()?;
    let items = match object.get(kind.plural())? {
        Value::Null => Vec::new(),
        Value::Array(items) => items.clone(),
        _ => return None,
    };
    let has_id = |item: &Value| item.get("id").is_some_and(Value::is_string);
    let total = object.get("total_count").and_then(Value::as_u64).unwrap_or_default();
    items.iter().all(has_id).then_some((items, total))
}
