//! The findings on one screen.

use std::fmt::Write as _;

use super::Findings;
use crate::diagnosis::{Check, Section, Status};
use crate::printable::Printable;
use crate::terminal::{Style, Wrap};

/// All checks under their headings; those that say the same of several subjects in one line.
pub(super) fn in_words(findings: &Findings, style: Style, wrap: Wrap) -> String {
    let mut text = String::new();
    let mut section = None;
    let same = |one: &Check, other: &Check| {
        let words =
            |check: &Check| (check.id, check.status, check.found.clone(), check.fix.clone());
        one.section == other.section && words(one) == words(other)
    };
    for group in findings.checks.chunk_by(same) {
        let Some(check) = group.first() else { continue };
        if section != Some(check.section) {
            if section.is_some() {
                text.push('\n');
            }
            section = Some(check.section);
            let _ = writeln!(text, "{}", style.heading(check.section.heading()));
        }
        let subjects: Vec<_> = group.iter().map(|check| check.subject.as_str()).collect();
        let subjects = Printable(subjects.join(", ")).to_string();
        let found = Printable(&check.found);
        let mark = format!("  {} ", style.mark(check.status.mark()));
        let _ = writeln!(text, "{}", wrap.after(&mark, &format!("{subjects}: {found}")));
        if let Some(fix) = &check.fix {
            let indent = if style.unicode { "    → " } else { "       -> " };
            text.push_str(&fix.on_lines(indent, wrap));
        }
    }
    let _ = writeln!(text, "\n{}", verdict(findings, style));
    text
}

/// What the checks mean for pulls.
fn verdict(findings: &Findings, style: Style) -> String {
    let checks = &findings.checks;
    let has = |status| checks.iter().any(|check| check.status == status);
    let mark = |status: Status| style.mark(status.mark()).trim_end().to_owned();
    if findings.lacks_client {
        let is_other = |check: &&Check| check.section != Section::Client;
        let others = checks.iter().filter(is_other).any(|check| check.status == Status::Failure);
        let rest = if others {
            format!(" Fix what is marked {}.", mark(Status::Failure))
        } else {
            String::new()
        };
        return format!("No program that pulls images is installed.{rest}");
    }
    if has(Status::Failure) {
        format!("Pulls will not work. Fix what is marked {}.", mark(Status::Failure))
    } else if has(Status::Warning) {
        format!("Pulls will work. What is marked {} needs attention.", mark(Status::Warning))
    } else {
        "Pulls will work.".to_owned()
    }
}
