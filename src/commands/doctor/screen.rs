//! The findings on one screen.

use std::fmt::Write as _;

use crate::diagnosis::{Check, Status};
use crate::printable::Printable;
use crate::terminal::{Look, Wrap};

/// All checks under their headings; those that say the same of several subjects in one line.
pub(super) fn in_words(checks: &[Check], look: Look, wrap: Wrap) -> String {
    let mut text = String::new();
    let mut section = None;
    let same = |one: &Check, other: &Check| {
        let words =
            |check: &Check| (check.id, check.status, check.found.clone(), check.fix.clone());
        one.section == other.section && words(one) == words(other)
    };
    for group in checks.chunk_by(same) {
        let Some(check) = group.first() else { continue };
        if section != Some(check.section) {
            if section.is_some() {
                text.push('\n');
            }
            section = Some(check.section);
            let _ = writeln!(text, "{}", look.heading(check.section.heading()));
        }
        let subjects: Vec<_> = group.iter().map(|check| check.subject.as_str()).collect();
        let subjects = Printable(subjects.join(", ")).to_string();
        let found = Printable(&check.found);
        let mark = format!("  {} ", look.mark(check.status.mark()));
        let _ = writeln!(text, "{}", wrap.after(&mark, &format!("{subjects}: {found}")));
        if let Some(fix) = &check.fix {
            // Commands are copied: they stay on one line.
            let sentences = usize::from(fix.words().is_some());
            let indent = if look.unicode { "    → " } else { "       -> " };
            for (at, line) in fix.lines().iter().enumerate() {
                let wrap = if at < sentences { wrap } else { Wrap::at(None) };
                let _ = writeln!(text, "{}", wrap.after(indent, line));
            }
        }
    }
    let count = |status| checks.iter().filter(|check| check.status == status).count();
    let bad = look.mark(Status::Failure.mark());
    let warning = look.mark(Status::Warning.mark());
    let verdict = match (count(Status::Failure), count(Status::Warning)) {
        (0, 0) => "Pulls will work.".to_owned(),
        (0, _) => {
            format!("Pulls will work; what is marked {} deserves a look.", warning.trim_end())
        }
        _ => format!("Pulls will not work: mend what is marked {}.", bad.trim_end()),
    };
    let _ = writeln!(text, "\n{verdict}");
    text
}
