//! A YAML document as a tree. Aliases and merges are resolved on lookup, never expanded.
//!
//! Aliases stay references, so a file that would expand to terabytes only uses memory for its
//! text. The work that aliases and merges still cause is counted for the whole document, and
//! limited to [`STEPS`].
//!
//! Documents as Scaleway's tools write them have a separate reader, which is much faster than
//! the YAML parser. This is a separate crate so that it can be compiled for speed, and the rest of
//! the program for size.

mod outline;
mod simple;
mod value;

use std::borrow::Cow;
use std::cell::Cell;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use zeroize::Zeroize as _;

pub use outline::{Kind, Outline, Part};
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub use simple::agrees_with_parser;
pub use value::Value;

/// The maximum number of values in a document. A file of 1 MiB from Scaleway's tools has half as
/// many. One of only separators has ten times as many and would take 200 MB.
pub const VALUES: usize = 100_000;

/// The maximum nesting of mappings and sequences. Scaleway's tools need 3 levels.
pub const DEPTH: usize = 100;

/// The maximum work for one document: items visited by lookups, plus bytes copied. Without aliases
/// and merges, no document of [`VALUES`] values comes close.
pub const STEPS: usize = 10_000_000;

/// A position in a document, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Why a document was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The text is not valid YAML from this position. The parser's message is dropped, because it
    /// may quote a key.
    Syntax(Place),
    /// The text is YAML, but exceeds a limit.
    Limit(Limit),
}

/// A limit on documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// More than [`VALUES`] values, separators or markers.
    Values,
    /// More than [`DEPTH`] levels.
    Depth,
    /// More than [`STEPS`] steps for aliases and merges.
    Steps,
}

impl From<Limit> for Refused {
    fn from(limit: Limit) -> Self {
        Self::Limit(limit)
    }
}

/// The first document of a YAML stream.
pub struct Document<'text> {
    nodes: Vec<Node<'text>>,
    /// The nodes of the parser's anchor numbers, sorted.
    anchors: Vec<(usize, NodeId)>,
    /// What remains of [`STEPS`].
    steps_left: Cell<usize>,
}

type NodeId = usize;

struct Node<'text> {
    line: usize,
    content: Content<'text>,
}

enum Content<'text> {
    Scalar {
        text: Cow<'text, str>,
        plain: bool,
    },
    Sequence(Vec<NodeId>),
    /// Keys and values alternate.
    Mapping(Vec<NodeId>),
}

/// Most names in a file are no longer than this. Neither a key nor a useful part of one is as
/// short, so these texts are not zeroized: that would take longer than reading them.
const LONGEST_NAME: usize = 12;

impl<'text> Document<'text> {
    /// Parses the first document of `text`.
    ///
    /// # Errors
    /// Returns [`Refused::Syntax`] if `text` is not YAML, or [`Refused::Limit`] if it exceeds
    /// [`VALUES`] or [`DEPTH`].
    // If inlined, it would be compiled for size with its caller.
    #[inline(never)]
    pub fn parse(text: &'text str) -> Result<Self, Refused> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Some(nodes) = simple::nodes(text) {
            return Ok(Self { nodes, anchors: Vec::new(), steps_left: Cell::new(STEPS) });
        }
        Self::parse_any(text)
    }

    /// Parses the first document of any text, without a byte order mark.
    fn parse_any(text: &'text str) -> Result<Self, Refused> {
        if text.len() > BUFFERED && indicators_in(text) > VALUES {
            return Err(Limit::Values.into());
        }
        let mut document = Self {
            nodes: Vec::with_capacity(128),
            anchors: Vec::new(),
            steps_left: Cell::new(STEPS),
        };
        let mut open: Vec<NodeId> = Vec::new();
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let marker = error.marker();
                Refused::Syntax(Place { line: marker.line(), column: marker.col() + 1 })
            })?;
            let (content, anchor, tag) = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    (Content::Scalar { text, plain: style == ScalarStyle::Plain }, anchor, tag)
                }
                Event::SequenceStart(anchor, tag) => (Content::Sequence(Vec::new()), anchor, tag),
                Event::MappingStart(anchor, tag) => {
                    (Content::Mapping(Vec::with_capacity(16)), anchor, tag)
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    open.pop();
                    continue;
                }
                Event::Alias(anchor) => {
                    // The parser assigns increasing anchor numbers.
                    let named = document.anchors.binary_search_by_key(&anchor, |(id, _)| *id);
                    if let Some((_, node)) = named.ok().and_then(|at| document.anchors.get(at)) {
                        document.append(&open, *node);
                    }
                    continue;
                }
                Event::DocumentEnd => break,
                _ => continue,
            };
            if let Some(tag) = tag {
                document.charge_tag(&tag)?;
            }
            let id = document.nodes.len();
            if id >= VALUES {
                return Err(Limit::Values.into());
            }
            let holds_others = !matches!(content, Content::Scalar { .. });
            document.nodes.push(Node { line: span.start.line(), content });
            if anchor > 0 {
                document.anchors.push((anchor, id));
            }
            document.append(&open, id);
            if holds_others {
                if open.len() >= DEPTH {
                    return Err(Limit::Depth.into());
                }
                open.push(id);
            }
        }
        Ok(document)
    }

    /// The document's root value; `None` for an empty document.
    pub fn root(&self) -> Option<Value<'_>> {
        self.value(0)
    }

    /// How many of [`STEPS`] have been used.
    pub fn steps(&self) -> usize {
        STEPS - self.steps_left.get()
    }

    fn value(&self, id: NodeId) -> Option<Value<'_>> {
        self.nodes.get(id).map(|node| Value::new(self, node))
    }

    /// Counts work before it is done.
    fn charge(&self, steps: usize) -> Result<(), Limit> {
        let left = self.steps_left.get().checked_sub(steps).ok_or(Limit::Steps)?;
        self.steps_left.set(left);
        Ok(())
    }

    /// Counts a tag: the parser copies the prefix of a `%TAG` directive for every tag that uses it.
    #[cold]
    fn charge_tag(&self, tag: &Tag) -> Result<(), Limit> {
        self.charge(tag.handle.len() + tag.suffix.len())
    }

    fn append(&mut self, open: &[NodeId], child: NodeId) {
        let parent = open.last().and_then(|parent| self.nodes.get_mut(*parent));
        if let Some(Content::Sequence(items) | Content::Mapping(items)) =
            parent.map(|parent| &mut parent.content)
        {
            items.push(child);
        }
    }
}

/// Texts up to this size in bytes are small, whatever they contain.
const BUFFERED: usize = 64 * 1024;

/// Estimates how many tokens the parser may have to hold at once. It reads `{…}` and `[…]` to their
/// ends before it returns their first value, because they may be keys.
#[cold]
fn indicators_in(text: &str) -> usize {
    let is_indicator = |byte: &u8| b"[]{},:?&*!'\"".contains(byte);
    text.as_bytes().iter().copied().filter(is_indicator).count()
}

impl Drop for Document<'_> {
    #[inline(never)]
    fn drop(&mut self) {
        for node in &mut self.nodes {
            if let Content::Scalar { text: Cow::Owned(text), .. } = &mut node.content
                && text.len() > LONGEST_NAME
            {
                text.zeroize();
            }
        }
    }
}
