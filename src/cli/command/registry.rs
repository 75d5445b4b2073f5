//! What `namespace`, `image`, `tag` and `usage` were asked for.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::{ImagePrune, NamespacePrune, ProfileChoice, Regions, TagPrune};
use crate::registry::Reference;

/// `namespace`.
#[derive(Debug)]
pub(crate) enum NamespaceCommand {
    List(NamespaceList),
    Get(ItemSelection),
    Create(NamespaceCreate),
    Update(NamespaceUpdate),
    Delete(Deletion),
    Prune(NamespacePrune),
}

/// `image`.
#[derive(Debug)]
pub(crate) enum ImageCommand {
    List(ImageList),
    Get(ItemSelection),
    Update(ImageUpdate),
    Delete(Deletion),
    Prune(ImagePrune),
}

/// `tag`.
#[derive(Debug)]
pub(crate) enum TagCommand {
    List(TagList),
    Get(ItemSelection),
    Delete(TagDeletion),
    Prune(Box<TagPrune>),
}

/// The account at Scaleway, and how long it is waited for.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) profile: ProfileChoice,
    /// The config file to read; `None` means the usual one.
    pub(crate) config: Option<PathBuf>,
    /// The time limit; `None` means the command's usual one.
    pub(crate) timeout: Option<Duration>,
    /// Print each call on standard error.
    pub(crate) debug: bool,
}

/// How a result is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    /// A table with these columns; none means the usual ones.
    Human(Vec<String>),
    /// A table with these columns; none means all of them.
    Wide(Vec<String>),
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Output {
    /// Returns whether it is a table.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self, Self::Human(_) | Self::Wide(_))
    }
}

/// Items that were named one by one.
#[derive(Debug)]
pub(crate) struct ItemSelection {
    pub(crate) references: Vec<Reference>,
    /// The region of references without one; `None` means the account's.
    pub(crate) region: Option<String>,
    pub(crate) account: Account,
    pub(crate) output: Output,
}

/// What every list has in common.
#[derive(Debug)]
pub(crate) struct ListQuery {
    pub(crate) order: Option<Order>,
    /// Only items with this name.
    pub(crate) name: Option<String>,
    /// By default, the account's region.
    pub(crate) regions: Regions,
    pub(crate) account: Account,
    pub(crate) output: Output,
}

/// An order of the API's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) field: OrderField,
    pub(crate) is_descending: bool,
}

/// A field that the API can order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderField {
    CreatedAt,
    Description,
    Name,
}

impl OrderField {
    /// The API's name of the field.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::Description => "description",
            Self::Name => "name",
        }
    }
}

impl Order {
    /// The order of the API's lists without `order_by`.
    pub(crate) const DEFAULT: Self = Self { field: OrderField::CreatedAt, is_descending: false };

    /// The API's value of `order_by`.
    pub(crate) fn api_value(self) -> String {
        format!("{}_{}", self.field.name(), if self.is_descending { "desc" } else { "asc" })
    }
}

/// Whose items a list has.
#[derive(Debug)]
pub(crate) struct OwnerFilter {
    pub(crate) project_id: Option<String>,
    pub(crate) organization_id: Option<String>,
}

/// `namespace list`.
#[derive(Debug)]
pub(crate) struct NamespaceList {
    pub(crate) owner: OwnerFilter,
    pub(crate) query: ListQuery,
}

/// `image list`.
#[derive(Debug)]
pub(crate) struct ImageList {
    /// Only images of this namespace.
    pub(crate) namespace: Option<Reference>,
    pub(crate) owner: OwnerFilter,
    pub(crate) query: ListQuery,
}

/// `tag list`.
#[derive(Debug)]
pub(crate) struct TagList {
    /// Only tags of this image or namespace.
    pub(crate) parent: Option<Reference>,
    pub(crate) query: ListQuery,
}

/// `namespace create`.
#[derive(Debug)]
pub(crate) struct NamespaceCreate {
    /// `None` means a generated name.
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) owner: NamespaceOwner,
    pub(crate) is_public: bool,
    /// Wait until it is ready.
    pub(crate) wait: bool,
    /// `None` means the account's.
    pub(crate) region: Option<String>,
    pub(crate) account: Account,
    pub(crate) output: Output,
}

/// Whose a new namespace is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NamespaceOwner {
    /// The project of the profile.
    OfProfile,
    /// The project with this ID.
    Project(String),
    /// The organization with this ID.
    Organization(String),
}

/// `namespace update`. At least one field changes.
#[derive(Debug)]
pub(crate) struct NamespaceUpdate {
    pub(crate) description: Option<String>,
    pub(crate) is_public: Option<bool>,
    pub(crate) namespaces: ItemSelection,
}

/// `image update`.
#[derive(Debug)]
pub(crate) struct ImageUpdate {
    pub(crate) visibility: Visibility,
    pub(crate) images: ItemSelection,
}

/// Who may pull an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Visibility {
    /// Those who may pull from the namespace.
    Inherit,
    /// Everybody.
    Public,
    /// Those with a key.
    Private,
}

impl Visibility {
    /// The API's value of `visibility`.
    pub(crate) fn api_value(self) -> &'static str {
        match self {
            Self::Inherit => "inherit",
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

/// `namespace delete` and `image delete`.
#[derive(Debug)]
pub(crate) struct Deletion {
    pub(crate) items: ItemSelection,
    /// Delete without asking.
    pub(crate) yes: bool,
    /// Wait until the deletion is complete.
    pub(crate) wait: bool,
}

/// `tag delete`.
#[derive(Debug)]
pub(crate) struct TagDeletion {
    pub(crate) deletion: Deletion,
    /// Also delete other tags with the same digest, if the API does so.
    pub(crate) force: bool,
}

/// `retag`.
#[derive(Debug)]
pub(crate) struct Retag {
    /// The image, with its tag or digest.
    pub(crate) image: Reference,
    /// The same image with its new tags.
    pub(crate) new: Vec<Reference>,
    /// The region of a reference without one; `None` means the account's.
    pub(crate) region: Option<String>,
    pub(crate) account: Account,
    pub(crate) output: Output,
}

/// `usage`.
#[derive(Debug)]
pub(crate) struct Usage {
    /// A namespace or an image; `None` means all namespaces.
    pub(crate) reference: Option<Reference>,
    /// EUR per GB and month.
    pub(crate) price: Option<f64>,
    pub(crate) regions: Regions,
    pub(crate) account: Account,
    pub(crate) output: Output,
}
