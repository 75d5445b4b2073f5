//! Improves clap's errors about unknown words.

use std::ffi::OsString;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The commands that manage what is in a registry.
const REGISTRY_COMMANDS: [&str; 3] = ["namespace", "image", "tag"];

/// Suggests the command that is meant by an unknown one, and quotes an unknown argument as it was typed.
pub(super) fn improved(mut error: Error, words: &[OsString]) -> Error {
    suggest_commands(&mut error, words);
    if error.kind() == ErrorKind::UnknownArgument {
        // Clap's tip is to pass it as a value after `--`, but no name or ID looks like an option.
        error.remove(ContextKind::Suggested);
        quote_as_typed(&mut error, words);
    }
    error
}

fn suggest_commands(error: &mut Error, words: &[OsString]) {
    if let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand)
        && let Some(meant) = known_elsewhere(typed, words)
    {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(meant));
    } else if let Some(ContextValue::Strings(alike)) = error.get(ContextKind::SuggestedSubcommand) {
        // Clap names the nearest last.
        let nearest_first = alike.iter().rev().cloned().collect();
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(nearest_first));
    }
}

/// Quotes `foo=bar` instead of the `--foo` that it was rewritten to.
fn quote_as_typed(error: &mut Error, words: &[OsString]) {
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return };
    let prefix = format!("{}=", unknown.trim_start_matches('-'));
    let mut words = words.iter().filter_map(|word| word.to_str());
    if let Some(typed) = words.find(|word| word.starts_with(&prefix)) {
        error.insert(ContextKind::InvalidArg, ContextValue::String(typed.to_owned()));
    }
}

/// Returns the commands that are called `typed` by other programs: Docker, and `scw registry`.
fn known_elsewhere(typed: &str, words: &[OsString]) -> Option<Vec<String>> {
    let meant = match typed {
        "ls" => vec!["list"],
        "rm" | "remove" => vec!["delete"],
        "ns" | "namespaces" => vec!["namespace"],
        "images" => vec!["image"],
        "tags" => vec!["tag"],
        "registry" => {
            let mut words = words.iter().filter_map(|word| word.to_str());
            let named = words.find(|word| REGISTRY_COMMANDS.contains(word));
            named.map_or(REGISTRY_COMMANDS.to_vec(), |named| vec![named])
        }
        _ => return None,
    };
    Some(meant.into_iter().map(str::to_owned).collect())
}
