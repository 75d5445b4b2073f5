//! A YAML document as a tree that is looked into, never expanded.
//!
//! Aliases stay references, so a file that would unfold to terabytes costs what its text costs.
//!
//! A crate of its own, because this is what a `get` spends its time on: it is compiled for speed, and
//! the parser with it, while all else of the program is compiled for size.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle};
use zeroize::Zeroize as _;

/// A place in a document, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column of that line.
    pub column: usize,
}

/// The first document of a YAML stream.
pub struct Document<'text> {
    nodes: Vec<Node<'text>>,
    /// The node that the parser's anchor with this number names.
    anchors: Vec<(usize, NodeId)>,
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

/// One value of a document.
#[derive(Clone, Copy)]
pub struct Value<'doc> {
    document: &'doc Document<'doc>,
    node: &'doc Node<'doc>,
}

/// No key, nor a part of one that is worth anything, is as short as the names that make up most of
/// a file: these are not wiped, which takes longer than reading them.
const LONGEST_NAME: usize = 12;

/// How many mappings `<<` may merge in one look-up, in all: real files merge one or two, and a
/// hostile one could otherwise make a look-up branch without end.
const MERGES: usize = 100;

impl<'text> Document<'text> {
    /// Reads the first document of `text`.
    ///
    /// # Errors
    /// The place where `text` stops being YAML. The parser's own words are left out: they may
    /// quote what stands there, and that may be a key.
    // Inlined into a caller that is compiled for size, it would be, too.
    #[inline(never)]
    pub fn parse(text: &'text str) -> Result<Self, Place> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut document = Self { nodes: Vec::with_capacity(128), anchors: Vec::new() };
        let mut open: Vec<NodeId> = Vec::new();
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let marker = error.marker();
                Place { line: marker.line(), column: marker.col() + 1 }
            })?;
            let (content, anchor) = match event {
                Event::Scalar(text, style, anchor, _) => {
                    (Content::Scalar { text, plain: style == ScalarStyle::Plain }, anchor)
                }
                Event::SequenceStart(anchor, _) => (Content::Sequence(Vec::new()), anchor),
                Event::MappingStart(anchor, _) => {
                    (Content::Mapping(Vec::with_capacity(16)), anchor)
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
            let id = document.nodes.len();
            let holds_others = !matches!(content, Content::Scalar { .. });
            document.nodes.push(Node { line: span.start.line(), content });
            if anchor > 0 {
                document.anchors.push((anchor, id));
            }
            document.append(&open, id);
            if holds_others {
                open.push(id);
            }
        }
        Ok(document)
    }

    /// The document's outermost value; `None` if the text holds none.
    pub fn root(&self) -> Option<Value<'_>> {
        self.value(0)
    }

    fn value(&self, id: NodeId) -> Option<Value<'_>> {
        self.nodes.get(id).map(|node| Value { document: self, node })
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

impl<'doc> Value<'doc> {
    /// The line it begins on, counted from 1.
    pub fn line(self) -> usize {
        self.node.line
    }

    /// Nothing, `~` or `null`.
    pub fn is_null(self) -> bool {
        matches!(&self.node.content, Content::Scalar { text, plain: true }
            if matches!(&**text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Its text if it is a scalar.
    pub fn text(self) -> Option<&'doc str> {
        match &self.node.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// It is a mapping.
    pub fn is_mapping(self) -> bool {
        matches!(self.node.content, Content::Mapping(_))
    }

    /// The keys and values of a mapping; nothing for any other value. What `<<` merges in stands in
    /// its place, as in the YAML library of Scaleway's SDK, so that the last of several is the one
    /// that counts.
    pub fn entries(self) -> Vec<(&'doc str, Self)> {
        let (mut entries, mut merges) = (Vec::new(), MERGES);
        self.collect_entries(&mut entries, &mut merges);
        entries
    }

    /// The value of `key` in a mapping, `null` counting as none.
    pub fn get(self, key: &str) -> Option<Self> {
        let Content::Mapping(items) = &self.node.content else { return None };
        for pair in items.rchunks_exact(2) {
            let [name, value] = pair else { continue };
            let name = self.document.value(*name).and_then(Self::text);
            if name == Some("<<") {
                // Rare: all of it, in order.
                let mut entries = self.entries().into_iter().rev();
                return entries
                    .find(|(name, _)| *name == key)
                    .and_then(|(_, value)| value.not_null());
            }
            if name == Some(key) {
                return self.document.value(*value).and_then(Self::not_null);
            }
        }
        None
    }

    fn not_null(self) -> Option<Self> {
        (!self.is_null()).then_some(self)
    }

    fn collect_entries(self, entries: &mut Vec<(&'doc str, Self)>, merges: &mut usize) {
        let Content::Mapping(items) = &self.node.content else { return };
        for pair in items.chunks_exact(2) {
            let [key, value] = pair else { continue };
            let Some(key) = self.document.value(*key).and_then(Self::text) else { continue };
            let Some(value) = self.document.value(*value) else { continue };
            if key == "<<" {
                value.merge_into(entries, merges);
            } else {
                entries.push((key, value));
            }
        }
    }

    /// Of several mappings that are merged at once, the first counts most.
    fn merge_into(self, entries: &mut Vec<(&'doc str, Self)>, merges: &mut usize) {
        let Some(left) = merges.checked_sub(1) else { return };
        *merges = left;
        match &self.node.content {
            Content::Sequence(items) => {
                for item in items.iter().rev().filter_map(|item| self.document.value(*item)) {
                    item.merge_into(entries, merges);
                }
            }
            _ => self.collect_entries(entries, merges),
        }
    }
}
