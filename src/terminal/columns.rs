//! A listing that fits.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::look::Look;
use crate::printable::Escaped;

/// What stands between two columns.
const GAP: &str = "  ";

/// A column is not shortened to less than this.
const NARROWEST: usize = 8;

/// A column of a listing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heading {
    pub(crate) name: &'static str,
    /// The least is shortened first.
    importance: u8,
    /// It is there however narrow the terminal is.
    stays: bool,
}

impl Heading {
    /// The importance of a column that is never shortened.
    const WHOLE: u8 = u8::MAX;

    /// A column that gives way to those of more importance.
    pub(crate) const fn new(name: &'static str, importance: u8) -> Self {
        Self { name, importance, stays: false }
    }

    /// A column that is neither shortened nor left out.
    pub(crate) const fn whole(name: &'static str) -> Self {
        Self { name, importance: Self::WHOLE, stays: true }
    }

    /// The same column, shortened at most.
    pub(crate) const fn staying(self) -> Self {
        Self { stays: true, ..self }
    }
}

/// One cell: its text, and the rendition (ECMA-48) that it is shown in where there is colour.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) colour: Option<&'static str>,
}

/// Rows under headings. Cells are made safe to show; where a line has a `width`, the least important
/// columns give way to it: they are shortened, and left out if that is not enough.
pub(crate) fn columns(
    headings: &[Heading],
    mut rows: Vec<Vec<Cell>>,
    width: Option<usize>,
    look: Look,
) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.name.width()).collect();
    for row in &mut rows {
        for (cell, column) in row.iter_mut().zip(&mut widths) {
            if cell.text.is_empty() {
                cell.text.push('-');
            }
            cell.text = Escaped(&cell.text).to_string();
            *column = (*column).max(cell.text.width());
        }
    }
    let mut shown: Vec<usize> = (0..headings.len()).collect();
    if let Some(width) = width {
        leave_out(headings, &widths, &mut shown, width);
        shrink(headings, &mut widths, &shown, width);
    }
    let mut text = String::new();
    let titles: Vec<_> = headings
        .iter()
        .map(|heading| Cell { text: heading.name.to_owned(), colour: None })
        .collect();
    for row in std::iter::once(&titles).chain(&rows) {
        let cells = shown.iter().filter_map(|at| Some((row.get(*at)?, *widths.get(*at)?)));
        push_line(&mut text, cells, look);
    }
    text
}

/// Takes away the least important columns until the others, as narrow as may be, fit.
fn leave_out(headings: &[Heading], widths: &[usize], shown: &mut Vec<usize>, width: usize) {
    let heading = |at: &usize| headings.get(*at);
    let narrowest = |at: &usize| {
        let column = widths.get(*at).copied().unwrap_or_default();
        let is_whole = heading(at).is_some_and(|heading| heading.importance == Heading::WHOLE);
        if is_whole { column } else { column.min(NARROWEST) }
    };
    while shown.iter().map(narrowest).sum::<usize>() + gaps(shown) > width {
        let least = shown
            .iter()
            .filter(|at| heading(at).is_some_and(|heading| !heading.stays))
            .min_by_key(|at| heading(at).map(|heading| heading.importance))
            .copied();
        let Some(least) = least else { return };
        shown.retain(|at| *at != least);
    }
}

/// What stands between the columns, all in all.
fn gaps(shown: &[usize]) -> usize {
    GAP.len() * shown.len().saturating_sub(1)
}

/// Takes from the least important columns first what there is too much.
fn shrink(headings: &[Heading], widths: &mut [usize], shown: &[usize], width: usize) {
    let mut order = shown.to_vec();
    order.sort_by_key(|at| headings.get(*at).map(|heading| heading.importance));
    order.retain(|at| headings.get(*at).is_some_and(|heading| heading.importance < Heading::WHOLE));
    for at in order {
        let all: usize = shown.iter().filter_map(|at| widths.get(*at)).sum();
        let excess = (all + gaps(shown)).saturating_sub(width);
        if let Some(column) = widths.get_mut(at).filter(|column| **column > NARROWEST) {
            *column = column.saturating_sub(excess).max(NARROWEST);
        }
    }
}

/// One line, of cells and the widths of their columns.
fn push_line<'c>(text: &mut String, cells: impl Iterator<Item = (&'c Cell, usize)>, look: Look) {
    let mut line = String::new();
    for (at, (cell, width)) in cells.enumerate() {
        if at > 0 {
            line.push_str(GAP);
        }
        let shown = shortened(&cell.text, width, look.unicode);
        let padding = width.saturating_sub(shown.width());
        match cell.colour {
            Some(colour) => line.push_str(&look.coloured(&shown, colour)),
            None => line.push_str(&shown),
        }
        line.extend(std::iter::repeat_n(' ', padding));
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// As much of a text as fits, with a sign that there is more.
fn shortened(text: &str, width: usize, unicode: bool) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let sign = if unicode { "…" } else { "~" };
    let mut left = width.saturating_sub(1);
    let mut short = String::new();
    for character in text.chars() {
        let needed = character.width().unwrap_or_default();
        if needed > left {
            break;
        }
        left -= needed;
        short.push(character);
    }
    short + sign
}

#[cfg(test)]
mod tests {
    use super::{Cell, Heading, columns};
    use crate::terminal::Look;

    const PLAIN: Look = Look { colour: false, unicode: true, terminal: true };

    fn cells(texts: &[&str]) -> Vec<Cell> {
        texts.iter().map(|text| Cell { text: (*text).to_owned(), colour: None }).collect()
    }

    #[test]
    fn columns_line_up_also_with_wide_characters_and_colour() {
        let headings = [Heading::new("A", 1), Heading::new("B", 2)];
        let rows = vec![cells(&["日本", "x"]), cells(&["a\u{1b}[0m", ""])];
        let text = columns(&headings, rows, None, PLAIN);
        assert_eq!(text, "A           B\n日本        x\na\\u{1b}[0m  -\n");
        let rows = vec![vec![Cell { text: "ready".to_owned(), colour: Some("32") }]];
        let text = columns(&headings[..1], rows, None, Look { colour: true, ..PLAIN });
        assert_eq!(text, "A\n\u{1b}[32mready\u{1b}[0m\n");
    }

    #[test]
    fn the_least_important_column_gives_way_to_the_terminals_width() {
        let headings = [Heading::new("NAME", 9), Heading::new("NOTE", 1), Heading::new("ID", 2)];
        let rows = || vec![cells(&["a-long-long-name", "some words of a note", "0123456789"])];
        let wide = columns(&headings, rows(), Some(100), PLAIN);
        assert!(wide.contains("some words of a note"));
        let text = columns(&headings, rows(), Some(40), PLAIN);
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(text.contains("a-long-long-name  some word…  0123456789"), "{text}");
        let text = columns(&headings, rows(), Some(36), PLAIN);
        assert!(text.contains("a-long-long-name  some wo…  0123456…"), "{text}");
    }
    #[test]
    fn where_even_the_narrowest_do_not_fit_the_least_important_is_left_out() {
        let headings = [
            Heading::whole("NAME"),
            Heading::new("NOTE", 1),
            Heading::new("ID", 3),
            Heading::new("WORD", 2),
        ];
        let rows = || vec![cells(&["a-long-long-name", "some words", "0123456789", "otherwise"])];
        let text = columns(&headings, rows(), Some(38), PLAIN);
        assert_eq!(
            text,
            "NAME              ID          WORD\na-long-long-name  0123456789  otherwi…\n"
        );
        let text = columns(&headings, rows(), Some(30), PLAIN);
        assert_eq!(text, "NAME              ID\na-long-long-name  0123456789\n");
        let text = columns(&headings, rows(), Some(10), PLAIN);
        assert_eq!(text, "NAME\na-long-long-name\n");
    }
}
