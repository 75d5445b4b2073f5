//! What is particular to images.

use serde_json::Map;

use super::gathering::present;
use super::rows::rows;
use super::{RegistryCommands, RegistryError};
use crate::cli::command::{ImageList, ImageUpdate, Order};
use crate::registry::Kind;

impl RegistryCommands<'_, '_> {
    pub(super) fn list_images(&mut self, wanted: &ImageList) -> Result<(), RegistryError> {
        let query = &wanted.query;
        let order = query.order.map(Order::api_value);
        let filters = [
            ("order_by", order.as_deref()),
            ("name", query.name.as_deref()),
            ("project_id", wanted.owner.project_id.as_deref()),
            ("organization_id", wanted.owner.organization_id.as_deref()),
        ];
        let filters = present(&filters);
        self.list(Kind::Image, query, wanted.namespace.as_ref(), |api, reference| {
            let namespace = reference.map(|reference| api.namespace(reference)).transpose()?;
            let mut filters = filters.clone();
            if let Some(namespace) = &namespace {
                filters.push(("namespace_id", namespace.id()));
            }
            rows(api, Kind::Image, api.list(Kind::Image, &filters)?)
        })
    }

    pub(super) fn update_images(&mut self, update: &ImageUpdate) -> Result<(), RegistryError> {
        let mut change = Map::new();
        change.insert("visibility".to_owned(), update.visibility.api_value().into());
        self.update(Kind::Image, &update.images, &change)
    }
}
