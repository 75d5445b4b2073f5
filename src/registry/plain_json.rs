//! Reads JSON as values. Their memory can be estimated from the text.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Parses an object; `None` if the text is not one.
pub(super) fn object_of(json: &[u8]) -> Option<Map<String, Value>> {
    let mut parser = serde_json::Deserializer::from_slice(json);
    let value = PlainValue.deserialize(&mut parser).ok()?;
    parser.end().ok()?;
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// Reads a value as `serde_json` does, with one exception: an object whose first name is
/// `$serde_json::private::RawValue` is an object. For `serde_json`, it is the JSON in that text, in which each
/// bracket can be escaped. [`memory_for`](super::budget::memory_for) would not see them.
pub(super) struct PlainValue;

impl<'de> DeserializeSeed<'de> for PlainValue {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PlainValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element_seed(Self)? {
            list.push(value);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Value, A::Error> {
        rest_of(object, Map::new()).map(Value::Object)
    }
}

/// Adds the rest of an object to `map`.
pub(super) fn rest_of<'de, A: MapAccess<'de>>(
    mut object: A,
    mut map: Map<String, Value>,
) -> Result<Map<String, Value>, A::Error> {
    while let Some(name) = object.next_key::<String>()? {
        map.insert(name, object.next_value_seed(PlainValue)?);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::object_of;

    #[test]
    fn values_are_those_of_serde_json() {
        for text in [
            r#"{"a": [null, true, 1, -1, 1.5, 1e300, "\u00e9\n", {"b": {}, "b": []}], "a\u0041": 18446744073709551616}"#,
            r#" {"a": 1, "a": 2} "#,
            r#"{"a": 1} x"#,
            r#"{"a": "\ud800"}"#,
            "[]",
            "null",
            "",
        ] {
            let expected = serde_json::from_str::<Map<String, Value>>(text).ok();
            assert_eq!(object_of(text.as_bytes()), expected, "{text}");
        }
        let nested = format!(r#"{{"a": {}{}}}"#, "[".repeat(1000), "]".repeat(1000));
        assert_eq!(object_of(nested.as_bytes()), None);
    }

    /// `serde_json` reads the text as an array of one value.
    #[test]
    fn json_in_a_text_is_a_text() {
        const NAME: &str = "$serde_json::private::RawValue";
        let text = format!(r#"{{"a": {{"{NAME}": "\u005b1\u005d"}}}}"#);
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["a"], Value::from(vec![1]));
        let object = object_of(text.as_bytes()).unwrap();
        assert_eq!(object["a"][NAME], "[1]");
    }
}
