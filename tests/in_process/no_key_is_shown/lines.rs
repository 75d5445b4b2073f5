//! Every command and argument, from clap's table.

use std::path::Path;

use clap::{Arg, ArgAction, Command, CommandFactory as _};
use docker_credential_scw::Exit;
use docker_credential_scw::cli::Cli;
use serde_json::Value;

use super::machine::world;
use super::{CANARY, Change, assert_no_key};
use crate::support::FR;
use crate::support::api_stub::ApiStub;

/// A command of the table: its name, and the arguments that it needs.
pub(super) struct Line {
    pub(super) name: Vec<String>,
    pub(super) arguments: Vec<Arg>,
    /// What makes it do its work: an argument, and its value if it takes one.
    needed: Vec<(Arg, Option<String>)>,
}

fn takes_value(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Set | ArgAction::Append)
}

fn value_name(argument: &Arg) -> String {
    argument.get_value_names().and_then(<[_]>::first).map(ToString::to_string).unwrap_or_default()
}

/// A value that an argument accepts.
pub(super) fn good_value(argument: &Arg) -> Option<String> {
    let named = match value_name(argument).as_str() {
        "NAMESPACE" => "my-ns",
        "IMAGE" => "my-ns/app",
        "TAG" => "my-ns/app:1.0",
        "REGION" => "fr-par",
        "true|false" => "true",
        _ => "",
    };
    let first = argument.get_possible_values().into_iter().next();
    let possible = || first.map_or_else(|| "x".to_owned(), |value| value.get_name().to_owned());
    takes_value(argument).then(|| if named.is_empty() { possible() } else { named.to_owned() })
}

/// Every command, from clap's table.
pub(super) fn lines() -> Vec<Line> {
    fn walk(command: &Command, name: &[String], lines: &mut Vec<Line>) {
        if command.has_subcommands() {
            for sub in command.get_subcommands() {
                walk(sub, &[name, &[sub.get_name().to_owned()]].concat(), lines);
            }
            return;
        }
        let arguments: Vec<_> = command.get_arguments().cloned().collect();
        let is_needed = |argument: &Arg| {
            let group = command
                .get_groups()
                .find(|group| group.get_id() != argument.get_id() && group.is_required_set());
            let first = group.and_then(|group| group.get_args().last());
            argument.is_required_set()
                || first == Some(argument.get_id())
                // Without a path, the program would go to /usr/local/bin.
                || matches!(argument.get_id().as_str(), "path" | "yes" | "offline" | "shell")
        };
        let needed: Vec<_> = arguments
            .iter()
            .filter(|argument| is_needed(argument))
            .map(|argument| (argument.clone(), good_value(argument)))
            .collect();
        lines.push(Line { name: name.to_vec(), arguments, needed });
    }
    let mut lines = Vec::new();
    let mut command = Cli::command();
    command.build();
    walk(&command, &[], &mut lines);
    lines
}

impl Line {
    /// The words of the command: this argument, and those that are required.
    fn words(&self, home: &Path, extra: Option<&(&Arg, Option<String>)>) -> Vec<String> {
        let is_extra = |one: &Arg| extra.is_some_and(|(it, _)| it.get_id() == one.get_id());
        let mut words = self.name.clone();
        let needed = self.needed.iter().filter(|(one, _)| !is_extra(one));
        let needed = needed.map(|(one, value)| (one, value.clone()));
        for (argument, value) in needed.chain(extra.cloned()) {
            let is_directory = value_name(argument) == "DIR";
            let place = |value: String| {
                home.join("bin").join(value.replace('/', "_")).display().to_string()
            };
            let value = if is_directory { value.map(place) } else { value };
            match (argument.get_long(), value) {
                (Some(long), Some(value)) => words.push(format!("--{long}={value}")),
                (Some(long), None) => words.push(format!("--{long}")),
                (None, value) => words.extend(value),
            }
        }
        words
    }

    fn outputs(&self, words: &[String]) -> Vec<Vec<String>> {
        let is_output = |argument: &Arg| argument.get_id() == "output";
        if !self.arguments.iter().any(is_output) || words.iter().any(|w| w.contains("--output")) {
            return vec![words.to_vec()];
        }
        let with = |format: &str| [words, &["-o".to_owned(), format.to_owned()]].concat();
        vec![with("human"), with("json")]
    }

    /// Runs the command with each form of output on a fresh machine, and searches what it printed.
    pub(super) fn check(
        &self,
        what: &str,
        stub: &ApiStub,
        change: &Change,
        extra: Option<&(&Arg, Option<String>)>,
        stdin: &str,
    ) {
        // It does its work with a key only.
        let stdin = if self.name == ["save-key"] && stdin == FR { CANARY } else { stdin };
        for words in self.outputs(&self.words(Path::new("HOME"), extra)) {
            stub.refill();
            let world = change(world(stub));
            let home = world.home.path().to_str().unwrap().to_owned();
            let words: Vec<_> = words.iter().map(|word| word.replace("HOME", &home)).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let mut outcome = world.run(&words, stdin);
            let copies = ["docker-config", "kubernetes-secret", "kubelet-credential-provider"];
            let holds_key = words == ["get"] || copies.contains(&words[0]);
            if holds_key && outcome.exit == Exit::Success {
                // An answer that holds a key on purpose.
                outcome.stdout.clear();
            }
            assert_no_key(&format!("{what}: {words:?}"), &outcome);
            if words.ends_with(&["-o", "json"]) && !outcome.stdout.is_empty() {
                let parsed = serde_json::from_str::<Value>(&outcome.stdout);
                assert!(parsed.is_ok(), "{what}: {words:?}: {}", outcome.stdout);
            }
        }
    }
}
