//! Items with what belongs to them: the full name, and what `inherit` means.

use std::collections::HashMap;

use super::session::RegistryError;
use crate::registry::{Item, Kind, Nature, RegistryApi, full_name, in_parallel};

/// The most items that are read one by one. More are listed.
const FEW: usize = 4;

/// An item with what is shown of it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) item: Item,
    pub(super) region: String,
    /// What `docker pull` takes; `None` if the namespace or the image cannot be found,
    /// or something has no name.
    pub(super) full_name: Option<String>,
    /// The namespace is public.
    pub(super) namespace_is_public: Option<bool>,
}

impl Row {
    /// What to call it before the person: the full name, or else the ID.
    pub(super) fn called(&self) -> &str {
        self.full_name.as_deref().unwrap_or_else(|| self.item.id())
    }
}

/// Items of one kind, each with its full name.
pub(super) fn rows(
    api: &RegistryApi<'_>,
    kind: Kind,
    items: Vec<Item>,
) -> Result<Vec<Row>, RegistryError> {
    match kind {
        Kind::Namespace => Ok(items.into_iter().map(|item| of_namespace(api, item)).collect()),
        Kind::Image => of_images(api, items),
        Kind::Tag => {
            let ids = items.iter().map(|tag| tag.text("image_id"));
            let images = some(api, Kind::Image, ids)?;
            let images = of_images(api, images)?;
            Ok(of_tags(api, items, &images))
        }
    }
}

fn of_namespace(api: &RegistryApi<'_>, item: Item) -> Row {
    Row {
        full_name: is_named(&item).then(|| full_name(&item, None, None, &api.region)),
        region: api.region.clone(),
        namespace_is_public: item.flag("is_public"),
        item,
    }
}

fn of_images(api: &RegistryApi<'_>, images: Vec<Item>) -> Result<Vec<Row>, RegistryError> {
    let ids = images.iter().map(|image| image.text("namespace_id"));
    let namespaces = some(api, Kind::Namespace, ids)?;
    let namespaces: HashMap<_, _> =
        namespaces.iter().map(|namespace| (namespace.id(), namespace)).collect();
    let row = |image: Item| {
        let namespace = namespaces.get(image.text("namespace_id"));
        Row {
            full_name: namespace
                .filter(|namespace| is_named(namespace) && is_named(&image))
                .map(|namespace| full_name(namespace, Some(&image), None, &api.region)),
            region: api.region.clone(),
            namespace_is_public: namespace.and_then(|namespace| namespace.flag("is_public")),
            item: image,
        }
    };
    Ok(images.into_iter().map(row).collect())
}

/// What has no name cannot be pulled by one.
fn is_named(item: &Item) -> bool {
    !item.name().is_empty()
}

/// Tags with the names of their images.
pub(super) fn of_tags(api: &RegistryApi<'_>, tags: Vec<Item>, images: &[Row]) -> Vec<Row> {
    let images: HashMap<_, _> = images.iter().map(|row| (row.item.id(), row)).collect();
    let row = |tag: Item| {
        let image = images.get(tag.text("image_id")).and_then(|row| row.full_name.as_deref());
        Row {
            full_name: image
                .filter(|_| is_named(&tag))
                .map(|image| format!("{image}:{}", tag.name())),
            region: api.region.clone(),
            namespace_is_public: None,
            item: tag,
        }
    };
    tags.into_iter().map(row).collect()
}

/// The namespaces or images of these IDs that exist. Few are read one by one.
fn some<'a>(
    api: &RegistryApi<'_>,
    kind: Kind,
    ids: impl Iterator<Item = &'a str>,
) -> Result<Vec<Item>, RegistryError> {
    let mut ids: Vec<_> = ids.filter(|id| !id.is_empty()).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > FEW {
        return Ok(api.list(kind, &[])?);
    }
    let mut found = Vec::new();
    for result in in_parallel(&ids, |id| api.get_for_list(kind, id)) {
        match result {
            Ok(item) => found.push(item),
            // It went away meanwhile: what was in it is shown without its full name.
            Err(error) if error.nature == Nature::NotFound => {}
            Err(error) if error.nature == Nature::OverBudget => return Err(error.into()),
            // One that cannot be read does not hide the rest.
            Err(error) => api.add_problem(error),
        }
    }
    Ok(found)
}
