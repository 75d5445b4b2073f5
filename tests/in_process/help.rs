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
    let actions = ["get", "store", "erase", "list", "version"];
    for words in commands(&Cli::command(), &[]) {
        if actions.contains(&words[0].as_str()) {
            continue;
        }
        let words: Vec<_> = words.iter().map(String::as_str).chain(["--help"]).collect();
        let outcome = World::new().run(&words, "");
        assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{words:?}");
        for line in outcome.stdout.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
        }
        let example = format!("  docker-credential-scw {}", words[..words.len() - 1].join(" "));
        let has_example = outcome.stdout.contains(&example) || outcome.stdout.contains("Commands:");
        assert!(has_example, "{words:?}: {}", outcome.stdout);
    }
}
