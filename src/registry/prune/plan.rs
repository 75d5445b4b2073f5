//! Decides about each tag.

use std::collections::{HashMap, HashSet};

use super::{Decision, DeleteReason, Glob, KeepReason, LATEST, Plan, Planned, Rules, Tag};

/// What the rules decide about a tag alone.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Keep(KeepReason),
    /// The tag is deleted if its digest is.
    Candidate,
    /// The tag is deleted with this digest.
    Attached(String),
}

/// Plans for one image: a tag is deleted if the rules allow it and if no kept tag has its digest.
pub(crate) fn plan(mut tags: Vec<Tag>, rules: &Rules) -> Plan {
    tags.sort_by_cached_key(|tag| (tag.updated().unwrap_or(i128::MIN), tag.name.clone()));
    let newest = newest_digests(&tags, rules);
    let mut verdicts: Vec<_> = tags.iter().map(|tag| verdict(tag, rules, &newest)).collect();
    let planner = Planner::new(&tags);
    let mut rounds = planner.rounds(&verdicts);
    if let Some(max) = rules.max
        && planner.limit(&mut verdicts, &rounds, max)
    {
        rounds = planner.rounds(&verdicts);
    }
    let mut left = rules.max.unwrap_or(usize::MAX).saturating_sub(rounds.len());
    let mut decisions = Vec::with_capacity(tags.len());
    for (at, verdict) in verdicts.iter().enumerate() {
        let decision = planner.decision(at, verdict, &verdicts, &rounds, rules.aliases);
        decisions.push(match decision {
            Decision::Delete(DeleteReason::Alias(_)) if left == 0 => {
                Decision::Keep(KeepReason::OverMax)
            }
            Decision::Delete(DeleteReason::Alias(_)) => {
                left -= 1;
                decision
            }
            other => other,
        });
    }
    let with_round = |(at, (tag, decision)): (usize, (Tag, Decision))| Planned {
        round: rounds.get(&at).copied().unwrap_or_default(),
        tag,
        decision,
    };
    let tags: Vec<_> = tags.into_iter().zip(decisions).enumerate().map(with_round).collect();
    let is_left = |one: &Planned| {
        let is_kept = matches!(one.decision, Decision::Keep(_)) && !one.tag.is_deleting();
        is_kept && one.tag.subject().is_none()
    };
    Plan { leaves_no_tag: !tags.iter().any(is_left), tags }
}

/// The newest digests that are kept. Signatures, tags that are not ready and tags that are kept by
/// name do not count: otherwise they would displace a wanted digest.
fn newest_digests(tags: &[Tag], rules: &Rules) -> HashSet<String> {
    let Some(keep) = rules.keep else { return HashSet::new() };
    let mut times: HashMap<&str, i128> = HashMap::new();
    for tag in tags.iter().filter(|tag| tag.is_ready() && tag.subject().is_none()) {
        if by_name(tag, rules).is_none() {
            let time = times.entry(&tag.digest).or_insert(i128::MIN);
            *time = (*time).max(tag.updated().unwrap_or(i128::MAX));
        }
    }
    let mut digests: Vec<_> = times.into_iter().collect();
    digests.sort_by(|(a, at), (b, other)| other.cmp(at).then(a.cmp(b)));
    digests.into_iter().take(keep).map(|(digest, _)| digest.to_owned()).collect()
}

/// Returns why a tag is kept because of its name, whatever its age.
fn by_name(tag: &Tag, rules: &Rules) -> Option<KeepReason> {
    if let Some(glob) = rules.except.iter().find(|glob| glob.matches(&tag.name)) {
        return Some(KeepReason::Except(glob.clone()));
    }
    let is_named = |glob: &Glob| glob.as_str() == LATEST;
    if tag.name == LATEST && !rules.matching.iter().any(is_named) {
        return Some(KeepReason::Latest);
    }
    let is_selected =
        rules.matching.is_empty() || rules.matching.iter().any(|glob| glob.matches(&tag.name));
    (!is_selected).then_some(KeepReason::NotMatched)
}

fn verdict(tag: &Tag, rules: &Rules, newest: &HashSet<String>) -> Verdict {
    let reason = if !tag.is_ready() {
        Some(KeepReason::Status)
    } else if tag.digest.is_empty() {
        Some(KeepReason::NoDigest)
    } else if rules.in_use.has_digest(&tag.digest) || rules.in_use.has_tag(&tag.name) {
        Some(KeepReason::InUse)
    } else if let Some(subject) = tag.subject() {
        let excepted = rules.except.iter().find(|glob| glob.matches(&tag.name));
        return match excepted {
            Some(glob) => Verdict::Keep(KeepReason::Except(glob.clone())),
            None => Verdict::Attached(subject),
        };
    } else {
        by_name(tag, rules).or_else(|| by_age(tag, rules, newest))
    };
    reason.map_or(Verdict::Candidate, Verdict::Keep)
}

fn by_age(tag: &Tag, rules: &Rules, newest: &HashSet<String>) -> Option<KeepReason> {
    let Some(updated) = tag.updated() else { return Some(KeepReason::NoTime) };
    if newest.contains(&tag.digest) {
        return Some(KeepReason::Newest);
    }
    let is_recent = rules.before.is_some_and(|before| updated >= before);
    // Without an age rule, no tag is old enough.
    let has_rule = rules.keep.is_some() || rules.before.is_some();
    (is_recent || !has_rule).then_some(KeepReason::Recent)
}

/// The tags by their digests.
struct Planner<'t> {
    tags: &'t [Tag],
    /// Excludes tags that are being deleted, because they do not keep a digest.
    by_digest: HashMap<&'t str, Vec<usize>>,
    deleting: HashSet<&'t str>,
}

impl<'t> Planner<'t> {
    fn new(tags: &'t [Tag]) -> Self {
        let mut by_digest: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut deleting = HashSet::new();
        for (at, tag) in tags.iter().enumerate() {
            if tag.is_deleting() {
                deleting.insert(tag.digest.as_str());
            } else {
                by_digest.entry(&tag.digest).or_default().push(at);
            }
        }
        Self { tags, by_digest, deleting }
    }

    /// Returns the tags of the digests that are deleted completely, each with its round. A signature is
    /// deleted one round after its subject. A cycle of signatures is kept.
    fn rounds(&self, verdicts: &[Verdict]) -> HashMap<usize, usize> {
        let mut rounds: HashMap<usize, usize> = HashMap::new();
        let mut done: HashSet<&str> = HashSet::new();
        for round in 0.. {
            let is_subject_done = |subject: &str| match self.by_digest.get(subject) {
                Some(_) => done.contains(subject),
                None => self.deleting.contains(subject),
            };
            let goes = |at: &usize| match verdicts.get(*at) {
                Some(Verdict::Candidate) => true,
                Some(Verdict::Attached(subject)) => is_subject_done(subject),
                _ => false,
            };
            let groups = self.by_digest.iter().filter(|(digest, _)| !done.contains(*digest));
            let ready: Vec<_> = groups.filter(|(_, members)| members.iter().all(goes)).collect();
            if ready.is_empty() {
                break;
            }
            for (digest, members) in ready {
                done.insert(digest);
                rounds.extend(members.iter().map(|at| (*at, round)));
            }
        }
        rounds
    }

    /// Keeps the tags beyond `max`, and returns whether there were any. Deletes the oldest digests
    /// first. Keeps a digest if not all of its tags fit.
    fn limit(&self, verdicts: &mut [Verdict], rounds: &HashMap<usize, usize>, max: usize) -> bool {
        let mut sizes: HashMap<&str, usize> = HashMap::new();
        for at in rounds.keys() {
            if let Some(tag) = self.tags.get(*at) {
                *sizes.entry(self.root_of(tag, rounds.len())).or_default() += 1;
            }
        }
        let age = |digest: &str| {
            let members = self.by_digest.get(digest).into_iter().flatten();
            members.filter_map(|at| self.tags.get(*at)?.updated()).max()
        };
        let mut order: Vec<_> =
            sizes.into_iter().map(|(digest, n)| (age(digest), digest, n)).collect();
        order.sort_unstable();
        let (mut left, mut is_limited) = (max, false);
        for (_, digest, size) in order {
            if let Some(rest) = left.checked_sub(size) {
                left = rest;
                continue;
            }
            is_limited = true;
            for at in self.by_digest.get(digest).into_iter().flatten() {
                if let Some(verdict) = verdicts.get_mut(*at) {
                    *verdict = Verdict::Keep(KeepReason::OverMax);
                }
            }
        }
        is_limited
    }

    /// Returns the digest that a tag is deleted with: its own, or the digest that it signs.
    fn root_of<'a>(&'a self, tag: &'a Tag, steps: usize) -> &'a str {
        let mut tag = tag;
        for _ in 0..steps {
            let subject = tag.subject();
            let above = subject.and_then(|subject| self.by_digest.get(subject.as_str()));
            match above.and_then(|members| self.tags.get(*members.first()?)) {
                Some(above) => tag = above,
                None => break,
            }
        }
        &tag.digest
    }

    fn decision(
        &self,
        at: usize,
        verdict: &Verdict,
        verdicts: &[Verdict],
        rounds: &HashMap<usize, usize>,
        aliases: bool,
    ) -> Decision {
        let goes = rounds.contains_key(&at);
        let keep = |reason| Decision::Keep(reason);
        match verdict {
            Verdict::Keep(reason) => keep(reason.clone()),
            Verdict::Candidate if goes => Decision::Delete(DeleteReason::Rules),
            Verdict::Attached(subject) if goes => {
                Decision::Delete(DeleteReason::AttachedTo(subject.clone()))
            }
            Verdict::Candidate => {
                let other = self.keeper(at, verdicts);
                if aliases {
                    Decision::Delete(DeleteReason::Alias(other))
                } else {
                    keep(KeepReason::SameDigest(other))
                }
            }
            Verdict::Attached(subject) => match self.by_digest.get(subject.as_str()) {
                Some(members) => {
                    let stays = |at: &&usize| !rounds.contains_key(at);
                    let name = |at: &usize| self.tags.get(*at).map(|tag| tag.name.clone());
                    match members.iter().find(stays).and_then(name) {
                        Some(name) => keep(KeepReason::AttachedTo(name)),
                        None => keep(KeepReason::SameDigest(self.keeper(at, verdicts))),
                    }
                }
                None if self.deleting.contains(subject.as_str()) => {
                    keep(KeepReason::SameDigest(self.keeper(at, verdicts)))
                }
                None => keep(KeepReason::NoSubject),
            },
        }
    }

    /// Returns the tag that keeps the digest of another tag, preferably one that the rules keep.
    fn keeper(&self, at: usize, verdicts: &[Verdict]) -> String {
        let digest = self.tags.get(at).map(|tag| tag.digest.as_str()).unwrap_or_default();
        let others = self.by_digest.get(digest).into_iter().flatten().filter(|one| **one != at);
        let is_candidate = |at: &usize| matches!(verdicts.get(*at), Some(Verdict::Candidate));
        let keeper = others.min_by_key(|at| is_candidate(at));
        keeper.and_then(|at| self.tags.get(*at)).map(|tag| tag.name.clone()).unwrap_or_default()
    }
}
