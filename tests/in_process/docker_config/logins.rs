//! Plaintext credentials in Docker's config.

use super::{base64, parse};
use crate::support::{FR, KEY_A, NL};

#[test]
fn plaintext_credentials_for_scaleway_are_found_in_every_form() {
    let auth = base64(&format!("nologin:{KEY_A}"));
    let text = serde_json::json!({"auths": {
        FR: {"auth": auth},
        "https://rg.nl-ams.scw.cloud/v1/": {"auth": base64("nologin:hunter2")},
        "rg.pl-waw.scw.cloud/ns": {"username": "nologin", "password": KEY_A},
        "rg.it-mil.scw.eu": {"identitytoken": "x"},
        "rg.it-mil.scw.cloud": {},
        "rg.de-fra.scw.cloud": {"auth": ""},
        "docker.io": {"auth": auth},
        "rg.fr-par.scw.cloud.evil.com": {"auth": auth},
    }});
    let document = parse(&text.to_string());
    let found: Vec<_> = document
        .plaintext_logins()
        .into_iter()
        .map(|login| (login.server, login.host.to_string(), login.key.is_some()))
        .collect();
    let expect = |server: &str, host: &str, key| (server.to_owned(), host.to_owned(), key);
    assert_eq!(
        found,
        [
            expect(FR, FR, true),
            expect("https://rg.nl-ams.scw.cloud/v1/", NL, false),
            expect("rg.pl-waw.scw.cloud/ns", "rg.pl-waw.scw.cloud", true),
            expect("rg.it-mil.scw.eu", "rg.it-mil.scw.eu", false),
        ]
    );
    let logins = document.plaintext_logins();
    let shorter = document.without_logins(&logins[..1]);
    assert_eq!(shorter.plaintext_logins().len(), 3);
    let mut rest = text.clone();
    rest["auths"].as_object_mut().unwrap().shift_remove(FR);
    assert_eq!(shorter.content(), Some(rest.to_string().as_str()));
    // Credentials that changed since they were read stay.
    let changed = parse(&text.to_string().replace(&auth, &base64("nologin:another")));
    assert_eq!(changed.without_logins(&logins[..1]), changed);
}

#[test]
fn credentials_with_two_secrets_or_two_entries_have_no_single_key() {
    let auth = base64(&format!("nologin:{KEY_A}"));
    for entries in [
        format!("\"{FR}\": {{\"auth\": \"{auth}\", \"identitytoken\": \"t\"}}"),
        format!("\"{FR}\": {{\"auth\": \"{auth}\", \"registrytoken\": \"t\"}}"),
        format!("\"{FR}\": {{\"auth\": \"{auth}\", \"password\": \"other\"}}"),
        format!("\"{FR}\": {{\"auth\": \"{auth}\"}}, \"{FR}\": {{\"auth\": \"{auth}\"}}"),
    ] {
        let document = parse(&format!("{{\"auths\": {{{entries}}}}}"));
        let logins = document.plaintext_logins();
        assert!(!logins.is_empty() && logins.iter().all(|login| login.key.is_none()), "{entries}");
    }
    let same =
        format!("{{\"auths\": {{\"{FR}\": {{\"auth\": \"{auth}\", \"password\": \"{KEY_A}\"}}}}}}");
    assert!(parse(&same).plaintext_logins()[0].key.is_some());
}

#[test]
fn a_login_to_a_namespace_is_none_to_the_whole_registry() {
    for (server, whole) in [
        (FR.to_owned(), true),
        (format!("https://{FR}"), true),
        (format!("https://{FR}/v1/"), true),
        (format!("{FR}:443"), true),
        (format!("{FR}/team"), false),
    ] {
        let text = format!("{{\"auths\": {{\"{server}\": {{\"password\": \"x\"}}}}}}");
        assert_eq!(parse(&text).plaintext_logins()[0].is_for_whole_registry(), whole, "{server}");
    }
}

#[test]
fn nothing_is_shown_but_what_is_ours_to_edit() {
    let text = r#"{"auths": {"https://u:hunter2@x.io": {"auth": "hunter2"}},
      "HttpHeaders": {"X": "hunter2"}, "proxies": {"default": {"httpProxy": "http://u:hunter2@p"}},
      "plugins": {"p": {"token": "hunter2"}}, "anything": "hunter2", "list": ["hunter2"], "n": 1234,
      "credsStore": "pass", "credHelpers": {"gcr.io": "gcr"}, "empty": {}}"#;
    let shown = parse(text).redacted();
    assert_eq!(
        shown,
        r#"{"auths": ...,
      "HttpHeaders": ..., "proxies": ...,
      "plugins": ..., "anything": ..., "list": ..., "n": ...,
      "credsStore": "pass", "credHelpers": {"gcr.io": "gcr"}, "empty": {}}"#
    );
}
