//! The fields of an object of the API, compact: a long list has a hundred thousand of them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The API's names, and one that listings add. They are numbers in memory.
const NAMES: [&str; 20] = [
    "created_at",
    "description",
    "digest",
    "endpoint",
    "full_name",
    "id",
    "image_count",
    "image_id",
    "is_public",
    "name",
    "namespace_id",
    "organization_id",
    "project_id",
    "region",
    "size",
    "status",
    "status_message",
    "tags",
    "updated_at",
    "visibility",
];

/// How many fields an object of the API has at most. An object with more is read into a map first, which
/// finds repeated names faster.
const USUAL: usize = 32;

/// The fields of an object, in the API's order. Each name is there once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(Name, Value)>);

/// The name of a field: one of [`NAMES`], or another one, which is kept as well.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Known(u8),
    Other(Box<str>),
}

impl Name {
    fn as_str(&self) -> &str {
        match self {
            Self::Known(number) => NAMES.get(usize::from(*number)).copied().unwrap_or_default(),
            Self::Other(name) => name,
        }
    }
}

impl Fields {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        let found = match number_of(name) {
            Some(number) => {
                self.0.iter().find(|(it, _)| matches!(it, Name::Known(other) if *other == number))
            }
            None => self.0.iter().find(|(it, _)| it.as_str() == name),
        };
        found.map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Sets a field. A new one is the last.
    pub(crate) fn insert(&mut self, name: &str, value: Value) {
        self.set(Name::from(name), value);
    }

    fn set(&mut self, name: Name, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        number_of(name).map_or_else(|| Self::Other(name.into()), Self::Known)
    }
}

/// The number of a name in [`NAMES`]. The compiler turns bytes into a decision tree, which takes a tenth of the
/// time of a search.
fn number_of(name: &str) -> Option<u8> {
    Some(match name.as_bytes() {
        b"created_at" => 0,
        b"description" => 1,
        b"digest" => 2,
        b"endpoint" => 3,
        b"full_name" => 4,
        b"id" => 5,
        b"image_count" => 6,
        b"image_id" => 7,
        b"is_public" => 8,
        b"name" => 9,
        b"namespace_id" => 10,
        b"organization_id" => 11,
        b"project_id" => 12,
        b"region" => 13,
        b"size" => 14,
        b"status" => 15,
        b"status_message" => 16,
        b"tags" => 17,
        b"updated_at" => 18,
        b"visibility" => 19,
        _ => return None,
    })
}

impl From<Map<String, Value>> for Fields {
    fn from(map: Map<String, Value>) -> Self {
        Self(map.into_iter().map(|(name, value)| (Name::from(name.as_str()), value)).collect())
    }
}

impl From<Fields> for Map<String, Value> {
    fn from(fields: Fields) -> Self {
        fields.0.into_iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect()
    }
}

impl From<Fields> for Value {
    fn from(fields: Fields) -> Self {
        Self::Object(fields.into())
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfName;
        impl Visitor<'_> for OfName {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(Name::from(name))
            }
        }
        deserializer.deserialize_str(OfName)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfFields;
        impl<'de> Visitor<'de> for OfFields {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Fields, A::Error> {
                // The API's images have 11 fields, to which a listing adds one.
                let mut fields = Fields(Vec::with_capacity(12));
                let mut seen = 0_u32;
                while let Some((name, value)) = object.next_entry()? {
                    let bit = match name {
                        Name::Known(number) => 1 << number,
                        Name::Other(_) => 0,
                    };
                    // Nearly every name is a known one that was not there before.
                    if bit & !seen != 0 {
                        fields.0.push((name, value));
                    } else {
                        fields.set(name, value);
                    }
                    seen |= bit;
                    if fields.0.len() > USUAL {
                        let mut map = Map::from(fields);
                        while let Some((name, value)) = object.next_entry()? {
                            map.insert(name, value);
                        }
                        return Ok(map.into());
                    }
                }
                if fields.0.len() * 2 <= fields.0.capacity() {
                    fields.0.shrink_to_fit();
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(OfFields)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Fields, NAMES, Name};

    #[test]
    fn every_known_name_is_found() {
        for (number, name) in NAMES.into_iter().enumerate() {
            let number = u8::try_from(number).unwrap();
            assert_eq!(Name::from(name), Name::Known(number));
            assert_eq!(Name::Known(number).as_str(), name);
        }
        assert_eq!(Name::from("ids"), Name::Other("ids".into()));
    }

    #[test]
    fn fields_are_the_same_as_those_of_a_map() {
        let many: Vec<_> = (0..100).map(|at| format!(r#""f{}": {at}"#, at % 70)).collect();
        for text in [
            "{}",
            r#"{"id": "1", "unknown\u0041": {"a": [1, 2.5]}, "name": null, "id": "2"}"#,
            &format!(r#"{{{}, "id": "1"}}"#, many.join(", ")),
        ] {
            let fields: Fields = serde_json::from_str(text).unwrap();
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&fields).unwrap(), value.to_string());
            let Value::Object(map) = value.clone() else { panic!() };
            assert_eq!(Fields::from(map), fields);
            assert_eq!(Value::from(fields), value);
        }
    }

    #[test]
    fn a_field_is_replaced_in_its_place() {
        let mut fields = Fields::default();
        for (name, value) in [("id", 1), ("other", 2), ("id", 3)] {
            fields.insert(name, json!(value));
        }
        assert_eq!(serde_json::to_string(&fields).unwrap(), r#"{"id":3,"other":2}"#);
        assert_eq!((fields.get("other"), fields.get("none")), (Some(&json!(2)), None));
    }

    #[test]
    fn only_objects_have_fields() {
        for text in ["[]", "null", "\"x\"", "{1:2}"] {
            assert!(serde_json::from_str::<Fields>(text).is_err(), "{text}");
        }
    }
}
