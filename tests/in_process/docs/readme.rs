//! What holds for README and the files that pages name.

use super::{PROGRAM, page, pages, read};
use crate::support::{Outcome, World};

#[test]
fn the_first_command_prints_the_line_that_the_readme_shows() {
    let readme = page("README.md");
    let command = &readme.blocks_in("sh")[0];
    let asked = command.trim_end().strip_prefix("cargo build --release && echo ").unwrap();
    let (host, rest) = asked.split_once(" | SCW_SECRET_KEY=").unwrap();
    let (key, program) = rest.split_once(' ').unwrap();
    assert_eq!(program, "target/release/docker-credential-scw get");
    let outcome = World::new().set("SCW_SECRET_KEY", key).run(&["get"], host);
    let stdout = readme.blocks_in("json")[0].clone();
    assert_eq!(outcome, Outcome { stdout, ..Outcome::success() });
}

#[test]
fn the_second_command_runs_all_tests() {
    assert_eq!(page("README.md").blocks_in("sh")[1], "tests/run\n");
}

#[test]
fn tests_clean_root_finds_the_commands_and_the_answer() {
    // `tests/clean-root` looks for blocks by lines that are exactly this.
    let text = read("README.md");
    for fence in ["\n```sh\n", "\n```json\n"] {
        assert!(text.contains(fence), "{fence}");
    }
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 180, "README.md has {lines} lines: move reference to docs/");
}

#[test]
fn the_readme_asks_for_the_rust_that_cargo_asks_for() {
    let wanted = format!("needs Rust {} or newer", env!("CARGO_PKG_RUST_VERSION"));
    assert!(read("README.md").contains(&wanted), "{wanted}");
}

#[test]
fn the_pages_name_files_of_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let mut found = 0;
    for page in pages().iter().filter(|page| !page.path.starts_with("CHANGELOG")) {
        for (at, _) in page.text.match_indices(PROGRAM) {
            let rest = page.text[at + PROGRAM.len()..].strip_prefix(['-', '_']);
            let number = rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            if let Some(number) = number {
                let is_this = number.starts_with(version);
                assert!(is_this, "{}: {}", page.path, number.lines().next().unwrap());
                found += 1;
            }
        }
    }
    assert!(found >= 10, "only {found} files were found");
}
