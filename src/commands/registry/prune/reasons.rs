//! Why `tag prune` keeps or deletes a tag, in words.

use super::tags::Image;
use super::{Line, Reason, Section};
use crate::cli::command::PruneRule;
use crate::registry::prune::{Decision, DeleteReason, KeepReason, Planned, Tag};

use super::super::columns::short_digest;

/// The reasons of a plan in words. They name the options, which a plan does not know.
pub(super) struct Reasons<'a> {
    pub(super) rule: &'a PruneRule,
}

impl Reasons<'_> {
    /// The plan of an image, with a reason for each tag.
    pub(super) fn section(&self, image: &Image<'_>) -> Section {
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
        let age = self.rule.older_than().map(|age| age.text.as_str());
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
            KeepReason::Newest => Reason::new("newest", self.newest(true)),
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
        let age = self.rule.older_than();
        let old = age.map(|age| format!("not updated for {}", age.text));
        let many = self.rule.keep().map(|_| self.newest(false));
        let rules = [many, old].into_iter().flatten().collect::<Vec<_>>().join(", ");
        match reason {
            DeleteReason::Rules => Reason::new("rules", rules),
            DeleteReason::Alias(other) => {
                Reason::new("alias", format!("{rules}; {other} keeps the digest"))
            }
            DeleteReason::AttachedTo(digest) => {
                let digest = short_digest(digest);
                Reason::new("attached", format!("belongs to {digest}, which goes"))
            }
        }
    }

    /// Says that a digest is, or is not, one of the newest.
    fn newest(&self, is_newest: bool) -> String {
        let (one, among) = if is_newest { ("has", "among") } else { ("not", "not among") };
        match self.rule.keep().unwrap_or_default() {
            1 => format!("{one} the newest digest"),
            number => format!("{among} the {number} newest digests"),
        }
    }
}
