//! The command line of `namespace`, `image` and `tag`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};

use super::prune::{ImagePrune, NamespacePrune, TagPrune};
use super::{RegionChoice, region, region_or_all};
use crate::explain::on_one_line;
use crate::registry::Reference;

/// What can be done with namespaces.
#[derive(Debug, Clone, Subcommand)]
pub enum NamespaceCommand {
    /// List namespaces
    #[command(after_help = "\
Examples:
  docker-credential-scw namespace list
  docker-credential-scw namespace list --region all --order-by name_asc
  docker-credential-scw namespace list -o human=FULL-NAME,SIZE
")]
    List(NamespaceList),
    /// Show namespaces
    #[command(after_help = "\
Examples:
  docker-credential-scw namespace get my-ns
  docker-credential-scw namespace get rg.nl-ams.scw.cloud/my-ns -o json
")]
    Get(NamespaceGet),
    /// Create a namespace
    #[command(after_help = "\
Examples:
  docker-credential-scw namespace create my-ns --region nl-ams
  docker-credential-scw namespace create name=my-ns is-public=true --wait
")]
    Create(NamespaceCreate),
    /// Update namespaces
    #[command(
        override_usage = "docker-credential-scw namespace update [OPTIONS] <NAMESPACE>...",
        after_help = "\
Examples:
  docker-credential-scw namespace update my-ns --description 'What we ship'
  docker-credential-scw namespace update my-ns is-public=false
"
    )]
    Update(NamespaceUpdate),
    /// Delete namespaces, with every image in them
    #[command(after_help = "\
Examples:
  docker-credential-scw namespace delete my-ns
  docker-credential-scw namespace delete my-ns other-ns --wait --yes
")]
    Delete(NamespaceDelete),
    /// Delete namespaces that have no images
    #[command(after_help = "\
Examples:
  docker-credential-scw namespace prune --empty --dry-run
  docker-credential-scw namespace prune --empty --older-than 30d --yes

The plan is printed first. On a terminal you are asked once; without one,
nothing is deleted without --yes.
")]
    Prune(NamespacePrune),
}

/// What can be done with images.
#[derive(Debug, Clone, Subcommand)]
pub enum ImageCommand {
    /// List images
    #[command(after_help = "\
Examples:
  docker-credential-scw image list
  docker-credential-scw image list my-ns --order-by name_asc
  docker-credential-scw image list --region all -o json
")]
    List(ImageList),
    /// Show images
    #[command(after_help = "\
Examples:
  docker-credential-scw image get my-ns/app
  docker-credential-scw image get rg.nl-ams.scw.cloud/my-ns/team/app -o yaml
")]
    Get(ImageGet),
    /// Set who may pull images
    #[command(
        override_usage = "docker-credential-scw image update [OPTIONS] visibility=<WHO> <IMAGE>...",
        after_help = "\
Examples:
  docker-credential-scw image update my-ns/app --visibility public
  docker-credential-scw image update my-ns/app my-ns/web visibility=inherit
"
    )]
    Update(ImageUpdate),
    /// Delete images, with all their tags
    #[command(after_help = "\
Examples:
  docker-credential-scw image delete my-ns/app
  docker-credential-scw image delete my-ns/app my-ns/old --wait --yes
")]
    Delete(ImageDelete),
    /// Delete images that have no tags
    #[command(after_help = "\
Examples:
  docker-credential-scw image prune --dry-run
  docker-credential-scw image prune my-ns --older-than 7d --yes

The plan is printed first. On a terminal you are asked once; without one,
nothing is deleted without --yes. An image that is being pushed has no tags
until the push ends, so new images are kept.
")]
    Prune(ImagePrune),
}

/// What can be done with tags.
#[derive(Debug, Clone, Subcommand)]
pub enum TagCommand {
    /// List the tags of an image, or of all images
    #[command(after_help = "\
Examples:
  docker-credential-scw tag list my-ns/app
  docker-credential-scw tag list my-ns/app --order-by created_at_desc -o wide
  docker-credential-scw tag list --region all
")]
    List(TagList),
    /// Show tags
    #[command(after_help = "\
Examples:
  docker-credential-scw tag get my-ns/app:1.2
  docker-credential-scw tag get rg.nl-ams.scw.cloud/my-ns/app:1.2 -o json
")]
    Get(TagGet),
    /// Delete tags
    #[command(after_help = "\
Examples:
  docker-credential-scw tag delete my-ns/app:1.2
  docker-credential-scw tag delete my-ns/app:1.1 my-ns/app:1.2 --wait --yes

A digest (my-ns/app@sha256:...) means every tag with this digest.
")]
    Delete(TagDelete),
    /// Delete old tags of an image
    #[command(
        override_usage = "\
docker-credential-scw tag prune [OPTIONS] --keep <N> <IMAGE>...
       docker-credential-scw tag prune [OPTIONS] --older-than <TIME> <IMAGE>...",
        after_help = "\
Examples:
  docker-credential-scw tag prune my-ns/app --keep 10 --dry-run
  docker-credential-scw tag prune my-ns/app --older-than 30d --except 'v*'
  kubectl get pods -A -o jsonpath='{..image}' |
    docker-credential-scw tag prune my-ns/app --keep 5 --protect-from - --yes

With --keep and --older-than, a tag goes only if both say so. latest stays
unless --match latest names it. A digest of which any tag is kept keeps all its
tags. Signatures (sha256-....sig) go with their image and do not count.

The plan is printed first. On a terminal you are asked once; without one,
nothing is deleted without --yes. Each tag is read again before it is deleted,
and skipped if it was pushed meanwhile.
"
    )]
    Prune(TagPrune),
}

/// Which account, and how the result is printed.
#[derive(Debug, Clone, Args)]
pub struct Account {
    /// Profile of config.yaml
    #[arg(short, long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Scaleway config file to read instead
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Format: human, wide, json, yaml or human=COL,COL
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_parser = output,
        default_value = "human",
        hide_default_value = true
    )]
    pub output: Output,
    /// Time limit [default: 2m; 5m to delete or wait]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub timeout: Option<Duration>,
}

/// One region.
#[derive(Debug, Clone, Args)]
pub struct OneRegion {
    /// Region [default: the name's, or the profile's]
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub region: Option<String>,
    #[command(flatten)]
    /// Which account.
    pub account: Account,
}

/// One region, several, or all.
#[derive(Debug, Clone, Args)]
pub struct Regions {
    /// Regions, or all [default: the profile's]
    #[arg(long, value_name = "REGION", value_parser = region_or_all, value_delimiter = ',')]
    pub region: Vec<RegionChoice>,
    #[command(flatten)]
    /// Which account.
    pub account: Account,
}

/// How a deletion goes.
#[derive(Debug, Clone, Args)]
pub struct Deletion {
    /// Wait until the deletion is complete
    #[arg(short, long)]
    pub wait: bool,
    /// Delete without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// How a result is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// For people; with columns of their choice.
    Human(Vec<String>),
    /// With more columns.
    Wide(Vec<String>),
    /// For scripts.
    Json,
    /// For scripts and people.
    Yaml,
}

impl Output {
    /// Returns whether it is a table.
    pub fn is_for_people(&self) -> bool {
        matches!(self, Self::Human(_) | Self::Wide(_))
    }
}

/// `namespace list`.
#[derive(Debug, Clone, Args)]
pub struct NamespaceList {
    /// Sort order
    #[arg(
        long,
        help = "created_at, description or name with _asc or _desc",
        value_enum,
        value_name = "ORDER",
        hide_possible_values = true
    )]
    pub order_by: Option<NamespaceOrder>,
    /// Only in this project
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub project_id: Option<String>,
    /// Only in this organization
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub organization_id: Option<String>,
    /// Only with this name
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    #[command(flatten)]
    /// Where.
    pub regions: Regions,
}

/// `namespace get`.
#[derive(Debug, Clone, Args)]
pub struct NamespaceGet {
    /// Name or ID
    #[arg(required = true, value_name = "NAMESPACE", value_parser = reference)]
    pub references: Vec<String>,
    #[command(flatten)]
    /// Where.
    pub region: OneRegion,
}

/// `namespace create`.
#[derive(Debug, Clone, Args)]
pub struct NamespaceCreate {
    /// Name [default: a generated name]
    #[arg(value_name = "NAME", value_parser = new_name)]
    pub new_name: Option<String>,
    /// Name, as for scw
    #[arg(
        long,
        value_parser = NonEmptyStringValueParser::new(),
        conflicts_with = "new_name"
    )]
    pub name: Option<String>,
    /// Description
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Project of the namespace [default: the profile's]
    #[arg(
        long,
        value_name = "ID",
        value_parser = NonEmptyStringValueParser::new(),
        conflicts_with = "organization_id"
    )]
    pub project_id: Option<String>,
    /// Organization of the namespace (deprecated)
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub organization_id: Option<String>,
    /// Allow everybody to pull
    #[arg(long)]
    pub is_public: bool,
    /// Wait until it is ready
    #[arg(short, long)]
    pub wait: bool,
    #[command(flatten)]
    /// Where.
    pub region: OneRegion,
}

/// `namespace update`.
#[derive(Debug, Clone, Args)]
#[group(id = "namespace_change", required = true, multiple = true, args = ["description", "is_public"])]
pub struct NamespaceUpdate {
    /// Names or IDs
    #[arg(required = true, value_name = "NAMESPACE", value_parser = reference)]
    pub references: Vec<String>,
    /// New description
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Whether everybody may pull
    #[arg(long, value_name = "true|false", hide_possible_values = true)]
    pub is_public: Option<bool>,
    #[command(flatten)]
    /// Where.
    pub region: OneRegion,
}

/// `namespace delete`.
#[derive(Debug, Clone, Args)]
pub struct NamespaceDelete {
    /// Name or ID
    #[arg(required = true, value_name = "NAMESPACE", value_parser = reference)]
    pub references: Vec<String>,
    #[command(flatten)]
    /// How.
    pub deletion: Deletion,
    #[command(flatten)]
    /// Where.
    pub region: OneRegion,
}

/// `image list`.
#[derive(Debug, Clone, Args)]
pub struct ImageList {
    /// Sort order
    #[arg(
        long,
        help = "created_at or name with _asc or _desc",
        value_enum,
        value_name = "ORDER",
        hide_possible_values = true
    )]
    pub order_by: Option<Order>,
    /// Namespace: name or ID [default: all namespaces]
    #[arg(value_name = "NAMESPACE", value_parser = reference)]
    pub namespace: Option<String>,
    /// The same
    #[arg(
        long,
        alias = "namespace",
        value_name = "NAMESPACE",
        value_parser = reference,
        conflicts_with = "namespace"
    )]
    pub namespace_id: Option<String>,
    /// Only with this name
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    /// Only in this project
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub project_id: Option<String>,
    /// Only in this organization
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub organization_id: Option<String>,
    #[command(flatten)]
    /// Where.
    pub regions: Regions,
}

/// `image get`.
#[derive(Debug, Clone, Args)]
pub struct ImageGet {
    /// Name, as in my-ns/app, or ID
    #[arg(required = true, value_name = "IMAGE", value_parser = reference)]
    pub references: Vec<String>,
    #[command(flatten)]
    /// Where.
    pub region: OneRegion,
}

/// `image update`.
#[derive(Debug, Clone, Args)]
pub struct ImageUpdate {
    /// Name with its namespace, as in my-ns/app, or ID
    #[arg(required = true, value_name = "IMAGE", value_parser = reference)]
    pub references: Vec<String>,
    /// Who may pull it: inherit, public or private
    #[arg(long, value_enum, value_name = "WHO", hide_possible_values = true, required = true)]
    pub visibility: Visibility,
    #[command(flatten)]
    /// Where.
    pub region: OneRegion,
}

/// `image delete`.
#[derive(Debug, Clone, Args)]
pub struct ImageDelete {
    /// Name with its namespace, as in my-ns/app, or ID
    #[arg(required = true, value_name = "IMAGE", value_parser = reference)]
    pub references: Vec<String>,
    #[command(flatten)]
    /// How.
    pub deletion: Deletion,
    #[command(flatten)]
    /// Where.
    pub region: OneRegion,
}

/// `tag list`.
#[derive(Debug, Clone, Args)]
pub struct TagList {
    /// Image or namespace: name or ID [default: all images]
    #[arg(value_name = "IMAGE", value_parser = reference)]
    pub image: Option<String>,
    /// The same
    #[arg(long, value_name = "IMAGE", value_parser = reference, conflicts_with = "image")]
    pub image_id: Option<String>,
    /// Sort order
    #[arg(
        long,
        help = "created_at or name with _asc or _desc",
        value_enum,
        value_name = "ORDER",
        hide_possible_values = true
    )]
    pub order_by: Option<Order>,
    /// Only with this name
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    #[command(flatten)]
    /// Where.
    pub regions: Regions,
}

/// `tag get`.
#[derive(Debug, Clone, Args)]
pub struct TagGet {
    /// Name, as in my-ns/app:1.2, or ID
    #[arg(required = true, value_name = "TAG", value_parser = reference)]
    pub references: Vec<String>,
    #[command(flatten)]
    /// Where.
    pub region: OneRegion,
}

/// `tag delete`.
#[derive(Debug, Clone, Args)]
pub struct TagDelete {
    /// Name with its namespace, as in my-ns/app:1.2, or ID
    #[arg(required = true, value_name = "TAG", value_parser = reference)]
    pub references: Vec<String>,
    /// Deprecated: can delete tags with the same digest
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    /// How.
    pub deletion: Deletion,
    #[command(flatten)]
    /// Where.
    pub region: OneRegion,
}

/// How namespaces are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
#[allow(missing_docs, reason = "they are the API's words")]
pub enum NamespaceOrder {
    CreatedAtAsc,
    CreatedAtDesc,
    DescriptionAsc,
    DescriptionDesc,
    NameAsc,
    NameDesc,
}

/// How images and tags are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
#[allow(missing_docs, reason = "they are the API's words")]
pub enum Order {
    CreatedAtAsc,
    CreatedAtDesc,
    NameAsc,
    NameDesc,
}

/// Who may pull an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Visibility {
    /// Whoever may pull from the namespace.
    Inherit,
    /// Everybody.
    Public,
    /// Those with a key.
    Private,
}

/// The API's word for a choice.
pub fn api_word(choice: &impl ValueEnum) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Accepts what can be a name or an ID. Everything else is refused without asking the API.
pub(super) fn reference(text: &str) -> Result<String, String> {
    Reference::parse(text).map(|_| text.to_owned()).map_err(|error| on_one_line(&error))
}

/// Reads the name of a namespace to be. The API has more rules; a reference or a path is refused
/// here, because it was meant for something else.
fn new_name(text: &str) -> Result<String, String> {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_usual) {
        return Ok(text.to_owned());
    }
    Err("a new name is letters, digits and dashes, as in my-ns".to_owned())
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time looks like 30s, 5m or 1h".to_owned();
    let span: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).map_err(|_| wrong())
}

fn output(text: &str) -> Result<Output, String> {
    let (format, columns) = match text.split_once('=') {
        Some((format, columns)) => (format, Some(columns)),
        None => (text, None),
    };
    let list = || -> Result<Vec<String>, String> {
        let Some(columns) = columns else { return Ok(Vec::new()) };
        let columns: Vec<_> = columns.split(',').map(|name| name.trim().to_owned()).collect();
        if columns.iter().any(String::is_empty) {
            return Err("columns follow the =, as in human=NAME,SIZE".to_owned());
        }
        Ok(columns)
    };
    match (format, columns) {
        ("human", _) => Ok(Output::Human(list()?)),
        ("wide", _) => Ok(Output::Wide(list()?)),
        // As scw has it; this is how JSON is always printed.
        ("json", None | Some("pretty")) => Ok(Output::Json),
        ("yaml", None) => Ok(Output::Yaml),
        _ => {
            Err("it is human, wide, json or yaml, or has columns, as in human=NAME,SIZE".to_owned())
        }
    }
}
