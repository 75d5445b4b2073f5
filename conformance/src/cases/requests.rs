//! Requests that have no credentials, or are invalid.

use super::{
    Case, Judged, NO_SERVER_URL, NO_USERNAME, NOT_FOUND, Suite, case, differs, new_secret, request,
};
use crate::helper::End;

const NOT_STORED: &str = "not-stored.example.net";
const MESSAGE: &str = "a message on stdout, exit 1";
const NO_URL: &str = "\"no credentials server URL\" on stdout, exit 1";
const NO_CREDENTIALS: &str = "no credentials, exit 1";

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "get of an unknown server",
            "\"credentials not found in native keychain\" on stdout, exit 1",
            |suite| suite.get(NOT_STORED).fails_with(NOT_FOUND),
        ),
        case("get of nothing", NO_URL, |suite| suite.get("").fails_with(NO_SERVER_URL)),
        case("get of a line end", NO_URL, |suite| suite.get("\n").fails_with(NO_SERVER_URL)),
        case("get of spaces", NO_URL, |suite| suite.get("  \r\n").fails_with(NO_SERVER_URL)),
        case("erase of nothing", NO_URL, |suite| suite.erase("").fails_with(NO_SERVER_URL)),
        case("erase of an unknown server", "exit 0: podman logout fails otherwise", |suite| {
            suite.erase(NOT_STORED).succeeds_silently()
        }),
        case(
            "erase of a server that was just erased",
            "exit 0: docker logout erases twice",
            |it| {
                it.stored_new()?;
                it.erase(it.server()).succeeds_silently()?;
                it.erase(it.server()).succeeds_silently()
            },
        ),
        case("store of nothing", MESSAGE, |suite| suite.call(&["store"], "").fails()),
        case("store of text", MESSAGE, |suite| suite.call(&["store"], "not json").fails()),
        case("store of an array", MESSAGE, |suite| suite.call(&["store"], "[]").fails()),
        case("store of an empty object", NO_URL, |suite| {
            suite.call(&["store"], "{}").fails_with(NO_SERVER_URL)
        }),
        case(
            "store without a user name",
            "\"no credentials username\" on stdout, exit 1",
            |suite| suite.store(suite.server(), "", &new_secret()).fails_with(NO_USERNAME),
        ),
        case("store with a number as user name", MESSAGE, |suite| {
            let request = request(suite.server(), "NUMBER", &new_secret());
            suite.call(&["store"], request.replace("\"NUMBER\"", "12")).fails()
        }),
        case("store of an unfinished object", "a message without the secret, exit 1", unfinished),
        case("get of 64 KiB", NO_CREDENTIALS, |suite| {
            none(suite, "a".repeat(64 * 1024).as_bytes())
        }),
        case("get of 16 MiB", "an end before the deadline, no credentials", |suite| {
            none(suite, "a".repeat(16 * 1024 * 1024).as_bytes())
        }),
        case("get of a server and 64 KiB", NO_CREDENTIALS, |suite| {
            suite.stored_new()?;
            none(suite, format!("{}/{}", suite.server(), "\0".repeat(64 * 1024)).as_bytes())
        }),
        case("get of invalid UTF-8", NO_CREDENTIALS, |suite| {
            suite.stored_new()?;
            none(suite, &[suite.server().as_bytes(), b"\xff\xfe"].concat())
        }),
        case("get of a server and a NUL", NO_CREDENTIALS, |suite| {
            suite.stored_new()?;
            none(suite, format!("{}\0", suite.server()).as_bytes())
        }),
        case("get of two lines", "no credentials of either (CVE-2020-5260)", |suite| {
            suite.stored_new()?;
            none(suite, format!("{}\n{NOT_STORED}", suite.server()).as_bytes())
        }),
        case("get of a server in two lines", "no credentials (CVE-2020-5260)", |suite| {
            suite.stored_new()?;
            let (start, end) = suite.server().split_at(suite.server().len() / 2);
            none(suite, format!("{start}\n{end}").as_bytes())
        }),
    ]
}

/// Gets the credentials for a request that has none.
fn none(suite: &Suite, request: &[u8]) -> Judged {
    let outcome = suite.get(request);
    if outcome.end == End::Exit(1) {
        return Ok(outcome.shown_without_stderr());
    }
    match outcome.credentials() {
        Ok(found) if found.is_empty() => Err(differs("exit 0, empty credentials")),
        Ok(_) => Err(differs("exit 0, credentials")),
        Err(_) => Err(differs(outcome.shown())),
    }
}

fn unfinished(suite: &Suite) -> Judged {
    let secret = new_secret();
    let request = request(suite.server(), &suite.user, &secret);
    let outcome = suite.call(&["store"], request.trim_end_matches(['\n', '}']));
    if outcome.shows(&secret) {
        return Err(differs("a message with the secret"));
    }
    outcome.fails()
}
