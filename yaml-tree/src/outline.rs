//! Where a document's values are in its text, for edits that keep all other bytes.
//!
//! A separate type, so that reading settings with [`Document`](crate::Document) does not pay for
//! positions.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle};
use zeroize::Zeroize as _;

use crate::{BUFFERED, DEPTH, Limit, NodeId, Place, Refused, VALUES, indicators_in};

/// The first document of a YAML text, without following aliases and merges.
pub struct Outline<'text> {
    text: &'text str,
    parts: Vec<Part>,
    /// Whether another document follows.
    has_more: bool,
}

/// A value in the text.
pub struct Part {
    /// The line where the value starts, counted from 1.
    pub line: usize,
    /// The kind of value.
    pub kind: Kind,
    /// The range of the value in the text, in bytes. May include an anchor or a tag before the
    /// value and a comment after it.
    pub range: Range<usize>,
    children: Vec<NodeId>,
}

/// The kind of a value.
#[derive(PartialEq, Eq)]
pub enum Kind {
    /// A scalar.
    Scalar {
        /// The value.
        text: String,
        /// Whether it is written without quotes, and not as a block scalar.
        plain: bool,
    },
    /// An alias, `*name`.
    Alias,
    /// A mapping.
    Mapping {
        /// Whether it is written in flow style, `{…}`.
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
    /// Parses the first document of `text`.
    ///
    /// # Errors
    /// Returns the same errors as [`Document::parse`](crate::Document::parse).
    pub fn parse(text: &'text str) -> Result<Self, Refused> {
        let whole = text;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mark = whole.len() - text.len();
        if text.len() > BUFFERED && indicators_in(text) > VALUES {
            return Err(Limit::Values.into());
        }
        // The parser counts characters, not bytes.
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

    /// The parsed text.
    pub fn text(&self) -> &'text str {
        self.text
    }

    /// Returns whether another document follows the first.
    pub fn has_more_documents(&self) -> bool {
        self.has_more
    }

    /// The root value; `None` for an empty document.
    pub fn root(&self) -> Option<&Part> {
        self.parts.first()
    }

    /// The names and values of a mapping in the order of the text. Empty for any other value.
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

    /// The values of a sequence in the order of the text. Empty for any other value.
    pub fn items(&self, sequence: &Part) -> Vec<&Part> {
        if !matches!(sequence.kind, Kind::Sequence) {
            return Vec::new();
        }
        sequence.children.iter().filter_map(|child| self.parts.get(*child)).collect()
    }

    /// Returns how many more values `other` has. `None` unless `other` is the same document with
    /// values inserted at one position, where up to `removed` values are left out.
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
    /// The text of a scalar; `None` for any other value.
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns whether the value is empty, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}
