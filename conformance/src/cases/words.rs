//! The words on the command line.

use super::{Case, Judged, Suite, case, differs};
use crate::helper::End;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("no word", "usage on stdout, exit 1", |suite| suite.call(&[], "").fails()),
        case("two words", "usage on stdout, exit 1", |suite| {
            suite.call(&["get", "x"], suite.server()).fails()
        }),
        case("unknown word", "a message on stdout, exit 1", |suite| {
            suite.call(&["frobnicate"], "").fails()
        }),
        case("word in capitals", "a message on stdout, exit 1", |suite| {
            suite.call(&["GET"], suite.server()).fails()
        }),
        case("empty word", "a message on stdout, exit 1", |suite| suite.call(&[""], "").fails()),
        case("version", "one line on stdout, exit 0", version),
        case("list with \"unused\"", "an object of texts, exit 0", |suite| list(suite, "unused")),
        case("list with no request", "an object of texts, exit 0", |suite| list(suite, "")),
    ]
}

fn version(suite: &Suite) -> Judged {
    let outcome = suite.call(&["version"], "");
    let is_one_line = !outcome.text().is_empty() && !outcome.text().contains('\n');
    if outcome.end == End::Exit(0) && is_one_line {
        return Ok(outcome.shown());
    }
    Err(differs(outcome.shown()))
}

fn list(suite: &Suite, request: &str) -> Judged {
    let outcome = suite.call(&["list"], request);
    outcome.listed()?;
    Ok("exit 0, an object".to_owned())
}
