//! The command line of `tag prune`, `image prune` and `namespace prune`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::OutputFormat;
use super::registry::{duration, reference};
use crate::registry::prune::Glob;

/// `tag prune`.
#[derive(Debug, Clone, Args)]
#[group(id = "rule", required = true, multiple = true, args = ["keep", "older_than"])]
pub struct TagPrune {
    /// Images with their namespaces, as in my-ns/app, or IDs
    #[arg(required = true, value_name = "IMAGE", value_parser = reference)]
    pub references: Vec<String>,
    /// Keep the tags of the N newest digests
    #[arg(long, value_name = "N")]
    pub keep: Option<usize>,
    /// Keep tags updated less than this ago, e.g. 30d
    #[arg(long, value_name = "TIME", value_parser = age)]
    pub older_than: Option<Age>,
    /// Keep tags that do not match; * and ? are wildcards
    #[arg(long = "match", value_name = "GLOB", value_parser = pattern)]
    pub matching: Vec<Pattern>,
    /// Keep tags that match
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    pub except: Vec<Pattern>,
    /// Keep what the file lists as in use (- reads stdin)
    #[arg(long, value_name = "FILE")]
    pub protect_from: Option<PathBuf>,
    /// Also delete tags whose digest another tag keeps
    #[arg(long)]
    pub aliases: bool,
    /// Allow an image to be left without tags
    #[arg(long)]
    pub allow_empty: bool,
    /// Delete at most N tags per image, oldest first
    #[arg(long, value_name = "N")]
    pub max: Option<usize>,
    #[command(flatten)]
    /// How.
    pub run: PruneRun,
}

/// `image prune`.
#[derive(Debug, Clone, Args)]
pub struct ImagePrune {
    /// Namespaces: names or IDs [default: all]
    #[arg(value_name = "NAMESPACE", value_parser = reference)]
    pub references: Vec<String>,
    /// Delete images without tags (the default)
    #[arg(long)]
    pub empty: bool,
    /// Keep images updated less than this ago
    #[arg(long, value_name = "TIME", value_parser = age, default_value = "1d")]
    pub older_than: Age,
    #[command(flatten)]
    /// How.
    pub run: PruneRun,
}

/// `namespace prune`.
#[derive(Debug, Clone, Args)]
pub struct NamespacePrune {
    /// Delete namespaces without images
    #[arg(long, required = true)]
    pub empty: bool,
    /// Keep those updated less than this ago
    #[arg(long, value_name = "TIME", value_parser = age, default_value = "1d")]
    pub older_than: Age,
    #[command(flatten)]
    /// How.
    pub run: PruneRun,
}

/// What the three have in common.
#[derive(Debug, Clone, Args)]
pub struct PruneRun {
    /// Show the plan and delete nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Delete without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Region [default: the name's, or the profile's]
    #[arg(long, value_name = "REGION", value_parser = super::region)]
    pub region: Option<String>,
    /// Profile of config.yaml
    #[arg(short, long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Time limit of a call [default: 2m]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// Output format: human or json
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub output: OutputFormat,
}

/// An age, and how it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Age {
    /// As typed.
    pub text: String,
    /// The age.
    pub duration: Duration,
}

/// A pattern for tags, as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(pub(crate) Glob);

fn age(text: &str) -> Result<Age, String> {
    let wrong = || "an age is a number with m, h, d or w, as in 12h, 30d or 8w".to_owned();
    let (at, unit) = text.char_indices().next_back().ok_or_else(wrong)?;
    let seconds: u64 = match unit {
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let number: u32 = text.get(..at).and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    let duration = Duration::from_secs(u64::from(number) * seconds);
    Ok(Age { text: text.to_owned(), duration })
}

fn pattern(text: &str) -> Result<Pattern, String> {
    let wrong =
        || "no tag can match: use letters, digits, . _ - and the wildcards * and ?".to_owned();
    Glob::parse(text).map(Pattern).ok_or_else(wrong)
}
