//! `doctor`: why a pull fails, and what mends it. It changes nothing.

mod auth_files;
mod clients;
mod configs;
mod keys;
mod online;
mod program;
mod screen;

use std::path::Path;

use serde::Serialize;

use super::own_logins::{OwnLogin, OwnLogins};
use super::wiring::helper_for;
use super::{CommandError, as_json};
use crate::cli::{DoctorOptions, OutputFormat};
use crate::diagnosis::{Check, Fix, Operator, Status};
use crate::docker::client::ContainerClient;
use crate::docker::config::{ConfigDocument, docker_config_path};
use crate::exit::Exit;
use crate::helper_name::HelperName;
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::keyring::KeyringError;
use crate::system::process::AskingTime;
use crate::system::program_file;
use crate::terminal::Console;

/// What every part of the examination looks at.
struct Patient<'a> {
    environment: &'a Environment,
    /// Docker's config, as far as it can be read.
    config: ConfigDocument,
    /// The registries that one of our helpers is wired for, and its name.
    wired: Vec<(RegistryHost, HelperName)>,
    /// What Docker logs in with where it asks no helper.
    own_logins: OwnLogins,
    /// Whether the keyring answers: asked once, as one that is silent is waited for.
    keyring: Result<(), KeyringError>,
    /// What is left of the time for other programs.
    time: AskingTime,
    /// podman, buildah or skopeo is there.
    has_podman: bool,
    /// The program's own file.
    own: Vec<u8>,
    /// Who types what is advised.
    operator: Operator,
}

/// The findings, for scripts.
#[derive(Serialize)]
struct Report<'a> {
    version: &'static str,
    pulls_will_work: bool,
    checks: &'a [Check],
}

impl<'a> Patient<'a> {
    fn new(
        environment: &'a Environment,
        config: ConfigDocument,
        docker_config: Option<&Path>,
    ) -> Result<Self, CommandError> {
        let is_there = |client: &&ContainerClient| {
            client.has_auth_files() && environment.find_program(client.name()).is_some()
        };
        let podman = ContainerClient::ALL.iter().find(is_there);
        let own = program_file::own_content(environment)?;
        let known: Vec<_> = RegistryHost::known().collect();
        let time = AskingTime::of_doctor();
        let mut patient = Self {
            environment,
            own_logins: OwnLogins::look(environment, &config, &known, &time),
            config,
            keyring: environment.keyring().check(),
            wired: Vec::new(),
            time,
            has_podman: podman.is_some(),
            operator: Operator::of(environment, &own, docker_config),
            own,
        };
        patient.wired = patient.wired_for_docker();
        // podman may be wired in a file of its own.
        if let Some(podman) = podman {
            for host in RegistryHost::known() {
                let is_known = patient.wired.iter().any(|(it, _)| *it == host);
                if let (false, Ok(Some(wired))) =
                    (is_known, helper_for(environment, *podman, &host))
                {
                    patient.wired.push((host, wired.helper));
                }
            }
        }
        Ok(patient)
    }

    /// The registries that Docker asks one of our helpers for.
    fn wired_for_docker(&self) -> Vec<(RegistryHost, HelperName)> {
        let entries = self.config.cred_helpers().into_iter();
        let mut wired: Vec<_> = entries
            .filter_map(|(key, helper)| {
                Some((RegistryHost::from_host(&key)?, helper.ours()?.clone()))
            })
            .collect();
        // As the store of everything it is asked for every host that has no helper of its own.
        if let Some(store) = self.config.creds_store().and_then(|store| store.ours().cloned()) {
            for host in RegistryHost::known() {
                if self.config.cred_helper(&host).is_none() {
                    wired.push((host, store.clone()));
                }
            }
        }
        wired
    }

    /// What gives the helper a key.
    fn give_a_key(&self) -> String {
        // Without a keyring there is nothing that a login could keep its key in.
        let login = if self.keyring.is_ok() {
            format!(", or {}", self.operator.helper(["login"]).line())
        } else {
            String::new()
        };
        format!("scw init, or set SCW_SECRET_KEY{login}")
    }

    /// The login that Docker uses for a registry by itself, if it asks no helper.
    fn own_login(&self, host: &RegistryHost) -> Option<OwnLogin> {
        self.own_logins.of(&self.config, host)
    }

    /// A check that keeps podman and its kin from pulling, and matters where one of them is there.
    fn of_podman(&self, check: Check, fix: impl Into<Fix>) -> Check {
        if self.has_podman { check.failure(fix) } else { check.warning(fix) }
    }
}

pub(super) fn doctor(
    options: &DoctorOptions,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    environment.watch_signals();
    let docker_config = docker_config_path(environment, None);
    let (config, broken) = configs::read(docker_config.as_deref());
    let patient = Patient::new(environment, config, docker_config.as_deref())?;
    let mut config_checks = vec![configs::docker(&patient, docker_config.as_deref(), broken)];
    config_checks.extend(configs::wiring(&patient));
    config_checks.extend(auth_files::checks(&patient, docker_config.as_deref()));
    let has_docker = environment.find_program(ContainerClient::Docker.name()).is_some();
    for check in &mut config_checks {
        // Who has podman only, and podman wired in a file of its own, needs none of Docker's.
        if check.id == "docker-config" && !has_docker && !patient.wired.is_empty() {
            check.status = Status::Ok;
        }
    }

    console.progress("Looking at the program and the files");
    let mut checks = program::checks(&patient);
    checks.append(&mut config_checks);
    let (key_checks, keys) = keys::checks(&patient);
    checks.extend(key_checks);
    checks.extend(clients::checks(&patient));
    if let Some(chosen) = online::chosen_hosts(options) {
        // Other registries were not asked about.
        checks.retain(|check| {
            RegistryHost::from_host(&check.subject).is_none_or(|host| chosen.contains(&host))
        });
    }
    if !options.offline {
        checks.extend(online::checks(&patient, options, &keys, console));
    }
    print(&checks, options.output, console)
}

/// Prints the findings, and returns what they mean for the exit code.
pub(super) fn print(
    checks: &[Check],
    output: OutputFormat,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let pulls_will_work = checks.iter().all(|check| check.status != Status::Failure);
    let text = match output {
        OutputFormat::Json => {
            as_json(&Report { version: env!("CARGO_PKG_VERSION"), pulls_will_work, checks })
        }
        OutputFormat::Human => screen::in_words(checks, console.look),
    };
    console.print(&text)?;
    Ok(if pulls_will_work { Exit::Success } else { Exit::Failure })
}
