//! Edits YAML text by whole lines and single values.

use std::ops::Range;

use yaml_tree::{Kind, Part};
use zeroize::Zeroizing;

use super::Obstacle;

/// One edit of a text.
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) new: Zeroizing<String>,
    /// How many values of the document the edit removes.
    pub(super) removed: usize,
}

impl Edit {
    /// Returns the edited text; `None` if the range is outside the text.
    pub(super) fn applied_to(&self, text: &str) -> Option<Zeroizing<String>> {
        let (before, after) = (text.get(..self.range.start)?, text.get(self.range.end..)?);
        let mut new = Zeroizing::new(String::with_capacity(text.len() + self.new.len()));
        new.push_str(before);
        new.push_str(&self.new);
        new.push_str(after);
        Some(new)
    }
}

/// The text of the file, by lines.
#[derive(Clone, Copy)]
pub(super) struct Text<'text> {
    pub(super) text: &'text str,
    line_end: &'static str,
}

impl<'text> Text<'text> {
    pub(super) fn new(text: &'text str) -> Self {
        let first = text.split_inclusive('\n').next().unwrap_or_default();
        Self { text, line_end: if first.ends_with("\r\n") { "\r\n" } else { "\n" } }
    }

    /// The text from the start of the line to `at`.
    pub(super) fn before(self, at: usize) -> &'text str {
        let above = self.text.get(..at).unwrap_or_default();
        above.rsplit('\n').next().unwrap_or_default()
    }

    /// The text from `at` to the end of the line.
    fn rest_of_line(self, at: usize) -> &'text str {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.split_inclusive('\n').next().unwrap_or_default()
    }

    /// Returns whether an entry's name and its whole value are on one line.
    pub(super) fn is_on_one_line(self, name: &Part, value: &Part) -> bool {
        let range = name.range.start..value.range.end;
        let is_block = matches!(value.kind, Kind::Mapping { flow: false });
        !is_block && self.text.get(range).is_some_and(|text| !text.trim_end().contains('\n'))
    }

    /// Inserts lines below the line of a name.
    pub(super) fn below(self, name: &Part, lines: &[Zeroizing<String>], removed: usize) -> Edit {
        let rest = self.rest_of_line(name.range.start);
        let at = name.range.start + rest.len();
        Edit { removed, ..self.lines_at(at, lines, rest.ends_with('\n')) }
    }

    /// Inserts lines above the first entry of the root, and above that entry's comment.
    pub(super) fn above_first(
        self,
        entries: &[(&Part, &Part)],
        lines: &[Zeroizing<String>],
    ) -> Result<Edit, Obstacle> {
        let (name, _) = entries.first().ok_or(Obstacle::Layout { line: 1 })?;
        let line_start = name.range.start - self.before(name.range.start).len();
        let above = self.text.get(..line_start).unwrap_or_default();
        let mut at = line_start;
        for line in above.split_inclusive('\n').rev().take_while(|line| line.starts_with('#')) {
            at -= line.len();
        }
        // A comment at the top of the file belongs to the whole file.
        let at = if at == 0 { line_start } else { at };
        Ok(self.lines_at(at, lines, true))
    }

    /// Inserts lines at `at`: the start of a line, or the end of a text without a final line end.
    pub(super) fn lines_at(
        self,
        at: usize,
        lines: &[Zeroizing<String>],
        is_line_start: bool,
    ) -> Edit {
        let (before, after) = if is_line_start { ("", self.line_end) } else { (self.line_end, "") };
        let parts = lines.iter().flat_map(|line| [before, line.as_str(), after]);
        let new = Zeroizing::new(parts.collect::<Vec<_>>().concat());
        Edit { range: at..at, new, removed: 0 }
    }

    /// Replaces a value with the key, inside its quotes if there are any.
    pub(super) fn replace_value(
        self,
        name: &Part,
        value: &Part,
        key: &str,
    ) -> Result<Edit, Obstacle> {
        let obstacle = Obstacle::Layout { line: value.line };
        let edit = |range, new: String| Edit { range, new: Zeroizing::new(new), removed: 1 };
        if value.is_null() && value.range.is_empty() {
            let colon = self.rest_of_line(name.range.end).find(':').ok_or(obstacle)?;
            let at = name.range.end + colon + 1;
            return Ok(edit(at..at, [" ", key].concat()));
        }
        let written = self.text.get(value.range.clone()).ok_or(obstacle)?;
        let (start, length, new) = match &value.kind {
            Kind::Alias => (0, written.trim_end().len(), key.to_owned()),
            Kind::Scalar { text, plain: true } if written.ends_with(text) => {
                (written.len() - text.len(), text.len(), key.to_owned())
            }
            Kind::Scalar { text, plain: false } => {
                let found = ["\"", "'"].into_iter().find_map(|quote| {
                    let old = Zeroizing::new([quote, text, quote].concat());
                    Some((written.find(old.as_str())?, old.len(), [quote, key, quote].concat()))
                });
                found.ok_or(obstacle)?
            }
            _ => return Err(obstacle),
        };
        let start = value.range.start + start;
        Ok(edit(start..start + length, new))
    }
}
