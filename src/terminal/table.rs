//! Columns that line up.

use comfy_table::{ContentArrangement, Table, presets};

use unicode_width::UnicodeWidthStr as _;

use super::wrap::Wrap;
use crate::printable::Printable;

/// The last column is not wrapped to less than this.
const NARROWEST: usize = 20;

/// What is between two columns.
const GAP: usize = 2;

/// Rows under headings, aligned with spaces, as in the listings of Docker and `scw`. The last column
/// is wrapped.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>], wrap: Wrap) -> String {
    let width_of = |column: usize| {
        let heading = headings.get(column).map_or(0, |heading| heading.width());
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| Printable(cell).to_string().width()).fold(heading, usize::max) + GAP
    };
    let last = headings.len().saturating_sub(1);
    let start: usize = (0..last).map(width_of).sum();
    let left = wrap.width().map(|width| width.saturating_sub(start));
    let wrap = Wrap::at(left.filter(|left| *left >= NARROWEST));
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings);
    for row in rows {
        table.add_row(row.iter().enumerate().map(|(column, cell)| {
            let cell = Printable(cell).to_string();
            if column == last { wrap.sentence(&cell) } else { cell }
        }));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
