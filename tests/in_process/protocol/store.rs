//! `store`: the request, and secrets that are refused.

use crate::support::{FR, KEY_A, KEY_B, NOT_FOUND, Outcome, World};

#[test]
fn store_takes_field_names_in_any_case_and_ignores_what_it_does_not_know() {
    for request in [
        format!(r#"{{"ServerURL":"{FR}","Username":"u","Secret":"{KEY_B}"}}"#),
        format!(r#"{{"serverurl":"{FR}","username":"u","secret":"{KEY_B}"}}"#),
        format!(r#"{{"SERVERURL":"{FR}","USERNAME":"u","SECRET":"{KEY_B}","Extra":[1,{{}}]}}"#),
        format!(
            "{{\n \"ServerURL\": \"{FR}\",\n \"Username\": \"u\",\n\"Secret\":\"{KEY_B}\"}}\n \n"
        ),
        format!(r#"{{"ServerURL":"{FR}","Username":"u","Secret":"{KEY_B}"}} trailing data"#),
        format!(r#"{{"Secret":"{KEY_A}","ServerURL":"{FR}","Username":"u","Secret":"{KEY_B}"}}"#),
        format!(r#"{{"ServerURL":" {FR}\r\n","Username":"scaleway","Secret":"{KEY_B}"}}"#),
    ] {
        let world = World::new();
        assert_eq!(world.run(&["store"], &request), Outcome::success(), "{request}");
        assert_eq!(world.key_for(FR), KEY_B);
    }
}

#[test]
fn escapes_in_a_request_are_decoded() {
    let escaped: String = KEY_A.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    for secret in [&escaped, &escaped.to_uppercase().replace("\\U", "\\u"), &format!("{KEY_A}\\n")]
    {
        let world = World::new();
        let login =
            format!(r#"{{"ServerURL":"{FR}","Username":"\u006eologin","Secret":"{secret}"}}"#);
        assert_eq!(world.run(&["store"], login), Outcome::success(), "{secret}");
        assert_eq!(world.key_for(FR), KEY_A, "{secret}");
    }
    // A pair of surrogates is one character, and half of one is none.
    for (secret, line) in [
        (
            format!("{escaped}\\ud83d\\ude00"),
            "cannot store the key for rg.fr-par.scw.cloud: the password is not a secret key; use a \
             secret key: a UUID, 36 characters long",
        ),
        (
            "\\ud83d".to_owned(),
            "the request is not a JSON object with ServerURL, Username and Secret (line 1, column 74)",
        ),
        (
            "\\u00g0".to_owned(),
            "the request is not a JSON object with ServerURL, Username and Secret (line 1, column 72)",
        ),
    ] {
        let world = World::new();
        let login = format!(r#"{{"ServerURL":"{FR}","Username":"nologin","Secret":"{secret}"}}"#);
        assert_eq!(world.run(&["store"], login).our_line(), line, "{secret}");
        assert!(world.keyring.state().entries.is_empty());
    }
}

#[test]
fn store_without_a_user_name_is_named_in_the_protocols_words() {
    for request in [
        format!(r#"{{"ServerURL":"{FR}","Username":"","Secret":"{KEY_B}"}}"#),
        format!(r#"{{"ServerURL":"{FR}","Secret":"{KEY_B}"}}"#),
        format!(r#"{{"ServerURL":"{FR}","Username":null,"Secret":"{KEY_B}"}}"#),
    ] {
        let outcome = World::new().run(&["store"], request);
        assert_eq!(outcome, Outcome::failure("no credentials username\n"));
    }
}

#[test]
fn store_without_a_usable_secret_says_what_it_is() {
    for (secret, words) in [
        (
            "",
            "cannot store the key for rg.fr-par.scw.cloud: the password is empty; use a secret \
             key: a UUID, 36 characters long",
        ),
        (
            "  ",
            "cannot store the key for rg.fr-par.scw.cloud: the password is empty; use a secret \
             key: a UUID, 36 characters long",
        ),
        (
            "SCW12345678901234567",
            "cannot store the key for rg.fr-par.scw.cloud: the password holds an access key \
             (they begin with SCW), not a secret key; use the secret key (a UUID) of that API key",
        ),
        (
            "hunter2",
            "cannot store the key for rg.fr-par.scw.cloud: the password is not a secret key; use \
             a secret key: a UUID, 36 characters long",
        ),
    ] {
        let world = World::new();
        let outcome = world.store(FR, secret);
        assert_eq!(outcome.our_line(), words);
        assert!(secret.trim().is_empty() || !outcome.stdout.contains(secret));
        assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND));
    }
    let token = World::new()
        .run(&["store"], format!(r#"{{"ServerURL":"{FR}","Username":"<token>","Secret":"ey.J"}}"#));
    assert_eq!(
        token.our_line(),
        "cannot store the key for rg.fr-par.scw.cloud: the password is not a secret key; use \
         a secret key: a UUID, 36 characters long",
    );
}

#[test]
fn store_of_something_else_than_credentials_is_one_clear_line() {
    for request in [
        "",
        "{",
        "[]",
        "not json",
        "\u{feff}{}",
        "12",
        "\"text\"",
        r#"{"ServerURL":"rg.fr-par.scw.cloud","Username":12,"Secret":"hunter2"}"#,
        r#"{"ServerURL":["hunter2"],"Username":"u","Secret":"s"}"#,
        r#"{"ServerURL":"rg.fr-par.scw.cloud","Username":"u","Secret":{"hunter2":1}}"#,
        r#"{"ServerURL":"rg.fr-par.scw.cloud","Username":"u","Secret":"hunter2"#,
    ] {
        let outcome = World::new().run(&["store"], request);
        let start =
            "the request is not a JSON object with ServerURL, Username and Secret (line 1, column ";
        let column = outcome.our_line().strip_prefix(start).and_then(|rest| rest.strip_suffix(')'));
        assert!(column.is_some_and(|column| column.parse::<usize>().is_ok()), "{outcome:?}");
        assert!(!outcome.stdout.contains("hunter2"), "{outcome:?}");
    }
}

#[test]
fn store_for_another_providers_registry_is_refused() {
    for server_url in ["docker.io", "https://index.docker.io/v1/", "http://rg.fr-par.scw.cloud"] {
        let world = World::new();
        assert_eq!(
            world.store(server_url, KEY_A).our_line(),
            "this helper only stores keys for Scaleway's registries (rg.<region>.scw.cloud over \
             https); register another helper for this host in credHelpers or credsStore of Docker's \
             config.json"
        );
        assert_eq!(world.keyring.state().calls, 0);
    }
}
