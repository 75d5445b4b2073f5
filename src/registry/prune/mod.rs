//! Which tags of an image `tag prune` deletes.
//!
//! The plan is a function of the tags, the rules and the time: nothing here sends a request.

mod glob;
mod in_use;
mod plan;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::item::Item;

pub(crate) use glob::Glob;
pub(crate) use in_use::{InUse, TagsInUse};
pub(crate) use plan::plan;

/// The tag that clients use by default. It is kept unless a pattern is exactly this name.
pub(crate) const LATEST: &str = "latest";

/// A tag, with everything that the rules depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `sha256:` and 64 digits.
    pub(crate) digest: String,
    pub(crate) status: String,
    /// The time as the API returns it.
    pub(crate) updated_at: String,
}

impl Tag {
    pub(crate) fn of(item: &Item) -> Self {
        let text = |field| item.text(field).to_owned();
        Self {
            id: text("id"),
            name: text("name"),
            digest: text("digest"),
            status: text("status"),
            updated_at: text("updated_at"),
        }
    }

    /// When the tag was updated, in nanoseconds since 1970, if known.
    pub(crate) fn updated(&self) -> Option<i128> {
        nanoseconds(&self.updated_at)
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.status == "ready"
    }

    /// An earlier deletion has not ended yet: the tag does not keep its digest.
    pub(crate) fn is_deleting(&self) -> bool {
        self.status == "deleting"
    }

    /// The digest that the tag belongs to, if it holds a signature, an attestation or a bill of
    /// materials as cosign stores them: `sha256-….sig`.
    pub(crate) fn subject(&self) -> Option<String> {
        let (name, kind) = self.name.rsplit_once('.')?;
        let digits = name.strip_prefix("sha256-")?;
        let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_digest && matches!(kind, "sig" | "att" | "sbom")).then(|| format!("sha256:{digits}"))
    }
}

/// Converts a time of the API to nanoseconds since 1970.
pub(crate) fn nanoseconds(text: &str) -> Option<i128> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond)
}

/// What may be deleted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// The number of newest digests that are kept.
    pub(crate) keep: Option<usize>,
    /// Only tags that were updated before this are deleted, in nanoseconds since 1970.
    pub(crate) before: Option<i128>,
    /// Only tags that match one of these are deleted; any tag if there is none.
    pub(crate) matching: Vec<Glob>,
    /// Tags that match one of these are kept.
    pub(crate) except: Vec<Glob>,
    /// Tags and digests of this image that are kept.
    pub(crate) in_use: TagsInUse,
    /// Also delete tags whose digest another tag keeps.
    pub(crate) aliases: bool,
    /// The maximum number of tags to delete.
    pub(crate) max: Option<usize>,
}

/// The decision about a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    Keep(KeepReason),
    Delete(DeleteReason),
}

/// Why a tag is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeepReason {
    /// Its status is not `ready`.
    Status,
    /// The API gives no digest for it.
    NoDigest,
    /// The API gives no time for it.
    NoTime,
    InUse,
    Except(Glob),
    Latest,
    NotMatched,
    /// Its digest is among the newest.
    Newest,
    /// It was updated too recently.
    Recent,
    /// This tag has the same digest and is kept.
    SameDigest(String),
    /// It belongs to this tag, which is kept.
    AttachedTo(String),
    /// It belongs to a digest without a tag, which may be pulled by its digest.
    NoSubject,
    /// The run reached its maximum number of deletions.
    OverMax,
}

/// Why a tag is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeleteReason {
    /// The rules match it.
    Rules,
    /// The rules match it, and this tag keeps the digest.
    Alias(String),
    /// It belongs to this digest, whose tags are all deleted.
    AttachedTo(String),
}

/// A tag and the decision about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) tag: Tag,
    pub(crate) decision: Decision,
    /// Tags of a later round are deleted after those of an earlier one.
    pub(crate) round: usize,
}

/// The plan for one image, oldest tag first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) tags: Vec<Planned>,
    /// The image has no tag afterwards that can be pulled.
    pub(crate) leaves_no_tag: bool,
}

impl Plan {
    /// The tags that are deleted.
    pub(crate) fn deletions(&self) -> impl Iterator<Item = &Planned> {
        self.tags.iter().filter(|one| matches!(one.decision, Decision::Delete(_)))
    }
}
