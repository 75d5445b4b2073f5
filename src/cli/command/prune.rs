//! What `tag prune`, `image prune` and `namespace prune` were asked for.

use std::path::PathBuf;
use std::time::Duration;

use super::{Account, OutputFormat};
use crate::registry::Reference;
use crate::registry::prune::Glob;

/// `tag prune`.
#[derive(Debug)]
pub(crate) struct TagPrune {
    /// The images.
    pub(crate) references: Vec<Reference>,
    pub(crate) rule: PruneRule,
    /// Only tags that match one of these are deleted; any tag if there is none.
    pub(crate) matching: Vec<Glob>,
    /// Tags that match one of these are kept.
    pub(crate) except: Vec<Glob>,
    /// The file that lists what is in use; `-` is standard input.
    pub(crate) protect_from: Option<PathBuf>,
    /// Also delete tags whose digest another tag keeps.
    pub(crate) aliases: bool,
    /// An image may be left without tags.
    pub(crate) allow_empty: bool,
    /// The most tags that are deleted from an image.
    pub(crate) max: Option<usize>,
    pub(crate) options: PruneOptions,
}

/// Which tags `tag prune` deletes. With both limits, a tag has to exceed both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PruneRule {
    /// All but the tags of so many newest digests.
    Keep(usize),
    /// Those that were not updated for so long.
    OlderThan(Age),
    /// Both.
    Both(usize, Age),
}

impl PruneRule {
    /// The number of newest digests whose tags are kept.
    pub(crate) fn keep(&self) -> Option<usize> {
        match self {
            Self::Keep(keep) | Self::Both(keep, _) => Some(*keep),
            Self::OlderThan(_) => None,
        }
    }

    /// The age below which tags are kept.
    pub(crate) fn older_than(&self) -> Option<&Age> {
        match self {
            Self::OlderThan(age) | Self::Both(_, age) => Some(age),
            Self::Keep(_) => None,
        }
    }
}

/// `image prune`.
#[derive(Debug)]
pub(crate) struct ImagePrune {
    /// The namespaces; none means all.
    pub(crate) references: Vec<Reference>,
    pub(crate) older_than: Age,
    pub(crate) options: PruneOptions,
}

/// `namespace prune`.
#[derive(Debug)]
pub(crate) struct NamespacePrune {
    pub(crate) older_than: Age,
    pub(crate) options: PruneOptions,
}

/// What the three have in common.
#[derive(Debug)]
pub(crate) struct PruneOptions {
    pub(crate) trigger: Trigger,
    pub(crate) region: Option<String>,
    pub(crate) account: Account,
    pub(crate) output: OutputFormat,
}

/// What starts the deletions of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// Nothing does: `--dry-run`.
    Nothing,
    /// The answer to a question.
    Answer,
    /// The command line: `--yes`.
    CommandLine,
}

/// An age, and how it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Age {
    /// As typed.
    pub(crate) text: String,
    pub(crate) duration: Duration,
}
