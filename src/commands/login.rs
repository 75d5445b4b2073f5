//! `login`: a program that pulls images logs in, without the key touching a file or an argument.

use std::path::{Path, PathBuf};

use super::CommandError;
use super::logins::{self, LoginError};
use crate::cli::LoginOptions;
use crate::diagnosis::Operator;
use crate::diagnosis::facts::plaintext::{self, PlaintextFile};
use crate::diagnosis::problems::Kind;
use crate::diagnosis::problems::configs::ConfigProblem;
use crate::diagnosis::problems::logins::{LoginProblem, PlaintextProblem};
use crate::docker::config::docker_config_path;
use crate::docker::credential_helper::{self, HelperFault};
use crate::docker::registration::{Registration, registration_for};
use crate::keys::{FoundKey, KeyLookup};
use crate::protocol;
use crate::protocol::wire::USERNAME;
use crate::registry_host::RegistryHost;
use crate::run::Exit;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::system::process::{self, AskingTime, Ended};
use crate::system::program_file;
use crate::system::signals::{self, INTERRUPTED};
use crate::terminal::{Console, PromptEnd, prompt};

/// No key is longer, whatever stands around it.
const KEY_LIMIT: usize = 4096;

/// One login to come: all that can be known of it before anything is started.
struct Login {
    key: SecretKey,
    /// Our helper, registered for this registry, and its program.
    through: Option<(Registration, PathBuf)>,
}

pub(super) fn login(
    options: &LoginOptions,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let client = options.target.program;
    let program = logins::find(client, environment)?;
    let hosts = logins::hosts(&options.target, options.profile.as_deref(), environment)?;
    signals::watch(environment);
    let mut given = None;
    if options.secret_key_stdin {
        given = match key_from_stdin(environment, console) {
            Err(LoginError::Interrupted) => return Ok(Exit::Interrupted),
            key => Some(key?),
        };
    }
    let mut logins = Vec::new();
    for host in &hosts {
        let login = prepare(options, environment, host, &mut given, console);
        match login {
            Err(CommandError::Login(LoginError::Interrupted)) => return Ok(Exit::Interrupted),
            // What was typed for one registry is not asked for again.
            Err(error @ CommandError::Login(LoginError::NotAKey { .. })) => return Err(error),
            login => logins.push(login),
        }
    }
    let mut logins = logins.into_iter();
    let mut unregistered = Vec::new();
    let exit = logins::one_after_another(&hosts, "logged in", console, |host, console| {
        let Some(login) = logins.next() else { return Err(LoginError::NoKey(host.clone()).into()) };
        let login = login?;
        let run = |key: Option<&SecretKey>| {
            let host = host.to_string();
            let with_key = ["login", "--username", USERNAME, "--password-stdin", &host];
            let without = ["login", &host];
            let words: &[&str] = if key.is_some() { &with_key } else { &without };
            let command = process::command(environment, &program, words);
            process::run_in_front(command, key)
                .map_err(|error| LoginError::NotStarted { program: program.clone(), error })
        };
        match &login.through {
            Some((registration, helper)) if client.has_auth_files() => {
                let ended =
                    through_helper(environment, host, &login.key, registration, helper, &run)?;
                tell_of_shadows(environment, host, console);
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
        tell_of_plain_text(environment, &unregistered, console);
    }
    Ok(exit)
}

/// Finds the key and the helper for one login.
fn prepare(
    options: &LoginOptions,
    environment: &Environment,
    host: &RegistryHost,
    given: &mut Option<SecretKey>,
    console: &mut Console<'_>,
) -> Result<Login, CommandError> {
    let registration = registration_for(environment, options.target.program, host)?;
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
    let found = match (&given, &options.profile) {
        (Some(key), _) => Some(key.clone()),
        (None, Some(profile)) => Some(lookup.profile_key(profile)?.key),
        (None, None) => lookup.key_for(host)?.map(|found| found.key),
    };
    let key = match found {
        Some(key) => key,
        None if console.can_ask() => {
            let typed = typed_key(&format!("Secret key for {host}: "))?;
            // Who has no key for one registry has none for the next.
            given.insert(typed).clone()
        }
        None => return Err(LoginError::NoKey(host.clone()).into()),
    };
    if through.is_some()
        && let Some(FoundKey { key: other, source }) = lookup.key_above_stored()?
        && other != key
        && lookup.bound_profile().is_none()
    {
        // The program would be logged in, and every pull use the other key.
        return Err(
            LoginError::OtherKeyWins { host: host.clone(), whence: source.to_string() }.into()
        );
    }
    Ok(Login { key, through })
}

/// The key on standard input; typed, where that is a terminal.
pub(super) fn key_from_stdin(
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<SecretKey, LoginError> {
    const FROM: &str = "standard input";
    if environment.terminals().stdin {
        return typed_key("Secret key: ");
    }
    let bytes =
        console.read_secret(KEY_LIMIT).map_err(|error| LoginError::Unreadable(FROM, error))?;
    // What is no text is no key.
    parsed(FROM, str::from_utf8(&bytes).unwrap_or("-"))
}

fn typed_key(question: &str) -> Result<SecretKey, LoginError> {
    match prompt::secret(question) {
        Ok(text) => parsed("what was typed", &text),
        Err(PromptEnd::Interrupted) => Err(LoginError::Interrupted),
        Err(PromptEnd::Failed(error)) => Err(LoginError::Unreadable("the terminal", error)),
    }
}

fn parsed(from: &'static str, text: &str) -> Result<SecretKey, LoginError> {
    SecretKey::parse(text).map_err(|problem| LoginError::NotAKey { from, problem })
}

/// Logs in with the helper's answer, so that the program checks it and writes nothing. Where the helper
/// does not answer with this key yet, the key is stored for it first, and that is undone if the
/// login fails.
fn through_helper(
    environment: &Environment,
    host: &RegistryHost,
    key: &SecretKey,
    registration: &Registration,
    helper: &Path,
    run: &dyn Fn(Option<&SecretKey>) -> Result<Ended, LoginError>,
) -> Result<Ended, CommandError> {
    let time = AskingTime::new();
    let answers = || match credential_helper::ask(environment, helper, host, &time) {
        Ok(found) => Ok(found == *key),
        Err(HelperFault::NoKey) => Ok(false),
        Err(fault) => Err(LoginError::HelperFails { host: host.clone(), fault }),
    };
    if answers()? {
        return Ok(run(None)?);
    }
    // What is stored is in use, or gone again, whatever comes between.
    let _hold = signals::hold();
    let lookup = KeyLookup::new(environment, registration.bound_profile());
    let before = lookup.stored().key(host)?;
    protocol::keep(&lookup, host.clone(), key).map_err(LoginError::NotKept)?;
    let ended = match answers() {
        _ if signals::came() => Ok(Ended { code: INTERRUPTED, interrupted: true }),
        Ok(true) => run(None),
        Ok(false) => {
            let source = lookup.source_for(host).ok().flatten();
            let whence = source.map_or_else(|| "unknown".to_owned(), |source| source.to_string());
            Err(LoginError::OtherKeyWins { host: host.clone(), whence })
        }
        Err(error) => Err(error),
    };
    if !matches!(ended, Ok(Ended { code: 0, .. })) {
        let put_back = match before {
            Some(before) => lookup.stored().keep(host, &before),
            None => lookup.stored().forget(host).map(|_| ()),
        };
        put_back.map_err(|error| LoginError::NotPutBack {
            host: host.clone(),
            cause: error.reason(),
        })?;
    }
    Ok(ended?)
}

/// Tells of plaintext credentials that the program uses before it asks the helper.
fn tell_of_shadows(environment: &Environment, host: &RegistryHost, console: &mut Console<'_>) {
    for problem in plaintext_problems(environment, std::slice::from_ref(host)) {
        if problem.is_before_helper {
            tell(environment, &LoginProblem::Plaintext(problem), console);
        }
    }
}

/// Suggests `install` after a login that left plaintext credentials, or that no helper was asked for.
fn tell_of_plain_text(
    environment: &Environment,
    hosts: &[RegistryHost],
    console: &mut Console<'_>,
) {
    let problems = plaintext_problems(environment, hosts);
    if problems.is_empty() {
        let hosts = hosts.to_vec();
        tell(environment, &ConfigProblem::NotRegistered { hosts, is_any: false }, console);
    }
    for problem in problems {
        tell(environment, &LoginProblem::Plaintext(problem), console);
    }
}

fn plaintext_problems(environment: &Environment, hosts: &[RegistryHost]) -> Vec<PlaintextProblem> {
    let Some(docker_config) = docker_config_path(environment, None) else { return Vec::new() };
    let (files, _) = plaintext::gather(environment, &docker_config, hosts);
    let problem = |file: PlaintextFile| PlaintextProblem {
        servers: file.servers(),
        hosts: file.logins.iter().map(|login| login.host.clone()).collect(),
        is_before_helper: file.path != docker_config,
        path: file.path,
        obstacle: None,
        podman: None,
        is_partial: false,
    };
    files.into_iter().map(problem).collect()
}

/// Tells of a problem in doctor's words.
fn tell(environment: &Environment, problem: &dyn Kind, console: &mut Console<'_>) {
    let own = program_file::own_content(environment).unwrap_or_default();
    let check = problem.check(&Operator::of(environment, &own, None));
    console.note(&check.line());
}
