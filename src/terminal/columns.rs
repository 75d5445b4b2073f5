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
    pub(crate) importance: u8,
}

impl Heading {
    /// The importance of a column that is never shortened.
    pub(crate) const WHOLE: u8 = u8::MAX;
}

/// One cell: its text, and the rendition (ECMA-48) that it is shown in where there is colour.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) colour: Option<&'static str>,
}

/// Rows under headings. Cells are made safe to show; where a line has a `width`, the least important
/// columns give way to it.
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
    if let Some(width) = width {
        shrink(headings, &mut widths, width);
    }
    let mut text = String::new();
    let titles =
        headings.iter().map(|heading| Cell { text: heading.name.to_owned(), colour: None });
    push_line(&mut text, &titles.collect::<Vec<_>>(), &widths, look);
    for row in &rows {
        push_line(&mut text, row, &widths, look);
    }
    text
}

/// Takes from the least important columns first what there is too much.
fn shrink(headings: &[Heading], widths: &mut [usize], width: usize) {
    let gaps = GAP.len() * widths.len().saturating_sub(1);
    let mut order: Vec<_> = (0..widths.len()).collect();
    order.sort_by_key(|at| headings.get(*at).map(|heading| heading.importance));
    order.retain(|at| headings.get(*at).is_some_and(|heading| heading.importance < Heading::WHOLE));
    for at in order {
        let excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(width);
        if let Some(column) = widths.get_mut(at).filter(|column| **column > NARROWEST) {
            *column = column.saturating_sub(excess).max(NARROWEST);
        }
    }
}

fn push_line(text: &mut String, cells: &[Cell], widths: &[usize], look: Look) {
    let mut line = String::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        if at > 0 {
            line.push_str(GAP);
        }
        let shown = shortened(&cell.text, *width, look.unicode);
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
        let headings = [Heading { name: "A", importance: 1 }, Heading { name: "B", importance: 2 }];
        let rows = vec![cells(&["日本", "x"]), cells(&["a\u{1b}[0m", ""])];
        let text = columns(&headings, rows, None, PLAIN);
        assert_eq!(text, "A           B\n日本        x\na\\u{1b}[0m  -\n");
        let rows = vec![vec![Cell { text: "ready".to_owned(), colour: Some("32") }]];
        let text = columns(&headings[..1], rows, None, Look { colour: true, ..PLAIN });
        assert_eq!(text, "A\n\u{1b}[32mready\u{1b}[0m\n");
    }

    #[test]
    fn the_least_important_column_gives_way_to_the_terminals_width() {
        let headings = [
            Heading { name: "NAME", importance: 9 },
            Heading { name: "NOTE", importance: 1 },
            Heading { name: "ID", importance: 2 },
        ];
        let rows = || vec![cells(&["a-long-long-name", "some words of a note", "0123456789"])];
        let wide = columns(&headings, rows(), Some(100), PLAIN);
        assert!(wide.contains("some words of a note"));
        let text = columns(&headings, rows(), Some(40), PLAIN);
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(text.contains("a-long-long-name  some word…  0123456789"), "{text}");
        let text = columns(&headings, rows(), Some(36), PLAIN);
        assert!(text.contains("a-long-long-name  some wo…  0123456…"), "{text}");
    }
}
