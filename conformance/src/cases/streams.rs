//! Streams that are closed or slow.

use super::{Case, Judged, Suite, case, differs};
use crate::helper::{End, Outcome, Streams};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("get with stdin closed", "a message on stdout, exit 1", |suite| {
            suite.helper.call(&["get"], b"", Streams::NoStdin).fails()
        }),
        case("store with stdin closed", "a message on stdout, exit 1", |suite| {
            suite.helper.call(&["store"], b"", Streams::NoStdin).fails()
        }),
        case("get with stdout closed", "an end without a signal, no secret on stderr", no_stdout),
        case("get with stderr closed", "the credentials", |suite| found(suite, Streams::NoStderr)),
        case("get that arrives slowly", "the credentials", |suite| {
            found(suite, Streams::SlowRequest)
        }),
        case("get with a slow reader", "the credentials", |suite| {
            found(suite, Streams::SlowReader)
        }),
    ]
}

fn get(suite: &Suite, streams: Streams) -> Outcome {
    suite.helper.call(&["get"], suite.server().as_bytes(), streams)
}

fn found(suite: &Suite, streams: Streams) -> Judged {
    let secret = suite.stored_new()?;
    let found = get(suite, streams).credentials()?;
    if found.secret == secret {
        return Ok("the credentials".to_owned());
    }
    Err(differs("other credentials"))
}

fn no_stdout(suite: &Suite) -> Judged {
    let secret = suite.stored_new()?;
    let outcome = get(suite, Streams::NoStdout);
    if outcome.shows(&secret) {
        return Err(differs("the secret on stderr"));
    }
    match outcome.end {
        End::Exit(0 | 1) => Ok(outcome.end.shown()),
        _ => Err(differs(outcome.shown())),
    }
}
