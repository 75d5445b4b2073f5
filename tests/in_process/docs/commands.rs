//! Every command in a page is one that the program accepts.

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::error::ErrorKind;
use docker_credential_scw::cli;

use super::{PROGRAM, pages};

const ACTIONS: [&str; 5] = ["get", "store", "erase", "list", "version"];

/// The program's command lines in a text for a shell, each as its words.
fn command_lines(text: &str) -> Vec<Vec<OsString>> {
    let text = text.replace("\\\n", " ");
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

#[track_caller]
fn assert_parses(path: &str, words: &[OsString], also: &[ErrorKind]) {
    if let Err(error) = cli::check(words) {
        let is_fine = error.kind() == ErrorKind::DisplayHelp || also.contains(&error.kind());
        assert!(is_fine, "{path}: {words:?}: {error}");
    }
}

#[test]
fn every_command_in_a_block_is_one_that_the_program_takes() {
    let mut found = 0;
    for page in pages() {
        for language in ["sh", "yaml"] {
            for words in page.blocks_in(language).iter().flat_map(|text| command_lines(text)) {
                assert_parses(&page.path, &words, &[]);
                found += 1;
            }
        }
    }
    assert!(found >= 30, "only {found} commands were found");
}

#[test]
fn every_command_in_a_sentence_is_one_that_the_program_takes() {
    let mut found = 0;
    for page in pages() {
        for span in page.inline_code() {
            let command = span.trim_start_matches("sudo ").trim_start_matches("./");
            if !command.trim_start_matches("target/release/").starts_with(PROGRAM) {
                continue;
            }
            for words in command_lines(&span.replace(" SHELL", " bash")) {
                assert_parses(&page.path, &words, &[]);
                found += 1;
            }
        }
    }
    assert!(found >= 12, "only {found} commands were found");
}

#[test]
fn every_command_without_the_programs_name_is_one_that_the_program_takes() {
    let table = cli::Cli::command();
    // Such a command may leave out what it is about: `namespace delete`.
    let unfinished = [
        ErrorKind::MissingRequiredArgument,
        ErrorKind::MissingSubcommand,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
    ];
    let mut found = 0;
    for page in pages().iter().filter(|page| is_for_users(&page.path)) {
        for span in page.inline_code() {
            let words: Vec<_> = span.split_whitespace().collect();
            let is_command =
                words.first().is_some_and(|word| table.find_subcommand(word).is_some());
            if !is_command || span.contains(['[', '<', '/']) {
                continue;
            }
            let words: Vec<_> = [PROGRAM].iter().chain(&words).map(OsString::from).collect();
            assert_parses(&page.path, &words, &unfinished);
            found += 1;
        }
    }
    assert!(found >= 40, "only {found} commands were found");
}

#[test]
fn every_option_that_a_page_names_exists() {
    let table = cli::Cli::command();
    let mut options = Vec::new();
    let mut commands = vec![&table];
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands());
        options.extend(command.get_arguments().filter_map(clap::Arg::get_long));
    }
    for page in pages().iter().filter(|page| is_for_users(&page.path)) {
        for span in page.inline_code().iter().filter(|span| span.starts_with("--")) {
            let first = span.split([' ', '=', ',']).next().unwrap();
            let name = first.trim_start_matches("--");
            assert!(options.contains(&name) || name == "help", "{}: {span}", page.path);
        }
    }
}

fn is_for_users(path: &str) -> bool {
    ["README.md", "CHANGELOG.md"].contains(&path)
        || path.strip_prefix("docs/").is_some_and(|name| name != "design.md")
}
