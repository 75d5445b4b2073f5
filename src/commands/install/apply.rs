//! Carrying out the plan of `install`. Each step gets its outcome.

use std::cell::Cell;
use std::path::Path;

use super::Request;
use super::findings;
use super::kept_keys::{cannot_keep, failure_of};
use super::plan::{Plan, unchanged};
use crate::commands::CommandError;
use crate::commands::step::{Action, KeptKey, KeyOrigin, Status, Step, done_before_error};
use crate::diagnosis::Operator;
use crate::diagnosis::facts::plaintext::PlaintextFile;
use crate::diagnosis::problems::logins::Obstacle;
use crate::diagnosis::problems::moves::MoveProblem;
use crate::docker::config::{ConfigDocument, FileChange, PlaintextLogin};
use crate::explain::on_one_line;
use crate::registry_host::RegistryHost;

impl Plan {
    /// Carries out the planned steps in their order. A key that cannot be kept changes the steps after
    /// it: its credentials stay, and so does Docker's login.
    ///
    /// # Errors
    /// Returns [`CommandError`] if the program cannot be put in its place, or Docker's config cannot
    /// be changed. Says what was done before.
    pub(super) fn apply(&mut self, request: &Request<'_>) -> Result<(), CommandError> {
        let mut steps = std::mem::take(&mut self.steps);
        let (mut at, mut result) = (0, Ok(()));
        while let Some((step, rest)) = steps.get_mut(at..).and_then(<[Step]>::split_first_mut) {
            at += 1;
            if step.status != Status::Planned {
                continue;
            }
            match self.apply_step(&mut step.action, rest, request) {
                Ok(status) => step.status = status,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        self.steps = steps;
        result.map_err(|error| match done_before_error(&self.steps) {
            Some(done) => CommandError::HalfDone { done, error: Box::new(error) },
            None => error,
        })
    }

    fn apply_step(
        &mut self,
        action: &mut Action,
        rest: &mut [Step],
        request: &Request<'_>,
    ) -> Result<Status, CommandError> {
        Ok(match action {
            Action::KeepKey(key) => self.keep(key, rest, request),
            Action::InstallProgram { path, .. } => {
                request.files.put(path)?;
                Status::Done
            }
            Action::ChangeConfig { path, change } => self.register(path, change, request)?,
            Action::RemoveCredentials { path, logins } => {
                remove(path, logins, request, &self.facts.operator)
            }
            // These are steps of `uninstall`.
            Action::RemoveProgram { .. } | Action::ForgetKey { .. } => Status::Skipped,
        })
    }

    /// Keeps a key. Where that fails, takes back what was planned with it.
    fn keep(&mut self, key: &KeptKey, rest: &mut [Step], request: &Request<'_>) -> Status {
        let Err(error) = request.lookup.stored().store(&key.host, &key.key) else {
            return Status::Done;
        };
        let why = error.reason();
        if !matches!(key.from, KeyOrigin::Variable(_)) {
            self.facts.answers.remove(&key.host);
            self.registrations = request.registrations(&self.before, &self.facts);
            self.after = self.registrations.added_to(&self.before);
            if self.before == self.after {
                for step in rest.iter_mut() {
                    if matches!(step.action, Action::ChangeConfig { .. }) {
                        step.status = unchanged(&self.registrations);
                    }
                }
            }
            self.leave_credentials(&key.host, &why, rest, request);
        }
        Status::Failed(cannot_keep(key, &why, &self.facts.operator))
    }

    /// Takes the credentials for `host` out of the plan: their key is kept nowhere else.
    fn leave_credentials(
        &mut self,
        host: &RegistryHost,
        why: &str,
        rest: &mut [Step],
        request: &Request<'_>,
    ) {
        for step in rest.iter_mut().filter(|step| step.status == Status::Planned) {
            let Action::RemoveCredentials { path, logins } = &mut step.action else { continue };
            for login in logins.iter().filter(|login| login.host == *host) {
                let file = PlaintextFile { path: path.clone(), logins: vec![login.clone()] };
                let obstacle = Some(Obstacle::NotStored(why.to_owned()));
                let config = &request.target.docker_config;
                let finding = findings::credentials(&file, config, obstacle, &self.facts.operator);
                self.findings.push(finding);
            }
            if logins.iter().all(|login| login.host == *host) {
                step.status = Status::Skipped;
            } else {
                logins.retain(|login| login.host != *host);
            }
        }
    }

    /// Registers the helper in the current config, which may have changed since the plan was made.
    fn register(
        &self,
        path: &Path,
        change: &mut FileChange,
        request: &Request<'_>,
    ) -> Result<Status, CommandError> {
        let made = Cell::new(*change);
        let edit = |config: &ConfigDocument| {
            let after = request.registrations(config, &self.facts).added_to(config);
            made.set(FileChange::between(config, &after));
            after
        };
        let is_changed = request.target.change(path, edit)?;
        *change = made.get();
        Ok(if is_changed { Status::Done } else { unchanged(&self.registrations) })
    }
}

fn remove(
    path: &Path,
    logins: &[PlaintextLogin],
    request: &Request<'_>,
    operator: &Operator,
) -> Status {
    let reason = match request.target.change(path, |document| document.without_logins(logins)) {
        Ok(true) => return Status::Done,
        Ok(false) => "another program changed the file meanwhile".to_owned(),
        Err(error) => on_one_line(&CommandError::from(error)),
    };
    Status::Failed(failure_of(&MoveProblem::NotRemoved { path: path.to_owned(), reason }, operator))
}
