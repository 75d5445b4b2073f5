//! The result of each case, as a table, JSON or a page.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// How a helper does in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As required.
    Ok,
    /// The helper refuses to store what the case needs, with a message. Nothing follows from that.
    Refuses,
    /// Not as required.
    Differs,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The case.
    pub case: String,
    /// What is required.
    pub requires: String,
    /// What the helper does.
    pub does: String,
    /// The comparison.
    pub verdict: Verdict,
}

/// All cases for one helper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The helper's name.
    pub helper: String,
    /// The cases.
    pub rows: Vec<Row>,
}

impl Verdict {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refuses => "refuses",
            Self::Differs => "differs",
        }
    }
}

impl Report {
    /// Returns whether no case differs.
    pub fn conforms(&self) -> bool {
        self.rows.iter().all(|row| row.verdict != Verdict::Differs)
    }

    /// The rows that are not as required.
    pub fn deviations(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.verdict != Verdict::Ok)
    }

    /// A table for a terminal, and the count of each verdict.
    pub fn table(&self) -> String {
        let width = |text: fn(&Row) -> &str| {
            self.rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0)
        };
        let (case, requires, does) =
            (width(|row| &row.case), width(|row| &row.requires), width(|row| &row.does).max(13));
        let mut table = String::new();
        let mut line = |cells: [&str; 4]| {
            let [first, second, third, last] = cells;
            let _ = writeln!(table, "{first:case$}  {second:requires$}  {third:does$}  {last}");
        };
        line(["CASE", "REQUIRED", "HELPER", "RESULT"]);
        for row in &self.rows {
            line([&row.case, &row.requires, &row.does, row.verdict.word()]);
        }
        let _ = writeln!(table, "{}", self.counts());
        table
    }

    /// The count of each verdict, in words.
    pub fn counts(&self) -> String {
        let count = |verdict| self.rows.iter().filter(|row| row.verdict == verdict).count();
        let words = [Verdict::Ok, Verdict::Refuses, Verdict::Differs]
            .map(|verdict| format!("{} {}", count(verdict), verdict.word()));
        words.join(", ")
    }

    /// A page in Markdown: one table of all cases and helpers, then the deviations of each helper.
    pub fn page(reports: &[Self]) -> String {
        let mut page = String::from("| case | required |");
        for report in reports {
            let _ = write!(page, " {} |", report.helper);
        }
        let _ = writeln!(page, "\n|---|---|{}", "---|".repeat(reports.len()));
        let rows = reports.first().map_or(&[][..], |report| &report.rows);
        for row in rows {
            let _ = write!(page, "| {} | {} |", cell(&row.case), cell(&row.requires));
            for report in reports {
                let same = report.rows.iter().find(|other| other.case == row.case);
                let _ = write!(page, " {} |", same.map_or("", |other| other.verdict.word()));
            }
            page.push('\n');
        }
        for report in reports {
            let _ = write!(page, "\n### {}\n\n{}.\n", report.helper, report.counts());
            if report.deviations().next().is_some() {
                page += "\n| case | what the helper does | |\n|---|---|---|\n";
            }
            for row in report.deviations() {
                let (case, does) = (cell(&row.case), cell(&row.does));
                let _ = writeln!(page, "| {case} | {does} | {} |", row.verdict.word());
            }
        }
        page
    }
}

/// Text for a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "\\<")
}
