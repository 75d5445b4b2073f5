//! How namespaces, images and tags are shown.

use std::cmp::Ordering;
use std::time::SystemTime;

use serde_json::Value;

use super::columns::{Column, chosen};
use super::rows::Row;
use super::session::RegistryError;
use crate::cli::command::{Order, OrderField, Output};
use crate::registry::{Fields, Item, Kind};
use crate::system::environment::Environment;
use crate::terminal::{Console, columns, exact, instant, json, relative, yaml, yaml_list};

/// How times are shown.
pub(super) struct TimeStyle {
    /// The time that others are shown relative to; without one they are shown as dates.
    now: Option<SystemTime>,
}

/// Checks the columns of `-o`, before anything is sent.
pub(super) fn check(kind: Kind, output: &Output) -> Result<(), RegistryError> {
    chosen(kind, output).map(|_| ())
}

/// Checks that `-o` names no columns, for a command that has none to choose from but these formats.
pub(super) fn check_without_columns(
    output: &Output,
    command: &'static str,
    formats: &str,
) -> Result<(), RegistryError> {
    match output {
        Output::Human(names) | Output::Wide(names) => match names.first() {
            Some(name) => {
                Err(RegistryError::UnknownColumn(name.clone(), command, formats.to_owned()))
            }
            None => Ok(()),
        },
        Output::Json | Output::Yaml => Ok(()),
    }
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
    let objects = |rows: Vec<Row>| -> Vec<Fields> { rows.into_iter().map(object).collect() };
    let text = match output {
        Output::Human(_) | Output::Wide(_) => {
            let chosen = chosen(kind, output)?;
            let fits = matches!(output, Output::Human(_));
            table(environment, console, &rows, &chosen, fits)
        }
        Output::Json => match objects(rows).as_slice() {
            [one] if single => json(one),
            all => json(all),
        },
        Output::Yaml => {
            let mut objects = objects(rows);
            match objects.pop() {
                Some(one) if single && objects.is_empty() => yaml(&one.into()),
                last => yaml_list(objects.into_iter().chain(last).map(Value::from)),
            }
        }
    };
    Ok(console.print(&text)?)
}

/// The fields of an item for scripts.
fn object(row: Row) -> Fields {
    let mut fields = row.item.fields;
    fields.insert("full_name", row.full_name.map_or(Value::Null, Value::String));
    fields
}

/// Sorts rows that were read in parts. Rows that are alike keep their order.
pub(super) fn sort(rows: &mut [Row], order: Option<Order>) {
    let Order { field, is_descending } = order.unwrap_or(Order::DEFAULT);
    let in_order = |a: Ordering| if is_descending { a.reverse() } else { a };
    if field == OrderField::CreatedAt {
        // Compared as times, because the fraction has any number of digits. A missing time is last.
        let time = |row: &Row| instant(row.item.text(field.name()));
        rows.sort_by_cached_key(|row| {
            let nanoseconds = time(row).unwrap_or(i128::MAX);
            if is_descending { -nanoseconds } else { nanoseconds }
        });
    } else {
        let text = |row: &Row| row.item.text(field.name()).to_owned();
        rows.sort_by(|a, b| in_order(text(a).cmp(&text(b))));
    }
}

fn table(
    environment: &Environment,
    console: &Console<'_>,
    rows: &[Row],
    chosen: &[Column],
    fits: bool,
) -> String {
    let style = console.style;
    let times = TimeStyle::of(environment, console);
    let headings: Vec<_> = chosen.iter().map(|column| column.heading).collect();
    let cells = rows
        .iter()
        .map(|row| chosen.iter().map(|column| column.cell(row, &times)).collect())
        .collect();
    let width = if style.terminal && fits { environment.terminal_width() } else { None };
    columns(&headings, cells, width, style)
}

impl TimeStyle {
    /// Relative on a terminal.
    pub(super) fn of(environment: &Environment, console: &Console<'_>) -> Self {
        Self { now: console.style.terminal.then(|| environment.clock().now()) }
    }

    pub(super) fn exact() -> Self {
        Self { now: None }
    }

    pub(super) fn time(&self, item: &Item, field: &str) -> String {
        self.text(item.text(field))
    }

    pub(super) fn text(&self, time: &str) -> String {
        self.now.map_or_else(|| exact(time), |now| relative(time, now))
    }
}
