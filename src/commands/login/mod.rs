//! `login`: a client logs in, without the key touching a file or an argument.

pub(super) mod each_registry;
mod error;
mod key;
mod notes;
mod through_helper;
mod trial_key;

use std::path::{Path, PathBuf};

pub(crate) use self::error::LoginError;
pub(super) use self::key::key_from_stdin;
use self::key::typed_key;
use self::notes::{suggest_install, warn_of_shadows};
use self::through_helper::LoginThroughHelper;
use super::CommandError;
use crate::cli::command::{self, LoginKey};
use crate::docker::registration::{Registration, registration_for};
use crate::exit::Exit;
use crate::keys::{FoundKey, KeyLookup};
use crate::protocol::wire::USERNAME;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::process::{self, Ended};
use crate::terminal::Console;

/// A login that is prepared: nothing is started yet.
struct Login {
    key: SecretKey,
    /// The helper that is registered for this registry, and its program.
    through: Option<(Registration, PathBuf)>,
}

/// Logs a client in to registries.
///
/// # Errors
/// Returns [`CommandError`] if there is no client, no key, or the only login fails.
pub(super) fn login(
    wanted: &command::Login,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let client = wanted.target.client;
    let program = each_registry::find(client, environment)?;
    let hosts = each_registry::hosts(&wanted.target, wanted.key.profile(), environment)?;
    environment.watch_signals();
    let logins = match prepare_all(wanted, environment, &hosts, console) {
        Err(CommandError::Login(LoginError::Interrupted)) => return Ok(Exit::Interrupted),
        logins => logins?,
    };
    let mut logins = logins.into_iter();
    let mut unregistered = Vec::new();
    let exit = each_registry::one_after_another(&hosts, "logged in", console, |host, console| {
        let Some(login) = logins.next() else { return Err(LoginError::NoKey(host.clone()).into()) };
        let login = login?;
        let run = |key: Option<&SecretKey>| run_client(environment, &program, host, key);
        match &login.through {
            Some((registration, helper)) if client.has_auth_files() => {
                let key = &login.key;
                let through = LoginThroughHelper { environment, host, key, registration, helper };
                let ended = through.run(&run)?;
                warn_of_shadows(environment, client, host, console);
                Ok(ended)
            }
            through => {
                if through.is_none() {
                    unregistered.push(host.clone());
                }
                Ok(run(Some(&login.key))?)
            }
        }
    })?;
    if !unregistered.is_empty() && exit != Exit::Interrupted {
        suggest_install(environment, client, &unregistered, console);
    }
    Ok(exit)
}

/// Runs the client's `login`: with a key on its standard input, or with the helper's key.
fn run_client(
    environment: &Environment,
    program: &Path,
    host: &RegistryHost,
    key: Option<&SecretKey>,
) -> Result<Ended, LoginError> {
    let host = host.to_string();
    let with_key = ["login", "--username", USERNAME, "--password-stdin", &host];
    let without = ["login", &host];
    let words: &[&str] = if key.is_some() { &with_key } else { &without };
    let command = process::command(environment, program, words);
    process::run_in_foreground(command, key)
        .map_err(|error| LoginError::NotStarted { program: program.to_owned(), error })
}

/// Prepares the login to each registry. An error about one does not stop the others.
///
/// # Errors
/// Returns [`LoginError`] if the user interrupts a question, or answers with something that is no key.
fn prepare_all(
    wanted: &command::Login,
    environment: &Environment,
    hosts: &[RegistryHost],
    console: &mut Console<'_>,
) -> Result<Vec<Result<Login, CommandError>>, CommandError> {
    let mut key = match wanted.key {
        LoginKey::FromStdin => Some(key_from_stdin(environment, console)?),
        LoginKey::LookedUp | LoginKey::OfProfile(_) => None,
    };
    let mut logins = Vec::new();
    for host in hosts {
        match prepare(wanted, environment, host, &mut key, console) {
            // Do not prompt again for the next registry.
            Err(
                error @ CommandError::Login(LoginError::Interrupted | LoginError::NotAKey { .. }),
            ) => return Err(error),
            login => logins.push(login),
        }
    }
    Ok(logins)
}

/// Finds the key and the helper for one login.
fn prepare(
    wanted: &command::Login,
    environment: &Environment,
    host: &RegistryHost,
    given: &mut Option<SecretKey>,
    console: &mut Console<'_>,
) -> Result<Login, CommandError> {
    let registration = registration_for(environment, wanted.target.client, host)?;
    let through = registration.map(|registration| {
        let program = environment.find_program(&registration.helper.program());
        let missing = || LoginError::NoHelper {
            helper: registration.helper.clone(),
            host: host.clone(),
            file: registration.file.clone(),
        };
        program.ok_or_else(missing).map(|program| (registration, program))
    });
    let through = through.transpose()?;
    let bound = through.as_ref().and_then(|(registration, _)| registration.bound_profile());
    let lookup = KeyLookup::new(environment, bound);
    let found = match (&given, wanted.key.profile()) {
        (Some(key), _) => Some(key.clone()),
        (None, Some(profile)) => Some(lookup.profile_key(profile)?.key),
        (None, None) => lookup.key_for(host)?.map(|found| found.key),
    };
    let key = match found {
        Some(key) => key,
        None if console.can_ask() => {
            let typed = typed_key(&format!("Secret key for {host}: "))?;
            given.insert(typed).clone()
        }
        None => return Err(LoginError::NoKey(host.clone()).into()),
    };
    if through.is_some()
        && let Some(FoundKey { key: other, source }) = lookup.key_above_stored()?
        && other != key
        && lookup.bound_profile().is_none()
    {
        // The client would be logged in with one key, and every pull would use the other.
        return Err(LoginError::OtherKeyWins {
            host: host.clone(),
            source_name: source.to_string(),
        }
        .into());
    }
    Ok(Login { key, through })
}
