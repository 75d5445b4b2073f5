//! Edits JSON as text, leaving all other bytes unchanged.
//!
//! `serde_json` has already accepted the text, so a scan only has to find where values start and
//! end.

use std::ops::Range;

use zeroize::Zeroizing;

/// An object within a larger text, with the positions of its members.
#[derive(Debug)]
pub(super) struct Object<'text> {
    text: &'text str,
    /// From `{` to `}`, inclusive.
    pub(super) span: Range<usize>,
    pub(super) members: Vec<Member>,
}

/// A `"key": value` of an object.
#[derive(Debug)]
pub(super) struct Member {
    /// The key, unescaped.
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value_span: Range<usize>,
}

/// How an object's members are formatted, so that new ones look the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The text before a member: a line break and its indentation, a space, or nothing.
    before: String,
    /// One level of indentation.
    unit: String,
    colon: String,
}

impl<'text> Object<'text> {
    /// Parses the object at `at`, or after whitespace there. `None` if the value is not an object.
    pub(super) fn at(text: &'text str, at: usize) -> Option<Self> {
        let open = skip_whitespace(text, at);
        if text.as_bytes().get(open) != Some(&b'{') {
            return None;
        }
        let mut members = Vec::new();
        let mut next = skip_whitespace(text, open + 1);
        while text.as_bytes().get(next) == Some(&b'"') {
            let key_span = next..end_of_value(text, next);
            let colon = skip_whitespace(text, key_span.end);
            let start = skip_whitespace(text, colon + 1);
            let value_span = start..end_of_value(text, start);
            // A key that is not valid Unicode (half a surrogate pair) is kept as written.
            let key = string(text, &key_span);
            let key = key.unwrap_or_else(|| slice(text, key_span.clone()).to_owned());
            let comma = skip_whitespace(text, value_span.end);
            next = comma;
            if text.as_bytes().get(comma) == Some(&b',') {
                next = skip_whitespace(text, comma + 1);
            }
            members.push(Member { key, key_span, value_span });
        }
        Some(Self { text, span: open..next + 1, members })
    }

    /// The members whose key satisfies `is_it`.
    pub(super) fn members_where(&self, is_it: impl Fn(&str) -> bool) -> Vec<&Member> {
        self.members.iter().filter(|member| is_it(&member.key)).collect()
    }

    /// The member's value, if it is a string.
    pub(super) fn string_of(&self, member: &Member) -> Option<String> {
        string(self.text, &member.value_span)
    }

    /// The member's value, if it is an object.
    pub(super) fn object_of(&self, member: &Member) -> Option<Self> {
        Self::at(self.text, member.value_span.start)
    }

    /// The text between `{` and the first member, or between `{` and `}`.
    pub(super) fn before_first(&self) -> &'text str {
        let end = self.members.first().map_or(self.span.end - 1, |member| member.key_span.start);
        slice(self.text, self.span.start + 1..end)
    }

    /// The text between a member's key and its value.
    pub(super) fn colon_of(&self, member: &Member) -> &'text str {
        slice(self.text, member.key_span.end..member.value_span.start)
    }

    /// The format of the members; `None` if there are none.
    pub(super) fn layout(&self) -> Option<Layout> {
        let last = self.members.last()?;
        let start = match self.members.len().checked_sub(2).and_then(|at| self.members.get(at)) {
            Some(previous) => skip_whitespace(self.text, previous.value_span.end) + 1,
            None => self.span.start + 1,
        };
        let before = slice(self.text, start..last.key_span.start);
        let colon = self.colon_of(last);
        let colon = if colon.contains('\n') { ": " } else { colon };
        let is_only = self.members.len() == 1;
        let before = match before.rfind('\n') {
            Some(at) => slice(
                before,
                before[..at].rfind(|c| c != '\r').map_or(0, |at| at + 1)..before.len(),
            ),
            None if is_only && colon.len() > 1 => " ",
            None => before,
        };
        let indentation = before.trim_start_matches(['\r', '\n']);
        let unit =
            if before.contains('\n') && !indentation.is_empty() { indentation } else { "  " };
        Some(Layout { before: before.to_owned(), unit: unit.to_owned(), colon: colon.to_owned() })
    }

    /// Returns the text with `members` (each a `"key": value`) appended.
    pub(super) fn with_appended(&self, layout: &Layout, members: &[String]) -> Zeroizing<String> {
        let (at, mut added) = match self.members.last() {
            Some(last) => (last.value_span.end, ","),
            None => (self.span.start + 1, ""),
        };
        let mut chunk = String::new();
        for member in members {
            chunk.push_str(added);
            // In a compact object, the first member directly follows the `{`.
            if !added.is_empty() || layout.is_multi_line() {
                chunk.push_str(&layout.before);
            }
            chunk.push_str(member);
            added = ",";
        }
        replaced(self.text, at..at, &chunk)
    }

    /// Returns the text without member number `at`. The inverse of appending it.
    pub(super) fn without(&self, at: usize) -> Zeroizing<String> {
        let Some(member) = self.members.get(at) else { return self.text.to_owned().into() };
        let previous = at.checked_sub(1).and_then(|at| self.members.get(at));
        let range = match (previous, self.members.get(at + 1)) {
            (Some(previous), _) => previous.value_span.end..member.value_span.end,
            (None, Some(next)) => member.key_span.start..next.key_span.start,
            (None, None) => self.span.start + 1..member.value_span.end,
        };
        replaced(self.text, range, "")
    }

    /// Returns the text without the selected members, like repeated calls of [`Object::without`],
    /// but in linear time.
    pub(super) fn without_members(
        &self,
        is_selected: impl Fn(&Member) -> bool,
    ) -> Zeroizing<String> {
        let selected: Vec<bool> = self.members.iter().map(is_selected).collect();
        let first_kept = selected.iter().position(|is_selected| !is_selected);
        let Some(first_kept) = first_kept.and_then(|at| Some((at, self.members.get(at)?))) else {
            let end = self.members.last().map_or(self.span.start + 1, |last| last.value_span.end);
            return replaced(self.text, self.span.start + 1..end, "");
        };
        let (at, first_kept) = first_kept;
        let start = self.members.first().map_or(0, |first| first.key_span.start);
        // Large enough: growing would leave a copy of a key in memory.
        let mut kept = Zeroizing::new(String::with_capacity(self.text.len()));
        kept.push_str(slice(self.text, 0..start));
        kept.push_str(slice(self.text, first_kept.key_span.start..first_kept.value_span.end));
        let mut before = first_kept;
        for (member, is_selected) in self.members.iter().zip(selected).skip(at + 1) {
            if !is_selected {
                kept.push_str(slice(self.text, before.value_span.end..member.value_span.end));
            }
            before = member;
        }
        kept.push_str(slice(self.text, before.value_span.end..self.text.len()));
        kept
    }
}

impl Layout {
    /// Docker's format: one tab for each level.
    pub(super) fn of_docker() -> Self {
        Self { before: "\n\t".to_owned(), unit: "\t".to_owned(), colon: ": ".to_owned() }
    }

    /// Everything on one line.
    pub(super) fn compact() -> Self {
        Self { before: " ".to_owned(), unit: String::new(), colon: ": ".to_owned() }
    }

    /// The format for an object that contains only this whitespace.
    pub(super) fn for_empty(inner: &str) -> Self {
        if !inner.contains('\n') {
            return Self::compact();
        }
        let line_break = if inner.contains("\r\n") { "\r\n" } else { "\n" };
        let unit = "  ".to_owned();
        Self { before: format!("{line_break}{unit}"), unit, colon: ": ".to_owned() }
    }

    fn is_multi_line(&self) -> bool {
        self.before.contains('\n')
    }

    /// Formats a `"key": value`.
    pub(super) fn member(&self, key: &str, value: &str) -> String {
        format!("{}{}{value}", quoted(key), self.colon)
    }

    /// Formats an object of strings as a member's value.
    pub(super) fn object<'a>(&self, entries: impl Iterator<Item = (&'a str, &'a str)>) -> String {
        let inner = if self.is_multi_line() {
            Self { before: format!("{}{}", self.before, self.unit), ..self.clone() }
        } else {
            self.clone()
        };
        let members: Vec<_> =
            entries.map(|(key, value)| inner.member(key, &quoted(value))).collect();
        let after = if self.is_multi_line() { self.before.as_str() } else { "" };
        let empty = format!("{{{after}}}");
        let object = Object::at(&empty, 0);
        object.map_or(empty.clone(), |object| object.with_appended(&inner, &members).to_string())
    }
}

/// Replaces `range` in `text`.
pub(super) fn replaced(text: &str, range: Range<usize>, with: &str) -> Zeroizing<String> {
    [slice(text, 0..range.start), with, slice(text, range.end..text.len())].concat().into()
}

/// Formats a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The line and column of an offset in `text`, counted from 1.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = slice(text, 0..at);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before.len() - line_start + 1)
}

fn string(text: &str, span: &Range<usize>) -> Option<String> {
    serde_json::from_str(slice(text, span.clone())).ok()
}

fn slice(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

fn skip_whitespace(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count()
}

/// Returns where the value at `at` ends. Ignores brackets inside strings.
fn end_of_value(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut in_string, mut end) = (0usize, false, at);
    while let Some(byte) = bytes.get(end) {
        end += 1;
        match (in_string, byte) {
            (true, b'\\') => end += 1,
            (true, b'"') => {
                in_string = false;
                if depth == 0 {
                    return end;
                }
            }
            (false, b'"') => in_string = true,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') if depth <= 1 => return if depth == 1 { end } else { end - 1 },
            (false, b'}' | b']') => depth -= 1,
            (false, b',' | b' ' | b'\t' | b'\r' | b'\n') if depth == 0 => return end - 1,
            _ => {}
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{Member, Object};

    #[test]
    fn removing_several_members_equals_removing_one_at_a_time() {
        for text in [
            "x {\n\t\"0\": 1,\n\t\"1\" : {},\n  \"2\":[1,2] ,\"3\":\"}\" , \"4\":5\n} y",
            "{\"0\":0,\"1\":1,\"2\":2,\"3\":3,\"4\":4}",
            "{ \"0\" : 0 }",
            "{ }",
        ] {
            let start = text.find('{').unwrap();
            let object = Object::at(text, start).unwrap();
            for picks in 0..32u32 {
                let is_picked =
                    |member: &Member| picks & (1 << member.key.parse::<u32>().unwrap()) != 0;
                let mut one_by_one = Zeroizing::new(text.to_owned());
                while let Some(shorter) = Object::at(&one_by_one, start).and_then(|object| {
                    let at = object.members.iter().rposition(is_picked)?;
                    Some(object.without(at))
                }) {
                    one_by_one = shorter;
                }
                assert_eq!(object.without_members(is_picked), one_by_one, "{picks:05b}");
            }
        }
    }
}
