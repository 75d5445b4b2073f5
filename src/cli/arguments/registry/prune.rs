//! The command line of `tag prune`, `image prune` and `namespace prune`.

use std::path::PathBuf;

use clap::Args;

use super::options::AccountOptions;
use crate::cli::arguments::options::{
    DeleteWithoutAskingOption, OneRegionOption, ReportOutputOption,
};
use crate::cli::command::{
    Age, ImagePrune, NamespacePrune, PruneOptions, PruneRule, TagPrune, Trigger,
};
use crate::cli::values::{age, pattern, reference};
use crate::registry::Reference;
use crate::registry::prune::Glob;

/// `tag prune`.
#[derive(Debug, Args)]
#[group(id = "rule", required = true, multiple = true, args = ["keep", "older_than"])]
pub(in crate::cli::arguments) struct TagPruneArguments {
    /// Images with their namespaces, as in my-ns/app, or IDs
    #[arg(required = true, value_name = "IMAGE", value_parser = reference)]
    references: Vec<Reference>,
    /// Keep the tags of the N newest digests
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Keep tags updated within this time, e.g. 30d
    #[arg(long, value_name = "TIME", value_parser = age)]
    older_than: Option<Age>,
    /// Delete only tags that match (* and ? are wildcards)
    #[arg(long = "match", value_name = "GLOB", value_parser = pattern)]
    matching: Vec<Glob>,
    /// Keep tags that match
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    except: Vec<Glob>,
    /// Keep what the file lists as in use (- reads stdin)
    #[arg(long, value_name = "FILE")]
    protect_from: Option<PathBuf>,
    /// Also delete tags that share a kept tag's digest
    #[arg(long)]
    aliases: bool,
    /// Allow an image to be left without tags
    #[arg(long)]
    allow_empty: bool,
    /// Delete at most N tags per image, oldest first
    #[arg(long, value_name = "N")]
    max: Option<usize>,
    #[command(flatten)]
    run: RunArguments,
}

/// `image prune`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct ImagePruneArguments {
    /// Namespaces: names or IDs [default: all]
    #[arg(value_name = "NAMESPACE", value_parser = reference)]
    references: Vec<Reference>,
    /// Delete images without tags (the default)
    #[arg(long)]
    empty: bool,
    /// Keep images updated within this time
    #[arg(long, value_name = "TIME", value_parser = age, default_value = "1d")]
    older_than: Age,
    #[command(flatten)]
    run: RunArguments,
}

/// `namespace prune`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct NamespacePruneArguments {
    /// Delete namespaces without images
    #[arg(long, required = true)]
    empty: bool,
    /// Keep those updated within this time
    #[arg(long, value_name = "TIME", value_parser = age, default_value = "1d")]
    older_than: Age,
    #[command(flatten)]
    run: RunArguments,
}

/// What the three have in common.
#[derive(Debug, Args)]
struct RunArguments {
    /// Show the plan and delete nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: DeleteWithoutAskingOption,
    #[command(flatten)]
    region: OneRegionOption,
    #[command(flatten)]
    account: AccountOptions,
    #[command(flatten)]
    report: ReportOutputOption,
}

impl TagPruneArguments {
    pub(super) fn into_prune(self, bound_profile: Option<&str>) -> TagPrune {
        TagPrune {
            references: self.references,
            rule: match (self.keep, self.older_than) {
                (Some(keep), Some(age)) => PruneRule::Both(keep, age),
                (None, Some(age)) => PruneRule::OlderThan(age),
                // Clap requires one of the two.
                (keep, None) => PruneRule::Keep(keep.unwrap_or(usize::MAX)),
            },
            matching: self.matching,
            except: self.except,
            protect_from: self.protect_from,
            aliases: self.aliases,
            allow_empty: self.allow_empty,
            max: self.max,
            options: self.run.into_options(bound_profile),
        }
    }
}

impl ImagePruneArguments {
    pub(super) fn into_prune(self, bound_profile: Option<&str>) -> ImagePrune {
        ImagePrune {
            references: self.references,
            older_than: self.older_than,
            options: self.run.into_options(bound_profile),
        }
    }
}

impl NamespacePruneArguments {
    pub(super) fn into_prune(self, bound_profile: Option<&str>) -> NamespacePrune {
        NamespacePrune {
            older_than: self.older_than,
            options: self.run.into_options(bound_profile),
        }
    }
}

impl RunArguments {
    fn into_options(self, bound_profile: Option<&str>) -> PruneOptions {
        PruneOptions {
            trigger: match (self.dry_run, self.consent.yes) {
                (true, _) => Trigger::Nothing,
                (false, true) => Trigger::CommandLine,
                (false, false) => Trigger::Answer,
            },
            region: self.region.region,
            account: self.account.into_account(bound_profile),
            output: self.report.output,
        }
    }
}
