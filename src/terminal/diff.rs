//! The difference between two texts.

use std::fmt::Write as _;

use imara_diff::{Algorithm, BasicLineDiffPrinter, Diff, InternedInput, UnifiedDiffConfig};

use crate::printable::Printable;

/// The lines that differ, with some around them, as `diff -u` shows them.
pub(crate) fn unified_diff(name: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let printer = BasicLineDiffPrinter(&input.interner);
    let hunks = diff.unified_diff(&printer, UnifiedDiffConfig::default(), &input).to_string();
    let mut text = format!("--- {name}\n+++ {name}\n");
    for line in hunks.lines() {
        // Indentation by tabs is part of what is shown.
        let parts: Vec<_> = line.split('\t').map(|part| Printable(part).to_string()).collect();
        let _ = writeln!(text, "{}", parts.join("\t"));
    }
    text
}
