//! Reads and writes fields as JSON, without a tree of `serde_json`'s values in between.
//!
//! For those, an object whose first name is `$serde_json::private::RawValue` is the JSON in its text, in which
//! each bracket can be escaped. The limit of memory (`budget::memory_for`) would not see them.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Number, Value};

use super::names::Name;
use super::{Field, Fields, Piece};

/// How many fields an object of the API has at most. An object with more is read into a map first, which
/// finds repeated names faster.
const USUAL: usize = 32;

/// The API's images have 11 fields, to which a listing adds one.
const FIELDS_OF_IMAGE: usize = 12;

/// About the length of their texts.
const TEXTS_OF_IMAGE: usize = 256;

impl Fields {
    /// Parses an object; `None` if the text is not one.
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let texts = &*self.texts;
        let fields = self.list.iter();
        serializer.collect_map(fields.map(|(name, field)| (name.within(texts), Of(field, texts))))
    }
}

/// A field and the texts of its object.
struct Of<'a>(&'a Field, &'a str);

impl Serialize for Of<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(field, texts) = *self;
        match field {
            Field::Null => serializer.serialize_unit(),
            Field::Flag(flag) => serializer.serialize_bool(*flag),
            Field::Number(number) => number.serialize(serializer),
            Field::Text(piece) => serializer.serialize_str(piece.within(texts)),
            Field::List(list) => serializer.collect_seq(list.iter().map(|it| Of(it, texts))),
            Field::Object(fields) => fields.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfFields)
    }
}

/// Reads an object.
struct OfFields;

impl<'de> Visitor<'de> for OfFields {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Fields, A::Error> {
        let mut fields = Fields {
            list: Vec::with_capacity(FIELDS_OF_IMAGE),
            texts: String::with_capacity(TEXTS_OF_IMAGE),
        };
        let mut seen = 0_u32;
        while let Some(name) = object.next_key_seed(OfName(&mut fields.texts))? {
            let field = object.next_value_seed(OfField(&mut fields.texts))?;
            let bit = match name {
                Name::Known(number) => 1 << number,
                Name::Other(_) => 0,
            };
            // Nearly every name is a known one that was not there before.
            if bit & !seen != 0 {
                fields.list.push((name, field));
            } else {
                fields.set(name, field);
            }
            seen |= bit;
            if fields.list.len() > USUAL {
                return Ok(with_rest(fields.into(), object)?.into());
            }
        }
        // `memory_for` estimates less for an object smaller than an image, and for long texts, for
        // which capacity doubles.
        if fields.list.len() * 2 <= fields.list.capacity() {
            fields.list.shrink_to_fit();
        }
        let unused = fields.texts.capacity() - fields.texts.len();
        if unused >= TEXTS_OF_IMAGE / 2 {
            fields.texts.shrink_to_fit();
        }
        Ok(fields)
    }
}

/// Adds the rest of an object to `map`.
fn with_rest<'de, A: MapAccess<'de>>(
    mut map: Map<String, Value>,
    mut object: A,
) -> Result<Map<String, Value>, A::Error> {
    while let Some(name) = object.next_key::<String>()? {
        let mut texts = String::new();
        let field = object.next_value_seed(OfField(&mut texts))?;
        map.insert(name, field.into_value(&texts));
    }
    Ok(map)
}

/// Reads the next value of an object. Returns `None` if it is no natural number.
pub(in crate::registry) fn next_number<'de, A: MapAccess<'de>>(
    object: &mut A,
) -> Result<Option<u64>, A::Error> {
    match object.next_value_seed(OfField(&mut String::new()))? {
        Field::Number(number) => Ok(number.as_u64()),
        _ => Ok(None),
    }
}

/// Reads a name, and adds one that is not known to these texts.
struct OfName<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for OfName<'_> {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for OfName<'_> {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        Ok(Name::added(name, self.0))
    }
}

/// Reads a value, and adds its texts to these.
struct OfField<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for OfField<'_> {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OfField<'_> {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Field, E> {
        Ok(Field::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Field, E> {
        Ok(Field::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Field, E> {
        Ok(Field::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Field, E> {
        Ok(Number::from_f64(number).map_or(Field::Null, Field::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(Piece::added(text, self.0)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Field, A::Error> {
        let mut list = Vec::new();
        while let Some(field) = values.next_element_seed(OfField(self.0))? {
            list.push(field);
        }
        Ok(Field::List(list.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Field, A::Error> {
        OfFields.visit_map(object).map(|fields| Field::Object(Box::new(fields)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Fields;

    #[test]
    fn fields_are_the_same_as_those_of_a_map() {
        let many: Vec<_> = (0..100).map(|at| format!(r#""f{}": {at}"#, at % 70)).collect();
        for text in [
            "{}",
            r#"{"id": "1", "unknown\u0041": {"a": [1, 2.5]}, "name": null, "id": "2"}"#,
            r#"{"size": 1, "a": -1, "b": 1e300, "c": 0.5, "d": [[], [null, true], {"e": "f"}]}"#,
            r#"{"a": [null, true, 1, -1, 1.5, {"b": {}, "b": []}], "a\u0041": 18446744073709551616}"#,
            r#" {"a": 1, "a": 2} "#,
            r#"{"a": "x", "status": "\u00e9\n", "a": "y", "status": ["\"", "b"], "b": "z"}"#,
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
    fn only_objects_have_fields() {
        for text in ["[]", "null", "\"x\"", "{1:2}", "", r#"{"a": 1} x"#, r#"{"a": "\ud800"}"#] {
            assert!(Fields::parse(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn nested_lists_are_limited_as_those_of_a_map() {
        for depth in [100, 1000] {
            let text = format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
            let is_valid = serde_json::from_str::<Value>(&text).is_ok();
            assert_eq!(serde_json::from_str::<Fields>(&text).is_ok(), is_valid);
            assert_eq!(is_valid, depth == 100);
        }
    }
    /// `serde_json` reads the text as an array of one value.
    #[test]
    fn json_in_a_text_is_a_text() {
        const NAME: &str = "$serde_json::private::RawValue";
        let object = format!(r#"{{"{NAME}": "\u005b1\u005d"}}"#);
        let many: Vec<_> = (0..100).map(|at| format!(r#""f{at}": {at}"#)).collect();
        for text in
            [format!(r#"{{"a": {object}}}"#), format!(r#"{{{}, "a": {object}}}"#, many.join(", "))]
        {
            let read: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read["a"], Value::from(vec![1]));
            let fields = Value::from(Fields::parse(text.as_bytes()).unwrap());
            assert_eq!(fields["a"][NAME], "[1]");
        }
    }
}
