//! JSON and YAML, safe on a terminal as well.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Number, Value};

use crate::printable::is_unsafe_to_show;

/// The longest key that is not marked as one, in characters.
const KEY_LIMIT: usize = 1000;

/// A value as JSON in several lines. Numbers are written in their shortest form, which need not be
/// that of the API's answer: 1e2 becomes 100.0.
pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> String {
    // A value that is one can always be written.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    // Outside of texts there are line breaks only; within, all that is unsafe has a long form.
    let is_unsafe = |c: char| c != '\n' && is_unsafe_to_show(c);
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) || !text.contains(is_unsafe) {
        return text;
    }
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unsafe(character) {
            push_long_form(&mut safe, character);
        } else {
            safe.push(character);
        }
    }
    safe
}

/// A value as YAML in block style, its texts in quotes wherever they could be anything else.
pub(crate) fn yaml(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(object) if !object.is_empty() => push_object(&mut text, object, 0, false),
        Value::Array(values) if !values.is_empty() => push_array(&mut text, values, 0),
        scalar => {
            push_scalar(&mut text, scalar);
            text.push('\n');
        }
    }
    text
}

/// An array as YAML, like [`yaml`]. Holds one of its values at a time.
pub(crate) fn yaml_list(values: impl Iterator<Item = Value>) -> String {
    let mut text = String::new();
    for value in values {
        push_array(&mut text, &[value], 0);
    }
    if text.is_empty() { yaml(&Value::Array(Vec::new())) } else { text }
}

fn push_object(text: &mut String, object: &Map<String, Value>, depth: usize, is_begun: bool) {
    for (at, (name, value)) in object.iter().enumerate() {
        if at > 0 || !is_begun {
            indent(text, depth);
        }
        push_key(text, name, depth);
        text.push(':');
        match value {
            Value::Object(object) if !object.is_empty() => {
                text.push('\n');
                push_object(text, object, depth + 1, false);
            }
            Value::Array(values) if !values.is_empty() => {
                text.push('\n');
                push_array(text, values, depth + 1);
            }
            scalar => {
                text.push(' ');
                push_scalar(text, scalar);
                text.push('\n');
            }
        }
    }
}

fn push_array(text: &mut String, values: &[Value], depth: usize) {
    for value in values {
        indent(text, depth);
        text.push_str("- ");
        match value {
            Value::Object(object) if !object.is_empty() => {
                push_object(text, object, depth + 1, true);
            }
            Value::Array(values) if !values.is_empty() => {
                // On a separate line, because its entries begin with a dash, too.
                text.truncate(text.len() - 1);
                text.push('\n');
                push_array(text, values, depth + 1);
            }
            scalar => {
                push_scalar(text, scalar);
                text.push('\n');
            }
        }
    }
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

fn push_scalar(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => push_number(text, number),
        Value::String(value) => push_text(text, value),
        // Those that are not empty do not come here.
        Value::Array(_) => text.push_str("[]"),
        Value::Object(_) => text.push_str("{}"),
    }
}

/// A key. A long one is marked by a question mark, and its colon begins the next line: YAML looks
/// no further than 1,024 characters for the colon of one that is not marked.
fn push_key(text: &mut String, name: &str, depth: usize) {
    let mut key = String::new();
    push_text(&mut key, name);
    if key.chars().count() <= KEY_LIMIT {
        text.push_str(&key);
        return;
    }
    text.push_str("? ");
    text.push_str(&key);
    text.push('\n');
    indent(text, depth);
}

/// A number. YAML 1.1 takes one with an exponent for a text, unless it has a point and the exponent
/// a sign.
fn push_number(text: &mut String, number: &Number) {
    let plain = number.to_string();
    let Some((mantissa, exponent)) = plain.split_once('e') else {
        text.push_str(&plain);
        return;
    };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['+', '-']) { "" } else { "+" };
    text.extend([mantissa, point, "e", sign, exponent]);
}

fn push_text(text: &mut String, value: &str) {
    if is_plain(value) {
        text.push_str(value);
        return;
    }
    text.push('"');
    // Nearly all text.
    let is_copied = |byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if value.bytes().all(is_copied) {
        text.push_str(value);
        text.push('"');
        return;
    }
    for character in value.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            // Those unsafe to show are all of 16 bits, where the long forms of JSON and YAML agree.
            _ if is_unsafe_to_show(character) => push_long_form(text, character),
            _ if is_no_character(character) => {
                let code = u32::from(character);
                let _ = match code {
                    ..=0xffff => write!(text, "\\u{code:04x}"),
                    _ => write!(text, "\\U{code:08x}"),
                };
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}

/// Unicode never assigns these. YAML does not allow U+FFFE and U+FFFF without escapes.
fn is_no_character(character: char) -> bool {
    matches!(u32::from(character) & 0xffff, 0xfffe..)
        || ('\u{fdd0}'..='\u{fdef}').contains(&character)
}

/// It begins with a letter, has nothing but letters, digits and a few harmless signs, and is no
/// word that YAML 1.1 or 1.2 takes for something else; a colon is harmless before a letter only.
fn is_plain(value: &str) -> bool {
    let is_harmless = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.split(':').all(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric()))
        && value.chars().all(|c| is_harmless(c) || c == ':')
        && !words.contains(&value.to_ascii_lowercase().as_str())
}

/// A character's long form, the same in JSON and in YAML's double quotes.
fn push_long_form(text: &mut String, character: char) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        let _ = write!(text, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use saphyr_parser::{Event, Parser, ScalarStyle};
    use serde_json::{Map, Value, json};

    use super::{json, yaml};

    /// Reads YAML back through a parser that others wrote.
    fn read(text: &str) -> Value {
        let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0);
        let mut skipped = events
            .by_ref()
            .skip_while(|event| matches!(event, Event::StreamStart | Event::DocumentStart(_)));
        let first = skipped.next().unwrap();
        value(first, &mut skipped)
    }

    fn value<'a>(event: Event<'a>, events: &mut dyn Iterator<Item = Event<'a>>) -> Value {
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => serde_json::from_str(&text)
                .unwrap_or_else(|_| {
                    assert!(
                        !["yes", "no", "on", "off", "~", ""]
                            .contains(&text.to_lowercase().as_str()),
                        "{text} is no text to YAML 1.1"
                    );
                    Value::String(text.into_owned())
                }),
            Event::Scalar(text, ..) => Value::String(text.into_owned()),
            Event::SequenceStart(..) => {
                let mut values = Vec::new();
                loop {
                    match events.next().unwrap() {
                        Event::SequenceEnd => return Value::Array(values),
                        event => values.push(value(event, events)),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut object = Map::new();
                loop {
                    match events.next().unwrap() {
                        Event::MappingEnd => return Value::Object(object),
                        event => {
                            let Value::String(name) = value(event, events) else { panic!() };
                            let next = events.next().unwrap();
                            object.insert(name, value(next, events));
                        }
                    }
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn samples() -> Vec<Value> {
        let texts = [
            "",
            " ",
            "yes",
            "No",
            "ON",
            "off",
            "null",
            "~",
            "true",
            "False",
            "1",
            "1.5",
            "0x1f",
            "1e3",
            "2026-11-21",
            "2026-07-17T09:50:07.430796Z",
            "-",
            "- a",
            "a: b",
            "a:b",
            "a:",
            ":a",
            "a #b",
            "#a",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "'a'",
            "\"a\"",
            "%a",
            "@a",
            "`a",
            "{a}",
            "[a]",
            "a,b",
            "a\nb",
            "a\tb",
            "\u{1b}[31m",
            "\u{202e}x",
            "\u{85}",
            "é 日本",
            "\u{1f600}",
            "a ",
            " a",
            "sha256:96e9340a",
            "rg.fr-par.scw.cloud/ns/app:1.2",
            ".inf",
            "y",
            "N",
            "\\",
            "---",
            "...",
            "=",
            "<<",
            "1:30",
            "a\u{feff}b",
            "\u{fffe}",
            "a\u{ffff}\u{fdd0}",
            "\u{1ffff}",
            "\u{7f}",
        ];
        let mut samples: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
        samples.push(json!(texts.to_vec()));
        samples.push(texts.iter().map(|text| ((*text).to_owned(), json!(text))).collect());
        samples.push(json!([]));
        samples.push(json!({}));
        samples.push(json!([{"a": [[1, [2, []]], {"b": {}}], "c": null}, [], {}, [{"d": [true]}]]));
        let long = "k".repeat(1100);
        samples.push(json!({&long: 1, "\u{1b}".repeat(300): {"a": [1]}, "short": 2}));
        samples.push(json!([{&long: [1, 2], "b": 1}, {"a": {&long: {"c": []}}}]));
        samples.push(json!([1e16, 1.5e300, -2e-9, 1.5, 100.0]));
        samples.push(json!({"size": u64::MAX, "tags": ["a"], "deep": {"er": {"est": 1}}}));
        samples
    }

    #[test]
    fn yaml_says_what_was_meant() {
        for sample in samples() {
            let text = yaml(&sample);
            assert_eq!(read(&text), sample, "{text}");
            assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{85}', '\u{7f}']), "{text}");
        }
    }

    #[test]
    fn numbers_with_exponents_are_numbers_to_yaml_1_1_as_well() {
        // Its floats need a point, and a sign before the exponent.
        for (number, text) in
            [(1e16, "1.0e+16\n"), (1.5e300, "1.5e+300\n"), (-2e-9, "-2.0e-9\n"), (1.5, "1.5\n")]
        {
            assert_eq!(yaml(&json!(number)), text);
        }
    }

    #[test]
    fn what_yaml_forbids_is_escaped_and_a_long_key_is_marked() {
        assert_eq!(yaml(&json!("\u{fffe}\u{ffff}\u{1ffff}")), "\"\\ufffe\\uffff\\U0001ffff\"\n");
        let long = "k".repeat(1001);
        assert_eq!(yaml(&json!({&long: {"a": 1}})), format!("? {long}\n:\n  a: 1\n"));
        assert_eq!(yaml(&json!([{&long: 1}])), format!("- ? {long}\n  : 1\n"));
        let longest = "k".repeat(1000);
        assert_eq!(yaml(&json!({&longest: 1})), format!("{longest}: 1\n"));
    }

    #[test]
    fn json_says_what_was_meant_and_holds_nothing_that_a_terminal_obeys() {
        for sample in samples() {
            let text = json(&sample);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), sample, "{text}");
            assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{85}', '\u{7f}']), "{text}");
        }
    }

    #[test]
    fn what_is_plain_has_no_quotes() {
        let sample =
            json!([{"name": "app", "full_name": "rg.fr-par.scw.cloud/ns/app:1.2", "no": 1}]);
        let expected = "- name: app\n  full_name: rg.fr-par.scw.cloud/ns/app:1.2\n  \"no\": 1\n";
        assert_eq!(yaml(&sample), expected);
    }
}
