//! The difference between two texts.

use std::fmt::Write as _;

use similar::TextDiff;

use crate::printable::Printable;

/// The lines that differ, with some around them, as `diff -u` shows them.
pub(crate) fn unified_diff(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut text = String::new();
    for line in diff.unified_diff().header(name, name).to_string().lines() {
        // Indentation by tabs is part of what is shown.
        let parts: Vec<_> = line.split('\t').map(|part| Printable(part).to_string()).collect();
        let _ = writeln!(text, "{}", parts.join("\t"));
    }
    text
}
