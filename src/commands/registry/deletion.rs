//! Deleting, and waiting until it is done.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use super::deletion_log::{DeletionLog, Stage};
use super::rows::Row;
use crate::explain::Explanation;
use crate::printable::Escaped;
use crate::registry::{ApiError, Deleted, Item, Kind, Nature, RegistryApi, in_parallel};
use crate::system::clock::Clock;
use crate::terminal::{Console, size};

/// The shortest and the longest pause between two polls.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// The status that is shown for an item that is gone.
const GONE: &str = "deleted";

/// An item in a region, which is deleted or waited for.
pub(super) struct RemoteItem<'a> {
    pub(super) api: &'a RegistryApi<'a>,
    pub(super) row: Row,
}

/// Confirms on a terminal. Without one, proceeds: scripts have already decided.
///
/// # Errors
/// Returns an explanation if the answer is no, or the question cannot be shown.
pub(super) fn confirm(
    items: &[RemoteItem<'_>],
    kind: Kind,
    is_agreed: bool,
    console: &mut Console<'_>,
) -> Result<(), Explanation> {
    if is_agreed || !console.has_person() || items.is_empty() {
        return Ok(());
    }
    if !console.can_ask() {
        return Err(Explanation::of_cause(
            "nothing was deleted: there is no terminal on standard error to ask on",
        )
        .with_hint("agree with --yes"));
    }
    let mut lines = String::from("To be deleted, for good:\n");
    for RemoteItem { row, .. } in items {
        let _ = writeln!(lines, "  {}{}", Escaped(row.called()), contents(row));
    }
    console.tell(&lines);
    let question = match items {
        [_] => format!("Delete this {}?", kind.word()),
        several => format!("Delete these {} {}?", several.len(), kind.plural()),
    };
    if console.agrees(&question) {
        Ok(())
    } else {
        Err(Explanation::of_cause("nothing was deleted"))
    }
}

/// What is deleted with an item.
fn contents(row: &Row) -> String {
    let count =
        |number: u64, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    if let Some(number) = row.item.number("image_count") {
        parts.push(count(number, "image"));
    }
    if let Some(tags) = row.item.fields.count("tags") {
        // The API names the newest five only.
        let number = tags as u64;
        parts.push(if number >= 5 { "5 tags or more".to_owned() } else { count(number, "tag") });
    }
    if let Some(bytes) = row.item.number("size") {
        parts.push(size(bytes));
    }
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// Has all of them deleted, several at a time: the objects as the API answers them, now `deleting`,
/// and what went wrong.
pub(super) fn delete<'a>(
    items: Vec<RemoteItem<'a>>,
    kind: Kind,
    force: bool,
    log: &DeletionLog,
) -> (Vec<RemoteItem<'a>>, Vec<ApiError>) {
    let numbered: Vec<_> = items.iter().enumerate().collect();
    let results = in_parallel(&numbered, |(at, RemoteItem { api, row })| {
        log.set(*at, Stage::Sent);
        let result = api.delete(kind, row.item.id(), row.called(), force, |_| true);
        log.set(*at, if result.is_ok() { Stage::Done } else { Stage::NotDone });
        result
    });
    let (mut deleting, mut errors) = (Vec::new(), Vec::new());
    for (mut one, result) in items.into_iter().zip(results) {
        match result {
            Ok(deleted) => {
                match deleted {
                    Deleted::Is(item) => one.row.item = item,
                    // Every state of it is to be deleted.
                    Deleted::Changed => {}
                    Deleted::Accepted => one.row.item.set_status("deleting"),
                    Deleted::Gone => one.row.item.set_status(GONE),
                }
                deleting.push(one);
            }
            Err(error) => errors.push(error),
        }
    }
    (deleting, errors)
}

/// The state of an item that is waited for.
enum Polled {
    /// The wait is over.
    Done(Item),
    NotYet,
    /// It will never be over.
    Failed(Option<Item>, Explanation),
}

/// Waits until all of them are gone, `timeout` after `start` at most: what went wrong. Each is left
/// as it was seen last.
pub(super) fn wait_until_gone(
    deleting: &mut [RemoteItem<'_>],
    kind: Kind,
    (start, timeout): (SystemTime, Duration),
    clock: &dyn Clock,
    console: &mut Console<'_>,
) -> Vec<Explanation> {
    let poll = |one: &RemoteItem<'_>, left: Duration| match one.api.get_within(
        kind,
        one.row.item.id(),
        Some(left),
    ) {
        Err(error) if error.nature == Nature::NotFound => {
            let mut gone = one.row.item.clone();
            gone.set_status(GONE);
            Polled::Done(gone)
        }
        Err(error) if error.nature == Nature::Passing => Polled::NotYet,
        Err(error) => Polled::Failed(None, Explanation::from(&error)),
        Ok(item) if item.status() == "deleting" => Polled::NotYet,
        Ok(item) => {
            let message = Escaped(item.text("status_message")).to_string();
            let reason = if message.is_empty() { "no reason is given" } else { &message };
            let called = Escaped(one.row.called());
            let status = Escaped(item.status()).to_string();
            let cause = format!("{called} is not deleted, its status is {status}: {reason}");
            Polled::Failed(Some(item), Explanation::of_cause(cause))
        }
    };
    let all = deleting.len();
    let waiting = |left: usize| format!("Waiting: {left} of {all} still being deleted ...");
    let late = |one: &RemoteItem<'_>| {
        Explanation::of_cause(format!(
            "{} is still being deleted after {} s",
            Escaped(one.row.called()),
            timeout.as_secs()
        ))
        .with_hint("check again later: the service continues the deletion")
    };
    wait_for(deleting, (start, timeout), clock, console, poll, waiting, late)
}

/// Waits until a new namespace is ready. Returns what went wrong.
pub(super) fn wait_until_ready(
    made: &mut RemoteItem<'_>,
    (start, timeout): (SystemTime, Duration),
    clock: &dyn Clock,
    console: &mut Console<'_>,
) -> Vec<Explanation> {
    let poll = |one: &RemoteItem<'_>, left: Duration| match one.api.get_within(
        Kind::Namespace,
        one.row.item.id(),
        Some(left),
    ) {
        Ok(item) if item.status() == "ready" => Polled::Done(item),
        Ok(item) if matches!(item.status(), "error" | "locked") => {
            let message = Escaped(item.text("status_message")).to_string();
            let called = Escaped(one.row.called());
            let cause = format!("{called} is made, but its status is {}: {message}", item.status());
            Polled::Failed(Some(item), Explanation::of_cause(cause))
        }
        Ok(_) => Polled::NotYet,
        Err(error) if error.nature == Nature::Passing => Polled::NotYet,
        Err(error) => Polled::Failed(None, Explanation::from(&error)),
    };
    let waiting = |_| "Waiting until it is ready ...".to_owned();
    let late = |one: &RemoteItem<'_>| {
        let called = Escaped(one.row.called());
        Explanation::of_cause(format!("{called} is not ready after {} s", timeout.as_secs()))
    };
    wait_for(std::slice::from_mut(made), (start, timeout), clock, console, poll, waiting, late)
}

fn wait_for<'a>(
    all: &mut [RemoteItem<'a>],
    (start, timeout): (SystemTime, Duration),
    clock: &dyn Clock,
    console: &mut Console<'_>,
    poll: impl Fn(&RemoteItem<'a>, Duration) -> Polled + Sync,
    waiting: impl Fn(usize) -> String,
    late: impl Fn(&RemoteItem<'a>) -> Explanation,
) -> Vec<Explanation> {
    let mut errors = Vec::new();
    let mut left: Vec<&mut RemoteItem<'a>> =
        all.iter_mut().filter(|one| one.row.item.status() != GONE).collect();
    let mut pause = PAUSES.0;
    let waited = || clock.now().duration_since(start).unwrap_or_default();
    while !left.is_empty() {
        console.progress(&waiting(left.len()));
        // Even the last poll has a second.
        let rest = timeout.saturating_sub(waited()).max(Duration::from_secs(1));
        let seen = in_parallel(&left, |one| poll(one, rest));
        let mut still = Vec::new();
        for (one, seen) in left.into_iter().zip(seen) {
            match seen {
                Polled::Done(item) => one.row.item = item,
                Polled::NotYet => still.push(one),
                Polled::Failed(item, error) => {
                    one.row.item = item.unwrap_or_else(|| one.row.item.clone());
                    errors.push(error);
                }
            }
        }
        left = still;
        let waited = waited();
        if left.is_empty() || waited >= timeout {
            break;
        }
        clock.pause(pause.min(timeout.saturating_sub(waited)));
        pause = (pause * 3 / 2).min(PAUSES.1);
    }
    console.end_progress();
    errors.extend(left.into_iter().map(|one| late(one)));
    errors
}
