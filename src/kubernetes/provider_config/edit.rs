//! Adding and removing the entry of this program. Every other byte of the file stays.

use std::ops::Range;

use yaml_tree::{Kind, Part};

use super::entry::HEAD;
use super::{Config, Entry, NotAConfig};

/// What adding the entry makes of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// The entry is there, as it would be written.
    Already,
    /// Another entry has the program's name, on this line.
    Differs { line: usize },
    /// The file with the entry, and the lines that are new.
    Text { text: String, lines: Vec<String> },
}

/// What removing the entry makes of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Removed {
    /// There is no entry.
    Already,
    /// Nothing is left but what `install` wrote.
    File,
    /// The file without the entry, and whether other providers are left.
    Text { text: String, has_providers: bool },
}

/// Adds the entry to a file's text. With `force` it takes the place of another entry of its name.
///
/// # Errors
/// Returns [`NotAConfig`] if the text is no configuration, or cannot be edited safely.
pub(crate) fn add(text: &str, entry: &Entry, force: bool) -> Result<Added, NotAConfig> {
    let line_end = line_end_of(text);
    let Some(config) = Config::parse(text)? else {
        let head = HEAD.iter().map(|line| (*line).to_owned());
        let lines: Vec<_> = head.chain(entry.lines("  ")).collect();
        let text = inserted(text, text.len(), &lines, line_end);
        return Ok(Added::Text { text, lines });
    };
    config.check_root()?;
    let (name, providers) = config.providers().ok_or(NotAConfig::NoProviders)?;
    let (at, lines, replaced) = match providers {
        None => (end_of_line(text, name.range.start), entry.lines("  "), None),
        Some(providers) => {
            let (first, last) = config.first_and_last(providers)?;
            let (_, indentation) = dash_of(text, first)?;
            let lines = entry.lines(indentation);
            let ours = config.ours(providers).map(|ours| config.lines_of(ours)).transpose()?;
            if let Some(range) = &ours {
                let written = text.get(range.clone()).unwrap_or_default();
                if written.trim_end() == lines.join(line_end) {
                    return Ok(Added::Already);
                }
                if !force {
                    let line = config.ours(providers).map_or(1, |ours| ours.line);
                    return Ok(Added::Differs { line });
                }
            }
            (end_of_line(text, config.end_of(last)), lines, ours)
        }
    };
    let new = match &replaced {
        Some(range) => {
            let (before, after) = (text.get(..range.start), text.get(range.end..));
            let rest = [before.unwrap_or_default(), after.unwrap_or_default()].concat();
            inserted(&rest, range.start, &lines, line_end)
        }
        None => inserted(text, at, &lines, line_end),
    };
    // Without a list before, the empty value goes.
    let gone = if replaced.is_some() { None } else { Some(usize::from(providers.is_none())) };
    let count = config.count() + usize::from(replaced.is_none());
    if !has_providers(&new, count, |after| gone_is_all(&config, after, gone)) {
        return Err(NotAConfig::Layout { line: name.line });
    }
    Ok(Added::Text { text: new, lines })
}

/// Removes the entry of this program from a file's text.
///
/// # Errors
/// Returns [`NotAConfig`] if the text is no configuration, or cannot be edited safely.
pub(crate) fn remove(text: &str) -> Result<Removed, NotAConfig> {
    let Some(config) = Config::parse(text)? else { return Ok(Removed::Already) };
    let Some((name, Some(list))) = config.providers() else { return Ok(Removed::Already) };
    let Some(ours) = config.ours(list) else { return Ok(Removed::Already) };
    config.check_root()?;
    config.first_and_last(list)?;
    let mut range = config.lines_of(ours)?;
    if !text.get(range.clone()).is_some_and(|lines| lines.ends_with('\n')) {
        // The last line of the file has no end, and had none before the entry was added.
        range.start -= line_end_of(text).len().min(range.start);
    }
    let (before, after) = (text.get(..range.start), text.get(range.end..));
    let new = [before.unwrap_or_default(), after.unwrap_or_default()].concat();
    if new.lines().eq(HEAD) {
        return Ok(Removed::File);
    }
    // Without another provider, the list becomes an empty value.
    let left = config.count() - 1;
    let gone = Some(usize::from(left == 0));
    if !has_providers(&new, left, |after| gone_is_all(after, &config, gone)) {
        return Err(NotAConfig::Layout { line: name.line });
    }
    Ok(Removed::Text { text: new, has_providers: left > 0 })
}

impl Config<'_> {
    /// Refuses JSON.
    fn check_root(&self) -> Result<(), NotAConfig> {
        match self.outline.root() {
            Some(root) if !matches!(root.kind, Kind::Mapping { flow: false }) => {
                Err(NotAConfig::Braces { line: root.line })
            }
            _ => Ok(()),
        }
    }

    /// The first and the last provider of a list with an entry a line.
    fn first_and_last(&self, providers: &Part) -> Result<(&Part, &Part), NotAConfig> {
        let line = providers.line;
        if self.is_flow(providers) {
            return Err(NotAConfig::Braces { line });
        }
        match self.outline.items(providers).as_slice() {
            [only] => Ok((only, only)),
            [first, .., last] => Ok((first, last)),
            [] => Err(NotAConfig::Layout { line }),
        }
    }

    /// The whole lines of a provider.
    fn lines_of(&self, provider: &Part) -> Result<Range<usize>, NotAConfig> {
        let text = self.outline.text();
        let (start, _) = dash_of(text, provider)?;
        Ok(start..end_of_line(text, self.end_of(provider)))
    }

    fn count(&self) -> usize {
        let list = self.providers().and_then(|(_, list)| list);
        list.map_or(0, |list| self.outline.items(list).len())
    }
}

/// Reads a changed text, and returns whether it has this many providers and is as `check` wants it.
fn has_providers(text: &str, count: usize, check: impl FnOnce(&Config<'_>) -> bool) -> bool {
    let config = Config::parse(text).ok().flatten();
    config.is_some_and(|config| config.count() == count && check(&config))
}

/// Returns whether `more` is `less` with values added at one place, and up to `gone` values left
/// out there. Without `gone`, an entry was replaced and there is nothing to compare.
fn gone_is_all(less: &Config<'_>, more: &Config<'_>, gone: Option<usize>) -> bool {
    gone.is_none_or(|gone| less.outline.added_in(&more.outline, gone).is_some())
}

/// The start of the line of an item's dash, and what is in front of the dash. The item has to begin
/// on the same line.
fn dash_of<'text>(text: &'text str, item: &Part) -> Result<(usize, &'text str), NotAConfig> {
    let above = text.get(..item.range.start).unwrap_or_default();
    let start = above.rfind('\n').map_or(0, |at| at + 1);
    let before = above.get(start..).unwrap_or_default();
    let indentation = before.len() - before.trim_start_matches(' ').len();
    let is_dash = before.trim() == "-";
    let indentation = before.get(..indentation).filter(|_| is_dash);
    Ok((start, indentation.ok_or(NotAConfig::Layout { line: item.line })?))
}

/// The end of the line that `at` is in, with its line end.
fn end_of_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.find('\n').map_or(rest.len(), |end| end + 1)
}

/// The text with lines at `at`: the start of a line, or the end of a text without a last line end.
fn inserted(text: &str, at: usize, lines: &[String], line_end: &str) -> String {
    let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
    let lines = lines.join(line_end);
    if before.is_empty() || before.ends_with('\n') {
        [before, &lines, line_end, after].concat()
    } else {
        [before, line_end, &lines, after].concat()
    }
}

fn line_end_of(text: &str) -> &'static str {
    let first = text.split_inclusive('\n').next().unwrap_or_default();
    if first.ends_with("\r\n") { "\r\n" } else { "\n" }
}
