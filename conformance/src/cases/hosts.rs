//! Hosts that look like the one with credentials. None of them may get the secret.

use super::{Case, Judged, Suite, case, differs};
use crate::helper::End;

const NONE: &str = "no credentials of the other host";

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("HOST.evil.example", NONE, |it| look_alike(it, |host| format!("{host}.evil.example"))),
        case("evilHOST", NONE, |it| look_alike(it, |host| format!("evil{host}"))),
        case("evil.HOST", NONE, |it| look_alike(it, |host| format!("evil.{host}"))),
        case("HOST@evil.example", NONE, |it| look_alike(it, |host| format!("{host}@evil.example"))),
        case("https://HOST@evil.example", NONE, |it| {
            look_alike(it, |host| format!("https://{host}@evil.example"))
        }),
        case("https://HOST:x@evil.example/", NONE, |it| {
            look_alike(it, |host| format!("https://{host}:x@evil.example/"))
        }),
        case("https://evil.example/HOST", NONE, |it| {
            look_alike(it, |host| format!("https://evil.example/{host}"))
        }),
        case("https://evil.example?HOST", NONE, |it| {
            look_alike(it, |host| format!("https://evil.example?{host}"))
        }),
        case("https://evil.example#HOST", NONE, |it| {
            look_alike(it, |host| format!("https://evil.example#{host}"))
        }),
        case("https://evil.example\\HOST", NONE, |it| {
            look_alike(it, |host| format!("https://evil.example\\{host}"))
        }),
        case("HOST%2eevil.example", NONE, |it| {
            look_alike(it, |host| format!("{host}%2eevil.example"))
        }),
        case("HOST%00.evil.example", NONE, |it| {
            look_alike(it, |host| format!("{host}%00.evil.example"))
        }),
        case("HOST:80", NONE, |it| look_alike(it, |host| format!("{host}:80"))),
        case("http://HOST", "no credentials that were stored for https://", |it| {
            stored_then_asked(it, |host| format!("https://{host}"), |host| format!("http://{host}"))
        }),
        case("the first label only", NONE, |it| {
            look_alike(it, |host| host.split('.').next().unwrap_or_default().to_owned())
        }),
        case("HOST with full-width dots", NONE, |it| {
            look_alike(it, |host| host.replace('.', "．"))
        }),
        case("../HOST", NONE, |it| look_alike(it, |host| format!("../{host}"))),
        case("*", NONE, |it| look_alike(it, |_| "*".to_owned())),
    ]
}

fn look_alike(suite: &Suite, alike: fn(&str) -> String) -> Judged {
    stored_then_asked(suite, str::to_owned, alike)
}

/// Stores for one form of the host, and asks for another.
fn stored_then_asked(suite: &Suite, form: fn(&str) -> String, alike: fn(&str) -> String) -> Judged {
    let secret = super::new_secret();
    let server = form(suite.server());
    suite.stored(&server, &suite.user, &secret)?;
    let outcome = suite.get(alike(suite.server()));
    suite.erase(&server);
    if outcome.shows(&secret) {
        return Err(differs("the credentials of the other host"));
    }
    match outcome.end {
        End::Exit(0 | 1) => Ok(outcome.shown_without_stderr()),
        _ => Err(differs(outcome.shown())),
    }
}
