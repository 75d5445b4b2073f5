//! How namespaces, images and tags are shown.

use std::cmp::Ordering;
use std::time::SystemTime;

use serde_json::Value;

use super::rows::Row;
use super::session::RegistryError;
use crate::cli::registry::Output;
use crate::registry::{Item, Kind};
use crate::system::environment::Environment;
use crate::terminal::{
    Cell, Console, Heading, columns, exact, instant, json, relative, size, yaml,
};

/// A column, and what it shows.
struct Column {
    heading: Heading,
    /// Shown without being asked for, or with `-o wide`.
    level: Level,
    text: fn(&Row, &TimeStyle) -> String,
    /// Its colour depends on the status.
    is_status: bool,
}

impl Column {
    /// The column without a text that is short by choice.
    fn with_whole_text(self) -> Self {
        if self.heading.name == "DIGEST" {
            return Self { text: |row, _| row.item.text("digest").to_owned(), ..self };
        }
        self
    }

    fn cell(&self, row: &Row, times: &TimeStyle) -> Cell {
        let colour = match row.item.status() {
            "ready" => "32",
            "deleting" => "33",
            "error" | "locked" => "31",
            _ => "0",
        };
        Cell { text: (self.text)(row, times), colour: self.is_status.then_some(colour) }
    }
}

fn column(
    name: &'static str,
    importance: u8,
    level: Level,
    text: fn(&Row, &TimeStyle) -> String,
) -> Column {
    Column { heading: Heading::new(name, importance), level, text, is_status: false }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Human,
    Wide,
    Named,
}

/// The first digits of a digest, as Docker shows them.
pub(super) fn short_digest(digest: &str) -> &str {
    digest.strip_prefix("sha256:").and_then(|digits| digits.get(..12)).unwrap_or(digest)
}

/// How times are shown.
pub(super) struct TimeStyle {
    /// The time that others are shown relative to; without one they are shown as dates.
    now: Option<SystemTime>,
}

/// Checks the columns of `-o`, before anything is sent.
pub(super) fn check(kind: Kind, output: &Output) -> Result<(), RegistryError> {
    chosen(kind, output).map(|_| ())
}

/// Prints items: `single` ones were asked for by one reference, and are one object for scripts.
pub(super) fn show(
    environment: &Environment,
    console: &mut Console<'_>,
    kind: Kind,
    rows: Vec<Row>,
    output: &Output,
    single: bool,
) -> Result<(), RegistryError> {
    let write = match output {
        Output::Json => json,
        Output::Yaml => yaml,
        Output::Human(_) | Output::Wide(_) => {
            let chosen = chosen(kind, output)?;
            let fits = matches!(output, Output::Human(_));
            let text = table(environment, console, &rows, &chosen, fits);
            return Ok(console.print(&text)?);
        }
    };
    let mut values = rows.into_iter().map(|row| {
        let mut fields = row.item.fields;
        fields.insert("full_name".to_owned(), row.full_name.map_or(Value::Null, Value::String));
        Value::Object(fields)
    });
    let value = match (single, values.len()) {
        (true, 1) => values.next().unwrap_or_default(),
        _ => Value::Array(values.collect()),
    };
    Ok(console.print(&write(&value))?)
}

/// Puts rows that were asked for in parts into one order: `order` is the API's word, and its own
/// default where there is none. What is alike stays as it came.
pub(super) fn sort(rows: &mut [Row], order: Option<&str>) {
    let order = order.unwrap_or("created_at_asc");
    let (field, is_descending) = match order.strip_suffix("_desc") {
        Some(field) => (field, true),
        None => (order.strip_suffix("_asc").unwrap_or(order), false),
    };
    let in_order = |a: Ordering| if is_descending { a.reverse() } else { a };
    if field == "created_at" {
        // As times: they may have fractions of any length. One that is missing comes last.
        let time = |row: &Row| instant(row.item.text("created_at"));
        rows.sort_by_cached_key(|row| {
            let nanoseconds = time(row).unwrap_or(i128::MAX);
            if is_descending { -nanoseconds } else { nanoseconds }
        });
    } else {
        rows.sort_by(|a, b| in_order(a.item.text(field).cmp(b.item.text(field))));
    }
}

fn table(
    environment: &Environment,
    console: &Console<'_>,
    rows: &[Row],
    chosen: &[Column],
    fits: bool,
) -> String {
    let look = console.look;
    let times = TimeStyle::of(environment, console);
    let headings: Vec<_> = chosen.iter().map(|column| column.heading).collect();
    let cells = rows
        .iter()
        .map(|row| chosen.iter().map(|column| column.cell(row, &times)).collect())
        .collect();
    let width = if look.terminal && fits { environment.terminal_width() } else { None };
    columns(&headings, cells, width, look)
}

fn chosen(kind: Kind, output: &Output) -> Result<Vec<Column>, RegistryError> {
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
    let column = |name: &String| {
        // `scw` writes `CreatedAt`, and the API `created_at`.
        let plain = |text: &str| {
            let mut plain = String::new();
            for character in text.chars() {
                let is_start = character.is_ascii_uppercase()
                    && plain.ends_with(|last: char| last.is_ascii_lowercase());
                if is_start {
                    plain.push('-');
                }
                plain.push(if character == '_' { '-' } else { character });
            }
            plain.to_uppercase()
        };
        let wanted = match plain(name).as_str() {
            // As the fields of the API are called.
            "CREATED-AT" => "CREATED".to_owned(),
            "UPDATED-AT" => "UPDATED".to_owned(),
            wanted => wanted.to_owned(),
        };
        let found = all(kind).into_iter().find(|column| column.heading.name == wanted);
        let mut column = found.ok_or_else(|| {
            let known: Vec<_> = all(kind).iter().map(|column| column.heading.name).collect();
            RegistryError::UnknownColumn(name.clone(), kind.plural(), known.join(", "))
        })?;
        column = column.with_whole_text();
        // What somebody asked for is there, and an ID of use: a part of one names nothing.
        column.heading = match column.heading.name {
            name @ ("ID" | "FULL-NAME") => Heading::whole(name),
            _ => column.heading.required(),
        };
        Ok(column)
    };
    names.iter().map(column).collect()
}

fn all(kind: Kind) -> Vec<Column> {
    use Level::{Human, Named, Wide};
    let full_name = Column {
        heading: Heading::named("FULL-NAME"),
        ..column("", 0, Human, |row, _| row.full_name.clone().unwrap_or_default())
    };
    let id = column("ID", 3, Human, |row, _| row.item.id().to_owned());
    let name = column("NAME", 18, Wide, |row, _| row.item.name().to_owned());
    let region = column("REGION", 10, Wide, |row, _| row.region.clone());
    let size =
        column("SIZE", 16, Human, |row, _| row.item.number("size").map(size).unwrap_or_default());
    let status = Column {
        is_status: true,
        ..column("STATUS", 17, Human, |row, _| row.item.status().to_owned())
    };
    let message =
        column("STATUS-MESSAGE", 2, Wide, |row, _| row.item.text("status_message").to_owned());
    let created = column("CREATED", 14, Wide, |row, times| times.time(&row.item, "created_at"));
    let updated = column("UPDATED", 9, Human, |row, times| times.time(&row.item, "updated_at"));
    match kind {
        Kind::Namespace => vec![
            full_name,
            column("VISIBILITY", 12, Human, |row, _| {
                let word = |public| if public { "public" } else { "private" };
                row.item.flag("is_public").map(word).unwrap_or_default().to_owned()
            }),
            column("IMAGE-COUNT", 13, Human, |row, _| {
                row.item.number("image_count").map(|n| n.to_string()).unwrap_or_default()
            }),
            size,
            status,
            created,
            updated,
            id,
            name,
            region,
            column("PROJECT-ID", 5, Wide, |row, _| row.item.text("project_id").to_owned()),
            column("ORGANIZATION-ID", 4, Wide, |row, _| {
                row.item.text("organization_id").to_owned()
            }),
            column("DESCRIPTION", 1, Wide, |row, _| row.item.text("description").to_owned()),
            message,
            column("ENDPOINT", 19, Named, |row, _| row.item.text("endpoint").to_owned()),
            column("IS-PUBLIC", 12, Named, |row, _| {
                row.item.flag("is_public").map(|flag| flag.to_string()).unwrap_or_default()
            }),
        ],
        Kind::Image => vec![
            full_name,
            size,
            column("VISIBILITY", 12, Human, visibility),
            status,
            created,
            updated,
            id,
            name,
            region,
            column("NAMESPACE-ID", 4, Wide, |row, _| row.item.text("namespace_id").to_owned()),
            column("NEWEST-TAGS", 6, Wide, |row, _| {
                let tags = row.item.fields.get("tags").and_then(Value::as_array);
                let tags = tags.into_iter().flatten().filter_map(Value::as_str);
                tags.collect::<Vec<_>>().join(",")
            }),
            message,
        ],
        Kind::Tag => vec![
            full_name,
            status,
            column("DIGEST", 12, Human, |row, _| short_digest(row.item.text("digest")).to_owned()),
            Column { level: Human, ..created },
            updated,
            id,
            name,
            region,
            column("IMAGE-ID", 4, Wide, |row, _| row.item.text("image_id").to_owned()),
        ],
    }
}

/// An image's visibility, with `inherit` replaced by that of the namespace.
pub(super) fn visibility(row: &Row, _: &TimeStyle) -> String {
    let own = row.item.text("visibility");
    match (own, row.namespace_is_public) {
        ("inherit", Some(true)) => "public (inherited)".to_owned(),
        ("inherit", Some(false)) => "private (inherited)".to_owned(),
        _ => own.to_owned(),
    }
}

impl TimeStyle {
    /// Relative on a terminal.
    pub(super) fn of(environment: &Environment, console: &Console<'_>) -> Self {
        Self { now: console.look.terminal.then(|| environment.clock().now()) }
    }

    pub(super) fn exact() -> Self {
        Self { now: None }
    }

    fn time(&self, item: &Item, field: &str) -> String {
        self.text(item.text(field))
    }

    pub(super) fn text(&self, time: &str) -> String {
        self.now.map_or_else(|| exact(time), |now| relative(time, now))
    }
}
