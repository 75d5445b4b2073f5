//! `save-key`: puts a secret key into Scaleway's `config.yaml` on a machine without `scw`.

use std::path::Path;

use super::CommandError;
use super::login::{LoginError, key_from_stdin};
use crate::cli::command::SaveKey;
use crate::exit::Exit;
use crate::explain::Explain;
use crate::keys::KeyLookup;
use crate::printable::{Printable, printable_path};
use crate::scaleway::config::{ConfigError, DEFAULT_PROFILE, KeyEdit, NotSaved, ScalewayConfig};
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::files::{self, Change, Current, UpdateError, UpdateOptions};
use crate::terminal::{Console, unified_diff};

/// Why a key was not saved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SaveKeyError {
    #[error("no home directory for Scaleway's config.yaml")]
    NoHome,
    #[error("{0} is in a directory of another user, and would belong to root")]
    NotRoots(String),
    #[error("{0}")]
    OtherKey(NotSaved),
    #[error("{error}")]
    NotEditable { error: NotSaved, profile: String },
    #[error(transparent)]
    Broken(NotSaved),
    #[error(transparent)]
    Update(UpdateError<NotSaved>),
}

impl Explain for SaveKeyError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoHome => "set SCW_CONFIG_PATH to a file".to_owned(),
            Self::NotRoots(_) => "run save-key without sudo".to_owned(),
            Self::OtherKey(_) => "use --force to replace it".to_owned(),
            Self::NotEditable { profile, .. } => {
                format!("add this line yourself: secret_key: <KEY>{}", within(profile))
            }
            Self::Broken(error) => return error.hint(),
            Self::Update(error) => return error.hint(),
        })
    }
}

fn within(profile: &str) -> String {
    if profile == DEFAULT_PROFILE {
        " (at the top level)".to_owned()
    } else {
        format!(" (in profile \"{}\")", Printable(profile))
    }
}

/// Saves the key that is typed, or read from standard input, in a profile of `config.yaml`.
///
/// # Errors
/// Returns [`LoginError`] if there is no key to read, and [`SaveKeyError`] if the file is left
/// unchanged.
pub(super) fn save_key(
    wanted: &SaveKey,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let profile = wanted.profile.chosen().unwrap_or(DEFAULT_PROFILE);
    let is_dry_run = wanted.mode.is_dry_run();
    let path = ScalewayConfig::path_to_write(environment).ok_or(SaveKeyError::NoHome)?;
    // Root writes nothing where another user may put a link.
    if environment.is_under_sudo() && files::non_root_owner_on_path(&path).is_some() {
        return Err(SaveKeyError::NotRoots(printable_path(&path)).into());
    }
    environment.watch_signals();
    let key = match key_from_stdin(environment, console) {
        Err(LoginError::Interrupted) => return Ok(Exit::Interrupted),
        key => key?,
    };
    let edit = KeyEdit { profile, key: &key, force: wanted.force };
    let changed = if is_dry_run {
        let diff = preview(&path, &edit)?;
        console.print(&diff)?;
        !diff.is_empty()
    } else {
        update(&path, &edit)?
    };
    let file = printable_path(&path);
    let of_profile = match profile {
        DEFAULT_PROFILE => String::new(),
        name => format!(" of profile \"{}\"", Printable(name)),
    };
    console.print(&match (changed, is_dry_run) {
        (true, false) => format!("Saved the secret key{of_profile} in {file}\n"),
        (true, true) => format!("Would save the secret key{of_profile} in {file}\n"),
        (false, _) => format!("Unchanged: {file} has this secret key{of_profile} already\n"),
    })?;
    if !is_dry_run {
        if files::is_readable_by_others(&path) == Some(true) {
            console.note(&format!("other users can read {file}: run `chmod 600 {file}`"));
        }
        if let Some(note) = why_unused(environment, wanted.profile.bound(), profile, &key) {
            console.note(&note);
        }
    }
    Ok(Exit::Success)
}

/// Writes the key into the file, and returns whether anything changed.
fn update(path: &Path, edit: &KeyEdit<'_>) -> Result<bool, SaveKeyError> {
    let options = UpdateOptions { in_place: edit.force };
    let updated = files::update(path, options, |current: Current<'_>| {
        let text = text_of(path, current.content)?;
        let new = edit.apply(path, text)?;
        Ok(new.map_or(Change::None, |new| Change::Write(new.as_bytes().to_vec().into())))
    });
    updated.map_err(|error| match error {
        UpdateError::Refused { error, .. } => refused(error, edit),
        error => SaveKeyError::Update(error),
    })
}

/// What [`update`] would change; empty if that is nothing. Printing leaves out keys.
fn preview(path: &Path, edit: &KeyEdit<'_>) -> Result<String, SaveKeyError> {
    let mut diff = String::new();
    // The same function reads the file, so that links are followed in the same way.
    let read = files::update(path, UpdateOptions::default(), |current: Current<'_>| {
        let text = text_of(path, current.content)?;
        if let Some(new) = edit.apply(path, text)? {
            diff = unified_diff(&printable_path(path), text, &new);
        }
        Ok(Change::None)
    });
    match read {
        Ok(_) => Ok(diff),
        Err(UpdateError::Refused { error, .. }) => Err(refused(error, edit)),
        Err(error) => Err(SaveKeyError::Update(error)),
    }
}

fn refused(error: NotSaved, edit: &KeyEdit<'_>) -> SaveKeyError {
    match error {
        NotSaved::OtherKey { .. } => SaveKeyError::OtherKey(error),
        NotSaved::NotEditable { .. } => {
            SaveKeyError::NotEditable { error, profile: edit.profile.to_owned() }
        }
        NotSaved::Config(_) => SaveKeyError::Broken(error),
    }
}

fn text_of<'a>(path: &Path, content: Option<&'a [u8]>) -> Result<&'a str, NotSaved> {
    let not_text = |_| NotSaved::Config(ConfigError::NotUtf8 { path: path.to_owned() });
    str::from_utf8(content.unwrap_or_default()).map_err(not_text)
}

/// Says why pulls do not use the key that was saved; `None` if they do.
fn why_unused(
    environment: &Environment,
    bound_profile: Option<&str>,
    profile: &str,
    key: &SecretKey,
) -> Option<String> {
    let lookup = KeyLookup::new(environment, bound_profile);
    match lookup.key_above_stored() {
        Ok(Some(found)) if found.key == *key => return None,
        Ok(Some(found)) => return Some(format!("pulls use another key, from {}", found.source)),
        Ok(None) => {}
        Err(_) => return None,
    }
    let default = lookup.default_key().ok().flatten();
    if default.is_none_or(|found| found.key != *key) {
        return Some(match profile {
            DEFAULT_PROFILE => "pulls use another key: active_profile in the file names a profile \
                                that has another key"
                .to_owned(),
            name => {
                let name = Printable(name);
                format!(
                    "to use this profile for pulls, run `docker-credential-scw install --profile \
                     {name}`, or set SCW_PROFILE={name}"
                )
            }
        });
    }
    let stored = lookup.stored().hosts().ok()?;
    let hosts: Vec<_> = stored.iter().map(ToString::to_string).collect();
    (!hosts.is_empty()).then(|| {
        format!("the keyring has keys that are used before this one, for {}", hosts.join(", "))
    })
}
