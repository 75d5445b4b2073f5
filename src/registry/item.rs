//! Namespaces, images and tags as the API returns them. Unknown fields are kept.

use super::fields::Fields;
use crate::registry_host::RegistryHost;

/// The kind of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Namespace,
    Image,
    Tag,
}

impl Kind {
    /// The singular.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Image => "image",
            Self::Tag => "tag",
        }
    }

    /// The plural, in texts, paths and answers.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Namespace => "namespaces",
            Self::Image => "images",
            Self::Tag => "tags",
        }
    }
}

/// One namespace, image or tag: the whole object of the API's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) fields: Fields,
}

impl Item {
    /// Returns the text of a field, or an empty text.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.fields.text(field).unwrap_or_default()
    }

    /// Returns the number in a field.
    pub(crate) fn number(&self, field: &str) -> Option<u64> {
        self.fields.number(field)
    }

    /// Returns the boolean in a field.
    pub(crate) fn flag(&self, field: &str) -> Option<bool> {
        self.fields.flag(field)
    }

    pub(crate) fn id(&self) -> &str {
        self.text("id")
    }

    pub(crate) fn name(&self) -> &str {
        self.text("name")
    }

    /// Sets the status if no answer of the API has it.
    pub(crate) fn set_status(&mut self, status: &str) {
        self.fields.insert("status", status.into());
    }

    /// Returns the status: `ready`, `deleting`, `error`, `locked`, `unknown`, or a future one.
    pub(crate) fn status(&self) -> &str {
        self.text("status")
    }
}

/// Returns where a namespace's images are pulled from: its `endpoint`, or if that is missing, a name in
/// the region's last registry. In Milan, the second registry serves images.
pub(crate) fn endpoint(namespace: &Item, region: &str) -> String {
    let endpoint = namespace.text("endpoint");
    if endpoint.is_empty() {
        let host = RegistryHost::of_region(region).pop();
        let host = host.map(|host| host.to_string()).unwrap_or_default();
        format!("{host}/{}", namespace.name())
    } else {
        endpoint.to_owned()
    }
}
