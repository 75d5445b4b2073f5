//! `usage`: how much storage namespaces and images use.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::RegistryCommands;
use super::gathering::Gathered;
use super::listing::{self, TimeStyle};
use super::rows::{Row, rows};
use super::session::RegistryError;
use crate::cli::command::{self, Output};
use crate::registry::{
    Item, Kind, Nature, Reference, RegistryApi, Target, in_parallel, prune::nanoseconds,
};
use crate::terminal::{Cell, Heading, columns, json, size, yaml};

/// What one namespace or image stores.
#[derive(Debug, Clone, Default)]
struct Usage {
    name: String,
    images: u64,
    /// `None` if they could not be counted.
    tags: Option<u64>,
    size: u64,
    /// The part of the size that is private, which is what storage is charged for.
    private_size: u64,
    visibility: String,
    updated_at: String,
}

impl Usage {
    fn add(&mut self, other: &Self) {
        self.images += other.images;
        self.tags = self.tags.zip(other.tags).map(|(a, b)| a.saturating_add(b));
        self.size = self.size.saturating_add(other.size);
        self.private_size = self.private_size.saturating_add(other.private_size);
        if nanoseconds(&other.updated_at) > nanoseconds(&self.updated_at) {
            self.updated_at.clone_from(&other.updated_at);
        }
    }
}

impl RegistryCommands<'_, '_> {
    /// `usage`.
    pub(in super::super) fn usage(
        mut self,
        wanted: &command::Usage,
    ) -> Result<crate::exit::Exit, super::CommandError> {
        let done = self.show_usage(wanted);
        self.end(done)
    }

    fn show_usage(&mut self, wanted: &command::Usage) -> Result<(), RegistryError> {
        let output = &wanted.output;
        listing::check_without_columns(output, "usage", "human, wide, json, yaml")?;
        let named = wanted.reference.as_ref();
        let read = self.gather(&wanted.regions, &wanted.account, named, usage_of)?;
        let Some(Gathered { items: mut found, .. }) = read else { return Ok(()) };
        found.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.name.cmp(&b.name)));
        let mut total = Usage { name: "TOTAL".to_owned(), tags: Some(0), ..Usage::default() };
        for one in &found {
            total.add(one);
        }
        let text = match output {
            Output::Human(_) | Output::Wide(_) => self.usage_table(&found, &total, wanted),
            Output::Yaml => yaml(&value(&found, &total, wanted.price)),
            Output::Json => json(&value(&found, &total, wanted.price)),
        };
        Ok(self.console.print(&text)?)
    }

    fn usage_table(&self, found: &[Usage], total: &Usage, wanted: &command::Usage) -> String {
        let name = if wanted.reference.is_some() { "IMAGE" } else { "NAMESPACE" };
        let mut headings = vec![
            Heading::whole(name),
            Heading::new("IMAGES", 3),
            Heading::new("TAGS", 4),
            Heading::whole("SIZE"),
            Heading::new("SHARE", 5),
            Heading::new("VISIBILITY", 1),
            Heading::new("UPDATED", 2),
        ];
        if wanted.price.is_some() {
            headings.push(Heading::whole("EUR/MONTH"));
        }
        let times = TimeStyle::of(self.environment, self.console);
        let row = |one: &Usage| {
            let mut texts = vec![
                one.name.clone(),
                one.images.to_string(),
                one.tags.map(|count| count.to_string()).unwrap_or_default(),
                size(one.size),
                format!("{}%", percent(one.size, total.size)),
                one.visibility.clone(),
                times.text(&one.updated_at),
            ];
            texts.extend(wanted.price.map(|price| format!("{:.2}", cost(one.private_size, price))));
            texts.into_iter().map(|text| Cell { text: text.into(), colour: None }).collect()
        };
        let style = self.console.style;
        let width = if style.terminal { self.environment.terminal_width() } else { None };
        let lines = found.iter().chain(std::iter::once(total)).map(row).collect();
        let mut text = columns(&headings, lines, width, style);
        text.push_str("\nSizes are the API's: layers that images share count once per image.\n");
        if wanted.price.is_some() {
            text.push_str("The cost is an estimate for private storage.\n");
        }
        text
    }
}

/// What a region, a namespace or an image stores.
fn usage_of(
    api: &RegistryApi<'_>,
    reference: Option<&Reference>,
) -> Result<Vec<Usage>, RegistryError> {
    let Some(reference) = reference else { return of_namespaces(api) };
    let is_image = match &reference.target {
        Target::Name { parts, .. } => parts.len() > 1,
        Target::Id(id) => match api.get(Kind::Namespace, id) {
            Ok(_) => false,
            Err(error) if error.nature == Nature::NotFound => true,
            Err(error) => return Err(error.into()),
        },
    };
    let images = if is_image {
        vec![api.image(reference)?]
    } else {
        let namespace = api.namespace(reference)?;
        api.list(Kind::Image, &[("namespace_id", namespace.id())])?
    };
    Ok(of_images(api, rows(api, Kind::Image, images)?))
}

fn of_namespaces(api: &RegistryApi<'_>) -> Result<Vec<Usage>, RegistryError> {
    let namespaces = api.list(Kind::Namespace, &[])?;
    let images = rows(api, Kind::Image, api.list(Kind::Image, &[])?)?;
    let ids: Vec<_> = images.iter().map(|row| row.item.text("namespace_id").to_owned()).collect();
    let mut sums: HashMap<String, Usage> = HashMap::new();
    for (id, image) in ids.into_iter().zip(of_images(api, images)) {
        let empty = || Usage { tags: Some(0), ..Usage::default() };
        sums.entry(id).or_insert_with(empty).add(&image);
    }
    let usage = |row: Row| {
        let empty = || Usage { tags: Some(0), ..Usage::default() };
        let sum = sums.remove(row.item.id()).unwrap_or_else(empty);
        let updated_at = row.item.text("updated_at").to_owned();
        Usage {
            name: row.called().to_owned(),
            visibility: visibility(row.namespace_is_public),
            updated_at: if sum.updated_at.is_empty() { updated_at } else { sum.updated_at },
            size: row.item.number("size").unwrap_or(sum.size),
            ..sum
        }
    };
    Ok(rows(api, Kind::Namespace, namespaces)?.into_iter().map(usage).collect())
}

fn of_images(api: &RegistryApi<'_>, images: Vec<Row>) -> Vec<Usage> {
    let counts = in_parallel(&images, |row| match api.tag_count(row.item.id()) {
        Ok(count) => Some(count),
        Err(error) => {
            api.add_problem(error);
            None
        }
    });
    let usage = |(row, tags): (Row, Option<u64>)| {
        let is_public = is_public(&row.item, row.namespace_is_public);
        let size = row.item.number("size").unwrap_or_default();
        Usage {
            name: row.called().to_owned(),
            images: 1,
            tags,
            size,
            // What may be charged for is not hidden by a namespace that cannot be read.
            private_size: if is_public == Some(true) { 0 } else { size },
            visibility: visibility(is_public),
            updated_at: row.item.text("updated_at").to_owned(),
        }
    };
    images.into_iter().zip(counts).map(usage).collect()
}

fn is_public(image: &Item, namespace: Option<bool>) -> Option<bool> {
    match image.text("visibility") {
        "public" => Some(true),
        "private" => Some(false),
        _ => namespace,
    }
}

fn visibility(is_public: Option<bool>) -> String {
    let word = |is_public| if is_public { "public" } else { "private" };
    is_public.map(word).unwrap_or_default().to_owned()
}

/// A share in whole percent, rounded.
fn percent(part: u64, whole: u64) -> u128 {
    let (part, whole) = (u128::from(part), u128::from(whole).max(1));
    (part * 100 + whole / 2) / whole
}

/// What private storage costs in a month.
#[expect(clippy::cast_precision_loss, reason = "an estimate in cents needs few digits")]
fn cost(bytes: u64, price: f64) -> f64 {
    bytes as f64 / 1e9 * price
}

fn value(found: &[Usage], total: &Usage, price: Option<f64>) -> Value {
    let one = |one: &Usage| {
        let mut value = Map::new();
        let mut set = |name: &str, part: Value| value.insert(name.to_owned(), part);
        set("name", json!(one.name));
        set("images", json!(one.images));
        set("tags", json!(one.tags));
        set("size", json!(one.size));
        set("private_size", json!(one.private_size));
        set("share_percent", json!(u64::try_from(percent(one.size, total.size)).ok()));
        set("visibility", json!(one.visibility));
        set("updated_at", json!(one.updated_at));
        if let Some(price) = price {
            set("eur_per_month", json!(cost(one.private_size, price)));
        }
        Value::Object(value)
    };
    json!({"items": found.iter().map(one).collect::<Vec<_>>(), "total": one(total)})
}
