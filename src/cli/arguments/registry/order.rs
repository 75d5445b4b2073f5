//! The values of `--order-by`: the API's names.

use clap::ValueEnum;

use crate::cli::command::{Order, OrderField};

/// How namespaces are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum NamespaceOrder {
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
pub(super) enum ItemOrder {
    CreatedAtAsc,
    CreatedAtDesc,
    NameAsc,
    NameDesc,
}

impl From<NamespaceOrder> for Order {
    fn from(order: NamespaceOrder) -> Self {
        match order {
            NamespaceOrder::CreatedAtAsc => ItemOrder::CreatedAtAsc.into(),
            NamespaceOrder::CreatedAtDesc => ItemOrder::CreatedAtDesc.into(),
            NamespaceOrder::DescriptionAsc => {
                Self { field: OrderField::Description, is_descending: false }
            }
            NamespaceOrder::DescriptionDesc => {
                Self { field: OrderField::Description, is_descending: true }
            }
            NamespaceOrder::NameAsc => ItemOrder::NameAsc.into(),
            NamespaceOrder::NameDesc => ItemOrder::NameDesc.into(),
        }
    }
}

impl From<ItemOrder> for Order {
    fn from(order: ItemOrder) -> Self {
        let (field, is_descending) = match order {
            ItemOrder::CreatedAtAsc => (OrderField::CreatedAt, false),
            ItemOrder::CreatedAtDesc => (OrderField::CreatedAt, true),
            ItemOrder::NameAsc => (OrderField::Name, false),
            ItemOrder::NameDesc => (OrderField::Name, true),
        };
        Self { field, is_descending }
    }
}
