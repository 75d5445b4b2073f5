//! A YAML document as a tree that is looked into, never expanded.
//!
//! Aliases stay references, so a file that would unfold to terabytes costs what its text costs. What
//! aliases and merges can multiply all the same is counted for the whole document, and refused past
//! [`STEPS`].
//!
//! A crate of its own, because this is what a `get` spends its time on: it is compiled for speed, and
//! the parser with it, while all else of the program is compiled for size.

mod value;

use std::borrow::Cow;
use std::cell::Cell;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use zeroize::Zeroize as _;

pub use value::Value;

/// The most values that a document may hold. A file of 1 MiB that Scaleway's tools wrote has half as
/// many; one of nothing but separators has ten times as many, and would take 200 MB.
pub const VALUES: usize = 100_000;

/// How deeply mappings and sequences may be nested. The tools need 3 levels.
pub const DEPTH: usize = 100;

/// The most work that a document may cause in all: items looked at for look-ups, and bytes copied.
/// Without aliases and merges, no document of [`VALUES`] values comes near it.
pub const STEPS: usize = 10_000_000;

/// A place in a document, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column of that line.
    pub column: usize,
}

/// Why a document is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The text stops being YAML there. The parser's own words are left out: they may quote what
    /// they find, and that may be a key.
    Syntax(Place),
    /// The text is YAML, but larger than anything that is read.
    Limit(Limit),
}

/// What a document has too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// More than [`VALUES`] values, or characters that separate or mark values.
    Values,
    /// More than [`DEPTH`] levels.
    Depth,
    /// More than [`STEPS`] steps to follow aliases and merges.
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
    /// The node that the parser's anchor with this number names.
    anchors: Vec<(usize, NodeId)>,
    /// What is left of [`STEPS`].
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
    /// Keys and values in turn.
    Mapping(Vec<NodeId>),
}

/// No key, nor a part of one that is worth anything, is as short as the names that make up most of
/// a file: these are not wiped, which takes longer than reading them.
const LONGEST_NAME: usize = 12;

impl<'text> Document<'text> {
    /// Reads the first document of `text`.
    ///
    /// # Errors
    /// Returns [`Refused::Syntax`] if `text` is not YAML, and [`Refused::Limit`] if it has more values
    /// or levels than any real file.
    // Inlined into a caller that is compiled for size, it would be, too.
    #[inline(never)]
    pub fn parse(text: &'text str) -> Result<Self, Refused> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
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
                    // The parser numbers anchors upwards.
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

    /// The document's outermost value; `None` if the text holds none.
    pub fn root(&self) -> Option<Value<'_>> {
        self.value(0)
    }

    /// How much of [`STEPS`] was used so far.
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

    /// The parser copies the prefix that a `%TAG` line declares once for every tag that uses it.
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

/// A text up to this many bytes is small, whatever is in it.
const BUFFERED: usize = 64 * 1024;

/// How many tokens the parser may have to hold at once, roughly: it reads `{…}` and `[…]` to their
/// ends before it hands out their first value, as they may be keys.
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
