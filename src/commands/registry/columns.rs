//! The columns of the tables of namespaces, images and tags.

use std::borrow::Cow;

use super::listing::TimeStyle;
use super::rows::Row;
use super::session::RegistryError;
use crate::cli::command::Output;
use crate::registry::Kind;
use crate::terminal::{Cell, Heading, size};

/// The text of a cell.
type Text = for<'r> fn(&'r Row, &TimeStyle) -> Cow<'r, str>;

/// A column, and what it shows.
pub(super) struct Column {
    pub(super) heading: Heading,
    /// Shown without being asked for, or with `-o wide`.
    level: Level,
    text: Text,
    /// Its colour depends on the status.
    is_status: bool,
}

impl Column {
    /// The column with texts that are otherwise shortened.
    fn with_whole_text(self) -> Self {
        if self.heading.name == "DIGEST" {
            return Self { text: |row, _| row.item.text("digest").into(), ..self };
        }
        self
    }

    pub(super) fn cell<'r>(&self, row: &'r Row, times: &TimeStyle) -> Cell<'r> {
        let colour = || match row.item.status() {
            "ready" => "32",
            "deleting" => "33",
            "error" | "locked" => "31",
            _ => "0",
        };
        Cell { text: (self.text)(row, times), colour: self.is_status.then(colour) }
    }
}

fn column(name: &'static str, importance: u8, level: Level, text: Text) -> Column {
    Column { heading: Heading::new(name, importance), level, text, is_status: false }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Human,
    Wide,
    Named,
}

/// The columns that `-o` chooses; none if it chooses no table.
pub(super) fn chosen(kind: Kind, output: &Output) -> Result<Vec<Column>, RegistryError> {
    let (names, level) = match output {
        Output::Human(names) => (names, Level::Human),
        Output::Wide(names) => (names, Level::Wide),
        Output::Json | Output::Yaml => return Ok(Vec::new()),
    };
    if names.is_empty() {
        let columns = all(kind).into_iter().filter(|column| column.level <= level);
        let is_wide = level == Level::Wide;
        return Ok(columns.map(|it| if is_wide { it.with_whole_text() } else { it }).collect());
    }
    names.iter().map(|name| named(kind, name)).collect()
}

/// The column that the user names.
fn named(kind: Kind, name: &str) -> Result<Column, RegistryError> {
    let wanted = match in_our_spelling(name).as_str() {
        // The names of the API's fields.
        "CREATED-AT" => "CREATED".to_owned(),
        "UPDATED-AT" => "UPDATED".to_owned(),
        wanted => wanted.to_owned(),
    };
    let found = all(kind).into_iter().find(|column| column.heading.name == wanted);
    let mut column = found.ok_or_else(|| {
        let known: Vec<_> = all(kind).iter().map(|column| column.heading.name).collect();
        RegistryError::UnknownColumn(name.to_owned(), kind.plural(), known.join(", "))
    })?;
    column = column.with_whole_text();
    // A column that was asked for is never left out, and a part of an ID names nothing.
    column.heading = match column.heading.name {
        name @ ("ID" | "FULL-NAME") => Heading::whole(name),
        _ => column.heading.required(),
    };
    Ok(column)
}

/// Spells the `CreatedAt` of `scw` and the `created_at` of the API as `CREATED-AT`.
fn in_our_spelling(name: &str) -> String {
    let mut spelled = String::new();
    for character in name.chars() {
        let is_start = character.is_ascii_uppercase()
            && spelled.ends_with(|last: char| last.is_ascii_lowercase());
        if is_start {
            spelled.push('-');
        }
        spelled.push(if character == '_' { '-' } else { character });
    }
    spelled.to_uppercase()
}

fn all(kind: Kind) -> Vec<Column> {
    match kind {
        Kind::Namespace => of_namespaces(),
        Kind::Image => of_images(),
        Kind::Tag => of_tags(),
    }
}

/// The columns that every kind has.
struct Common {
    full_name: Column,
    id: Column,
    name: Column,
    region: Column,
    size: Column,
    status: Column,
    message: Column,
    created: Column,
    updated: Column,
}

impl Common {
    fn new() -> Self {
        use Level::{Human, Wide};
        Self {
            full_name: Column {
                heading: Heading::named("FULL-NAME"),
                ..column("", 0, Human, |row, _| row.full_name.as_deref().unwrap_or_default().into())
            },
            id: column("ID", 3, Human, |row, _| row.item.id().into()),
            name: column("NAME", 18, Wide, |row, _| row.item.name().into()),
            region: column("REGION", 10, Wide, |row, _| row.region.as_str().into()),
            size: column("SIZE", 16, Human, |row, _| {
                row.item.number("size").map(size).unwrap_or_default().into()
            }),
            status: Column {
                is_status: true,
                ..column("STATUS", 17, Human, |row, _| row.item.status().into())
            },
            message: column("STATUS-MESSAGE", 2, Wide, |row, _| {
                row.item.text("status_message").into()
            }),
            created: column("CREATED", 14, Wide, |row, times| {
                times.time(&row.item, "created_at").into()
            }),
            updated: column("UPDATED", 9, Human, |row, times| {
                times.time(&row.item, "updated_at").into()
            }),
        }
    }
}

fn of_namespaces() -> Vec<Column> {
    use Level::{Human, Named, Wide};
    let Common { full_name, id, name, region, size, status, message, created, updated } =
        Common::new();
    vec![
        full_name,
        column("VISIBILITY", 12, Human, |row, _| {
            let word = |public| if public { "public" } else { "private" };
            row.item.flag("is_public").map(word).unwrap_or_default().into()
        }),
        column("IMAGE-COUNT", 13, Human, |row, _| {
            row.item.number("image_count").map(|n| n.to_string()).unwrap_or_default().into()
        }),
        size,
        status,
        created,
        updated,
        id,
        name,
        region,
        column("PROJECT-ID", 5, Wide, |row, _| row.item.text("project_id").into()),
        column("ORGANIZATION-ID", 4, Wide, |row, _| row.item.text("organization_id").into()),
        column("DESCRIPTION", 1, Wide, |row, _| row.item.text("description").into()),
        message,
        column("ENDPOINT", 19, Named, |row, _| row.item.text("endpoint").into()),
        column("IS-PUBLIC", 12, Named, |row, _| {
            row.item.flag("is_public").map(|flag| flag.to_string()).unwrap_or_default().into()
        }),
    ]
}

fn of_images() -> Vec<Column> {
    use Level::{Human, Wide};
    let Common { full_name, id, name, region, size, status, message, created, updated } =
        Common::new();
    vec![
        full_name,
        size,
        column("VISIBILITY", 12, Human, visibility),
        status,
        created,
        updated,
        id,
        name,
        region,
        column("NAMESPACE-ID", 4, Wide, |row, _| row.item.text("namespace_id").into()),
        column("NEWEST-TAGS", 6, Wide, |row, _| {
            row.item.fields.texts("tags").collect::<Vec<_>>().join(",").into()
        }),
        message,
    ]
}

fn of_tags() -> Vec<Column> {
    use Level::{Human, Wide};
    let Common { full_name, id, name, region, status, created, updated, .. } = Common::new();
    vec![
        full_name,
        status,
        column("DIGEST", 12, Human, |row, _| short_digest(row.item.text("digest")).into()),
        Column { level: Human, ..created },
        updated,
        id,
        name,
        region,
        column("IMAGE-ID", 4, Wide, |row, _| row.item.text("image_id").into()),
    ]
}

/// The first digits of a digest, as Docker shows them.
pub(super) fn short_digest(digest: &str) -> &str {
    digest.strip_prefix("sha256:").and_then(|digits| digits.get(..12)).unwrap_or(digest)
}

/// An image's visibility, with `inherit` replaced by that of the namespace.
pub(super) fn visibility<'r>(row: &'r Row, _: &TimeStyle) -> Cow<'r, str> {
    let visibility = row.item.text("visibility");
    match (visibility, row.namespace_is_public) {
        ("inherit", Some(true)) => "public (inherited)".into(),
        ("inherit", Some(false)) => "private (inherited)".into(),
        _ => visibility.into(),
    }
}
