//! `doctor`: why a pull fails, and what mends it. It changes nothing.

mod auth_files;
mod check;
mod clients;
mod configs;
mod keys;
mod online;
mod program;
mod screen;

use serde::Serialize;

use super::own_logins::{OwnLogin, OwnLogins};
use super::wiring::helper_for;
use super::{CommandError, as_json};
use crate::child::AskingTime;
use crate::cli::{DoctorOptions, OutputFormat};
use crate::container_client::ContainerClient;
use crate::docker_config::{ConfigDocument, docker_config_path};
use crate::environment::Environment;
use crate::helper_name::HelperName;
use crate::installed_program::{self, Found, look};
use crate::interrupt;
use crate::keyring::KeyringError;
use crate::program_name::HELPER;
use crate::registry_host::RegistryHost;
use crate::run::Exit;
use crate::terminal::Console;
use check::{Check, Status, shell_path};

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
}

/// The findings, for scripts.
#[derive(Serialize)]
struct Report<'a> {
    version: &'static str,
    pulls_will_work: bool,
    checks: &'a [Check],
}

impl<'a> Patient<'a> {
    fn new(environment: &'a Environment, config: ConfigDocument) -> Result<Self, CommandError> {
        let is_there = |client: &&ContainerClient| {
            client.has_auth_files() && environment.find_program(client.name()).is_some()
        };
        let podman = ContainerClient::ALL.iter().find(is_there);
        let own = installed_program::own_content(environment)?;
        let known: Vec<_> = RegistryHost::known().collect();
        let time = AskingTime::new();
        let mut patient = Self {
            environment,
            own_logins: OwnLogins::look(environment, &config, &known, &time),
            config,
            keyring: environment.keyring().check(),
            wired: Vec::new(),
            time,
            has_podman: podman.is_some(),
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

    /// The command that installs, with these options (each with a blank in front), as it is to be
    /// typed by who looks around.
    fn install(&self, options: &str) -> String {
        let sudo = if self.is_behind_sudo() { "sudo " } else { "" };
        self.install_by(sudo, options)
    }

    /// The same, by root.
    fn install_as_root(&self, options: &str) -> String {
        self.install_by(if cfg!(windows) { "" } else { "sudo " }, options)
    }

    fn install_by(&self, sudo: &str, options: &str) -> String {
        // With sudo, install means the config of who typed it, by that one's home; what was looked
        // at may be another.
        let is_another =
            self.is_behind_sudo() || self.environment.variable("DOCKER_CONFIG").is_some();
        let config = docker_config_path(self.environment, None);
        let config = config.filter(|_| is_another && !sudo.is_empty());
        let directory = config
            .and_then(|config| Some(format!(" --docker-config {}", shell_path(config.parent()?))));
        format!("{sudo}{} install{}{options}", self.own_name(), directory.unwrap_or_default())
    }

    /// The program that looks around, as a word of a command: by its name where that finds it.
    fn own_name(&self) -> String {
        let found = self.environment.find_program(HELPER);
        let finds_it =
            found.is_some_and(|found| matches!(look(&found, &self.own), Ok(Found::Same)));
        let file = self.environment.program_file().filter(|_| !finds_it);
        file.map_or_else(|| HELPER.to_owned(), |file| shell_path(&file))
    }

    fn is_behind_sudo(&self) -> bool {
        self.environment.is_under_sudo()
    }

    /// What gives the helper a key.
    fn give_a_key(&self) -> String {
        // Without a keyring there is nothing that a login could keep its key in.
        let login = if self.keyring.is_ok() {
            format!(", or {} login", self.own_name())
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
    fn of_podman(&self, check: Check, remedy: String) -> Check {
        if self.has_podman { check.failure(remedy) } else { check.warning(remedy) }
    }
}

pub(super) fn doctor(
    options: &DoctorOptions,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    interrupt::watch(environment);
    let docker_config = docker_config_path(environment, None);
    let (config, broken) = configs::read(docker_config.as_deref());
    let patient = Patient::new(environment, config)?;
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
