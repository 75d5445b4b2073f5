//! `image prune` and `namespace prune`: what has nothing in it.

use std::time::Duration;

use super::{AT_ONCE, BATCH, Line, Outcome, Reason, Section};
use crate::cli::command::{Age, ImagePrune, NamespacePrune, PruneOptions};
use crate::explain::Explanation;
use crate::registry::prune::nanoseconds;
use crate::registry::{
    ApiError, Deleted, Item, Kind, Nature, RegistryApi, in_parallel, in_parallel_at_most,
};

use super::super::deletion_log::Stage;
use super::super::rows::{Row, rows};
use super::super::session::{Access, RegistryError};
use super::super::{RegistryCommands, USUAL_TIMEOUT};

/// The empty images or namespaces of one place.
struct Group<'a> {
    api: RegistryApi<'a>,
    /// `in my-ns`, for its title.
    place: String,
    rows: Vec<Row>,
}

impl RegistryCommands<'_, '_> {
    pub(in super::super) fn prune_images(
        &mut self,
        wanted: &ImagePrune,
    ) -> Result<(), RegistryError> {
        let session = self.open(&wanted.options.account, USUAL_TIMEOUT)?;
        let region = wanted.options.region.as_deref();
        let mut groups = Vec::new();
        if wanted.references.is_empty() {
            let api = session.api(&session.region(region)?)?;
            let rows = rows(&api, Kind::Image, api.list(Kind::Image, &[])?)?;
            groups.push(Group { place: api.region.clone(), api, rows });
        }
        for reference in &wanted.references {
            let access = Access::Write(Kind::Namespace);
            let (reference, region) = session.located(reference, access, region)?;
            let api = session.api(&region)?;
            let namespace = api.namespace(&reference)?;
            let images = api.list(Kind::Image, &[("namespace_id", namespace.id())])?;
            let rows = rows(&api, Kind::Image, images)?;
            groups.push(Group { place: namespace.name().to_owned(), api, rows });
        }
        self.prune_empty(Kind::Image, groups, &wanted.older_than, &wanted.options)
    }

    pub(in super::super) fn prune_namespaces(
        &mut self,
        wanted: &NamespacePrune,
    ) -> Result<(), RegistryError> {
        let session = self.open(&wanted.options.account, USUAL_TIMEOUT)?;
        let api = session.api(&session.region(wanted.options.region.as_deref())?)?;
        let rows = rows(&api, Kind::Namespace, api.list(Kind::Namespace, &[])?)?;
        let group = Group { place: api.region.clone(), api, rows };
        self.prune_empty(Kind::Namespace, vec![group], &wanted.older_than, &wanted.options)
    }

    fn prune_empty(
        &mut self,
        kind: Kind,
        mut groups: Vec<Group<'_>>,
        age: &Age,
        options: &PruneOptions,
    ) -> Result<(), RegistryError> {
        let now = self.environment.clock().now();
        let mut sections = Vec::new();
        for group in &mut groups {
            self.keep_empty(group);
            sections.push(Section {
                title: format!("{} without {} in {}", kind.plural(), contents(kind), group.place),
                lines: group.rows.iter().map(|row| line(row, kind, age, now)).collect(),
                sizes: None,
            });
        }
        self.carry_out(kind, sections, options, |commands, sections, log| {
            let total: usize = sections.iter().map(|section| section.to_delete().count()).sum();
            let mut work = Vec::new();
            for (group, section) in groups.iter().zip(sections) {
                let lines = section.lines.iter_mut().zip(&group.rows);
                work.extend(
                    lines.filter(|(line, _)| line.goes).map(|(line, row)| (line, &group.api, row)),
                );
            }
            let mut first = 0;
            for batch in work.chunks_mut(BATCH) {
                commands.console.progress(&format!("Deleting: {first} of {total} ..."));
                let calls: Vec<_> =
                    batch.iter().zip(first..).map(|((_, api, row), at)| (at, *api, *row)).collect();
                let outcomes = in_parallel_at_most(AT_ONCE, &calls, |(at, api, row)| {
                    log.set(*at, Stage::Sent);
                    let outcome = delete(api, kind, row);
                    log.set(*at, outcome.stage());
                    outcome
                });
                first += calls.len();
                for ((line, ..), outcome) in batch.iter_mut().zip(outcomes) {
                    line.outcome = Some(outcome);
                }
            }
        })
    }

    /// Keeps the rows of a group that have nothing in them, the oldest first.
    fn keep_empty(&mut self, group: &mut Group<'_>) {
        group.rows.retain(|row| looks_empty(&row.item));
        let checked = in_parallel(&group.rows, |row| is_empty(&group.api, &row.item));
        let mut checked = checked.into_iter();
        group.rows.retain(|_| match checked.next() {
            Some(Ok(is_empty)) => is_empty,
            Some(Err(error)) => {
                self.fail(&error);
                false
            }
            None => false,
        });
        group.rows.sort_by_cached_key(|row| nanoseconds(row.item.text("updated_at")));
    }
}

fn line(row: &Row, kind: Kind, age: &Age, now: std::time::SystemTime) -> Line {
    let updated_at = row.item.text("updated_at").to_owned();
    let why = if row.item.status() == "ready" {
        match age_of(&updated_at, now) {
            Some(at) if at >= age.duration => None,
            Some(_) => Some(Reason::new("recent", format!("updated less than {} ago", age.text))),
            None => Some(Reason::new("no_time", "it has no time")),
        }
    } else {
        Some(Reason::new("status", format!("its status is {}", row.item.status())))
    };
    Line {
        name: row.called().to_owned(),
        digest: None,
        updated_at,
        goes: why.is_none(),
        why: why.unwrap_or_else(|| Reason::new("empty", format!("has no {}", contents(kind)))),
        outcome: None,
    }
}

/// How long ago a time of the API's was; zero if it is in the future.
fn age_of(text: &str, now: std::time::SystemTime) -> Option<Duration> {
    let nanoseconds = u64::try_from(nanoseconds(text)?).ok()?;
    let then = std::time::SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds);
    Some(now.duration_since(then).unwrap_or_default())
}

/// What an empty item has none of.
fn contents(kind: Kind) -> &'static str {
    match kind {
        Kind::Namespace => Kind::Image.plural(),
        _ => Kind::Tag.plural(),
    }
}

/// What the item says itself, which may be out of date.
fn looks_empty(item: &Item) -> bool {
    if item.kind == Kind::Namespace {
        return item.number("image_count").is_none_or(|count| count == 0);
    }
    item.fields.count("tags").is_none_or(|tags| tags == 0)
}

/// Asks the service for what is in an item.
fn is_empty(api: &RegistryApi<'_>, item: &Item) -> Result<bool, ApiError> {
    let inside = match item.kind {
        Kind::Namespace => api.list(Kind::Image, &[("namespace_id", item.id())])?,
        _ => api.tags(item.id(), &[])?,
    };
    Ok(inside.is_empty())
}

/// Reads an item again, and deletes it if it is still empty.
fn delete(api: &RegistryApi<'_>, kind: Kind, row: &Row) -> Outcome {
    let skipped = |code, text: &str| Outcome::Skipped(Reason::new(code, text));
    let failed = |error: &ApiError| Outcome::Failed(Explanation::from(error));
    let read = match api.get(kind, row.item.id()) {
        Ok(item) => item,
        Err(error) if error.nature == Nature::NotFound => {
            return skipped("gone", "it is gone already");
        }
        Err(error) => return failed(&error),
    };
    match is_empty(api, &read) {
        Ok(true) if read.status() == "ready" => {}
        Ok(true) => return skipped("status", "its status has changed"),
        Ok(false) => return skipped("not_empty", "something was pushed to it meanwhile"),
        Err(error) => return failed(&error),
    }
    match api.delete(kind, row.item.id(), row.called(), false, looks_empty) {
        Ok(Deleted::Changed) => skipped("not_empty", "something was pushed to it meanwhile"),
        Ok(_) => Outcome::Deleted,
        Err(error) => failed(&error),
    }
}
