//! The difference between two texts.

use std::fmt::Write as _;

use diffy::DiffOptions;

use crate::printable::Printable;

/// The lines that differ, with some around them, as `diff -u` shows them.
pub(crate) fn unified_diff(name: &str, before: &str, after: &str) -> String {
    let mut options = DiffOptions::new();
    options.set_original_filename(name.to_owned()).set_modified_filename(name.to_owned());
    let diff = options.create_patch(before, after).to_string();
    let mut text = String::new();
    for line in diff.lines() {
        // Indentation by tabs is part of what is shown.
        let parts: Vec<_> = line.split('\t').map(|part| Printable(part).to_string()).collect();
        let _ = writeln!(text, "{}", parts.join("\t"));
    }
    text
}
