//! How a plan and its outcome are shown.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Line, Outcome, Section, counted};
use crate::printable::Escaped;
use crate::registry::Kind;
use crate::system::environment::Environment;
use crate::terminal::{self, Cell, Console, Heading, Style, columns, size};

use super::super::columns::short_digest;
use super::super::listing::TimeStyle;

/// How a plan is drawn.
pub(super) struct PlanStyle {
    style: Style,
    width: Option<usize>,
    times: TimeStyle,
}

impl PlanStyle {
    pub(super) fn for_stdout(environment: &Environment, console: &Console<'_>) -> Self {
        let style = console.style;
        let width = if style.terminal { environment.terminal_width() } else { None };
        Self { style, width, times: TimeStyle::of(environment, console) }
    }

    /// Plain: where the plan goes to standard error, standard output is a script's.
    pub(super) fn for_stderr() -> Self {
        let style = Style { colour: false, unicode: false, terminal: false };
        Self { style, width: None, times: TimeStyle::exact() }
    }
}

/// The plan of each section as a table, and its totals.
pub(super) fn plan(kind: Kind, sections: &[Section], style: &PlanStyle) -> String {
    let mut text = String::new();
    for section in sections {
        let _ = writeln!(text, "{}", Escaped(&section.title));
        if !section.lines.is_empty() {
            text.push_str(&table(kind, &section.lines, style));
        }
        let count = section.to_delete().count();
        let kept = section.lines.len() - count;
        let _ = writeln!(text, "{} to delete, {kept} to keep", counted(kind, count));
    }
    text
}

fn table(kind: Kind, lines: &[Line], style: &PlanStyle) -> String {
    let name = match kind {
        Kind::Namespace => "NAMESPACE",
        Kind::Image => "IMAGE",
        Kind::Tag => "TAG",
    };
    let headings = [
        Heading::whole(name),
        Heading::new("DIGEST", 1),
        Heading::new("UPDATED", 2),
        Heading::whole("ACTION"),
        Heading::new("WHY", 3),
    ];
    let has_digest = kind == Kind::Tag;
    let wanted = |at: &usize| has_digest || *at != 1;
    let row = |line| {
        let cells = cells(line, style).into_iter().enumerate();
        cells.filter(|(at, _)| wanted(at)).map(|(_, cell)| cell).collect()
    };
    let headings: Vec<_> = headings
        .into_iter()
        .enumerate()
        .filter(|(at, _)| wanted(at))
        .map(|(_, heading)| heading)
        .collect();
    columns(&headings, lines.iter().map(row).collect(), style.width, style.style)
}

fn cells<'l>(line: &'l Line, style: &PlanStyle) -> [Cell<'l>; 5] {
    let (action, colour) = if line.goes { ("delete", Some("31")) } else { ("keep", None) };
    let digest = line.digest.as_deref().map(short_digest).unwrap_or_default();
    let plain = |text| Cell { text, colour: None };
    [
        plain(line.name.as_str().into()),
        plain(digest.into()),
        plain(style.times.text(&line.updated_at).into()),
        Cell { text: action.into(), colour },
        plain(line.why.text.as_str().into()),
    ]
}

/// What was done, in a line for each section.
pub(super) fn summary(kind: Kind, sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections.iter().filter(|section| section.to_delete().next().is_some()) {
        let count = |is: fn(&Outcome) -> bool| {
            section
                .lines
                .iter()
                .filter_map(|line| line.outcome.as_ref())
                .filter(|it| is(it))
                .count()
        };
        let deleted = count(|it| matches!(it, Outcome::Deleted));
        let skipped = count(|it| matches!(it, Outcome::Skipped(_)));
        let failed = count(|it| matches!(it, Outcome::Failed(_)));
        let title = Escaped(&section.title);
        let _ = write!(
            text,
            "{title}: {} deleted, {skipped} skipped, {failed} failed",
            counted(kind, deleted)
        );
        if let Some((before, Some(after))) = section.sizes {
            let _ = write!(text, "; size {} before, {} now", size(before), size(after));
        }
        text.push('\n');
    }
    text
}

/// The plan or its outcome for scripts.
pub(super) fn json(kind: Kind, sections: &[Section], is_dry_run: bool, is_done: bool) -> String {
    let section = |section: &Section| {
        let pick = |is: &dyn Fn(&Line) -> bool| {
            let lines = section.lines.iter().filter(|line| is(line));
            Value::Array(lines.map(|line| line_value(kind, line)).collect())
        };
        let ended = |wanted: fn(&Outcome) -> bool| {
            pick(&|line: &Line| line.outcome.as_ref().is_some_and(wanted))
        };
        let (before, after) = section.sizes.map_or((None, None), |(at, now)| (Some(at), now));
        json!({
            "name": section.title,
            "size_before": before,
            "size_after": after,
            "kept": pick(&|line| !line.goes),
            "to_delete": pick(&|line| line.goes && !is_done),
            "deleted": ended(|it| matches!(it, Outcome::Deleted)),
            "skipped": ended(|it| matches!(it, Outcome::Skipped(_))),
            "failed": ended(|it| matches!(it, Outcome::Failed(_))),
        })
    };
    let results: Vec<_> = sections.iter().map(section).collect();
    terminal::json(&json!({"dry_run": is_dry_run, "results": results}))
}

fn line_value(kind: Kind, line: &Line) -> Value {
    let why = match &line.outcome {
        Some(Outcome::Skipped(reason)) => reason,
        _ => &line.why,
    };
    let mut value = Map::new();
    let mut set = |name: &str, part: Value| value.insert(name.to_owned(), part);
    set(kind.word(), json!(line.name));
    if let Some(digest) = &line.digest {
        set("digest", json!(digest));
    }
    set("updated_at", json!(line.updated_at));
    set("reason", json!(why.code));
    set("why", json!(why.text));
    if let Some(Outcome::Failed(error)) = &line.outcome {
        set("error", json!({"cause": error.cause, "hint": error.hint}));
    }
    Value::Object(value)
}
