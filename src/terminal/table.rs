//! Tables whose last column is wrapped.

use unicode_width::UnicodeWidthStr as _;

use super::columns::GAP;
use super::wrap::Wrap;
use crate::printable::Printable;

/// The last column is not wrapped to less than this.
const NARROWEST: usize = 20;

/// Rows under headings, aligned with spaces, as in the listings of Docker and `scw`. The last column
/// is wrapped.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>], wrap: Wrap) -> String {
    let headings = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let printable = rows.iter().map(|row| row.iter().map(|cell| Printable(cell).to_string()));
    let rows: Vec<Vec<String>> =
        std::iter::once(headings).chain(printable.map(Iterator::collect)).collect();
    let last = rows.first().map_or(0, Vec::len).saturating_sub(1);
    let width_of = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..last).map(width_of).collect();
    let start = widths.iter().map(|width| width + GAP.len()).sum();
    let left = wrap.width().map(|width| width.saturating_sub(start));
    let wrap = Wrap::at(left.filter(|left| *left >= NARROWEST));
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width() + GAP.len()));
        }
        let wrapped = row.get(last).map(|cell| wrap.sentence(cell)).unwrap_or_default();
        let indented = wrapped.replace('\n', &format!("\n{}", " ".repeat(start)));
        line.push_str(&indented);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::terminal::Wrap;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn columns_line_up_and_only_the_last_is_wrapped() {
        let rows = [row(&["日本", "one two three four five"]), row(&["a", ""])];
        let whole = "NAME  WHY\n日本  one two three four five\na\n";
        assert_eq!(table(&["NAME", "WHY"], &rows, Wrap::at(None)), whole);
        assert_eq!(
            table(&["NAME", "WHY"], &rows, Wrap::at(Some(26))),
            "NAME  WHY\n日本  one two three four\n        five\na\n"
        );
        // Below its least width, the last column is not wrapped.
        assert_eq!(table(&["NAME", "WHY"], &rows, Wrap::at(Some(25))), whole);
    }
}
