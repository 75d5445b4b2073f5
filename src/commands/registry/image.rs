//! What is particular to images.

use serde_json::Map;

use super::{RegistryCommands, RegistryError, rows};
use crate::cli::registry::{ImageList, ImageUpdate, api_word};
use crate::registry::Kind;

impl RegistryCommands<'_, '_> {
    pub(super) fn list_images(&mut self, options: &ImageList) -> Result<(), RegistryError> {
        let order = options.order_by.as_ref().map(api_word);
        let filters = [
            ("order_by", order.as_deref()),
            ("name", options.name.as_deref()),
            ("project_id", options.project_id.as_deref()),
            ("organization_id", options.organization_id.as_deref()),
        ];
        let filters = super::present(&filters);
        let namespace = options.namespace.as_deref().or(options.namespace_id.as_deref());
        self.list(Kind::Image, &options.regions, namespace, order.as_deref(), |api, reference| {
            let namespace = reference.map(|reference| api.namespace(reference)).transpose()?;
            let mut filters = filters.clone();
            if let Some(namespace) = &namespace {
                filters.push(("namespace_id", namespace.id()));
            }
            rows(api, Kind::Image, api.list(Kind::Image, &filters)?)
        })
    }

    pub(super) fn update_image(&mut self, options: &ImageUpdate) -> Result<(), RegistryError> {
        let mut body = Map::new();
        body.insert("visibility".to_owned(), api_word(&options.visibility).into());
        self.update(Kind::Image, &options.references, &options.region, &body)
    }
}
