//! `docs/costs.md` shows the table that the benchmark prints.

use std::time::Duration;

use super::page;

#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "../../../benches/startup/table.rs"]
mod table;

use table::{Costs, HEADER, NAMES, row};

/// Reads a row as the benchmark prints it.
fn parse(line: &str) -> Option<(&str, Costs)> {
    let cells: Vec<_> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
    let [name, median, to_true, to_empty, instructions, faults, size] = cells.as_slice() else {
        return None;
    };
    let costs = Costs {
        median: Duration::from_secs_f64(median.strip_suffix(" ms")?.parse::<f64>().ok()? / 1e3),
        to_true: to_true.parse().ok()?,
        to_empty: to_empty.parse().ok()?,
        instructions: (*instructions != "-").then(|| thousands(instructions).expect(line)),
        faults: Some(faults.parse().ok()?),
        bytes: bytes(size.strip_suffix(" MB")?)?,
    };
    Some((name, costs))
}

fn thousands(cell: &str) -> Option<u64> {
    Some(cell.strip_suffix(" k")?.parse::<u64>().ok()? * 1000)
}

/// Converts megabytes with two decimals into bytes.
fn bytes(megabytes: &str) -> Option<u64> {
    let (whole, part) = megabytes.split_once('.')?;
    Some((whole.parse::<u64>().ok()? * 100 + part.parse::<u64>().ok()?) * 10_000)
}

#[test]
fn the_page_shows_the_table_of_the_benchmark() {
    let page = page("docs/costs.md");
    let lines: Vec<_> = page.text.lines().collect();
    let start = lines.iter().position(|line| *line == HEADER[0]).expect("the header");
    assert_eq!(lines[start + 1], HEADER[1]);
    let rows: Vec<_> =
        lines[start + 2..].iter().take_while(|line| line.starts_with('|')).copied().collect();
    let parsed: Vec<_> = rows.iter().map(|line| parse(line).expect(line)).collect();
    let names: Vec<_> = parsed.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, NAMES);
    let printed: Vec<_> = parsed.iter().map(|(name, costs)| row(name, costs)).collect();
    assert_eq!(printed, rows);
}

/// The costs of one row of the page.
fn costs_of(name: &str) -> Costs {
    let page = page("docs/costs.md");
    let row = page.text.lines().filter_map(parse).find(|(found, _)| *found == name);
    row.unwrap_or_else(|| panic!("{name}")).1
}

/// The word for the nearest whole number.
fn number(value: f64) -> &'static str {
    let words = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve", "thirteen", "fourteen", "fifteen",
    ];
    let is_near = |number: u8| (value - f64::from(number)).abs() <= 0.5;
    (0_u8..).zip(words).find(|(number, _)| is_near(*number)).unwrap().1
}

#[test]
fn sizes_and_ratios_in_sentences_are_those_of_the_table() {
    let [dynamic, fixed, keyring] = [
        "`get`, key in the environment",
        "`get`, key in the environment, static",
        "`get`, key in the keyring",
    ]
    .map(costs_of);
    let tenths = (dynamic.bytes + 50_000) / 100_000;
    let whole = (fixed.bytes + 500_000) / 1_000_000;
    let times = number(keyring.to_empty / dynamic.to_empty);
    let tenths_of_true =
        format!("in {} tenths of the time of `/bin/true`", number(fixed.to_true * 10.0));
    for (path, sentence) in [
        ("docs/comparison.md", format!("one program of {whole} MB")),
        ("docs/costs.md", format!("The program is {}.{} MB.", tenths / 10, tenths % 10)),
        ("docs/costs.md", format!("is about {whole} MB")),
        ("docs/design.md", format!("The keyring is slow ({times} times a whole `get`)")),
        ("packaging/README.md", tenths_of_true.clone()),
        ("CHANGELOG.md", tenths_of_true),
    ] {
        assert!(page(path).text.contains(&sentence), "{path}: {sentence}");
    }
}

#[test]
fn a_row_without_tools_to_measure_has_dashes() {
    let costs = Costs {
        median: Duration::from_micros(1234),
        to_true: 0.7,
        to_empty: 0.456,
        instructions: None,
        faults: None,
        bytes: 3_600_000,
    };
    assert_eq!(row("x", &costs), "| x | 1.23 ms | 0.70 | 0.46 | - | - | 3.60 MB |");
}
