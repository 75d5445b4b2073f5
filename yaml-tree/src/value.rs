//! One value of a document, and look-ups in it. Each look-up is charged to its document.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::{Content, Document, Limit, Node, NodeId};

/// The name under which a mapping takes in the entries of others.
const MERGE: &str = "<<";

/// One value of a document.
#[derive(Clone, Copy)]
pub struct Value<'doc> {
    document: &'doc Document<'doc>,
    node: &'doc Node<'doc>,
}

impl<'doc> Value<'doc> {
    pub(super) fn new(document: &'doc Document<'doc>, node: &'doc Node<'doc>) -> Self {
        Self { document, node }
    }

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

    /// A copy of its text if it is a scalar.
    ///
    /// # Errors
    /// Returns [`Limit::Steps`] if too much was copied: one text may have any number of aliases.
    pub fn copied_text(self) -> Result<Option<Zeroizing<String>>, Limit> {
        let Some(text) = self.text() else { return Ok(None) };
        self.document.charge(text.len())?;
        Ok(Some(Zeroizing::new(text.to_owned())))
    }

    /// It is a mapping.
    pub fn is_mapping(self) -> bool {
        matches!(self.node.content, Content::Mapping(_))
    }

    /// The names and values of a mapping; nothing for any other value. What `<<` merges in stands in
    /// its place, as in the YAML library of Scaleway's SDK, so that the last of several is the one
    /// that counts. A mapping that is merged in several times is there once, where it counts most.
    ///
    /// # Errors
    /// Returns [`Limit::Steps`] if that is too much work. The names are charged, too: they are there
    /// to be copied.
    pub fn entries(self) -> Result<Vec<(&'doc str, Self)>, Limit> {
        let (mut walk, mut entries) = (Walk::of(self)?, Vec::new());
        while let Some((name, value)) = walk.next()? {
            self.document.charge(name.len())?;
            entries.push((name, value));
        }
        entries.reverse();
        Ok(entries)
    }

    /// The value of `key` in a mapping, `null` counting as none.
    ///
    /// # Errors
    /// Returns [`Limit::Steps`] if that is too much work.
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

    /// As [`Value::get`], for a mapping that merges others in. Rare.
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

/// Goes through the entries of a mapping and of those that are merged into it, from the entry that
/// counts most to the one that counts least.
///
/// Each mapping is gone through once: a second time, it could add nothing that counts. So one
/// look-up costs no more than the document has values, even if mappings merge each other in a
/// circle. Does not recurse: a chain of merges may be as long as the text allows.
struct Walk<'doc> {
    document: &'doc Document<'doc>,
    /// What is still to be looked at, the next at the end.
    rest: Vec<Rest<'doc>>,
    seen: BTreeSet<NodeId>,
}

enum Rest<'doc> {
    /// Names and values in turn; the last counts most.
    Pairs(&'doc [NodeId]),
    /// Values that are merged in at once; the first counts most.
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
