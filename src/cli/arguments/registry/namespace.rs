//! The command line of `namespace`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::options::{DeletionArguments, OneRegionArguments, RegionsArguments};
use super::order::NamespaceOrder;
use super::prune::NamespacePruneArguments;
use crate::cli::command::{
    NamespaceCommand, NamespaceCreate, NamespaceList, NamespaceOwner, NamespaceUpdate, Order,
    OwnerFilter,
};
use crate::cli::values::{new_name, reference};
use crate::registry::Reference;

/// The commands about namespaces.
#[derive(Debug, Subcommand)]
pub(in crate::cli::arguments) enum NamespaceArguments {
    /// List namespaces
    #[command(after_help = "\
Examples:
  docker-credential-scw namespace list
  docker-credential-scw namespace list --region all --order-by name_asc
  docker-credential-scw namespace list -o human=FULL-NAME,SIZE
")]
    List(NamespaceListArguments),
    /// Show namespaces
    #[command(after_help = "\
Examples:
  docker-credential-scw namespace get my-ns
  docker-credential-scw namespace get rg.nl-ams.scw.cloud/my-ns -o json
")]
    Get(NamespaceGetArguments),
    /// Create a namespace
    #[command(after_help = "\
Examples:
  docker-credential-scw namespace create my-ns --region nl-ams
  docker-credential-scw namespace create name=my-ns is-public=true --wait
")]
    Create(NamespaceCreateArguments),
    /// Update namespaces
    #[command(
        override_usage = "docker-credential-scw namespace update [OPTIONS] <NAMESPACE>...",
        after_help = "\
Examples:
  docker-credential-scw namespace update my-ns --description 'What we ship'
  docker-credential-scw namespace update my-ns is-public=false
"
    )]
    Update(NamespaceUpdateArguments),
    /// Delete namespaces, with every image in them
    #[command(after_help = "\
Examples:
  docker-credential-scw namespace delete my-ns
  docker-credential-scw namespace delete my-ns other-ns --wait --yes
")]
    Delete(NamespaceDeleteArguments),
    /// Delete namespaces that have no images
    #[command(after_help = "\
Examples:
  docker-credential-scw namespace prune --empty --dry-run
  docker-credential-scw namespace prune --empty --older-than 30d --yes

The plan is printed first. On a terminal you are asked once; without one,
nothing is deleted without --yes.
")]
    Prune(NamespacePruneArguments),
}

/// `namespace list`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct NamespaceListArguments {
    /// Sort order
    #[arg(
        long,
        help = "created_at, description or name with _asc or _desc",
        value_enum,
        value_name = "ORDER",
        hide_possible_values = true
    )]
    order_by: Option<NamespaceOrder>,
    /// Only in this project
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    project_id: Option<String>,
    /// Only in this organization
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    organization_id: Option<String>,
    /// Only with this name
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    #[command(flatten)]
    regions: RegionsArguments,
}

/// `namespace get`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct NamespaceGetArguments {
    /// Name or ID
    #[arg(required = true, value_name = "NAMESPACE", value_parser = reference)]
    references: Vec<Reference>,
    #[command(flatten)]
    region: OneRegionArguments,
}

/// `namespace create`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct NamespaceCreateArguments {
    /// Name [default: a generated name]
    #[arg(value_name = "NAME", value_parser = new_name)]
    new_name: Option<String>,
    /// Same as the argument NAME
    #[arg(
        long,
        value_parser = NonEmptyStringValueParser::new(),
        conflicts_with = "new_name"
    )]
    name: Option<String>,
    /// Description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Project of the namespace [default: the profile's]
    #[arg(
        long,
        value_name = "ID",
        value_parser = NonEmptyStringValueParser::new(),
        conflicts_with = "organization_id"
    )]
    project_id: Option<String>,
    /// Organization of the namespace (deprecated)
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    organization_id: Option<String>,
    /// Allow anyone to pull
    #[arg(long)]
    is_public: bool,
    /// Wait until it is ready
    #[arg(short, long)]
    wait: bool,
    #[command(flatten)]
    region: OneRegionArguments,
}

/// `namespace update`.
#[derive(Debug, Args)]
#[group(id = "namespace_change", required = true, multiple = true, args = ["description", "is_public"])]
pub(in crate::cli::arguments) struct NamespaceUpdateArguments {
    /// Names or IDs
    #[arg(required = true, value_name = "NAMESPACE", value_parser = reference)]
    references: Vec<Reference>,
    /// New description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Whether anyone may pull
    #[arg(long, value_name = "true|false", hide_possible_values = true)]
    is_public: Option<bool>,
    #[command(flatten)]
    region: OneRegionArguments,
}

/// `namespace delete`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct NamespaceDeleteArguments {
    /// Name or ID
    #[arg(required = true, value_name = "NAMESPACE", value_parser = reference)]
    references: Vec<Reference>,
    #[command(flatten)]
    deletion: DeletionArguments,
    #[command(flatten)]
    region: OneRegionArguments,
}

impl NamespaceArguments {
    pub(in crate::cli::arguments) fn into_command(
        self,
        bound_profile: Option<&str>,
    ) -> NamespaceCommand {
        match self {
            Self::List(list) => NamespaceCommand::List(list.into_list(bound_profile)),
            Self::Get(get) => {
                NamespaceCommand::Get(get.region.into_selection(get.references, bound_profile))
            }
            Self::Create(create) => NamespaceCommand::Create(create.into_create(bound_profile)),
            Self::Update(update) => NamespaceCommand::Update(NamespaceUpdate {
                description: update.description,
                is_public: update.is_public,
                namespaces: update.region.into_selection(update.references, bound_profile),
            }),
            Self::Delete(delete) => {
                let items = delete.region.into_selection(delete.references, bound_profile);
                NamespaceCommand::Delete(delete.deletion.of_items(items))
            }
            Self::Prune(prune) => NamespaceCommand::Prune(prune.into_prune(bound_profile)),
        }
    }
}

impl NamespaceListArguments {
    fn into_list(self, bound_profile: Option<&str>) -> NamespaceList {
        let order = self.order_by.map(Order::from);
        NamespaceList {
            owner: OwnerFilter {
                project_id: self.project_id,
                organization_id: self.organization_id,
            },
            query: self.regions.into_query(order, self.name, bound_profile),
        }
    }
}

impl NamespaceCreateArguments {
    fn into_create(self, bound_profile: Option<&str>) -> NamespaceCreate {
        let (region, account, output) = self.region.into_parts(bound_profile);
        NamespaceCreate {
            name: self.new_name.or(self.name),
            description: self.description,
            owner: match (self.organization_id, self.project_id) {
                (Some(id), _) => NamespaceOwner::Organization(id),
                (None, Some(id)) => NamespaceOwner::Project(id),
                (None, None) => NamespaceOwner::OfProfile,
            },
            is_public: self.is_public,
            wait: self.wait,
            region,
            account,
            output,
        }
    }
}
