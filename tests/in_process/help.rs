//! The help of every command.

use clap::{Command, CommandFactory as _};
use docker_credential_scw::Exit;
use docker_credential_scw::cli::Cli;

use crate::support::World;

/// Every command below this one, as the words that lead to it.
fn commands(command: &Command, words: &[String]) -> Vec<Vec<String>> {
    let below = command.get_subcommands().flat_map(|sub| {
        let words = [words, &[sub.get_name().to_owned()]].concat();
        let mut found = commands(sub, &words);
        found.push(words);
        found
    });
    below.collect()
}

#[test]
fn every_help_fits_80_columns_and_teaches_by_example() {
    let root = Vec::new();
    for words in commands(&Cli::command(), &[]).into_iter().chain([root]) {
        if words == ["version"] {
            continue;
        }
        let words: Vec<_> = words.iter().map(String::as_str).chain(["--help"]).collect();
        let outcome = World::new().run(&words, "");
        assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{words:?}");
        for line in outcome.stdout.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
        }
        let example = format!("docker-credential-scw {}", words[..words.len() - 1].join(" "));
        let examples = outcome.stdout.split("Examples").nth(1).unwrap_or_default();
        // Of every command: the screens themselves are snapshots.
        let has_example = examples.contains(&example) || outcome.stdout.contains("Commands:");
        assert!(has_example, "{words:?}: {}", outcome.stdout);
    }
}

#[test]
fn help_is_a_command() {
    let run = |words: &[&str]| World::new().run(words, "");
    let whole = run(&["--help"]);
    assert_eq!((whole.exit, whole.stderr.as_str()), (Exit::Success, ""));
    let title = concat!("docker-credential-scw ", env!("CARGO_PKG_VERSION"));
    assert_eq!(whole.stdout.lines().next(), Some(title));
    assert_eq!(run(&["help"]), whole);
    assert_eq!(run(&["-h"]), whole);
    for (words, usage) in [
        (&["install"][..], "install [OPTIONS]"),
        (&["tag", "list"], "tag list [OPTIONS] [IMAGE]"),
        (&["get"], "get"),
        (&["list"], "list"),
        (&["help"], "help [COMMAND]..."),
    ] {
        let asked = run(&[words, &["--help"]].concat());
        assert_eq!((asked.exit, asked.stderr.as_str()), (Exit::Success, ""), "{words:?}");
        let usage = format!("Usage: docker-credential-scw {usage}");
        assert_eq!(asked.stdout.lines().filter(|line| *line == usage).count(), 1, "{usage}");
        assert_eq!(run(&[&["help"], words].concat()), asked);
        assert_eq!(run(&[words, &["-h"]].concat()).exit, Exit::Success);
    }
    let outcome = run(&["help", "instal"]);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Usage, ""));
    assert_eq!(
        outcome.stderr,
        "\
error: unrecognized subcommand 'instal'

  tip: some similar subcommands exist: 'install', 'uninstall', 'install-docker-helper', 'list'

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
"
    );
}

#[test]
fn without_a_word_the_help_is_printed_and_the_exit_code_is_1() {
    let outcome = World::new().run(&[], "");
    let help = World::new().run(&["--help"], "");
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Failure, ""));
    assert_eq!(outcome.stdout, help.stdout);
}
