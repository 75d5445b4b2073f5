//! What is stored is found, listed and erased.

use super::{Case, Judged, NOT_FOUND, Suite, case, differs, new_secret, request};

const SAME: &str = "get returns the same";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("store, get, list, erase, get", "stored, found, listed, erased, not found", all),
        case("the answer of get", "one JSON object and a line end", answer),
        case("stdout of store and erase", "nothing", silent),
        case("stderr of what succeeds", "nothing", quiet),
        case("store twice", "the last one counts", twice),
        case("store with field names in lower case", "exit 0, then found", |suite| {
            other_request(suite, |text| {
                text.replace("ServerURL", "serverurl")
                    .replace("Username", "username")
                    .replace("\"Secret", "\"secret")
            })
        }),
        case("store with an unknown field", "exit 0, then found", |suite| {
            other_request(suite, |text| text.replacen('{', "{\"Extra\":[1,{}],", 1))
        }),
        case("store in several lines", "exit 0, then found", |suite| {
            other_request(suite, |text| text.replace(",\"", ",\n  \""))
        }),
        case("get with LF", "the credentials", |suite| asked_as(suite, |url| format!("{url}\n"))),
        case("get with CR LF", "the credentials", |suite| {
            asked_as(suite, |url| format!("{url}\r\n"))
        }),
        case("get with spaces around", "the credentials", |suite| {
            asked_as(suite, |url| format!("  {url} \n"))
        }),
    ];
    cases.extend(forms());
    cases.extend(secrets());
    cases.extend(users());
    cases
}

fn forms() -> Vec<Case> {
    vec![
        case("server with https://", SAME, |it| stored_as(it, |url| format!("https://{url}"))),
        case("server with https:// and a path", SAME, |it| {
            stored_as(it, |url| format!("https://{url}/v1/"))
        }),
        case("server with a path", SAME, |it| stored_as(it, |url| format!("{url}/team/app"))),
        case("server with :443", SAME, |it| stored_as(it, |url| format!("{url}:443"))),
        case("server with :5000", SAME, |it| stored_as(it, |url| format!("{url}:5000"))),
        case("server in capitals", SAME, |it| stored_as(it, str::to_uppercase)),
    ]
}

fn secrets() -> Vec<Case> {
    vec![
        case("Secret with quotes", SAME, |it| secret(it, "a\"b'c\\d`e$f")),
        case("Secret with < > &", SAME, |it| secret(it, "a<b>c&d")),
        case("Secret with control characters", SAME, |it| secret(it, "a\tb\u{1b}[31mc\u{7f}d")),
        case("Secret with a line end", SAME, |it| secret(it, "a\nb\r\nc")),
        case("Secret with a line end at its end", SAME, |it| secret(it, "a\n")),
        case("Secret with NUL", SAME, |it| secret(it, "a\0b")),
        case("Secret with other scripts", SAME, |it| secret(it, "pässwörd 密码 🔑")),
        case("Secret that is empty", SAME, |it| secret(it, "")),
        case("Secret of 60 KiB", SAME, |it| secret(it, &"s".repeat(60 * 1024))),
        case("Secret of 256 KiB", SAME, |it| secret(it, &"s".repeat(256 * 1024))),
    ]
}

fn users() -> Vec<Case> {
    vec![
        case("Username <token>", SAME, |it| user(it, "<token>")),
        case("Username with quotes", SAME, |it| user(it, "a\"b'c\\d")),
        case("Username with a slash and dots", SAME, |it| user(it, "../../a/b")),
        case("Username with a colon", SAME, |it| user(it, "a:b")),
        case("Username with control characters", SAME, |it| user(it, "a\tb\u{1b}[31mc")),
        case("Username with a line end", SAME, |it| user(it, "a\nb")),
        case("Username with NUL", SAME, |it| user(it, "a\0b")),
        case("Username with other scripts", SAME, |it| user(it, "jürgen 用户")),
    ]
}

fn all(suite: &Suite) -> Judged {
    let secret = suite.stored_new()?;
    suite.answers(suite.server(), &suite.user, &secret)?;
    let listed = suite.call(&["list"], "unused").listed()?;
    match listed.get(suite.server()) {
        Some(user) if *user == suite.user => {}
        Some(user) => return Err(differs(format!("list has another Username: {user:?}"))),
        None => return Err(differs("list does not have the server")),
    }
    suite.erase(suite.server()).succeeds_silently()?;
    suite.get(suite.server()).fails_with(NOT_FOUND)?;
    Ok("as required".to_owned())
}

fn answer(suite: &Suite) -> Judged {
    suite.stored_new()?;
    let outcome = suite.get(suite.server());
    let found = outcome.credentials()?;
    if found.server != suite.server() {
        return Err(differs("ServerURL is not the server of the request"));
    }
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    if !text.ends_with("}\n") || text.matches('\n').count() != 1 {
        return Err(differs("the answer is not one line"));
    }
    Ok("one line".to_owned())
}

fn silent(suite: &Suite) -> Judged {
    suite.stored_new()?;
    let stored = suite.store(suite.server(), &suite.user, &new_secret());
    stored.succeeds_silently()?;
    suite.erase(suite.server()).succeeds_silently()
}

fn quiet(suite: &Suite) -> Judged {
    let secret = suite.stored_new()?;
    let store = suite.store(suite.server(), &suite.user, &secret);
    let get = suite.get(suite.server());
    let list = suite.call(&["list"], "unused");
    let erase = suite.erase(suite.server());
    for (word, outcome) in [("store", store), ("get", get), ("list", list), ("erase", erase)] {
        if !outcome.stderr.is_empty() {
            let text = String::from_utf8_lossy(&outcome.stderr).trim().to_owned();
            return Err(differs(format!("{word}: {text}").replace(&secret, "(the secret)")));
        }
    }
    Ok("nothing".to_owned())
}

fn twice(suite: &Suite) -> Judged {
    suite.stored_new()?;
    let secret = suite.stored_new()?;
    suite.answers(suite.server(), &suite.user, &secret)
}

/// Stores with a request that is written in another way.
fn other_request(suite: &Suite, written: fn(String) -> String) -> Judged {
    suite.stored_new()?;
    let secret = new_secret();
    let request = written(request(suite.server(), &suite.user, &secret));
    suite.call(&["store"], request).succeeds_silently()?;
    suite.answers(suite.server(), &suite.user, &secret)
}

/// Gets with a request that is written in another way.
fn asked_as(suite: &Suite, written: fn(&str) -> String) -> Judged {
    let secret = suite.stored_new()?;
    suite.answers(&written(suite.server()), &suite.user, &secret)
}

/// Stores, gets and erases under another form of the server URL.
fn stored_as(suite: &Suite, form: fn(&str) -> String) -> Judged {
    let (server, secret) = (form(suite.server()), new_secret());
    suite.stored(&server, &suite.user, &secret)?;
    let answered = suite.answers(&server, &suite.user, &secret);
    let erased = suite.erase(&server).succeeds_silently();
    answered.and_then(|done| erased.map(|_| done))
}

fn secret(suite: &Suite, secret: &str) -> Judged {
    suite.stored(suite.server(), &suite.user, secret)?;
    suite.answers(suite.server(), &suite.user, secret)
}

fn user(suite: &Suite, user: &str) -> Judged {
    let secret = new_secret();
    suite.stored(suite.server(), user, &secret)?;
    suite.answers(suite.server(), user, &secret)
}
