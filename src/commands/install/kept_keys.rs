//! Messages about keys that are kept so that credentials can be removed.

use std::path::Path;

use crate::commands::step::{KeptKey, KeyOrigin, StepFailure};
use crate::diagnosis::Operator;
use crate::diagnosis::problems::Kind;
use crate::diagnosis::problems::moves::MoveProblem;

/// The question about plaintext credentials. `shown` says where they are.
pub(super) fn question(shown: &str, path: &Path, has_key: bool) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if has_key {
        format!("{shown}. Move the key to the keyring and delete it from {name}?")
    } else {
        format!("{shown}. The helper has the same key. Delete it from {name}?")
    }
}

/// Explains why a key was not kept.
pub(super) fn cannot_keep(key: &KeptKey, reason: &str, operator: &Operator) -> StepFailure {
    let host = key.host.clone();
    let problem = match &key.from {
        KeyOrigin::Store(store) => {
            let (store, reason) = (store.clone(), reason.to_owned());
            MoveProblem::KeyNotKept { host, store, reason }
        }
        KeyOrigin::Variable(source) => MoveProblem::OnlyInVariable { host, source: source.clone() },
        KeyOrigin::File { path, .. } => {
            MoveProblem::NotRemoved { path: path.clone(), reason: reason.to_owned() }
        }
    };
    failure_of(&problem, operator)
}

/// A problem as the failure of a step.
pub(super) fn failure_of(problem: &dyn Kind, operator: &Operator) -> StepFailure {
    let cause = format!("{}: {}", problem.subject(), problem.cause());
    StepFailure { cause, fix: Some(problem.fix(operator)) }
}
