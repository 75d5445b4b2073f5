//! Namespaces, images and tags, as the API has them: what it adds tomorrow is kept.

use serde_json::{Map, Value};

use crate::registry_host::RegistryHost;

/// What a thing in the registry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Namespace,
    Image,
    Tag,
}

impl Kind {
    /// The word for one.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Image => "image",
            Self::Tag => "tag",
        }
    }

    /// The word for several, in texts, paths and answers alike.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Namespace => "namespaces",
            Self::Image => "images",
            Self::Tag => "tags",
        }
    }
}

/// One namespace, image or tag: the object of the API's answer, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) fields: Map<String, Value>,
}

impl Item {
    /// A field's text; empty if there is none.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// A field's number.
    pub(crate) fn number(&self, field: &str) -> Option<u64> {
        self.fields.get(field).and_then(Value::as_u64)
    }

    /// A switch.
    pub(crate) fn flag(&self, field: &str) -> Option<bool> {
        self.fields.get(field).and_then(Value::as_bool)
    }

    pub(crate) fn id(&self) -> &str {
        self.text("id")
    }

    pub(crate) fn name(&self) -> &str {
        self.text("name")
    }

    /// Says what became of it, where no answer of the API does.
    pub(crate) fn set_status(&mut self, status: &str) {
        self.fields.insert("status".to_owned(), status.into());
    }

    /// `ready`, `deleting`, `error`, `locked` or `unknown`, or what the API calls it tomorrow.
    pub(crate) fn status(&self) -> &str {
        self.text("status")
    }
}

/// Where a namespace's images are pulled from: its `endpoint`, composed where an answer lacks it
/// (of a region's registries the last one serves images, which is Milan's second).
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
