//! `tag prune`.

use std::time::SystemTime;

use super::{AT_ONCE, BATCH, Line, Outcome, Reason, Section, account};
use crate::cli::prune::TagPrune;
use crate::explain::Explanation;
use crate::printable::{Escaped, printable_path};
use crate::registry::prune::{
    Decision, DeleteReason, InUse, KeepReason, Plan, Planned, Rules, Tag, nanoseconds, plan,
};
use crate::registry::{Deleted, Item, Kind, Nature, RegistryApi, in_parallel_at_most};
use crate::system::files;
use crate::terminal::Console;

use super::super::deletion_log::{DeletionLog, Stage};
use super::super::rows::Row;
use super::super::session::{Access, RegistryError};
use super::super::{RegistryCommands, USUAL_TIMEOUT, api_of, apis, looked_up, understood};

/// The longest list of what is in use, in bytes: a hundred thousand references.
const IN_USE_LIMIT: usize = 16 * 1024 * 1024;

/// An image, and the plan for it.
struct Image<'a> {
    api: &'a RegistryApi<'a>,
    row: Row,
    plan: Plan,
}

impl RegistryCommands<'_, '_> {
    pub(in super::super) fn prune_tags(&mut self, options: &TagPrune) -> Result<(), RegistryError> {
        let in_use = self.in_use(options)?;
        let run = &options.run;
        let session = self.open(&account(run), USUAL_TIMEOUT)?;
        let access = Access::Write(Kind::Image);
        let wanted = understood(&session, &options.references, access, run.region.as_deref())?;
        let apis = apis(&session, &wanted)?;
        let rules = self.rules(options);
        let mut images: Vec<Image<'_>> = Vec::new();
        for ((_, region), rows) in wanted.iter().zip(looked_up(&apis, Kind::Image, &wanted)) {
            let api = api_of(&apis, region)?;
            for row in rows.unwrap_or_else(|error| {
                self.fail_with(&error);
                Vec::new()
            }) {
                // Two references may mean the same image.
                if images.iter().any(|image| image.row.item.id() == row.item.id()) {
                    continue;
                }
                match api.tags(row.item.id(), &[]) {
                    Ok(tags) => {
                        let in_use = in_use.of_image(region, &path(&row));
                        let rules = Rules { in_use, ..rules.clone() };
                        let plan = plan(tags.iter().map(Tag::of).collect(), &rules);
                        images.push(Image { api, row, plan });
                    }
                    Err(error) => self.fail(&error),
                }
            }
        }
        for note in apis.iter().flat_map(RegistryApi::taken_notes) {
            self.console.report(&note);
        }
        self.refuse_empty(&mut images, options);
        let words = Words { options };
        let sections = images.iter().map(|image| words.section(image)).collect();
        self.carry_out(Kind::Tag, sections, run, |commands, sections, log| {
            delete_all(&images, sections, log, commands.console);
        })
    }

    /// What `--protect-from` lists.
    fn in_use(&mut self, options: &TagPrune) -> Result<InUse, RegistryError> {
        let Some(file) = &options.protect_from else { return Ok(InUse::default()) };
        let is_stdin = file.as_os_str() == "-";
        let name = if is_stdin { "standard input".to_owned() } else { printable_path(file) };
        let refused = |cause: String| RegistryError::InUse(name.clone(), cause);
        let read = if is_stdin {
            self.console.read_secret(IN_USE_LIMIT + 1).map(Some)
        } else {
            files::read(file, IN_USE_LIMIT)
        };
        let bytes = read.map_err(|error| refused(error.to_string()))?;
        let bytes = bytes.ok_or_else(|| refused("there is no such file".to_owned()))?;
        if bytes.len() > IN_USE_LIMIT {
            return Err(refused(format!("it has more than {IN_USE_LIMIT} bytes")));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| refused("it is not text".to_owned()))?;
        let in_use = InUse::parse(text).map_err(|error| refused(error.to_string()))?;
        // The command that should have listed it has failed, most likely.
        if in_use.is_empty() {
            return Err(refused("it lists nothing that is in use".to_owned()));
        }
        Ok(in_use)
    }

    fn rules(&self, options: &TagPrune) -> Rules {
        let now = self.environment.clock().now();
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let before = options.older_than.as_ref().map(|age| {
            let nanoseconds = |time: std::time::Duration| i128::try_from(time.as_nanos());
            nanoseconds(now).unwrap_or(0) - nanoseconds(age.duration).unwrap_or(i128::MAX)
        });
        let globs = |patterns: &[crate::cli::prune::Pattern]| {
            patterns.iter().map(|pattern| pattern.0.clone()).collect()
        };
        Rules {
            keep: options.keep,
            before,
            matching: globs(&options.matching),
            except: globs(&options.except),
            aliases: options.aliases,
            max: options.max,
            ..Rules::default()
        }
    }

    /// Takes out the images that would be left without tags.
    fn refuse_empty(&mut self, images: &mut Vec<Image<'_>>, options: &TagPrune) {
        images.retain(|image| {
            let is_refused = image.plan.leaves_no_tag
                && image.plan.deletions().next().is_some()
                && !options.allow_empty;
            if is_refused {
                let cause =
                    format!("this would leave {} without tags", Escaped(image.row.called()));
                let hint = "keep some with --keep, or allow it with --allow-empty";
                self.fail(&Explanation::of_cause(cause).with_hint(hint));
            }
            !is_refused
        });
        if options.run.dry_run {
            // A plan that is refused is an answer as well.
            self.has_failed = false;
        }
    }
}

/// Namespace and name of an image.
fn path(row: &Row) -> String {
    let full = row.full_name.as_deref().and_then(|name| name.split_once('/'));
    full.map_or_else(|| row.item.name().to_owned(), |(_, path)| path.to_owned())
}

/// Reasons in words. They name the options, which a plan does not know.
struct Words<'a> {
    options: &'a TagPrune,
}

impl Words<'_> {
    fn section(&self, image: &Image<'_>) -> Section {
        let line = |one: &Planned| Line {
            name: one.tag.name.clone(),
            digest: Some(one.tag.digest.clone()),
            updated_at: one.tag.updated_at.clone(),
            goes: matches!(one.decision, Decision::Delete(_)),
            why: match &one.decision {
                Decision::Keep(reason) => self.kept(reason, &one.tag),
                Decision::Delete(reason) => self.deleted(reason),
            },
            outcome: None,
        };
        Section {
            title: image.row.called().to_owned(),
            lines: image.plan.tags.iter().map(line).collect(),
            sizes: image.row.item.number("size").map(|size| (size, None)),
        }
    }

    fn kept(&self, reason: &KeepReason, tag: &Tag) -> Reason {
        let age = self.options.older_than.as_ref().map(|age| age.text.as_str());
        match reason {
            KeepReason::Status => Reason::new("status", format!("its status is {}", tag.status)),
            KeepReason::NoDigest => Reason::new("no_digest", "it has no digest"),
            KeepReason::NoTime => Reason::new("no_time", "it has no time"),
            KeepReason::InUse => Reason::new("in_use", "in use"),
            KeepReason::Except(glob) => {
                Reason::new("except", format!("matches --except {}", glob.as_str()))
            }
            KeepReason::Latest => Reason::new("latest", "no --match latest"),
            KeepReason::NotMatched => Reason::new("not_matched", "matches no --match"),
            KeepReason::Newest => Reason::new("newest", self.newest("among")),
            KeepReason::Recent => {
                Reason::new("recent", format!("updated less than {} ago", age.unwrap_or_default()))
            }
            KeepReason::SameDigest(other) => {
                Reason::new("same_digest", format!("same digest as {other}"))
            }
            KeepReason::AttachedTo(other) => Reason::new("attached", format!("belongs to {other}")),
            KeepReason::NoSubject => Reason::new("no_subject", "its image has no tag"),
            KeepReason::OverMax => Reason::new("over_max", "more than --max"),
        }
    }

    fn deleted(&self, reason: &DeleteReason) -> Reason {
        let age = self.options.older_than.as_ref();
        let old = age.map(|age| format!("not updated for {}", age.text));
        let many = self.options.keep.map(|_| self.newest("not among"));
        let rules = [many, old].into_iter().flatten().collect::<Vec<_>>().join(", ");
        match reason {
            DeleteReason::Rules => Reason::new("rules", rules),
            DeleteReason::Alias(other) => {
                Reason::new("alias", format!("{rules}; {other} keeps the digest"))
            }
            DeleteReason::AttachedTo(digest) => {
                let digest = super::super::listing::short_digest(digest);
                Reason::new("attached", format!("belongs to {digest}, which goes"))
            }
        }
    }

    fn newest(&self, among: &str) -> String {
        match self.options.keep.unwrap_or_default() {
            1 => format!("{} the newest digest", if among == "among" { "has" } else { "not" }),
            number => format!("{among} the {number} newest digests"),
        }
    }
}

/// Carries out the plans, one image after the other.
fn delete_all(
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
    /// took more than it was told to.
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
