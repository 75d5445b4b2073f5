//! The deletions of `tag prune`. Each tag is read again before it is deleted.

use super::tags::Image;
use super::{AT_ONCE, BATCH, Outcome, Reason, Section};
use crate::explain::Explanation;
use crate::printable::Escaped;
use crate::registry::prune::{Decision, DeleteReason, Planned, Tag, nanoseconds};
use crate::registry::{Deleted, Item, Kind, Nature, in_parallel_at_most};
use crate::terminal::Console;

use super::super::deletion_log::{DeletionLog, Stage};

/// Carries out the plans, one image after the other.
pub(super) fn delete_all(
    images: &[Image<'_>],
    sections: &mut [Section],
    log: &DeletionLog,
    console: &mut Console<'_>,
) {
    let total: usize = sections.iter().map(|section| section.to_delete().count()).sum();
    let mut first = 0;
    for (image, section) in images.iter().zip(sections) {
        let mut run = Run { image, log, first, outcomes: vec![None; image.plan.tags.len()] };
        run.delete_rounds(total, console);
        run.delete_aliases(total, console);
        first += section.to_delete().count();
        for (line, outcome) in section.lines.iter_mut().zip(run.outcomes) {
            line.outcome = outcome;
        }
        if let Some((_, after)) = &mut section.sizes {
            let item = image.api.get(Kind::Image, image.row.item.id()).ok();
            *after = item.and_then(|item| item.number("size"));
        }
    }
}

/// The deletions of one image.
struct Run<'a> {
    image: &'a Image<'a>,
    log: &'a DeletionLog,
    /// The number of the image's first deletion in the log.
    first: usize,
    outcomes: Vec<Option<Outcome>>,
}

impl Run<'_> {
    /// Deletes all but the aliases: oldest first, several at once, signatures after their subjects.
    fn delete_rounds(&mut self, total: usize, console: &mut Console<'_>) {
        let tags = &self.image.plan.tags;
        let is_of =
            |round: usize| move |at: &usize| tags.get(*at).is_some_and(|one| one.round == round);
        let whole = self.places(|reason| !matches!(reason, DeleteReason::Alias(_)));
        let last = whole.iter().filter_map(|(at, _)| Some(tags.get(*at)?.round)).max();
        for round in 0..=last.unwrap_or_default() {
            let places: Vec<_> = whole.iter().filter(|(at, _)| is_of(round)(at)).copied().collect();
            for batch in places.chunks(BATCH) {
                self.progress(total, console);
                let results =
                    in_parallel_at_most(AT_ONCE, batch, |(at, number)| self.delete(*at, *number));
                self.note(batch, results);
            }
        }
    }

    /// Deletes aliases one by one, and stops if the tag that keeps the digest is gone: the registry
    /// deleted more than it was asked to.
    fn delete_aliases(&mut self, total: usize, console: &mut Console<'_>) {
        let mut vanished: Option<String> = None;
        for (at, number) in self.places(|reason| matches!(reason, DeleteReason::Alias(_))) {
            if let Some(name) = &vanished {
                let reason = Reason::new("stopped", format!("stopped, because {name} is gone"));
                self.note(&[(at, number)], vec![Outcome::Skipped(reason)]);
                continue;
            }
            self.progress(total, console);
            let outcome = self.delete(at, number);
            let is_deleted = matches!(outcome, Outcome::Deleted);
            self.note(&[(at, number)], vec![outcome]);
            let keeper = self.keeper(at).filter(|_| is_deleted);
            if let Some(keeper) = keeper
                && self.is_gone(keeper)
            {
                vanished = Some(keeper.name.clone());
                let cause = format!(
                    "the tag {} had to be kept, and is gone since an alias of it was deleted",
                    Escaped(&keeper.name)
                );
                let hint = format!("push it again: its digest was {}", keeper.digest);
                let error = Explanation::of_cause(cause).with_hint(hint);
                self.note(&[(at, number)], vec![Outcome::Failed(error)]);
            }
        }
    }

    fn progress(&self, total: usize, console: &mut Console<'_>) {
        let done = self.outcomes.iter().flatten().count() + self.first;
        console.progress(&format!("Deleting: {done} of {total} ..."));
    }

    /// The deletions of this kind: the place in the plan, and the number in the log.
    fn places(&self, is_wanted: impl Fn(&DeleteReason) -> bool) -> Vec<(usize, usize)> {
        let tags = self.image.plan.tags.iter().enumerate();
        let deletions = tags.filter_map(|(at, one)| match &one.decision {
            Decision::Delete(reason) => Some((at, reason)),
            Decision::Keep(_) => None,
        });
        let numbered = deletions.zip(self.first..);
        numbered
            .filter(|((_, reason), _)| is_wanted(reason))
            .map(|((at, _), number)| (at, number))
            .collect()
    }

    fn note(&mut self, places: &[(usize, usize)], results: Vec<Outcome>) {
        for ((at, number), outcome) in places.iter().zip(results) {
            self.log.set(*number, outcome.stage());
            if let Some(place) = self.outcomes.get_mut(*at) {
                *place = Some(outcome);
            }
        }
    }

    /// Reads a tag again, and deletes it if it is still the one of the plan.
    fn delete(&self, at: usize, number: usize) -> Outcome {
        let Some(one) = self.image.plan.tags.get(at) else { return skipped("gone", "it is gone") };
        let (api, tag) = (self.image.api, &one.tag);
        if !self.is_subject_gone(one) {
            return skipped("subject", "its image was not deleted");
        }
        let read = match api.get(Kind::Tag, &tag.id) {
            Ok(item) => item,
            Err(error) if error.nature == Nature::NotFound => {
                return skipped("gone", "it is gone already");
            }
            Err(error) => return Outcome::Failed(Explanation::from(&error)),
        };
        if let Some(outcome) = changed(tag, &read) {
            return outcome;
        }
        self.log.set(number, Stage::Sent);
        let called = format!("{}:{}", self.image.row.called(), tag.name);
        let is_same = |item: &Item| changed(tag, item).is_none();
        let outcome = match api.delete(Kind::Tag, &tag.id, &called, false, is_same) {
            Ok(Deleted::Changed) => skipped("moved", "it was pushed meanwhile"),
            Ok(_) => Outcome::Deleted,
            Err(error) => Outcome::Failed(Explanation::from(&error)),
        };
        self.log.set(number, outcome.stage());
        outcome
    }

    /// Returns whether the image of a signature was deleted; true for what is no signature.
    fn is_subject_gone(&self, one: &Planned) -> bool {
        let Decision::Delete(DeleteReason::AttachedTo(subject)) = &one.decision else {
            return true;
        };
        let tags = self.image.plan.tags.iter().zip(&self.outcomes);
        tags.filter(|(other, _)| other.tag.digest == *subject && !other.tag.is_deleting())
            .all(|(_, outcome)| matches!(outcome, Some(Outcome::Deleted)))
    }

    /// The tag that keeps the digest of an alias.
    fn keeper(&self, at: usize) -> Option<&Tag> {
        let one = self.image.plan.tags.get(at)?;
        let Decision::Delete(DeleteReason::Alias(keeper)) = &one.decision else { return None };
        let tags = self.image.plan.tags.iter().map(|other| &other.tag);
        tags.into_iter().find(|tag| tag.name == *keeper)
    }

    fn is_gone(&self, tag: &Tag) -> bool {
        match self.image.api.get(Kind::Tag, &tag.id) {
            Ok(item) => item.status() == "deleting",
            Err(error) => error.nature == Nature::NotFound,
        }
    }
}

/// Why a tag must not be deleted any more, if it is another one than in the plan.
fn changed(tag: &Tag, item: &Item) -> Option<Outcome> {
    // The API gives the same time with six or nine digits.
    let microseconds = |text: &str| nanoseconds(text).map(|time| time / 1000);
    if item.text("digest") != tag.digest || item.name() != tag.name {
        Some(skipped("moved", "it has another digest now"))
    } else if item.status() != "ready" {
        Some(skipped("status", &format!("its status is {} now", Escaped(item.status()))))
    } else if microseconds(item.text("updated_at")) != microseconds(&tag.updated_at) {
        Some(skipped("updated", "it was pushed again meanwhile"))
    } else {
        None
    }
}

fn skipped(code: &'static str, text: &str) -> Outcome {
    Outcome::Skipped(Reason::new(code, text))
}
