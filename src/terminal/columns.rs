//! A listing that fits.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::style::Style;
use crate::printable::Escaped;

/// What is between two columns.
pub(super) const GAP: &str = "  ";

/// The least width of a column; a shorter one is hidden.
const MIN_WIDTH: usize = 20;

/// The same for the names that the rows are known by, which are shortened in the middle.
const MIN_NAME_WIDTH: usize = 42;

/// A column of a listing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heading {
    pub(crate) name: &'static str,
    /// The column with the least priority is shortened and hidden first.
    priority: u8,
    /// How far it may be shortened.
    min_width: usize,
    /// It is never hidden.
    is_required: bool,
}

impl Heading {
    /// A column that is shortened or hidden before those of a higher priority.
    pub(crate) const fn new(name: &'static str, priority: u8) -> Self {
        Self { name, priority, min_width: MIN_WIDTH, is_required: false }
    }

    /// A column that is neither shortened nor hidden.
    pub(crate) const fn whole(name: &'static str) -> Self {
        Self { name, priority: u8::MAX, min_width: usize::MAX, is_required: true }
    }

    /// A column of names, which is never hidden.
    pub(crate) const fn named(name: &'static str) -> Self {
        Self { name, priority: 0, min_width: MIN_NAME_WIDTH, is_required: true }
    }

    /// The same column, which is never hidden.
    pub(crate) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }
}

/// One cell: its text, and the rendition (ECMA-48) that it is shown in where there is colour.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) colour: Option<&'static str>,
}

/// Rows under headings. Cells are made safe to show. If the rows do not fit into `width`, columns are
/// shortened, and those of the least priority hidden; a last line names these.
pub(crate) fn columns(
    headings: &[Heading],
    mut rows: Vec<Vec<Cell<'_>>>,
    width: Option<usize>,
    style: Style,
) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|heading| shown_width(heading.name)).collect();
    for row in &mut rows {
        for (cell, column) in row.iter_mut().zip(&mut widths) {
            if cell.text.is_empty() {
                cell.text = "-".into();
            }
            if let Some(escaped) = Escaped(&cell.text).if_changed() {
                cell.text = escaped.into();
            }
            *column = (*column).max(shown_width(&cell.text));
        }
    }
    let mut shown: Vec<usize> = (0..headings.len()).collect();
    if let Some(width) = width {
        hide(headings, &widths, &mut shown, width);
        shrink(headings, &mut widths, &shown, width);
    }
    let mut text = String::new();
    let titles: Vec<_> =
        headings.iter().map(|heading| Cell { text: heading.name.into(), colour: None }).collect();
    for row in std::iter::once(&titles).chain(&rows) {
        let cells = shown.iter().filter_map(|at| Some((row.get(*at)?, *widths.get(*at)?)));
        push_line(&mut text, cells, style);
    }
    let hidden = headings.iter().enumerate().filter(|(at, _)| !shown.contains(at));
    let hidden: Vec<_> = hidden.map(|(_, heading)| heading.name).collect();
    if !hidden.is_empty() {
        let _ = writeln!(text, "Hidden columns: {}", hidden.join(", "));
    }
    text
}

/// Hides columns until the others fit at their least widths.
fn hide(headings: &[Heading], widths: &[usize], shown: &mut Vec<usize>, width: usize) {
    let heading = |at: &usize| headings.get(*at);
    let least = |at: &usize| {
        let whole = widths.get(*at).copied().unwrap_or_default();
        heading(at).map_or(whole, |heading| whole.min(heading.min_width))
    };
    while shown.iter().map(least).sum::<usize>() + gaps(shown) > width {
        let hidden = shown
            .iter()
            .filter(|at| heading(at).is_some_and(|heading| !heading.is_required))
            .min_by_key(|at| heading(at).map(|heading| heading.priority))
            .copied();
        let Some(hidden) = hidden else { return };
        shown.retain(|at| *at != hidden);
    }
}

/// The width of all gaps between columns.
fn gaps(shown: &[usize]) -> usize {
    GAP.len() * shown.len().saturating_sub(1)
}

/// Shortens columns until they fit, those of the least priority first.
fn shrink(headings: &[Heading], widths: &mut [usize], shown: &[usize], width: usize) {
    let mut order = shown.to_vec();
    order.sort_by_key(|at| headings.get(*at).map(|heading| heading.priority));
    for at in order {
        let all: usize = shown.iter().filter_map(|at| widths.get(*at)).sum();
        let excess = (all + gaps(shown)).saturating_sub(width);
        let min_width = headings.get(at).map_or(usize::MAX, |heading| heading.min_width);
        if let Some(column) = widths.get_mut(at).filter(|column| **column > min_width) {
            *column = column.saturating_sub(excess).max(min_width);
        }
    }
}

/// One line, of cells and the widths of their columns.
fn push_line<'c>(
    text: &mut String,
    cells: impl Iterator<Item = (&'c Cell<'c>, usize)>,
    style: Style,
) {
    let start = text.len();
    for (at, (cell, width)) in cells.enumerate() {
        if at > 0 {
            text.push_str(GAP);
        }
        let shown = shortened(&cell.text, width, style.unicode);
        let padding = width.saturating_sub(shown_width(&shown));
        match cell.colour {
            Some(colour) if style.colour => text.push_str(&style.coloured(&shown, colour)),
            _ => text.push_str(&shown),
        }
        push_spaces(text, padding);
    }
    let line = text.get(start..).unwrap_or_default();
    text.truncate(start + line.trim_end().len());
    text.push('\n');
}

fn push_spaces(text: &mut String, mut count: usize) {
    // Many at a time: a fifth of a table is spaces.
    const SPACES: &str = "                                ";
    while let Some(spaces) = SPACES.get(..count.min(SPACES.len())).filter(|it| !it.is_empty()) {
        text.push_str(spaces);
        count -= spaces.len();
    }
}

/// The number of columns that a text takes on a terminal.
fn shown_width(text: &str) -> usize {
    // Control characters have been escaped, so that each byte of ASCII takes one.
    if text.is_ascii() { text.len() } else { text.width() }
}

/// As much of the start and the end of a text as fits, with a sign for what is missing: names differ
/// at their end, too.
fn shortened(text: &str, width: usize, unicode: bool) -> Cow<'_, str> {
    if shown_width(text) <= width {
        return text.into();
    }
    let sign = if unicode { "…" } else { "~" };
    let room = width.saturating_sub(1);
    let start = fitting(text.chars(), room - room / 2);
    let end = fitting(text.chars().rev(), room / 2);
    (start + sign + &end.chars().rev().collect::<String>()).into()
}

/// The first characters that fit into a width.
fn fitting(characters: impl Iterator<Item = char>, width: usize) -> String {
    let mut left = width;
    let fits = |character: &char| {
        let needed = character.width().unwrap_or_default();
        let fits = needed <= left;
        left = left.saturating_sub(needed);
        fits
    };
    characters.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::{Cell, Heading, columns};
    use crate::terminal::Style;

    const PLAIN: Style = Style { colour: false, unicode: true, terminal: true };

    fn cells<'a>(texts: &[&'a str]) -> Vec<Cell<'a>> {
        texts.iter().map(|text| Cell { text: (*text).into(), colour: None }).collect()
    }

    #[test]
    fn columns_line_up_also_with_wide_characters_and_colour() {
        let headings = [Heading::new("A", 1), Heading::new("B", 2)];
        let rows = vec![cells(&["日本", "x"]), cells(&["a\u{1b}[0m", ""])];
        let text = columns(&headings, rows, None, PLAIN);
        assert_eq!(text, "A           B\n日本        x\na\\u{1b}[0m  -\n");
        let rows = vec![vec![Cell { text: "ready".into(), colour: Some("32") }]];
        let text = columns(&headings[..1], rows, None, Style { colour: true, ..PLAIN });
        assert_eq!(text, "A\n\u{1b}[32mready\u{1b}[0m\n");
    }

    #[test]
    fn the_column_of_least_priority_is_shortened_in_the_middle_and_then_hidden() {
        let headings = [Heading::named("NAME"), Heading::new("NOTE", 1), Heading::new("STATUS", 2)];
        let name = "rg.fr-par.scw.cloud/a-namespace-of-20-ch/an-image-of-thirty-characters";
        let rows = || vec![cells(&[name, "some words that are a note", "ready"])];
        let lines = |width| {
            let text = columns(&headings, rows(), Some(width), PLAIN);
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(lines(120).len(), 2);
        assert_eq!(
            lines(80)[1..],
            ["rg.fr-par.scw.cloud/a-…-of-thirty-characters  some words that are a note  ready"
                .to_owned()]
        );
        assert_eq!(
            lines(60)[1..],
            ["rg.fr-par.scw.cloud/a-name…mage-of-thirty-characters  ready", "Hidden columns: NOTE"]
        );
        assert!(lines(80).iter().chain(&lines(60)).all(|line| line.chars().count() <= 80));
        assert_eq!(lines(10)[2], "Hidden columns: NOTE, STATUS");
    }
}
