//! Saves a secret key in `config.yaml`. Leaves every other byte unchanged: comments, order, line
//! ends, anchors.

mod error;
mod text;

use std::io;
use std::path::Path;

use yaml_tree::{Kind, Outline, Part};
use zeroize::Zeroizing;

pub(crate) use self::error::{NotSaved, Obstacle};
use self::text::{Edit, Text};
use super::{ConfigError, DEFAULT_PROFILE, OTHERS, Profile, SIZE_LIMIT, ScalewayConfig, Setting};
use crate::secret_key::SecretKey;

/// The setting to add or replace.
const NAME: &str = "secret_key";

/// A key to save.
pub(crate) struct KeyEdit<'a> {
    /// The profile; [`DEFAULT_PROFILE`] is the file's root.
    pub(crate) profile: &'a str,
    /// The key.
    pub(crate) key: &'a SecretKey,
    /// Whether to replace a different key.
    pub(crate) force: bool,
}

impl KeyEdit<'_> {
    /// Returns `text` with the key; `None` if it already has the key.
    ///
    /// # Errors
    /// Returns [`NotSaved`] if the file is invalid, has a different key, or cannot be edited
    /// safely.
    pub(crate) fn apply(
        &self,
        path: &Path,
        text: &str,
    ) -> Result<Option<Zeroizing<String>>, NotSaved> {
        if text.len() > SIZE_LIMIT {
            let too_large = io::ErrorKind::FileTooLarge.into();
            return Err(NotSaved::Config(ConfigError::unreadable(path, SIZE_LIMIT, &too_large)));
        }
        let before = ScalewayConfig::read(path, text, &OTHERS).map_err(NotSaved::Config)?;
        let profile = before.profile_without_root(self.profile);
        if let Some(setting) = profile.and_then(|profile| profile.secret_key.as_ref()) {
            let old = setting.text.as_deref().map_or("-", String::as_str);
            if SecretKey::parse(old).is_ok_and(|old| old.value() == self.key.value()) {
                return Ok(None);
            }
            if !self.force && !old.trim().is_empty() {
                return Err(NotSaved::OtherKey {
                    path: path.to_owned(),
                    line: setting.line,
                    profile: self.profile.to_owned(),
                });
            }
        }
        let not_editable = |obstacle| NotSaved::NotEditable { path: path.to_owned(), obstacle };
        // The text is YAML, since `read` accepted it.
        let outline =
            Outline::parse(text).map_err(|_| not_editable(Obstacle::Layout { line: 1 }))?;
        let edit = self.edit(&outline).map_err(not_editable)?;
        let new = edit.applied_to(text).ok_or(Obstacle::Layout { line: 1 });
        let new = new.map_err(not_editable)?;
        let line = text.get(..edit.range.start).map_or(1, |above| above.split('\n').count());
        self.check(path, &before, &outline, &new, edit.removed, line).map_err(not_editable)?;
        Ok(Some(new))
    }

    /// Parses the new text and checks that only this key has changed.
    fn check(
        &self,
        path: &Path,
        before: &ScalewayConfig,
        outline: &Outline<'_>,
        new: &str,
        removed: usize,
        line: usize,
    ) -> Result<(), Obstacle> {
        let layout = Obstacle::Layout { line };
        let after = ScalewayConfig::read(path, new, &OTHERS).map_err(|_| layout)?;
        let new_outline = Outline::parse(new).map_err(|_| layout)?;
        // At most `profiles: {name: {secret_key: …}}` may be new.
        let added = outline.added_in(&new_outline, removed).ok_or(layout)?;
        let saved = after
            .profile_without_root(self.profile)
            .and_then(|profile| profile.secret_key.as_ref());
        let is_saved = saved
            .and_then(|setting| setting.text.as_deref())
            .is_some_and(|text| SecretKey::parse(text).as_ref() == Ok(self.key));
        if added > 7 || !is_saved || before.active_profile != after.active_profile {
            return Err(layout);
        }
        let mut names: Vec<_> = before.profile_names().collect();
        if self.profile != DEFAULT_PROFILE && before.profile_without_root(self.profile).is_none() {
            names.push(self.profile);
        }
        names.sort_unstable();
        let mut names_after: Vec<_> = after.profile_names().collect();
        names_after.sort_unstable();
        if names != names_after {
            return Err(layout);
        }
        for name in names.into_iter().chain([DEFAULT_PROFILE]) {
            let (old, new) = (before.profile_without_root(name), after.profile_without_root(name));
            let (Some(old), Some(new)) = (old, new) else { continue };
            let keeps_key =
                name == self.profile || is_same(old.secret_key.as_ref(), new.secret_key.as_ref());
            if !keeps_key || !old.has_same_settings(new) {
                return Err(Obstacle::Shared { line });
            }
        }
        Ok(())
    }

    /// The line with the key.
    #[expect(
        clippy::disallowed_methods,
        reason = "`save-key` writes the key into Scaleway's config.yaml"
    )]
    fn line(&self, indentation: &str) -> Zeroizing<String> {
        // In one piece: a text that grows would leave its start in memory.
        Zeroizing::new([indentation, NAME, ": ", self.key.expose()].concat())
    }

    /// Determines the edit.
    fn edit(&self, outline: &Outline<'_>) -> Result<Edit, Obstacle> {
        let whole = Text::new(outline.text());
        let Some(root) = outline.root().filter(|root| !root.is_null()) else {
            return self.appended(outline, whole, "");
        };
        if self.profile == DEFAULT_PROFILE {
            return self.in_mapping(outline, whole, None, root);
        }
        let Some((name, profiles)) = last_entry(outline, root, "profiles") else {
            return self.appended(outline, whole, first_indentation(outline, root, whole)?);
        };
        let of_profile = |indentation: &str| {
            let line = self.line(&format!("{indentation}  "));
            vec![Zeroizing::new(format!("{indentation}{}:", quoted(self.profile))), line]
        };
        if profiles.is_null() && profiles.range.is_empty() {
            let indentation = first_indentation(outline, root, whole)?;
            return Ok(whole.below(name, &of_profile(&format!("{indentation}  ")), 1));
        }
        let indentation = || first_indentation(outline, profiles, whole);
        match last_entry(outline, profiles, self.profile) {
            None => Ok(whole.below(name, &of_profile(indentation()?), 0)),
            Some((name, profile)) if profile.is_null() && profile.range.is_empty() => {
                let indentation = indentation()?;
                let line = self.line(&format!("{indentation}  "));
                Ok(whole.below(name, &[line], 1))
            }
            Some((name, profile)) => self.in_mapping(outline, whole, Some(name), profile),
        }
    }

    /// The edit of the mapping that has or gets the key. `name` is the mapping's own name.
    #[expect(
        clippy::disallowed_methods,
        reason = "`save-key` writes the key into Scaleway's config.yaml"
    )]
    fn in_mapping(
        &self,
        outline: &Outline<'_>,
        whole: Text<'_>,
        name: Option<&Part>,
        mapping: &Part,
    ) -> Result<Edit, Obstacle> {
        if let Some((name, value)) = last_entry(outline, mapping, NAME) {
            return whole.replace_value(name, value, self.key.expose());
        }
        let indentation = first_indentation(outline, mapping, whole)?;
        let line = [self.line(indentation)];
        let entries = outline.entries(mapping);
        // Keys after a merge override it, as in Scaleway's SDK.
        let merge = entries.iter().rfind(|(name, _)| name.scalar() == Some("<<"));
        if let Some((name, value)) = merge {
            let is_one_line = whole.is_on_one_line(name, value);
            let obstacle = Obstacle::Layout { line: value.line };
            return is_one_line.then(|| whole.below(name, &line, 0)).ok_or(obstacle);
        }
        let access_key = entries.iter().rfind(|(name, _)| name.scalar() == Some("access_key"));
        let before = access_key.or(if name.is_none() { entries.first() } else { None });
        let before = before.filter(|(name, value)| whole.is_on_one_line(name, value));
        match before.map(|(name, _)| *name).or(name) {
            Some(name) => Ok(whole.below(name, &line, 0)),
            None => whole.above_first(&entries, &line),
        }
    }

    /// The edit that appends the key, if there is nothing to insert it into.
    fn appended(
        &self,
        outline: &Outline<'_>,
        whole: Text<'_>,
        indentation: &str,
    ) -> Result<Edit, Obstacle> {
        if outline.has_more_documents() {
            return Err(Obstacle::Documents);
        }
        let lines = if self.profile == DEFAULT_PROFILE {
            vec![self.line(indentation)]
        } else {
            vec![
                Zeroizing::new(format!("{indentation}profiles:")),
                Zeroizing::new(format!("{indentation}  {}:", quoted(self.profile))),
                self.line(&format!("{indentation}    ")),
            ]
        };
        let end = whole.text.len();
        let is_line_start = end == 0 || whole.text.ends_with('\n');
        // An empty document may count as one value.
        let removed = usize::from(outline.root().is_some_and(Part::is_null));
        Ok(Edit { removed, ..whole.lines_at(end, &lines, is_line_start) })
    }
}

/// The last entry of this name, which is the one that counts.
fn last_entry<'a>(
    outline: &'a Outline<'_>,
    mapping: &Part,
    name: &str,
) -> Option<(&'a Part, &'a Part)> {
    outline.entries(mapping).into_iter().rfind(|(known, _)| known.scalar() == Some(name))
}

/// The indentation of a mapping's lines.
fn first_indentation<'text>(
    outline: &Outline<'_>,
    mapping: &Part,
    whole: Text<'text>,
) -> Result<&'text str, Obstacle> {
    let line = mapping.line;
    match mapping.kind {
        Kind::Mapping { flow: false } => {}
        Kind::Mapping { flow: true } => return Err(Obstacle::Braces { line }),
        Kind::Alias => return Err(Obstacle::Shared { line }),
        _ => return Err(Obstacle::Layout { line }),
    }
    let entries = outline.entries(mapping);
    let (name, _) = entries.first().ok_or(Obstacle::Layout { line })?;
    let before = whole.before(name.range.start).trim_start_matches('\u{feff}');
    if before.chars().all(|c| c == ' ') { Ok(before) } else { Err(Obstacle::Layout { line }) }
}

/// A profile's name in YAML, quoted if it could be parsed as something other than text.
fn quoted(name: &str) -> String {
    let starts_as_text = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let is_word = words.contains(&name.to_ascii_lowercase().as_str());
    if starts_as_text && name.chars().all(is_plain) && !is_word {
        return name.to_owned();
    }
    serde_json::Value::from(name).to_string()
}

fn is_same(old: Option<&Setting>, new: Option<&Setting>) -> bool {
    old.map(|one| &one.text) == new.map(|one| &one.text)
}

impl ScalewayConfig {
    /// The profile of this name, without values from the root.
    fn profile_without_root(&self, name: &str) -> Option<&Profile> {
        if name == DEFAULT_PROFILE {
            return Some(&self.root);
        }
        self.profiles.iter().rev().find(|(known, _)| known == name).map(|(_, profile)| profile)
    }
}

impl Profile {
    fn has_same_settings(&self, other: &Self) -> bool {
        self.others.len() == other.others.len()
            && OTHERS.iter().all(|name| is_same(self.other(name), other.other(name)))
    }
}

#[cfg(test)]
mod tests;
