//! The fields of an object of the API, compact: a long list has a hundred thousand of them.

mod json;
mod names;

use serde_json::{Map, Number, Value};

pub(super) use json::next_number;
use names::{Name, number_of};

/// The fields of an object, in the API's order. Each name is there once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    list: Vec<(Name, Field)>,
    /// All texts, one after the other. Separate memory for each took an eighth of the instructions for a long list.
    texts: String,
}

/// The place of a text in [`Fields::texts`].
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: u32,
    end: u32,
}

/// The value of a field.
#[derive(Debug, Clone)]
enum Field {
    Null,
    Flag(bool),
    Number(Number),
    Text(Piece),
    List(Box<[Self]>),
    Object(Box<Fields>),
}

impl Piece {
    /// Adds a text to `texts`.
    fn added(text: &str, texts: &mut String) -> Self {
        // An answer is far smaller than 4 GiB.
        let end = |texts: &String| u32::try_from(texts.len()).unwrap_or(u32::MAX);
        let start = end(texts);
        texts.push_str(text);
        Self { start, end: end(texts) }
    }

    fn within(self, texts: &str) -> &str {
        texts.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl Field {
    /// Moves a value into `texts` and what is returned.
    fn of(value: Value, texts: &mut String) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Flag(flag),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(Piece::added(&text, texts)),
            Value::Array(list) => {
                Self::List(list.into_iter().map(|value| Self::of(value, texts)).collect())
            }
            Value::Object(object) => Self::Object(Box::new(object.into())),
        }
    }

    /// The value, if `texts` are those of its object.
    fn into_value(self, texts: &str) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Flag(flag) => flag.into(),
            Self::Number(number) => Value::Number(number),
            Self::Text(piece) => piece.within(texts).into(),
            Self::List(list) => list.into_iter().map(|field| field.into_value(texts)).collect(),
            Self::Object(fields) => (*fields).into(),
        }
    }
}

impl Fields {
    /// Returns the text of a field; `None` if the field is missing or no text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.find(name)? {
            Field::Text(piece) => Some(piece.within(&self.texts)),
            _ => None,
        }
    }

    /// Returns the number in a field; `None` if the field is missing or no natural number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        match self.find(name)? {
            Field::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// Returns the boolean in a field; `None` if the field is missing or no boolean.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.find(name)? {
            Field::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Returns the length of a list; `None` if the field is missing or no list.
    pub(crate) fn count(&self, name: &str) -> Option<usize> {
        match self.find(name)? {
            Field::List(list) => Some(list.len()),
            _ => None,
        }
    }

    /// Returns the texts of a list. There are none if the field is missing or no list.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let list = match self.find(name) {
            Some(Field::List(list)) => list.as_ref(),
            _ => &[],
        };
        list.iter().filter_map(|field| match field {
            Field::Text(piece) => Some(piece.within(&self.texts)),
            _ => None,
        })
    }

    /// Returns whether there is such a field, also if it is null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Returns the names and copies of the values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Value)> {
        self.list
            .iter()
            .map(|(name, field)| (name.within(&self.texts), field.clone().into_value(&self.texts)))
    }

    /// Sets a field. A new one is the last.
    pub(crate) fn insert(&mut self, name: &str, value: Value) {
        let field = Field::of(value, &mut self.texts);
        let name = Name::added(name, &mut self.texts);
        self.set(name, field);
    }

    fn set(&mut self, name: Name, field: Field) {
        let texts = self.texts.as_str();
        let is_same = |known: Name| match (known, name) {
            (Name::Known(known), Name::Known(number)) => known == number,
            (Name::Other(known), Name::Other(piece)) => known.within(texts) == piece.within(texts),
            _ => false,
        };
        match self.list.iter_mut().find(|(known, _)| is_same(*known)) {
            Some((_, old)) => *old = field,
            None => self.list.push((name, field)),
        }
    }

    fn find(&self, name: &str) -> Option<&Field> {
        let found = match number_of(name) {
            Some(number) => self
                .list
                .iter()
                .find(|(known, _)| matches!(known, Name::Known(known) if *known == number)),
            None => self.list.iter().find(|(known, _)| known.within(&self.texts) == name),
        };
        found.map(|(_, field)| field)
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields {}

impl From<Map<String, Value>> for Fields {
    fn from(map: Map<String, Value>) -> Self {
        let mut fields = Self::default();
        for (name, value) in map {
            let field = Field::of(value, &mut fields.texts);
            let name = Name::added(&name, &mut fields.texts);
            // A map has each name once.
            fields.list.push((name, field));
        }
        fields
    }
}

impl From<Fields> for Map<String, Value> {
    fn from(fields: Fields) -> Self {
        let Fields { list, texts } = fields;
        let entry = |(name, field): (Name, Field)| {
            (name.within(&texts).to_owned(), field.into_value(&texts))
        };
        list.into_iter().map(entry).collect()
    }
}

impl From<Fields> for Value {
    fn from(fields: Fields) -> Self {
        Self::Object(fields.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Fields;

    #[test]
    fn a_field_is_replaced_in_its_place() {
        let mut fields = Fields::default();
        for (name, value) in
            [("id", "1"), ("other", "2"), ("third", "3"), ("other", "4"), ("id", "five")]
        {
            fields.insert(name, value.into());
        }
        assert_eq!(Value::from(fields.clone()), json!({"id": "five", "other": "4", "third": "3"}));
        assert_eq!((fields.text("other"), fields.text("none")), (Some("4"), None));
        let same = json!({"id": "five", "other": "4", "third": "3"});
        let Value::Object(same) = same else { panic!() };
        assert_eq!(Fields::from(same), fields);
    }

    #[test]
    fn a_value_is_of_one_type() {
        let Value::Object(object) = json!({
            "text": "1", "number": 1, "flag": true, "null": null, "list": ["a", -1], "float": 1.0,
        }) else {
            panic!()
        };
        let fields = Fields::from(object);
        let found =
            |name| (fields.text(name), fields.number(name), fields.flag(name), fields.count(name));
        assert_eq!(found("text"), (Some("1"), None, None, None));
        assert_eq!(found("number"), (None, Some(1), None, None));
        assert_eq!(found("flag"), (None, None, Some(true), None));
        assert_eq!(found("list"), (None, None, None, Some(2)));
        assert_eq!(fields.texts("list").collect::<Vec<_>>(), ["a"]);
        assert_eq!(fields.texts("text").count(), 0);
        for other in ["null", "float", "missing"] {
            assert_eq!(found(other), (None, None, None, None));
        }
        assert!(fields.has("null") && !fields.has("missing"));
    }
}
