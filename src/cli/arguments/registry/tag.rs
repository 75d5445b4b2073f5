//! The command line of `tag`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::options::{DeletionArguments, OneRegionArguments, RegionsArguments};
use super::order::ItemOrder;
use super::prune::TagPruneArguments;
use crate::cli::command::{Order, TagCommand, TagDeletion, TagList};
use crate::cli::values::reference;
use crate::registry::Reference;

/// The commands about tags.
#[derive(Debug, Subcommand)]
pub(in crate::cli::arguments) enum TagArguments {
    /// List the tags of an image, or of all images
    #[command(after_help = "\
Examples:
  docker-credential-scw tag list my-ns/app
  docker-credential-scw tag list my-ns/app --order-by created_at_desc -o wide
  docker-credential-scw tag list --region all
")]
    List(TagListArguments),
    /// Show tags
    #[command(after_help = "\
Examples:
  docker-credential-scw tag get my-ns/app:1.2
  docker-credential-scw tag get rg.nl-ams.scw.cloud/my-ns/app:1.2 -o json
")]
    Get(TagGetArguments),
    /// Delete tags
    #[command(after_help = "\
Examples:
  docker-credential-scw tag delete my-ns/app:1.2
  docker-credential-scw tag delete my-ns/app:1.1 my-ns/app:1.2 --wait --yes

A digest (my-ns/app@sha256:...) means every tag with this digest.
")]
    Delete(TagDeleteArguments),
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

With --keep and --older-than, a tag is deleted only if both select it. latest is
kept unless --match latest names it. If any tag of a digest is kept, all tags of
that digest are kept. Signatures (sha256-....sig) are deleted with their image
and do not count.

The plan is printed first. On a terminal you are asked once; without one,
nothing is deleted without --yes. Each tag is read again before it is deleted,
and skipped if it was pushed in the meantime.
"
    )]
    Prune(TagPruneArguments),
}

/// `tag list`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct TagListArguments {
    /// Image or namespace: name or ID [default: all images]
    #[arg(value_name = "IMAGE", value_parser = reference)]
    image: Option<Reference>,
    /// Same as the argument IMAGE
    #[arg(long, value_name = "IMAGE", value_parser = reference, conflicts_with = "image")]
    image_id: Option<Reference>,
    /// Sort order
    #[arg(
        long,
        help = "created_at or name with _asc or _desc",
        value_enum,
        value_name = "ORDER",
        hide_possible_values = true
    )]
    order_by: Option<ItemOrder>,
    /// Only with this name
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    #[command(flatten)]
    regions: RegionsArguments,
}

/// `tag get`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct TagGetArguments {
    /// Name, as in my-ns/app:1.2, or ID
    #[arg(required = true, value_name = "TAG", value_parser = reference)]
    references: Vec<Reference>,
    #[command(flatten)]
    region: OneRegionArguments,
}

/// `tag delete`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct TagDeleteArguments {
    /// Name with its namespace, as in my-ns/app:1.2, or ID
    #[arg(required = true, value_name = "TAG", value_parser = reference)]
    references: Vec<Reference>,
    /// Deprecated: can delete tags with the same digest
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    deletion: DeletionArguments,
    #[command(flatten)]
    region: OneRegionArguments,
}

impl TagArguments {
    pub(in crate::cli::arguments) fn into_command(self, bound_profile: Option<&str>) -> TagCommand {
        match self {
            Self::List(list) => TagCommand::List(list.into_list(bound_profile)),
            Self::Get(get) => {
                TagCommand::Get(get.region.into_selection(get.references, bound_profile))
            }
            Self::Delete(delete) => {
                let items = delete.region.into_selection(delete.references, bound_profile);
                let deletion = delete.deletion.of_items(items);
                TagCommand::Delete(TagDeletion { deletion, force: delete.force })
            }
            Self::Prune(prune) => TagCommand::Prune(Box::new(prune.into_prune(bound_profile))),
        }
    }
}

impl TagListArguments {
    fn into_list(self, bound_profile: Option<&str>) -> TagList {
        let order = self.order_by.map(Order::from);
        TagList {
            parent: self.image.or(self.image_id),
            query: self.regions.into_query(order, self.name, bound_profile),
        }
    }
}
