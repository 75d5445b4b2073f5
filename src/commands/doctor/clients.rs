//! The container clients: judged from what was found.

use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::clients::{ClientState, FoundClient};
use crate::diagnosis::problems::clients::ClientProblem;
use crate::diagnosis::{Check, Section};
use crate::printable::printable_path;

pub(super) fn checks(facts: &Facts, found: &[FoundClient]) -> Vec<Check> {
    if found.is_empty() {
        return vec![ClientProblem::None.check(None, true, &facts.operator)];
    }
    let runs = |found: &FoundClient| matches!(found.state, ClientState::Version(_));
    let none_runs = !found.iter().any(runs);
    let check = |found: &FoundClient| match (ClientProblem::of(found), &found.state) {
        (None, ClientState::Version(version)) => {
            let subject = printable_path(&found.path);
            Check::ok(Section::Client, "client", subject, version.as_str())
        }
        (problem, _) => {
            let problem = problem.unwrap_or(ClientProblem::DoesNotRun(None));
            problem.check(Some(found), none_runs, &facts.operator)
        }
    };
    found.iter().map(check).collect()
}
