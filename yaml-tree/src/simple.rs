//! A reader for the simplest documents: block mappings of plain names, and values of one word.
//!
//! Scaleway's tools write only such documents. The YAML parser needs eight times as many instructions
//! to read one: a quarter of all instructions of a `get`. Any document with other syntax is left to
//! the parser, so the result is the same for every text. Tests compare the two.

use std::borrow::Cow;

use crate::{Content, DEPTH, Node, NodeId, VALUES};

/// Longer names are left to the parser, which has a limit for them.
const NAME_LIMIT: usize = 100;

/// A mapping that may get more entries.
struct Open {
    indent: usize,
    node: NodeId,
}

/// Reads `text` into the nodes that the parser would make of it. Returns `None` if the text has
/// anything that this reader does not know, correct or not.
pub(crate) fn nodes(text: &str) -> Option<Vec<Node<'_>>> {
    let mut nodes: Vec<Node<'_>> = Vec::with_capacity(128);
    let mut open: Vec<Open> = Vec::with_capacity(4);
    // The indentation of the last name, if its value is a mapping that has not begun.
    let mut without_value = None;
    let mut rest = text;
    let mut number = 0;
    while !rest.is_empty() {
        let line;
        (line, rest) = first_line(rest)?;
        number += 1;
        let (spaces, content) = split_after(line, |byte| byte == b' ')?;
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = spaces.len();
        let (name, value) = entry(content)?;
        let begins_mapping = match (without_value.take(), open.last()) {
            (Some(parent), _) if indent > parent => true,
            (None, None) if indent == 0 => true,
            (None, Some(last)) if indent <= last.indent => false,
            // A deeper line continues the previous value: leave it to the parser.
            _ => return None,
        };
        if begins_mapping {
            let node = add(&mut nodes, &open, number, Content::Mapping(Vec::with_capacity(16)))?;
            open.push(Open { indent, node });
        } else {
            while open.last().is_some_and(|last| last.indent > indent) {
                open.pop();
            }
            if open.last()?.indent != indent {
                return None;
            }
        }
        let word = |text| Content::Scalar { text: Cow::Borrowed(text), plain: true };
        add(&mut nodes, &open, number, word(name))?;
        match value {
            Some(value) => {
                add(&mut nodes, &open, number, word(value))?;
            }
            None => without_value = Some(indent),
        }
    }
    // A name without a value is null, and so is an empty document.
    (without_value.is_none() && !nodes.is_empty()).then_some(nodes)
}

/// Splits the first line off, without its line break. Returns `None` if the line has anything but
/// printable ASCII.
fn first_line(text: &str) -> Option<(&str, &str)> {
    let (line, rest) = text.split_at_checked(printable(text.as_bytes()))?;
    if rest.is_empty() { Some((line, rest)) } else { Some((line, rest.strip_prefix('\n')?)) }
}

/// Returns how many bytes at the beginning are printable ASCII. Eight bytes at a time: comments are the
/// largest part of a file.
fn printable(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let (words, rest) = text.as_chunks();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The highest bit of a byte becomes set above `~`, and below the space. Bytes after the first
        // such byte may be wrong, because it carries into them.
        let others = (word | word.wrapping_add(ONES) | word.wrapping_sub(ONES << 5)) & HIGH;
        if others != 0 {
            return at * 8 + others.trailing_zeros() as usize / 8;
        }
    }
    text.len() - rest.len() + rest.iter().take_while(|byte| matches!(byte, b' '..=b'~')).count()
}

/// Splits `text` after the bytes at its beginning that `is_part` accepts.
fn split_after(text: &str, is_part: impl Fn(u8) -> bool) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !is_part(byte)).unwrap_or(text.len());
    text.split_at_checked(end)
}

/// Marks the bytes of names in [`KINDS`].
const NAME: u8 = 1;
/// Marks the bytes of values in [`KINDS`].
const VALUE: u8 = 2;

/// Where each byte may be used. A table takes half the time of comparisons.
#[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte: u8 = 0;
    while byte < u8::MAX {
        kinds[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => NAME | VALUE,
            b'/' | b':' | b'@' | b'+' | b'=' => VALUE,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

fn is_in(byte: u8, kind: u8) -> bool {
    KINDS.get(usize::from(byte)).is_some_and(|kinds| kinds & kind != 0)
}

/// Adds a node to the innermost mapping. Returns `None` at a limit, which the parser reports.
fn add<'text>(
    nodes: &mut Vec<Node<'text>>,
    open: &[Open],
    line: usize,
    content: Content<'text>,
) -> Option<NodeId> {
    let id = nodes.len();
    if id >= VALUES || open.len() >= DEPTH {
        return None;
    }
    if let Some(last) = open.last()
        && let Content::Mapping(items) = &mut nodes.get_mut(last.node)?.content
    {
        items.push(id);
    }
    nodes.push(Node { line, content });
    Some(id)
}

/// Reads `name:` or `name: value`, and a comment after it.
fn entry(content: &str) -> Option<(&str, Option<&str>)> {
    let (name, rest) = split_after(content, |byte| is_in(byte, NAME))?;
    let rest = rest.strip_prefix(':')?;
    let is_name = name.len() <= NAME_LIMIT
        && name.as_bytes().first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    // Without a space, the colon is a part of the word.
    if !is_name || !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    let (_, rest) = split_after(rest, |byte| byte == b' ')?;
    if rest.is_empty() || rest.starts_with('#') {
        return Some((name, None));
    }
    let (value, after) = split_after(rest, |byte| is_in(byte, VALUE))?;
    let is_value =
        value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/') && !value.ends_with(':');
    let (spaces, comment) = split_after(after, |byte| byte == b' ')?;
    let is_end = comment.is_empty() || (!spaces.is_empty() && comment.starts_with('#'));
    (is_value && is_end).then_some((name, Some(value)))
}

/// Nodes in a form that can be compared.
#[cfg(any(test, fuzzing))]
fn shown(nodes: &[Node<'_>]) -> Vec<String> {
    let one = |node: &Node<'_>| match &node.content {
        Content::Scalar { text, plain } => format!("{} {text:?} {plain}", node.line),
        Content::Sequence(items) => format!("{} sequence {items:?}", node.line),
        Content::Mapping(items) => format!("{} mapping {items:?}", node.line),
    };
    nodes.iter().map(one).collect()
}

/// Returns whether the text is simple. Then the parser must have the same result.
///
/// # Panics
/// Panics if this reader and the parser disagree. Only compiled for tests and fuzz targets.
#[cfg(any(test, fuzzing))]
#[expect(clippy::panic, reason = "the failure of a test or a fuzz target")]
pub fn agrees_with_parser(text: &str) -> bool {
    let Some(simple) = nodes(text) else { return false };
    let document = crate::Document::parse_any(text)
        .unwrap_or_else(|refused| panic!("{text:?} is refused: {refused:?}"));
    assert_eq!(shown(&simple), shown(&document.nodes), "{text:?}");
    assert!(document.anchors.is_empty());
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{agrees_with_parser as is_simple, nodes};

    #[test]
    fn what_scaleways_tools_write_is_simple() {
        for text in [
            include_str!("../../benches/config.yaml"),
            "access_key: SCW1\nsecret_key: 11111111-1111-1111-1111-111111111111\n",
            "a: b",
            "a: b # comment\n\n# comment\nc: d\n",
            "active_profile: prod\nprofiles:\n    prod:\n        secret_key: x\n    dev:\n        secret_key: y\n",
            "profiles:\n  a:\n    b: c\nd: e\n",
            "profiles: # all\n\n  # one\n  a: #\n    b: c   #d\n",
            "api_url: https://api.scaleway.com\n",
            "a: b\na: c\n",
        ] {
            assert!(is_simple(text), "{text:?}");
        }
    }

    #[test]
    fn printable_bytes_are_recognized_at_every_position() {
        for byte in 0..=u8::MAX {
            for length in 1..20 {
                for at in 0..length {
                    let mut line = vec![b'a'; length];
                    line[at] = byte;
                    let expected = if matches!(byte, b' '..=b'~') { length } else { at };
                    assert_eq!(super::printable(&line), expected, "{line:?}");
                    // Two such bytes, of which the first counts.
                    line[length - 1] = 0xff;
                    assert_eq!(super::printable(&line), expected.min(length - 1), "{line:?}");
                }
            }
        }
    }

    #[test]
    fn the_corpus_of_the_fuzz_target_is_read_alike() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/yaml_readers");
        let files = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path());
        let texts: Vec<_> = files.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
        assert!(texts.len() > 3, "the corpus is missing");
        assert!(texts.iter().filter(|text| is_simple(text)).count() > 1);
    }

    #[test]
    fn everything_else_is_left_to_the_parser() {
        for text in [
            "",
            "\n",
            "# a\n",
            "a",
            "a:",
            "a:\n",
            "a:\nb: c\n",
            "a: b:\n",
            "a: b: c\n",
            "a:b\n",
            "a : b\n",
            "a: 'b'\n",
            "a: \"b\"\n",
            "a: [b]\n",
            "a: {b: c}\n",
            "a: &x b\n",
            "a: *x\n",
            "a: |\n  b\n",
            "a: >\n  b\n",
            "a: !x b\n",
            "a: ?b\n",
            "a: -b\n",
            "a: b c\n",
            "a: b#c\n",
            "a: b\n c\n",
            "a: b\n  c: d\n",
            " a: b\n",
            "a:\n  b: c\n d: e\n",
            "- a: b\n",
            "---\na: b\n",
            "a: b\n---\nc: d\n",
            "a: b\n...\n",
            "%YAML 1.2\n---\na: b\n",
            "a: b\r\n",
            "\ta: b\n",
            "a:\tb\n",
            "a: \u{e9}\n",
            "# \u{e9}\na: b\n",
            "a: ~\n",
            "? a\n: b\n",
            "<<: b\n",
            "a: @b\n",
            "a: b\u{0}\n",
            "a: `b\n",
            "a:\n- b\n",
            "'a': b\n",
            "a: b\n'c': d\n",
        ] {
            assert!(nodes(text).is_none(), "{text:?}");
        }
        let deep: String = (0..200).map(|depth| " ".repeat(depth) + "a:\n").collect();
        assert!(nodes(&(deep + &" ".repeat(200) + "a: b\n")).is_none());
        assert!(nodes(&"a: b\n".repeat(100_000)).is_none());
    }

    /// Lines that are simple, nearly simple, or what people write.
    fn line() -> impl Strategy<Value = String> {
        let name =
            prop_oneof![Just("a"), Just("secret_key"), Just("profiles"), Just("b.c"), Just("")];
        let colon = prop_oneof![8 => Just(":"), 1 => Just(" :"), 1 => Just("")];
        let value = prop_oneof![
            4 => Just(""), 4 => Just(" b"), 2 => Just(" 11111111-1111-1111-1111-111111111111"),
            1 => Just(" null"), 1 => Just(" http://a:1"), 1 => Just(" b:"), 1 => Just(" - b"),
            1 => Just(" 'b'"), 1 => Just(" b # c"), 1 => Just(" #c"), 1 => Just("b"), 1 => Just(" b#c"),
            1 => Just(" b c"), 1 => Just(" |"), 1 => Just(" {}"), 1 => Just("  b  ")
        ];
        let entry = (0_usize..6, name, colon, value)
            .prop_map(|(indent, name, colon, value)| " ".repeat(indent) + name + colon + value);
        prop_oneof![12 => entry, 1 => Just("# c".to_owned()), 1 => Just("   #".to_owned()), 1 => Just(String::new()), 1 => Just("---".to_owned()), 1 => "[ -~]{0,8}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn both_readers_agree_on_nearly_simple_documents(
            lines in proptest::collection::vec(line(), 0..8),
            ends_with_line_break in any::<bool>(),
        ) {
            let end = if ends_with_line_break { "\n" } else { "" };
            is_simple(&(lines.join("\n") + end));
        }

        #[test]
        fn both_readers_agree_on_arbitrary_text(text in "[ab:# \n.-]{0,24}") {
            is_simple(&text);
        }
    }
}
