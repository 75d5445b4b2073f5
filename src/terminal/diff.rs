//! The difference between two texts.

use std::fmt::{self, Write as _};

use imara_diff::{
    Algorithm, BasicLineDiffPrinter, Diff, InternedInput, Token, UnifiedDiffConfig,
    UnifiedDiffPrinter,
};

use crate::printable::Printable;

/// The lines that differ, with some around them, as `diff -u` shows them.
pub(crate) fn unified_diff(name: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let printer = Printer(BasicLineDiffPrinter(&input.interner));
    let hunks = diff.unified_diff(&printer, UnifiedDiffConfig::default(), &input).to_string();
    let mut text = format!("--- {name}\n+++ {name}\n");
    for line in hunks.lines() {
        // Indentation by tabs is part of what is shown.
        let parts: Vec<_> = line.split('\t').map(|part| Printable(part).to_string()).collect();
        let _ = writeln!(text, "{}", parts.join("\t"));
    }
    text
}

/// Prints lines as the library does, with the line numbers of GNU diff.
struct Printer<'a>(BasicLineDiffPrinter<'a, str>);

impl UnifiedDiffPrinter for Printer<'_> {
    fn display_header(
        &self,
        mut f: impl fmt::Write,
        start_before: u32,
        start_after: u32,
        len_before: u32,
        len_after: u32,
    ) -> fmt::Result {
        let before = first_line(start_before, len_before);
        let after = first_line(start_after, len_after);
        writeln!(f, "@@ -{before},{len_before} +{after},{len_after} @@")
    }

    fn display_context_token(&self, f: impl fmt::Write, token: Token) -> fmt::Result {
        self.0.display_context_token(f, token)
    }

    fn display_hunk(&self, f: impl fmt::Write, before: &[Token], after: &[Token]) -> fmt::Result {
        self.0.display_hunk(f, before, after)
    }
}

/// Returns the number of a range's first line. An empty range has the number of the line before it,
/// which is 0 at the start of a file.
fn first_line(lines_before: u32, length: u32) -> u32 {
    if length == 0 { lines_before } else { lines_before + 1 }
}
