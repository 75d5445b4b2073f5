//! Where the values of a document are in its text, for edits that leave all other bytes unchanged.
//!
//! Reading settings needs no positions, so [`Document`](crate::Document) does not pay for them.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle};
use zeroize::Zeroize as _;

use crate::{BUFFERED, DEPTH, Limit, NodeId, Place, Refused, VALUES, indicators_in};

/// The first document of a YAML text, as it is written: aliases and merges are not followed.
pub struct Outline<'text> {
    text: &'text str,
    parts: Vec<Part>,
    /// Whether another document follows.
    has_more: bool,
}

/// One value as it is written.
pub struct Part {
    /// The line it begins on, counted from 1.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
    /// The bytes of the text that the value takes. An anchor or a tag may precede the value in
    /// them, and a comment may follow.
    pub range: Range<usize>,
    children: Vec<NodeId>,
}

/// What a value is.
#[derive(PartialEq, Eq)]
pub enum Kind {
    /// A scalar.
    Scalar {
        /// Its value.
        text: String,
        /// Whether it has no quotes and is no block scalar.
        plain: bool,
    },
    /// `*name`.
    Alias,
    /// A mapping, `{…}` or with an entry a line.
    Mapping {
        /// Whether it is written as `{…}`.
        flow: bool,
    },
    /// A sequence.
    Sequence,
}

impl Drop for Outline<'_> {
    fn drop(&mut self) {
        for part in &mut self.parts {
            if let Kind::Scalar { text, .. } = &mut part.kind {
                text.zeroize();
            }
        }
    }
}

impl<'text> Outline<'text> {
    /// Reads the first document of `text`.
    ///
    /// # Errors
    /// As [`Document::parse`](crate::Document::parse).
    pub fn parse(text: &'text str) -> Result<Self, Refused> {
        let whole = text;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mark = whole.len() - text.len();
        if text.len() > BUFFERED && indicators_in(text) > VALUES {
            return Err(Limit::Values.into());
        }
        // The parser counts characters.
        let mut offsets: Vec<_> = text.char_indices().map(|(at, _)| at + mark).collect();
        offsets.push(whole.len());
        let offset = |index: usize| offsets.get(index).copied().unwrap_or(whole.len());
        let mut outline = Self { text: whole, parts: Vec::new(), has_more: false };
        let mut open: Vec<NodeId> = Vec::new();
        let mut is_over = false;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let marker = error.marker();
                Refused::Syntax(Place { line: marker.line(), column: marker.col() + 1 })
            })?;
            if is_over {
                outline.has_more |= matches!(event, Event::DocumentStart(_));
                break;
            }
            let range = offset(span.start.index())..offset(span.end.index());
            let kind = match event {
                Event::Scalar(text, style, ..) => {
                    Kind::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain }
                }
                Event::Alias(_) => Kind::Alias,
                Event::SequenceStart(..) => Kind::Sequence,
                Event::MappingStart(..) => Kind::Mapping {
                    flow: whole.get(range.start..).is_some_and(|at| at.starts_with('{')),
                },
                Event::SequenceEnd | Event::MappingEnd => {
                    let ended = open.pop().and_then(|id| outline.parts.get_mut(id));
                    if let Some(part) = ended {
                        part.range.end = range.end.max(part.range.start);
                    }
                    continue;
                }
                Event::DocumentEnd => {
                    is_over = true;
                    continue;
                }
                _ => continue,
            };
            let id = outline.parts.len();
            if id >= VALUES {
                return Err(Limit::Values.into());
            }
            if let Some(parent) = open.last().and_then(|parent| outline.parts.get_mut(*parent)) {
                parent.children.push(id);
            }
            if matches!(kind, Kind::Sequence | Kind::Mapping { .. }) {
                if open.len() >= DEPTH {
                    return Err(Limit::Depth.into());
                }
                open.push(id);
            }
            outline.parts.push(Part { line: span.start.line(), kind, range, children: Vec::new() });
        }
        Ok(outline)
    }

    /// The text that was read.
    pub fn text(&self) -> &'text str {
        self.text
    }

    /// Whether the text holds another document after the first.
    pub fn has_more_documents(&self) -> bool {
        self.has_more
    }

    /// The outermost value; `None` if the text holds none.
    pub fn root(&self) -> Option<&Part> {
        self.parts.first()
    }

    /// The names and values of a mapping in the order of the text; nothing for any other value.
    pub fn entries(&self, mapping: &Part) -> Vec<(&Part, &Part)> {
        if !matches!(mapping.kind, Kind::Mapping { .. }) {
            return Vec::new();
        }
        let pairs = mapping.children.chunks_exact(2).filter_map(|pair| {
            let [name, value] = pair else { return None };
            Some((self.parts.get(*name)?, self.parts.get(*value)?))
        });
        pairs.collect()
    }

    /// The values of a sequence in the order of the text; nothing for any other value.
    pub fn items(&self, sequence: &Part) -> Vec<&Part> {
        if !matches!(sequence.kind, Kind::Sequence) {
            return Vec::new();
        }
        sequence.children.iter().filter_map(|child| self.parts.get(*child)).collect()
    }

    /// How many values `other` has that are not here, if `other` is the same document with values
    /// added at one place and, at the same place, up to `removed` values left out.
    pub fn added_in(&self, other: &Outline<'_>, removed: usize) -> Option<usize> {
        let is_same = |(ours, theirs): &(&Part, &Part)| ours.kind == theirs.kind;
        let start = self.parts.iter().zip(&other.parts).take_while(is_same).count();
        let most = self.parts.len().min(other.parts.len()) - start;
        let ends = self.parts.iter().rev().zip(other.parts.iter().rev());
        let end = ends.take(most).take_while(is_same).count();
        let left_out = self.parts.len() - start - end;
        (left_out <= removed).then(|| other.parts.len() - start - end)
    }
}

impl Part {
    /// The text of a scalar.
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether this is nothing, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}
