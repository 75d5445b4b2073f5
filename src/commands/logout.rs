//! `logout`: the program forgets its login, and the helper the key that it stored for it.

use super::CommandError;
use super::login::LoginError;
use super::login::each_registry;
use crate::cli::command::LoginTarget;
use crate::docker::registration::{Registration, registration_for};
use crate::exit::Exit;
use crate::keys::KeyLookup;
use crate::protocol;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::process;
use crate::terminal::Console;

pub(super) fn logout(
    target: &LoginTarget,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let client = target.client;
    let program = each_registry::find(client, environment)?;
    let hosts = each_registry::hosts(target, None, environment)?;
    environment.watch_signals();
    each_registry::one_after_another(&hosts, "logged out", console, |host, console| {
        let words = ["logout", &host.to_string()];
        let command = process::command(environment, &program, &words);
        let ended = process::run_in_foreground(command, None)
            .map_err(|error| LoginError::NotStarted { program: program.clone(), error })?;
        if let Some(registration) = registration_for(environment, client, host)?
            && !ended.interrupted
        {
            forget(environment, &registration, host, console)?;
        }
        Ok(ended)
    })
}

/// Forgets the key that was stored for the helper, which not every program asks it to do, and says
/// what the helper still answers with.
fn forget(
    environment: &Environment,
    registration: &Registration,
    host: &RegistryHost,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let lookup = KeyLookup::new(environment, registration.bound_profile());
    let forgotten = lookup.stored().remove(host)?;
    if let Some(note) = protocol::pending_removal_note(host, forgotten) {
        console.note(&note);
    }
    if let Some(source) = lookup.source_for(host).ok().flatten() {
        console.note(&format!(
            "the helper still answers for {host}, with the key of {source}: logging out does not touch \
             that"
        ));
    }
    Ok(())
}
