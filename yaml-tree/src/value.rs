//! A value of a document, and lookups in it. Their cost is charged to the document.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::{Content, Document, Limit, Node, NodeId};

/// The key that merges the entries of other mappings.
const MERGE: &str = "<<";

/// A value of a document.
#[derive(Clone, Copy)]
pub struct Value<'doc> {
    document: &'doc Document<'doc>,
    node: &'doc Node<'doc>,
}

impl<'doc> Value<'doc> {
    pub(super) fn new(document: &'doc Document<'doc>, node: &'doc Node<'doc>) -> Self {
        Self { document, node }
    }

    /// The line where the value starts, counted from 1.
    pub fn line(self) -> usize {
        self.node.line
    }

    /// Returns whether the value is empty, `~` or `null`.
    pub fn is_null(self) -> bool {
        matches!(&self.node.content, Content::Scalar { text, plain: true }
            if matches!(&**text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text of a scalar; `None` for any other value.
    pub fn text(self) -> Option<&'doc str> {
        match &self.node.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A copy of a scalar's text; `None` for any other value.
    ///
    /// # Errors
    /// Returns [`Limit::Steps`] if too much was copied. There may be any number of aliases to one
    /// text.
    pub fn copied_text(self) -> Result<Option<Zeroizing<String>>, Limit> {
        let Some(text) = self.text() else { return Ok(None) };
        self.document.charge(text.len())?;
        Ok(Some(Zeroizing::new(text.to_owned())))
    }

    /// Returns whether the value is a mapping.
    pub fn is_mapping(self) -> bool {
        matches!(self.node.content, Content::Mapping(_))
    }

    /// The names and values of a mapping. Empty for any other value. Merged entries (`<<`) are at
    /// the position of the merge, as in the YAML library of Scaleway's SDK, so that the last entry
    /// of a name takes precedence. A mapping merged more than once is included once, where it takes
    /// the highest precedence.
    ///
    /// # Errors
    /// Returns [`Limit::Steps`] if that takes too much work. The length of the names counts too,
    /// because callers copy them.
    pub fn entries(self) -> Result<Vec<(&'doc str, Self)>, Limit> {
        let (mut walk, mut entries) = (Walk::of(self)?, Vec::new());
        while let Some((name, value)) = walk.next()? {
            self.document.charge(name.len())?;
            entries.push((name, value));
        }
        entries.reverse();
        Ok(entries)
    }

    /// The value of `key` in a mapping; `None` if it is missing or `null`.
    ///
    /// # Errors
    /// Returns [`Limit::Steps`] if that takes too much work.
    pub fn get(self, key: &str) -> Result<Option<Self>, Limit> {
        let Content::Mapping(items) = &self.node.content else { return Ok(None) };
        self.document.charge(items.len())?;
        for pair in items.rchunks_exact(2) {
            let [name, value] = pair else { continue };
            let name = self.document.value(*name).and_then(Self::text);
            if name == Some(MERGE) {
                return self.get_merged(key);
            }
            if name == Some(key) {
                return Ok(self.document.value(*value).and_then(Self::not_null));
            }
        }
        Ok(None)
    }

    /// [`Value::get`] for a mapping with merges, which is rare.
    #[cold]
    fn get_merged(self, key: &str) -> Result<Option<Self>, Limit> {
        let mut walk = Walk::of(self)?;
        while let Some((name, value)) = walk.next()? {
            if name == key {
                return Ok(value.not_null());
            }
        }
        Ok(None)
    }

    fn not_null(self) -> Option<Self> {
        (!self.is_null()).then_some(self)
    }
}

/// Iterates over the entries of a mapping and of the mappings merged into it, from the highest
/// precedence to the lowest.
///
/// Visits each mapping once, because a second visit could add nothing. So a lookup costs at most
/// one step for each value of the document, even if mappings merge each other in a cycle. Does not
/// recurse, because a chain of merges may be as long as the text.
struct Walk<'doc> {
    document: &'doc Document<'doc>,
    /// What remains to be visited. The last element is next.
    rest: Vec<Rest<'doc>>,
    seen: BTreeSet<NodeId>,
}

enum Rest<'doc> {
    /// Alternating names and values. The last pair takes precedence.
    Pairs(&'doc [NodeId]),
    /// Values of one merge. The first takes precedence.
    Items(&'doc [NodeId]),
}

impl<'doc> Walk<'doc> {
    fn of(mapping: Value<'doc>) -> Result<Self, Limit> {
        let document = mapping.document;
        let mut walk = Self { document, rest: Vec::new(), seen: BTreeSet::new() };
        if let Content::Mapping(items) = &mapping.node.content {
            document.charge(items.len())?;
            walk.rest.push(Rest::Pairs(items));
        }
        Ok(walk)
    }

    fn next(&mut self) -> Result<Option<(&'doc str, Value<'doc>)>, Limit> {
        loop {
            let merged = match self.rest.last_mut() {
                None => return Ok(None),
                Some(Rest::Pairs(items)) => {
                    if let Some((before, [name, value])) = items.split_last_chunk() {
                        *items = before;
                        let name = self.document.value(*name).and_then(Value::text);
                        match (name, self.document.value(*value)) {
                            (Some(MERGE), _) => Some(*value),
                            (Some(name), Some(value)) => return Ok(Some((name, value))),
                            _ => continue,
                        }
                    } else {
                        None
                    }
                }
                Some(Rest::Items(items)) => items.split_first().map(|(first, after)| {
                    *items = after;
                    *first
                }),
            };
            match merged {
                Some(id) => self.merge(id)?,
                None => drop(self.rest.pop()),
            }
        }
    }

    fn merge(&mut self, id: NodeId) -> Result<(), Limit> {
        let (items, rest) = match self.document.nodes.get(id).map(|node| &node.content) {
            Some(Content::Mapping(items)) => (items, Rest::Pairs(items)),
            Some(Content::Sequence(items)) => (items, Rest::Items(items)),
            _ => return Ok(()),
        };
        if self.seen.insert(id) {
            self.document.charge(items.len())?;
            self.rest.push(rest);
        }
        Ok(())
    }
}
