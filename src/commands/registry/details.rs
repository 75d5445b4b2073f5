//! One item in full, a field a line.

use std::fmt::Write as _;

use serde_json::Value;

use super::columns::visibility;
use super::listing::TimeStyle;
use super::rows::Row;
use crate::printable::Escaped;
use crate::registry::Kind;
use crate::terminal::{exact, size};

/// Every field of an item, in the API's order, after what `docker pull` takes.
pub(super) fn of(row: &Row, times: &TimeStyle) -> String {
    let mut fields = vec![("Full name".to_owned(), row.full_name.clone().unwrap_or_default())];
    for (name, value) in row.item.fields.iter() {
        fields.push((label(name), text(row, name, &value, times)));
    }
    if !row.item.fields.has("region") {
        fields.push(("Region".to_owned(), row.region.clone()));
    }
    let width = fields.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, value) in fields {
        let value = if value.is_empty() { "-".to_owned() } else { value };
        let _ = writeln!(text, "{:width$}  {}", Escaped(name).to_string(), Escaped(value));
    }
    text
}

/// `image_id` as `Image ID`.
fn label(name: &str) -> String {
    let words: Vec<_> =
        name.split('_').map(|word| if word == "id" { "ID" } else { word }).collect();
    let text = words.join(" ");
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

fn text(row: &Row, name: &str, value: &Value, times: &TimeStyle) -> String {
    match (name, value) {
        ("size", Value::Number(bytes)) => {
            bytes.as_u64().map(|at| format!("{} ({at} bytes)", size(at))).unwrap_or_default()
        }
        ("created_at" | "updated_at", Value::String(time)) => {
            let (exact, shown) = (exact(time), times.text(time));
            if exact == shown { exact } else { format!("{exact} ({shown})") }
        }
        ("visibility", _) => visibility(row, times).into_owned(),
        ("is_public", Value::Bool(flag)) => if *flag { "yes" } else { "no" }.to_owned(),
        ("tags", Value::Array(tags)) if row.item.kind == Kind::Image => {
            let tags: Vec<_> = tags.iter().filter_map(Value::as_str).collect();
            // The API names five at most.
            let more = if tags.len() >= 5 { " (the newest five; see tag list)" } else { "" };
            format!("{}{more}", tags.join(", "))
        }
        (_, Value::String(text)) => text.clone(),
        (_, Value::Null) => String::new(),
        (_, other) => other.to_string(),
    }
}
