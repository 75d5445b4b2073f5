//! Deleting, and waiting until it is done.

use std::fmt::Write as _;
use std::time::Duration;

use super::rows::Row;
use crate::cli::registry::Deletion;
use crate::clock::Clock;
use crate::printable::Escaped;
use crate::registry_api::{ApiError, Item, Kind, Nature, RegistryApi, in_parallel};
use crate::terminal::{Console, size};

/// The pauses between two looks: they grow from the one to the other.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// Something that is to be deleted, or waited for.
pub(super) struct Doomed<'a> {
    pub(super) api: &'a RegistryApi<'a>,
    pub(super) row: Row,
}

/// Asks, where somebody can be asked. Nobody there means that it was decided before.
pub(super) fn is_agreed(
    doomed: &[Doomed<'_>],
    kind: Kind,
    deletion: &Deletion,
    console: &mut Console<'_>,
) -> bool {
    if deletion.yes || !console.can_ask() || doomed.is_empty() {
        return true;
    }
    let mut lines = String::from("To be deleted, for good:\n");
    for Doomed { row, .. } in doomed {
        let _ = writeln!(lines, "  {}{}", Escaped(row.called()), particulars(row));
    }
    console.tell(&lines);
    let question = match doomed {
        [_] => format!("Delete this {}?", kind.word()),
        several => format!("Delete these {} {}?", several.len(), kind.plural()),
    };
    console.agrees(&question)
}

/// What goes with it.
fn particulars(row: &Row) -> String {
    let count =
        |number: u64, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    if let Some(number) = row.item.number("image_count") {
        parts.push(count(number, "image"));
    }
    if let Some(tags) = row.item.fields.get("tags").and_then(serde_json::Value::as_array) {
        // The API names the newest five only.
        let number = tags.len() as u64;
        parts.push(if number >= 5 { "5 tags or more".to_owned() } else { count(number, "tag") });
    }
    if let Some(bytes) = row.item.number("size") {
        parts.push(size(bytes));
    }
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// Has all of them deleted, several at a time: the objects as the API answers them, now `deleting`,
/// and what went wrong.
pub(super) fn delete(
    doomed: Vec<Doomed<'_>>,
    kind: Kind,
    force: bool,
) -> (Vec<Doomed<'_>>, Vec<ApiError>) {
    let results = in_parallel(&doomed, |Doomed { api, row }| {
        api.delete(kind, row.item.id(), row.called(), force)
    });
    let (mut deleting, mut errors) = (Vec::new(), Vec::new());
    for (mut one, result) in doomed.into_iter().zip(results) {
        match result {
            Ok(item) => {
                if let Some(item) = item {
                    one.row.item = item;
                }
                deleting.push(one);
            }
            Err(error) => errors.push(error),
        }
    }
    (deleting, errors)
}

/// How waiting for one of them ended.
enum Seen {
    Done(Option<Item>),
    NotYet,
    Failed(String),
}

/// Waits until all of them are gone, `timeout` at most: what went wrong.
pub(super) fn wait_until_gone(
    deleting: &[Doomed<'_>],
    kind: Kind,
    timeout: Duration,
    clock: &dyn Clock,
    console: &mut Console<'_>,
) -> Vec<String> {
    let look = |one: &Doomed<'_>| match one.api.get(kind, one.row.item.id()) {
        Err(error) if error.nature == Nature::NotFound => Seen::Done(None),
        Err(error) => Seen::Failed(error.to_string()),
        Ok(item) if item.status() == "deleting" => Seen::NotYet,
        Ok(item) => {
            let message = Escaped(item.text("status_message")).to_string();
            let reason = if message.is_empty() { "no reason is given" } else { &message };
            let called = Escaped(one.row.called());
            let status = Escaped(item.status());
            Seen::Failed(format!("{called} is not deleted, its status is {status}: {reason}"))
        }
    };
    let waiting = |left: usize| format!("Waiting until {left} of {} are gone ...", deleting.len());
    let late = |one: &Doomed<'_>| {
        format!(
            "{} is still being deleted after {} s: it goes on by itself",
            Escaped(one.row.called()),
            timeout.as_secs()
        )
    };
    wait_for(deleting, timeout, clock, console, look, waiting, late).1
}

/// Waits until a new namespace is ready, and gives it back as it is then.
pub(super) fn wait_until_ready(
    made: &Doomed<'_>,
    timeout: Duration,
    clock: &dyn Clock,
    console: &mut Console<'_>,
) -> (Option<Item>, Vec<String>) {
    let look = |one: &Doomed<'_>| match one.api.get(Kind::Namespace, one.row.item.id()) {
        Ok(item) if item.status() == "ready" => Seen::Done(Some(item)),
        Ok(item) if matches!(item.status(), "error" | "locked") => {
            let message = Escaped(item.text("status_message")).to_string();
            let called = Escaped(one.row.called());
            Seen::Failed(format!(
                "{called} is made, but its status is {}: {message}",
                item.status()
            ))
        }
        Ok(_) => Seen::NotYet,
        Err(error) => Seen::Failed(error.to_string()),
    };
    let waiting = |_| "Waiting until it is ready ...".to_owned();
    let late = |one: &Doomed<'_>| {
        format!("{} is not ready after {} s", Escaped(one.row.called()), timeout.as_secs())
    };
    let made = std::slice::from_ref(made);
    let (mut done, errors) = wait_for(made, timeout, clock, console, look, waiting, late);
    (done.pop(), errors)
}

fn wait_for<'a>(
    all: &[Doomed<'a>],
    timeout: Duration,
    clock: &dyn Clock,
    console: &mut Console<'_>,
    look: impl Fn(&Doomed<'a>) -> Seen + Sync,
    waiting: impl Fn(usize) -> String,
    late: impl Fn(&Doomed<'a>) -> String,
) -> (Vec<Item>, Vec<String>) {
    let start = clock.now();
    let (mut done, mut errors) = (Vec::new(), Vec::new());
    let mut left: Vec<&Doomed<'a>> = all.iter().collect();
    let mut pause = PAUSES.0;
    loop {
        console.progress(&waiting(left.len()));
        let seen = in_parallel(&left, |one| look(one));
        let mut still = Vec::new();
        for (one, seen) in left.into_iter().zip(seen) {
            match seen {
                Seen::Done(item) => done.extend(item),
                Seen::NotYet => still.push(one),
                Seen::Failed(error) => errors.push(error),
            }
        }
        left = still;
        let waited = clock.now().duration_since(start).unwrap_or_default();
        if left.is_empty() || waited >= timeout {
            break;
        }
        clock.pause(pause.min(timeout.saturating_sub(waited)));
        pause = (pause * 3 / 2).min(PAUSES.1);
    }
    console.end_progress();
    errors.extend(left.into_iter().map(late));
    (done, errors)
}
