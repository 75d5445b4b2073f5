//! The plan of `install`: every step, and the consent to it. Nothing is changed here.

use std::path::{Path, PathBuf};

use super::Request;
use super::findings;
use super::gather::Facts;
use super::kept_keys::{cannot_keep, question};
use super::registrations::Registrations;
use crate::commands::CommandError;
use crate::commands::consent::Consent;
use crate::commands::refusals::Refusals;
use crate::commands::step::{Action, KeptKey, KeyOrigin, Status, Step};
use crate::diagnosis::Check;
use crate::diagnosis::facts::plaintext::PlaintextFile;
use crate::diagnosis::problems::Kind as _;
use crate::diagnosis::problems::logins::{Obstacle, WayToKeep, way_to_keep};
use crate::diagnosis::problems::moves::MoveProblem;
use crate::docker::config::{ConfigDocument, FileChange, PlaintextLogin};
use crate::docker::logins::DockerLogin;
use crate::keys::{FoundKey, KeySource};
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::system::files;
use crate::system::keyring::KeyringError;
use crate::system::program_file::Found;

/// What `install` does, in this order, or would do.
pub(super) struct Plan {
    pub(super) facts: Facts,
    /// Docker's config before the change.
    pub(super) before: ConfigDocument,
    /// Docker's config after the change.
    pub(super) after: ConfigDocument,
    pub(super) registrations: Registrations,
    pub(super) steps: Vec<Step>,
    /// What stays unchanged, and why.
    pub(super) findings: Vec<Check>,
}

/// A plan in the making.
struct Planner<'p, 'a, 'c, 's> {
    request: &'p Request<'a>,
    consent: &'p mut Consent<'c, 's>,
    facts: Facts,
    config: ConfigDocument,
    /// Whether the keyring can be used, once that was asked.
    keyring: Option<Result<(), KeyringError>>,
    keep: Vec<Step>,
    remove: Vec<Step>,
    findings: Vec<Check>,
}

/// Plaintext credentials that can be removed.
struct Removable {
    login: PlaintextLogin,
    /// The key to keep first.
    key: Option<KeptKey>,
    /// The variable that has the key, where the keyring cannot.
    only_in: Option<KeySource>,
}

impl Plan {
    /// Makes the plan, and asks for consent where a step needs it.
    ///
    /// # Errors
    /// Returns [`CommandError`] if a dry run finds that Docker's config cannot be changed.
    pub(super) fn make(
        request: &Request<'_>,
        mut facts: Facts,
        consent: &mut Consent<'_, '_>,
        refusals: &mut Refusals,
    ) -> Result<Self, CommandError> {
        let (read, findings) = (facts.config.take(), std::mem::take(&mut facts.findings));
        let is_readable = read.is_some();
        let plaintext = std::mem::take(&mut facts.plaintext);
        let mut planner = Planner {
            request,
            consent,
            facts,
            config: read.unwrap_or_default(),
            keyring: None,
            keep: Vec::new(),
            remove: Vec::new(),
            findings,
        };
        // Docker's own logins go first: another account's key must not take their place.
        planner.keys_in_dockers_store();
        for file in plaintext {
            planner.credentials(file);
        }
        let Planner { facts, config: before, keep, remove, findings, .. } = planner;
        let registrations = request.registrations(&before, &facts);
        let after = registrations.added_to(&before);
        let is_changed = is_readable && before != after;
        if request.wanted.options.mode.is_dry_run() && is_changed {
            let path = &request.target.docker_config;
            refusals.check(files::may_update(path).map_err(CommandError::Config))?;
        }
        let config = Step {
            action: Action::ChangeConfig {
                path: request.target.docker_config.clone(),
                change: FileChange::between(&before, &after),
            },
            status: match (is_readable, is_changed) {
                (false, _) => Status::Unknown(" cannot be read, so its change is not shown"),
                (true, true) => Status::Planned,
                (true, false) => unchanged(&registrations),
            },
        };
        // The program goes before the config: a config that names a missing helper breaks every pull.
        let mut steps = keep;
        steps.extend([program_step(&facts), config]);
        steps.extend(remove);
        Ok(Self { facts, before, after, registrations, steps, findings })
    }
}

/// The status of a config that already has the entries.
pub(super) fn unchanged(registrations: &Registrations) -> Status {
    Status::Unchanged(if registrations.entries.is_empty() {
        " is left unchanged"
    } else {
        " names it already"
    })
}

fn program_step(facts: &Facts) -> Step {
    let (path, before) = (facts.program.clone(), facts.program_before);
    let status = match before {
        Found::Same => Status::Unchanged(" is there already"),
        Found::Unreadable => Status::Unknown(" cannot be read"),
        _ => Status::Planned,
    };
    Step { action: Action::InstallProgram { path, before }, status }
}

impl Planner<'_, '_, '_, '_> {
    /// Plans to keep the keys in Docker's credential store, which is not asked any more once the
    /// helper is registered.
    fn keys_in_dockers_store(&mut self) {
        let found = self.facts.docker_logins.keys_in_store();
        let found: Vec<_> =
            found.map(|(host, store, key)| (host.clone(), store.clone(), key.clone())).collect();
        for (host, store, key) in found {
            if !self.facts.answers.is_missing(&host) {
                continue;
            }
            let question = format!(
                "Docker's credential store {store} has the key for {host}. Copy it to the keyring?"
            );
            let found = FoundKey { key: key.clone(), source: KeySource::Keyring };
            let kept = KeptKey { host: host.clone(), key, from: KeyOrigin::Store(store) };
            let status = match self.keyring() {
                Ok(()) => self.consent.ask(&question),
                Err(error) if self.consent.is_given() => {
                    Status::Failed(cannot_keep(&kept, &error.to_string(), &self.facts.operator))
                }
                Err(_) => continue,
            };
            if status == Status::Planned {
                self.facts.answers.insert(&host, found);
            }
            self.keep.push(Step { action: Action::KeepKey(kept), status });
        }
    }

    /// Plans to remove the plaintext credentials in a file, once their keys are kept.
    fn credentials(&mut self, PlaintextFile { path, logins }: PlaintextFile) {
        let is_dockers = path == self.request.target.docker_config;
        let is_given = self.consent.is_given();
        // The finding about a login that Docker keeps using says more.
        let is_dockers_login = |planner: &Self, host: &RegistryHost| {
            is_dockers
                && planner.dockers_login(host).is_some()
                && planner.facts.answers.key(host).is_none()
        };
        let reported: Vec<_> =
            logins.iter().map(|login| is_dockers_login(self, &login.host)).collect();
        let (mut removable, mut are_reported) = (Vec::new(), true);
        for (login, is_reported) in logins.into_iter().zip(reported) {
            match self.removable(&path, &login) {
                Ok((key, only_in)) => {
                    removable.push(Removable { login, key, only_in });
                    are_reported &= is_reported;
                }
                Err(obstacle) if is_given || !is_reported => {
                    let file = PlaintextFile { path: path.clone(), logins: vec![login] };
                    self.findings.push(self.credentials_stay(&file, Some(obstacle)));
                }
                Err(_) => {}
            }
        }
        if removable.is_empty() {
            return;
        }
        let logins = removable.iter().map(|one| one.login.clone()).collect();
        let file = PlaintextFile { path: path.clone(), logins };
        let (shown, servers) = (printable_path(&path), file.servers().join(", "));
        let shown = format!("{shown} has plaintext credentials for {servers}");
        let has_key = removable.iter().any(|one| one.key.is_some());
        let status = self.consent.ask(&question(&shown, &path, has_key));
        if status == Status::Declined && !are_reported {
            self.findings.push(self.credentials_stay(&file, None));
        }
        self.add_steps(path, removable, &status);
    }

    /// Adds the steps that remove these credentials.
    fn add_steps(&mut self, path: PathBuf, removable: Vec<Removable>, status: &Status) {
        let mut logins = Vec::new();
        for Removable { login, key, only_in } in removable {
            if let Some(source) = only_in.filter(|_| *status == Status::Planned) {
                let problem = MoveProblem::OnlyInVariable { host: login.host.clone(), source };
                self.findings.push(problem.check(&self.facts.operator));
            }
            if let Some(key) = key {
                if *status != Status::Planned && matches!(key.from, KeyOrigin::File { .. }) {
                    self.facts.answers.remove(&key.host);
                }
                self.keep_once(key, status);
            }
            logins.push(login);
        }
        let action = Action::RemoveCredentials { path, logins };
        self.remove.push(Step { action, status: status.clone() });
    }

    /// Adds the step that keeps a key, unless there is one for the same key.
    fn keep_once(&mut self, key: KeptKey, status: &Status) {
        let is_same = |step: &Step| {
            let Action::KeepKey(other) = &step.action else { return false };
            step.status == *status && other.host == key.host && other.key == key.key
        };
        if !self.keep.iter().any(is_same) {
            self.keep.push(Step { action: Action::KeepKey(key), status: status.clone() });
        }
    }

    /// Decides how the key of `login` is kept. The helper answers with it from then on, unless the
    /// user does not agree.
    fn removable(
        &mut self,
        path: &Path,
        login: &PlaintextLogin,
    ) -> Result<(Option<KeptKey>, Option<KeySource>), Obstacle> {
        let host = &login.host;
        let dockers = self.dockers_login(host);
        let kept = |key, from| Some(KeptKey { host: host.clone(), key, from });
        let way = way_to_keep(login, self.facts.answers.of_host(host), dockers.as_ref())?;
        match (way, login.key.clone()) {
            (WayToKeep::IsThere, _) | (_, None) => Ok((None, None)),
            (WayToKeep::IsInVariable(source), Some(key)) if login.is_for_whole_registry() => {
                Ok((kept(key, KeyOrigin::Variable(source)), None))
            }
            (WayToKeep::IsInVariable(source), _) => Ok((None, Some(source))),
            (WayToKeep::Store, Some(key)) => {
                self.keyring().map_err(|error| Obstacle::NotStored(error.to_string()))?;
                let found = FoundKey { key: key.clone(), source: KeySource::Keyring };
                self.facts.answers.insert(host, found);
                Ok((kept(key, KeyOrigin::File { path: path.to_owned() }), None))
            }
        }
    }

    fn credentials_stay(&self, file: &PlaintextFile, obstacle: Option<Obstacle>) -> Check {
        let docker_config = &self.request.target.docker_config;
        findings::credentials(file, docker_config, obstacle, &self.facts.operator)
    }

    fn dockers_login(&self, host: &RegistryHost) -> Option<DockerLogin> {
        self.facts.docker_logins.of(&self.config, host)
    }

    fn keyring(&mut self) -> Result<(), KeyringError> {
        let check = || self.request.environment.keyring().check();
        self.keyring.get_or_insert_with(check).clone()
    }
}
