//! What is particular to tags.

use super::deletion::RemoteItem;
use super::gathering::present;
use super::rows::{self, rows};
use super::{RegistryCommands, RegistryError, listing};
use crate::cli::command::{Order, TagList};
use crate::printable::Escaped;
use crate::registry::{Item, Kind, Nature, RegistryApi, Target, in_parallel};

impl RegistryCommands<'_, '_> {
    pub(super) fn list_tags(&mut self, wanted: &TagList) -> Result<(), RegistryError> {
        let query = &wanted.query;
        let order = query.order.map(Order::api_value);
        let filters = [("order_by", order.as_deref()), ("name", query.name.as_deref())];
        let filters = present(&filters);
        self.list(Kind::Tag, query, wanted.parent.as_ref(), |api, reference| {
            let Some(reference) = reference else {
                return all_tags(api, &[], &filters, query.order);
            };
            let is_namespace = match &reference.target {
                Target::Name { parts, .. } => parts.len() == 1,
                Target::Id(_) => false,
            };
            let image = match api.image(reference) {
                // A single name may be an image's without its namespace, or a namespace's.
                Err(error) if is_namespace && error.is_unknown() => {
                    return match api.namespace(reference) {
                        Ok(namespace) => {
                            let inside = [("namespace_id", namespace.id())];
                            all_tags(api, &inside, &filters, query.order)
                        }
                        Err(_) => Err(error.into()),
                    };
                }
                image => image?,
            };
            let tags = api.tags(image.id(), &filters)?;
            let images = rows(api, Kind::Image, vec![image])?;
            Ok(rows::of_tags(api, tags, &images))
        })
    }

    /// Warns that `--force` can delete more tags than those that are named.
    pub(super) fn warn_of_force(&mut self, items: &[RemoteItem<'_>]) {
        let others = |one: &RemoteItem<'_>| -> Option<Vec<String>> {
            let tags = one.api.tags(one.row.item.text("image_id"), &[]).ok()?;
            let is_other = |tag: &&Item| {
                tag.text("digest") == one.row.item.text("digest")
                    && !items.iter().any(|item| item.row.item.id() == tag.id())
            };
            Some(tags.iter().filter(is_other).map(|tag| Escaped(tag.name()).to_string()).collect())
        };
        let others = in_parallel(items, others);
        let is_known = others.iter().all(Option::is_some);
        let mut named: Vec<String> = others.into_iter().flatten().flatten().collect();
        named.sort();
        named.dedup();
        let named = match (named.as_slice(), is_known) {
            (_, false) => "which tags is unknown".to_owned(),
            ([], true) => "there are none now".to_owned(),
            (named, true) => format!("these are: {}", named.join(", ")),
        };
        self.console.report(&format!(
            "--force is deprecated: it can delete other tags with the same digest as well ({named})"
        ));
    }
}

/// The tags of the images that a filter lets through, several images at a time, in one order.
fn all_tags(
    api: &RegistryApi<'_>,
    images: &[(&str, &str)],
    filters: &[(&str, &str)],
    order: Option<Order>,
) -> Result<Vec<rows::Row>, RegistryError> {
    let images = rows(api, Kind::Image, api.list(Kind::Image, images)?)?;
    let lists = in_parallel(&images, |image| api.tags(image.item.id(), filters));
    let mut all = Vec::new();
    for (image, tags) in images.iter().zip(lists) {
        match tags {
            Ok(tags) => all.extend(rows::of_tags(api, tags, std::slice::from_ref(image))),
            // The image went away meanwhile, and its tags with it.
            Err(error) if error.nature == Nature::NotFound => {}
            Err(error) if error.nature == Nature::OverBudget => return Err(error.into()),
            // An image that cannot be read does not hide the others.
            Err(error) => api.add_problem(error),
        }
    }
    listing::sort(&mut all, order);
    Ok(all)
}
