//! Rewrites a command line as `scw` takes it into one as clap takes it.
//!
//! `name=value` means `--name=value`, so that commands written for `scw registry` work when pasted.
//! `name=true` and `name=false` turn a switch on and off, with or without dashes. `tag-id=value` means
//! the value where a command takes a tag: old versions of `scw` wrote it so. After `--` nothing is
//! rewritten. `help install` means `install --help`.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};

use super::is_help_option;

/// Turns `help install` into `install --help`.
pub(super) fn without_help_command(words: &[OsString]) -> Cow<'_, [OsString]> {
    match words {
        [program, help, rest @ ..]
            if help == "help" && rest.first().is_none_or(|word| !is_help_option(word)) =>
        {
            let program = std::slice::from_ref(program);
            Cow::Owned([program, rest, &["--help".into()]].concat())
        }
        words => Cow::Borrowed(words),
    }
}

/// The words of a command line, and what is known of their places.
pub(super) struct Rewriting<'a> {
    words: &'a [OsString],
    /// The command that the words name.
    command: &'a Command,
    /// The place of the first word after the command's name.
    arguments_from: usize,
    /// The place of `--`.
    values_from: usize,
}

impl<'a> Rewriting<'a> {
    pub(super) fn of(words: &'a [OsString], table: &'a Command) -> Self {
        let (mut command, mut arguments_from) = (table, 1);
        while let Some(found) = words
            .get(arguments_from)
            .and_then(|word| word.to_str())
            .and_then(|name| command.find_subcommand(name))
        {
            command = found;
            arguments_from += 1;
        }
        let values_from = words.iter().position(|word| word == "--").unwrap_or(words.len());
        Self { words, command, arguments_from, values_from }
    }

    /// Returns the words for clap.
    pub(super) fn words(&self) -> Vec<OsString> {
        let words = self.words.iter().enumerate();
        words.filter_map(|(at, word)| self.rewritten(at, word)).collect()
    }

    /// Returns what replaces the word; `None` if nothing does.
    fn rewritten(&self, at: usize, word: &OsString) -> Option<OsString> {
        if self.is_kept(at) {
            return Some(word.clone());
        }
        if self.is_name_of_positional(at, word) {
            return None;
        }
        let Some((name, value)) = name_and_value(word) else { return Some(word.clone()) };
        match (self.is_switch(name).unwrap_or(false), value) {
            (true, "true") => Some(format!("--{name}").into()),
            (true, "false") => None,
            _ if self.is_positional(name, value) => Some(value.into()),
            _ => Some(format!("--{name}={value}").into()),
        }
    }

    /// Returns whether the word stays the same: before the arguments, after `--`, or a value.
    fn is_kept(&self, at: usize) -> bool {
        at < self.arguments_from.max(2) || at >= self.values_from || self.is_value(at)
    }

    /// Returns whether the word is the value of the option before it, even if it looks like an option.
    fn is_value(&self, at: usize) -> bool {
        let before = self.words.get(at.wrapping_sub(1)).and_then(|word| word.to_str());
        let option = before.and_then(|word| word.strip_prefix("--"));
        before == Some("-o") || option.is_some_and(|name| self.is_switch(name) == Some(false))
    }

    /// Returns whether the word is the name in `--image-id ID`, for what is a positional argument here.
    fn is_name_of_positional(&self, at: usize, word: &OsStr) -> bool {
        let name = word.to_str().and_then(|word| word.strip_prefix("--"));
        let value = self.words.get(at + 1).filter(|_| at + 1 < self.values_from);
        let value = value.and_then(|word| word.to_str());
        name.zip(value).is_some_and(|(name, value)| self.is_positional(name, value))
    }

    /// Returns whether `name` names a positional argument of the command, and `value` can be its value.
    fn is_positional(&self, name: &str, value: &str) -> bool {
        let thing = name.strip_suffix("-id").unwrap_or(name);
        let is_named = |argument: &Arg| {
            let names = argument.get_value_names().unwrap_or_default();
            names.iter().any(|known| known.eq_ignore_ascii_case(thing))
        };
        self.option(name).is_none()
            && !value.is_empty()
            && !value.starts_with('-')
            && self.command.get_positionals().any(is_named)
    }

    /// Returns whether an option takes no value; `None` if the command does not have it.
    fn is_switch(&self, name: &str) -> Option<bool> {
        Some(!self.option(name)?.get_action().takes_values())
    }

    fn option(&self, name: &str) -> Option<&Arg> {
        self.command.get_arguments().find(|argument| {
            let aliases = argument.get_all_aliases().unwrap_or_default();
            argument.get_long() == Some(name) || aliases.contains(&name)
        })
    }
}

/// The parts of `name=value` and `--name=value`.
fn name_and_value(word: &OsStr) -> Option<(&str, &str)> {
    let word = word.to_str()?;
    let (name, value) = word.strip_prefix("--").unwrap_or(word).split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    is_name.then_some((name, value))
}
