//! The container clients: judged from what was found.

use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::clients::{self, ClientState, FoundClient};
use crate::diagnosis::problems::clients::ClientProblem;
use crate::diagnosis::{Check, Section};
use crate::printable::printable_path;
use crate::system::environment::Environment;

pub(super) fn checks(environment: &Environment, facts: &Facts) -> Vec<Check> {
    let found = clients::gather(environment);
    if found.is_empty() {
        return vec![ClientProblem::None.check(None, &facts.operator)];
    }
    let check = |found: &FoundClient| match (ClientProblem::of(found), &found.state) {
        (None, ClientState::Version(version)) => {
            let subject = printable_path(&found.path);
            Check::ok(Section::Client, "client", subject, version.as_str())
        }
        (problem, _) => {
            let problem = problem.unwrap_or(ClientProblem::DoesNotRun(None));
            problem.check(Some(found), &facts.operator)
        }
    };
    found.iter().map(check).collect()
}
