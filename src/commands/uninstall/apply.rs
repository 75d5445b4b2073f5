//! Carrying out the plan of `uninstall`. Each step gets its outcome.

use super::plan::Plan;
use crate::commands::CommandError;
use crate::commands::step::{Action, Status, Step, StepFailure, done_before_error};
use crate::keys::{KeyLookup, Removal};
use crate::registry_host::RegistryHost;

impl Plan<'_> {
    /// Carries out the planned steps in their order.
    ///
    /// # Errors
    /// Returns [`CommandError`] if a step fails, with what was done before.
    pub(super) fn apply(&mut self, lookup: &KeyLookup<'_>) -> Result<(), CommandError> {
        let mut steps = std::mem::take(&mut self.steps);
        let planned = steps.iter_mut().filter(|step| step.status == Status::Planned);
        let result = self.apply_steps(planned, lookup);
        self.steps = steps;
        result.map_err(|error| match done_before_error(&self.steps) {
            Some(done) => CommandError::HalfDone { done, error: Box::new(error) },
            None => error,
        })
    }

    fn apply_steps<'s>(
        &self,
        steps: impl Iterator<Item = &'s mut Step>,
        lookup: &KeyLookup<'_>,
    ) -> Result<(), CommandError> {
        for step in steps {
            step.status = match &step.action {
                Action::ChangeConfig { path, .. } => {
                    let config = self.configs.iter().find(|config| config.file.path == *path);
                    let undo = config.map(|config| config.file.undo(self.target, &self.entries));
                    match undo.transpose()? {
                        Some(true) => Status::Done,
                        _ => Status::Unchanged(" does not name it"),
                    }
                }
                Action::RemoveProgram { path } => {
                    self.files.remove(path)?;
                    Status::Done
                }
                Action::ForgetKey { host } => forget(host, lookup)?,
                // These are steps of `install`.
                Action::KeepKey(_)
                | Action::InstallProgram { .. }
                | Action::RemoveCredentials { .. } => Status::Skipped,
            };
        }
        Ok(())
    }
}

fn forget(host: &RegistryHost, lookup: &KeyLookup<'_>) -> Result<Status, CommandError> {
    Ok(match lookup.stored().remove(host)? {
        Removal::Done => Status::Done,
        Removal::Pending(error) => Status::Failed(StepFailure {
            cause: format!("the key stored for {host} is still in the keyring: {error}"),
            fix: None,
        }),
    })
}
