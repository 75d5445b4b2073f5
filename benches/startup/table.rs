//! The table that the benchmark prints and `docs/costs.md` shows. A test compares their form.

use std::time::Duration;

/// The header, as Markdown.
pub const HEADER: [&str; 2] = [
    "| | median | × `/bin/true` | × empty program | instructions | minor faults | size |",
    "|---|---|---|---|---|---|---|",
];

/// The name of every row, in order.
pub const NAMES: [&str; 12] = [
    TRUE,
    EMPTY,
    "`get`, key in the environment",
    "`get`, key in the environment, static",
    "`get`, key in a 70-line `config.yaml`",
    "`get`, key in a 70-line `config.yaml`, static",
    "`get`, key in the keyring",
    "`get`, key in the keyring, static",
    "`docker-credential-secretservice get`",
    "`docker-credential-secretservice list`",
    "`docker-credential-pass list`",
    "`docker-credential-ecr-login list`",
];

/// The programs that the others are compared with.
pub const TRUE: &str = "`/bin/true`";
pub const EMPTY: &str = "empty Rust program";

/// What a program costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    pub median: Duration,
    /// The medians over all rounds of the time divided by that of the other program.
    pub to_true: f64,
    pub to_empty: f64,
    /// `None` without valgrind, or if it cannot run the program.
    pub instructions: Option<u64>,
    /// `None` on systems without `/proc`.
    pub faults: Option<u64>,
    pub bytes: u64,
}

/// Returns a row, as Markdown.
pub fn row(name: &str, costs: &Costs) -> String {
    let dash = || "-".to_owned();
    let instructions = costs.instructions.map_or_else(dash, |count| format!("{} k", count / 1000));
    let faults = costs.faults.map_or_else(dash, |count| count.to_string());
    #[allow(clippy::cast_precision_loss)]
    let megabytes = costs.bytes as f64 / 1e6;
    format!(
        "| {name} | {:.2} ms | {:.2} | {:.2} | {instructions} | {faults} | {megabytes:.2} MB |",
        costs.median.as_secs_f64() * 1000.0,
        costs.to_true,
        costs.to_empty,
    )
}
