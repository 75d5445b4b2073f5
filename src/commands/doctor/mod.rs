//! `doctor`: why a pull fails, and what mends it. It changes nothing.

mod check;
mod clients;
mod configs;
mod keys;
mod online;
mod program;
mod screen;

use serde::Serialize;

use super::{CommandError, as_json};
use crate::cli::{DoctorOptions, OutputFormat};
use crate::credential_helper::is_ours;
use crate::docker_config::{ConfigDocument, docker_config_path};
use crate::environment::Environment;
use crate::installed_program;
use crate::interrupt;
use crate::registry_host::RegistryHost;
use crate::run::Exit;
use crate::terminal::Console;
use check::{Check, Status};

/// What every part of the examination looks at.
struct Patient<'a> {
    environment: &'a Environment,
    /// Docker's config, as far as it can be read.
    config: ConfigDocument,
    /// The program's own file.
    own: Vec<u8>,
}

/// The findings, for scripts.
#[derive(Serialize)]
struct Report<'a> {
    version: &'static str,
    pulls_will_work: bool,
    checks: &'a [Check],
}

impl Patient<'_> {
    /// The registries that one of our helpers is wired for, and its name.
    fn wired(&self) -> Vec<(RegistryHost, String)> {
        let entries = self.config.cred_helpers().into_iter();
        let mut wired: Vec<_> = entries
            .filter(|(_, helper)| is_ours(helper))
            .filter_map(|(key, helper)| Some((RegistryHost::from_host(&key)?, helper)))
            .collect();
        // As the store of everything it is asked for every host that has no helper of its own.
        if let Some(store) = self.config.creds_store().filter(|store| is_ours(store)) {
            for host in RegistryHost::known() {
                if self.config.cred_helper(&host.to_string()).is_none() {
                    wired.push((host, store.clone()));
                }
            }
        }
        wired
    }
}

pub(super) fn doctor(
    options: &DoctorOptions,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    interrupt::watch(environment);
    let own = installed_program::own_content(environment.program_file())?;
    let docker_config = docker_config_path(environment, None);
    let (config, mut config_checks) = configs::docker(docker_config.as_deref());
    let patient = Patient { environment, config, own };
    config_checks.extend(configs::wiring(&patient));
    config_checks.extend(configs::leftovers(&patient, docker_config.as_deref()));

    console.progress("Looking at the program and the files");
    let mut checks = program::checks(&patient);
    checks.append(&mut config_checks);
    let (key_checks, keys) = keys::checks(&patient);
    checks.extend(key_checks);
    checks.extend(clients::checks(&patient));
    if !options.offline {
        checks.extend(online::checks(&patient, &keys, console));
    }
    let pulls_will_work = checks.iter().all(|check| check.status != Status::Failure);
    let text = match options.output {
        OutputFormat::Json => as_json(&Report {
            version: env!("CARGO_PKG_VERSION"),
            pulls_will_work,
            checks: &checks,
        }),
        OutputFormat::Human => screen::in_words(&checks, console.look),
    };
    console.print(&text)?;
    Ok(if pulls_will_work { Exit::Success } else { Exit::Failure })
}
