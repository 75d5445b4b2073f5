//! Measures a call of the helper, compared with an empty Rust program and other helpers.
//!
//! `cargo bench --bench startup` prints the table of `docs/costs.md`. It has no limits and never
//! fails. The times of such short processes vary a lot, so compare the ratios, which are medians over
//! rounds in which each program runs once, and the instructions.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]
#![allow(clippy::indexing_slicing, clippy::panic, unreachable_pub)]

mod program;
mod rows;
mod table;

use std::time::Duration;

use program::{Row, which};
use table::{Costs, EMPTY, HEADER, TRUE};

const ROUNDS: usize = 300;
const INSIDE: &str = "STARTUP_BENCH_INSIDE_SESSION";

fn main() {
    let has_keyring =
        ["dbus-run-session", "gnome-keyring-daemon"].iter().all(|name| which(name).is_some());
    if has_keyring && std::env::var_os(INSIDE).is_none() {
        run_in_session();
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (mut rows, skipped) = rows::rows(directory.path(), has_keyring);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    for round in 0..=ROUNDS {
        // In a fixed order, each program would always run after the same other one.
        fastrand::shuffle(&mut order);
        for &index in &order {
            rows[index].measure();
        }
        if round == 0 {
            // The first round warms the caches.
            for row in &mut rows {
                row.times.clear();
            }
        }
    }
    print(&rows);
    for rows::Skipped(why) in skipped {
        println!("Skipped: {why}");
    }
}

/// Runs this benchmark in a session with an unlocked keyring.
fn run_in_session() {
    let home = tempfile::tempdir().unwrap();
    let script = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; \
                  exec \"$0\"";
    let session = std::process::Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(INSIDE, "1")
        .env("HOME", home.path())
        .status();
    assert!(session.unwrap().success());
}

fn print(rows: &[Row]) {
    println!("{ROUNDS} rounds; each runs every program once, in random order\n");
    println!("{}\n{}", HEADER[0], HEADER[1]);
    let times_of = |name| rows.iter().find(|row| row.name == name).unwrap().times.as_slice();
    for row in rows {
        let costs = Costs {
            median: median(row.times.iter().map(Duration::as_secs_f64))
                .map(Duration::from_secs_f64)
                .unwrap(),
            to_true: ratio(&row.times, times_of(TRUE)),
            to_empty: ratio(&row.times, times_of(EMPTY)),
            instructions: row.instructions(),
            faults: row.faults(),
            bytes: std::fs::metadata(&row.program).unwrap().len(),
        };
        println!("{}", table::row(row.name, &costs));
    }
}

/// The median over the rounds of one time divided by the other.
fn ratio(times: &[Duration], others: &[Duration]) -> f64 {
    let pairs = times.iter().zip(others);
    median(pairs.map(|(time, other)| time.as_secs_f64() / other.as_secs_f64())).unwrap()
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
