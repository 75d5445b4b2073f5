//! The command line of `image`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::options::{DeletionArguments, OneRegionArguments, RegionsArguments};
use super::order::ItemOrder;
use super::prune::ImagePruneArguments;
use crate::cli::command::{ImageCommand, ImageList, ImageUpdate, Order, OwnerFilter, Visibility};
use crate::cli::values::reference;
use crate::registry::Reference;

/// The commands about images.
#[expect(clippy::large_enum_variant, reason = "there is one value in a run")]
#[derive(Debug, Subcommand)]
pub(in crate::cli::arguments) enum ImageArguments {
    /// List images
    #[command(after_help = "\
Examples:
  docker-credential-scw image list
  docker-credential-scw image list my-ns --order-by name_asc
  docker-credential-scw image list --region all -o json
")]
    List(ImageListArguments),
    /// Show images
    #[command(after_help = "\
Examples:
  docker-credential-scw image get my-ns/app
  docker-credential-scw image get rg.nl-ams.scw.cloud/my-ns/team/app -o yaml
")]
    Get(ImageGetArguments),
    /// Set who may pull images
    #[command(
        override_usage = "docker-credential-scw image update [OPTIONS] visibility=<WHO> <IMAGE>...",
        after_help = "\
Examples:
  docker-credential-scw image update my-ns/app --visibility public
  docker-credential-scw image update my-ns/app my-ns/web visibility=inherit
"
    )]
    Update(ImageUpdateArguments),
    /// Delete images, with all their tags
    #[command(after_help = "\
Examples:
  docker-credential-scw image delete my-ns/app
  docker-credential-scw image delete my-ns/app my-ns/old --wait --yes
")]
    Delete(ImageDeleteArguments),
    /// Delete images that have no tags
    #[command(after_help = "\
Examples:
  docker-credential-scw image prune --dry-run
  docker-credential-scw image prune my-ns --older-than 7d --yes

The plan is printed first. On a terminal you are asked once; without one,
nothing is deleted without --yes. An image that is being pushed has no tags
until the push ends, so new images are kept.
")]
    Prune(ImagePruneArguments),
}

/// `image list`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct ImageListArguments {
    /// Sort order
    #[arg(
        long,
        help = "created_at or name with _asc or _desc",
        value_enum,
        value_name = "ORDER",
        hide_possible_values = true
    )]
    order_by: Option<ItemOrder>,
    /// Namespace: name or ID [default: all namespaces]
    #[arg(value_name = "NAMESPACE", value_parser = reference)]
    namespace: Option<Reference>,
    /// Same as the argument NAMESPACE
    #[arg(
        long,
        alias = "namespace",
        value_name = "NAMESPACE",
        value_parser = reference,
        conflicts_with = "namespace"
    )]
    namespace_id: Option<Reference>,
    /// Only with this name
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// Only in this project
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    project_id: Option<String>,
    /// Only in this organization
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    organization_id: Option<String>,
    #[command(flatten)]
    regions: RegionsArguments,
}

/// `image get`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct ImageGetArguments {
    /// Name, as in my-ns/app, or ID
    #[arg(required = true, value_name = "IMAGE", value_parser = reference)]
    references: Vec<Reference>,
    #[command(flatten)]
    region: OneRegionArguments,
}

/// `image update`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct ImageUpdateArguments {
    /// Name with its namespace, as in my-ns/app, or ID
    #[arg(required = true, value_name = "IMAGE", value_parser = reference)]
    references: Vec<Reference>,
    /// Who may pull it: inherit, public or private
    #[arg(long, value_enum, value_name = "WHO", hide_possible_values = true, required = true)]
    visibility: Visibility,
    #[command(flatten)]
    region: OneRegionArguments,
}

/// `image delete`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct ImageDeleteArguments {
    /// Name with its namespace, as in my-ns/app, or ID
    #[arg(required = true, value_name = "IMAGE", value_parser = reference)]
    references: Vec<Reference>,
    #[command(flatten)]
    deletion: DeletionArguments,
    #[command(flatten)]
    region: OneRegionArguments,
}

impl ImageArguments {
    pub(in crate::cli::arguments) fn into_command(
        self,
        bound_profile: Option<&str>,
    ) -> ImageCommand {
        match self {
            Self::List(list) => ImageCommand::List(list.into_list(bound_profile)),
            Self::Get(get) => {
                ImageCommand::Get(get.region.into_selection(get.references, bound_profile))
            }
            Self::Update(update) => ImageCommand::Update(ImageUpdate {
                visibility: update.visibility,
                images: update.region.into_selection(update.references, bound_profile),
            }),
            Self::Delete(delete) => {
                let items = delete.region.into_selection(delete.references, bound_profile);
                ImageCommand::Delete(delete.deletion.of_items(items))
            }
            Self::Prune(prune) => ImageCommand::Prune(prune.into_prune(bound_profile)),
        }
    }
}

impl ImageListArguments {
    fn into_list(self, bound_profile: Option<&str>) -> ImageList {
        let order = self.order_by.map(Order::from);
        ImageList {
            namespace: self.namespace.or(self.namespace_id),
            owner: OwnerFilter {
                project_id: self.project_id,
                organization_id: self.organization_id,
            },
            query: self.regions.into_query(order, self.name, bound_profile),
        }
    }
}
