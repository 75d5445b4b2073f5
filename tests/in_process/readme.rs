//! README: what it shows can be typed, and what it points at is there.

use std::ffi::OsString;
use std::path::Path;

use clap::error::ErrorKind;
use docker_credential_scw::cli;

use crate::support::{Outcome, World};

const README: &str = include_str!("../../README.md");
const PROGRAM: &str = "docker-credential-scw";
const ACTIONS: [&str; 5] = ["get", "store", "erase", "list", "version"];

/// The text of each fenced block in this language, in README's order. `tests/clean-root` finds the
/// commands that it runs in the same way.
fn each_block(language: &str) -> Vec<&'static str> {
    let fenced = README.split("\n```").skip(1).step_by(2);
    let blocks = fenced.filter_map(|block| block.split_once('\n'));
    blocks.filter(|(name, _)| *name == language).map(|(_, text)| text).collect()
}

/// The fenced blocks in one of these languages.
fn blocks(languages: &[&str]) -> String {
    let mut language = None;
    let mut text = String::new();
    for line in README.lines() {
        match (line.strip_prefix("```"), language) {
            (Some(_), Some(_)) => language = None,
            (Some(name), None) => language = Some(name),
            (None, Some(name)) if languages.contains(&name) => text += &format!("{line}\n"),
            (None, _) => {}
        }
    }
    text.replace("\\\n", " ")
}

/// What stands between single backticks outside of blocks.
fn inline_code() -> Vec<&'static str> {
    let prose = README.split("\n```").step_by(2);
    prose.flat_map(|text| text.split('`').skip(1).step_by(2)).collect()
}

/// The program's command lines in a text for a shell, each as its words.
fn command_lines(text: &str) -> Vec<Vec<OsString>> {
    let commands = text.lines().flat_map(|line| line.split(['|', ';', '>']));
    let commands = commands.flat_map(|part| part.split("&&"));
    commands
        .filter_map(|command| {
            let mut words = command.split_whitespace();
            words.find(|word| word.rsplit('/').next() == Some(PROGRAM))?;
            let words: Vec<_> = words.collect();
            // A path at the end of another command is not the program being run.
            let is_run = !words.is_empty() && !ACTIONS.contains(&words[0]);
            is_run.then(|| [PROGRAM].iter().chain(&words).map(OsString::from).collect())
        })
        .collect()
}

fn assert_parses(words: &[OsString]) {
    if let Err(error) = cli::parse(words) {
        assert_eq!(error.kind(), ErrorKind::DisplayHelp, "{words:?}: {error}");
    }
}

#[test]
fn every_command_in_the_readmes_blocks_is_one_that_the_program_takes() {
    let found = command_lines(&blocks(&["sh", "yaml"]));
    assert!(found.len() >= 15, "only these were found: {found:?}");
    for words in &found {
        assert_parses(words);
    }
}

#[test]
fn every_command_in_the_guides_is_one_that_the_program_takes() {
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for file in ["prune.md", "usage.md"] {
        let text = std::fs::read_to_string(guides.join(file)).unwrap();
        let blocks = text.split("\n```").skip(1).step_by(2);
        let shell: String = blocks
            .filter_map(|block| block.strip_prefix("sh\n"))
            .fold(String::new(), |all, block| all + block + "\n");
        let found = command_lines(&shell.replace("\\\n", " "));
        assert!(found.len() >= 2, "{file}: {found:?}");
        for words in &found {
            assert_parses(words);
        }
    }
}

#[test]
fn every_command_in_the_readmes_sentences_is_one_that_the_program_takes() {
    let spans = inline_code();
    let spans = spans.iter().filter(|span| {
        let command = span.trim_start_matches("sudo ").trim_start_matches("./");
        command.trim_start_matches("target/release/").starts_with(PROGRAM)
    });
    // What PowerShell or a shell puts in for this is one word.
    let found: Vec<_> = spans
        .map(|span| span.replace("\"$(brew --prefix)/bin\"", "DIR"))
        .map(|span| {
            span.split_once("(Split-Path").map_or(span.clone(), |(to, _)| format!("{to}DIR"))
        })
        .flat_map(|span| command_lines(&span))
        .collect();
    assert!(found.len() >= 8, "only these were found: {found:?}");
    for words in &found {
        assert_parses(words);
    }
}

#[test]
fn the_first_command_prints_the_line_that_the_readme_shows() {
    let command = each_block("sh")[0];
    let asked = command.strip_prefix("cargo build --release && echo ").unwrap();
    let (host, rest) = asked.split_once(" | SCW_SECRET_KEY=").unwrap();
    let (key, program) = rest.split_once(' ').unwrap();
    assert_eq!(program, "target/release/docker-credential-scw get");
    let outcome = World::new().set("SCW_SECRET_KEY", key).run(&["get"], host);
    let stdout = format!("{}\n", each_block("json")[0]);
    assert_eq!(outcome, Outcome { stdout, ..Outcome::success() });
}

#[test]
fn the_second_command_runs_all_tests() {
    assert_eq!(each_block("sh")[1], "tests/run");
}

#[test]
fn the_readme_asks_for_the_rust_that_cargo_asks_for() {
    let wanted = format!("needs Rust {} or newer", env!("CARGO_PKG_RUST_VERSION"));
    assert!(README.contains(&wanted), "{wanted}");
}

#[test]
fn every_link_in_the_readme_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let anchors: Vec<String> = README
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(|heading| {
            let kept = heading.to_lowercase().replace(' ', "-");
            kept.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect()
        })
        .collect();
    let targets: Vec<_> =
        README.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(targets.len() >= 6, "{targets:?}");
    for target in targets {
        match target.strip_prefix('#') {
            Some(anchor) => assert!(anchors.iter().any(|one| one == anchor), "#{anchor}"),
            None if target.starts_with("https://") => {}
            None => assert!(root.join(target).exists(), "{target}"),
        }
    }
}

#[test]
fn the_readme_names_files_of_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let numbers: Vec<_> = README
        .match_indices(PROGRAM)
        .filter_map(|(at, _)| README[at + PROGRAM.len()..].strip_prefix(['-', '_']))
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert!(numbers.len() >= 4, "{numbers:?}");
    for number in numbers {
        assert!(number.starts_with(version), "{}", number.lines().next().unwrap());
    }
}
