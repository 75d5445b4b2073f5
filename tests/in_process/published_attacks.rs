//! Published attacks on programs that handle credentials, each with its number, and the cases of git's
//! and gitoxide's own tests that also exist in this protocol.
//!
//! More of the same kind: hostile hosts in `server_urls.rs`, redirects in `registry_troubles.rs`, token
//! endpoints in `src/registry/token_exchange/challenge.rs`, and the fuzz targets of `src/fuzzed`.

use docker_credential_scw::Exit;

use crate::support::api_stub::{ApiStub, Fault};
use crate::support::{FR, KEY_A, KEY_B, NOT_FOUND, Outcome, World};

const CONTROL: &str =
    "docker-credential-scw: the server URL contains a control character: refused\n";
const NO_SERVER_URL: &str = "no credentials server URL\n";

fn with_key() -> World {
    World::new().set("SCW_SECRET_KEY", KEY_A)
}

/// Asks for each server URL, and expects this line.
#[track_caller]
fn all_answer(server_urls: &[&str], line: &str) {
    for server_url in server_urls {
        let outcome = with_key().get(server_url);
        assert_eq!(
            (outcome.exit, outcome.stdout.as_str()),
            (Exit::Failure, line),
            "{server_url:?}"
        );
    }
}

/// git sent `host=evil` on a line of its own when a URL contained `%0a`, and the helper answered for the
/// second host.
#[test]
fn cve_2020_5260_a_line_end_in_the_url_never_selects_another_host() {
    all_answer(
        &["evil.example\nrg.fr-par.scw.cloud", "rg.fr-par.scw.cloud\nevil.example"],
        CONTROL,
    );
    all_answer(&["rg.fr-par\n.scw.cloud", "\nrg.fr-par.scw.cloud"], CONTROL);
    all_answer(&["evil.example%0arg.fr-par.scw.cloud", "rg.fr-par.scw.cloud%0a"], NOT_FOUND);
    all_answer(&["https://evil.example?%0ahost=rg.fr-par.scw.cloud/"], NOT_FOUND);
}

/// git sent a request without a host, or without a protocol, and helpers answered with any credentials.
#[test]
fn cve_2020_11008_a_url_without_a_host_gets_no_credentials() {
    all_answer(&["", "\n", " ", "\r\n"], NO_SERVER_URL);
    all_answer(
        &["https://", "https:///", "://", "/", "?", "https://?rg.fr-par.scw.cloud"],
        NOT_FOUND,
    );
    all_answer(&["https:///rg.fr-par.scw.cloud", "https:rg.fr-par.scw.cloud", ":443"], NOT_FOUND);
}

/// Helpers that read lines with .NET or Node.js took a carriage return for a line end, git did not.
#[test]
fn cve_2024_52006_a_carriage_return_in_the_url_is_refused() {
    all_answer(
        &["rg.fr-par.scw.cloud\r.evil.example", "evil.example\rrg.fr-par.scw.cloud"],
        CONTROL,
    );
    all_answer(&["rg.fr-par.scw.cloud\r", "rg.fr-par.scw.cloud\r\r\n"], CONTROL);
    all_answer(&["rg.fr-par.scw.cloud%0d", "evil.example%0drg.fr-par.scw.cloud"], NOT_FOUND);
}

/// Git Credential Manager split a request at a lone carriage return, so that the second part was
/// another value.
#[test]
fn cve_2024_50338_a_carriage_return_in_a_stored_value_starts_no_other_value() {
    for request in [
        format!(r#"{{"ServerURL":"evil.example\r{FR}","Username":"u","Secret":"{KEY_B}"}}"#),
        format!(r#"{{"ServerURL":"{FR}\revil.example","Username":"u","Secret":"{KEY_B}"}}"#),
    ] {
        let world = World::new();
        assert_eq!(world.run(&["store"], request), Outcome::failure(CONTROL));
        assert_eq!(world.keyring.state().calls, 0);
    }
}

/// git-lfs passed control characters of a percent-encoded URL on to `git credential`.
#[test]
fn cve_2024_53263_percent_encoded_control_characters_are_not_decoded() {
    let urls = ["%0a", "%0d", "%0d%0a", "%00", "%2e", "%2F", "%40"];
    let urls = urls.map(|code| format!("rg.fr-par.scw.cloud{code}evil.example"));
    all_answer(&urls.each_ref().map(String::as_str), NOT_FOUND);
    all_answer(&["rg%2efr-par%2escw%2ecloud", "rg.fr-par.scw.cloud/a%0ab"], NOT_FOUND);
}

/// The prompt of git showed a URL's decoded host, with escapes that cleared or forged the screen.
#[test]
fn cve_2024_50349_control_characters_are_escaped_in_every_message() {
    let outcome = with_key().run(&["get\u{1b}[2J\u{7}"], FR);
    let expected = "docker-credential-scw: unknown action: get\\u{1b}[2J\\u{7}\n";
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, expected));
    let store = format!(r#"{{"ServerURL":"{FR}","Username":"u","Secret":"\u001b[2J\u0007"}}"#);
    for outcome in [with_key().get("\u{1b}[2J.example"), World::new().run(&["store"], store)] {
        assert_eq!(outcome.exit, Exit::Failure);
        let text = outcome.stdout + &outcome.stderr;
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    }
}

/// Characters that reverse the order of text made sources look harmless.
#[test]
fn cve_2021_42574_characters_that_reorder_text_are_escaped() {
    let outcome = with_key().run(&["ge\u{202e}t"], FR);
    let expected = "docker-credential-scw: unknown action: ge\\u{202e}t\n";
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, expected));
    assert!(!outcome.stderr.contains('\u{202e}'), "{}", outcome.stderr);
    all_answer(&["rg.fr-par.scw.cl\u{202e}oud", "rg.fr-par.\u{2066}scw.cloud"], NOT_FOUND);
}

/// The GitHub CLI sent its token to hosts other than GitHub's.
#[test]
fn cve_2024_53858_other_hosts_get_no_key() {
    all_answer(
        &["ghcr.io", "index.docker.io", "s3.fr-par.scw.cloud", "x.rg.fr-par.scw.cloud"],
        NOT_FOUND,
    );
    all_answer(&["https://index.docker.io/v1/", "localhost", "127.0.0.1:443", "*"], NOT_FOUND);
}

/// A helper of Azure searched the host with a pattern that was not anchored. It has no CVE number.
#[test]
fn go_2026_6225_a_host_that_only_contains_a_registrys_name_gets_no_key() {
    all_answer(&["rg.fr-par.scw.cloud.evil.example", "evil-rg.fr-par.scw.cloud"], NOT_FOUND);
    all_answer(
        &["rg.fr-par.scw.cloud@evil.example", "evil.example/rg.fr-par.scw.cloud"],
        NOT_FOUND,
    );
    all_answer(
        &["rg.fr-par.scw.cloud:x@evil.example", "evil.example?rg.fr-par.scw.cloud"],
        NOT_FOUND,
    );
}

/// containers/image tried a registry over http after https had failed, with the credentials.
#[test]
fn cve_2019_10214_a_key_is_never_sent_over_plain_http() {
    all_answer(&["http://rg.fr-par.scw.cloud", "HTTP://rg.fr-par.scw.cloud:443/v2/"], NOT_FOUND);
    let world = with_key().set("SCW_API_URL", "http://api.example.org");
    let outcome = world.run(&["namespace", "list"], "");
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, ""));
    assert_eq!(
        outcome.stderr,
        "error: the API URL is set to api.example.org, and keys are not sent there\nhint: set SCW_API_URL, or \
         api_url in config.yaml, to an https URL (or http on this machine)\n"
    );
}

/// containerd sent its credentials to another host, which an image's manifest named for a layer.
#[test]
fn cve_2020_15157_a_redirect_does_not_get_the_key() {
    let (stub, other) = (ApiStub::new(), ApiStub::new());
    let location: &'static str = format!("Location: {}/\r\n", other.url).leak();
    for status in [301, 302, 303, 307, 308] {
        stub.state().faults = [Fault::Status(status, location, String::new())].into();
        let outcome = with_key().set("SCW_API_URL", &stub.url).run(&["namespace", "list"], "");
        assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, ""), "{status}");
        assert!(other.calls().is_empty(), "{status}");
    }
}

/// containers/image used a digest without a check, which named another path on the registry.
#[test]
fn cve_2024_3727_a_digest_that_is_none_is_refused_before_any_call() {
    let stub = ApiStub::new();
    for digest in ["sha256:../../x", "sha256:", "..", "sha256:0/../../x", "md5:0"] {
        let reference = format!("my-ns/app@{digest}");
        let world = with_key().set("SCW_API_URL", &stub.url);
        let outcome = world.run(&["tag", "get", &reference, "--region", "fr-par"], "");
        assert_eq!(
            outcome.stderr,
            format!(
                "error: invalid value '{reference}' for '<TAG>...': {reference} is not a reference: \
                 after @ comes a digest: sha256: and 64 hexadecimal digits; use an ID, my-ns, \
                 my-ns/app or my-ns/app:tag\n\nFor more information, try '--help'.\n"
            ),
            "{digest}"
        );
    }
    assert!(stub.calls().is_empty(), "{:?}", stub.calls());
}

/// Docker and Git Credential Manager started programs from directories that others may write to.
#[cfg(unix)]
#[test]
fn cve_2019_15752_cve_2025_15558_cve_2020_26233_no_program_is_started_from_the_current_directory() {
    let here = std::env::current_dir().unwrap();
    // Cargo runs tests in the directory of the package, in which these programs are.
    for (path, name) in
        [("packaging", "build"), (".:", "build.rs"), (":", "build.rs"), ("tests", "run")]
    {
        let world = World::new().set("PATH", path);
        assert!(here.join(path.trim_matches([':', '.'])).join(name).exists(), "{path} {name}");
        assert_eq!(world.environment().find_program(name), None, "{path}");
    }
    let absolute = World::new().set("PATH", here.join("packaging"));
    assert_eq!(absolute.environment().find_program("build"), Some(here.join("packaging/build")));
}

/// Docker sent a private registry's credentials to Docker Hub if it could not run the configured helper.
#[cfg(unix)]
#[test]
fn cve_2021_41092_no_helper_is_registered_that_was_not_installed() {
    let world = with_key().file("bin", "not a directory");
    let world = world.set("PATH", "/usr/bin");
    let path = format!("--path={}", world.path("bin/sub").display());
    let outcome = world.run(&["install", &path], "");
    assert_eq!(outcome.exit, Exit::Failure, "{outcome:?}");
    assert!(!world.path(".docker/config.json").exists());
}

/// git's t0300: "url parser handles bare query marker", "… bare fragment marker", "… trailing slash".
#[test]
fn gits_cases_of_urls_are_answered_only_with_a_plain_host() {
    all_answer(&["https://rg.fr-par.scw.cloud?foo", "https://rg.fr-par.scw.cloud#foo"], NOT_FOUND);
    all_answer(
        &["https://rg.fr-par.scw.cloud?foo/bar", "https://u:p@rg.fr-par.scw.cloud"],
        NOT_FOUND,
    );
    all_answer(
        &["cert:///path/to/cert", "ssh://rg.fr-par.scw.cloud", "rg.fr-par.scw.cloud:80"],
        NOT_FOUND,
    );
    for url in ["https://rg.fr-par.scw.cloud/", "https://RG.FR-PAR.scw.cloud/foo.git", FR] {
        assert_eq!(with_key().key_for(url), KEY_A);
    }
}

/// gitoxide refuses a value with a NUL or a line end, and reads invalid UTF-8 as bytes.
#[test]
fn gitoxides_cases_of_values_are_refused_or_not_found() {
    all_answer(
        &["rg.fr-par.scw.cloud\0", "\0rg.fr-par.scw.cloud", "rg.fr-par\0.scw.cloud"],
        CONTROL,
    );
    let outcome = with_key().get(b"rg.fr-par.scw.cloud\xff");
    assert_eq!(outcome, Outcome::failure(NOT_FOUND));
    for (field, line) in [("ServerURL", NO_SERVER_URL), ("Username", "no credentials username\n")] {
        let request = format!(r#"{{"ServerURL":"{FR}","Username":"u","Secret":"{KEY_B}"}}"#);
        let mut request: serde_json::Value = serde_json::from_str(&request).unwrap();
        request[field] = "".into();
        assert_eq!(World::new().run(&["store"], request.to_string()), Outcome::failure(line));
    }
}

/// git's t0300 has passwords that end with a carriage return. A key never has whitespace at its end, so
/// it comes from how the password was typed or piped.
#[test]
fn gits_cases_of_passwords_are_stored_without_whitespace_at_the_end_and_never_decoded() {
    for end in ["\\n", "\\r", "\\r\\n", " "] {
        let world = World::new();
        let request = format!(r#"{{"ServerURL":"{FR}","Username":"u","Secret":"{KEY_B}{end}"}}"#);
        assert_eq!(world.run(&["store"], request), Outcome::success(), "{end:?}");
        assert_eq!(world.key_for(FR), KEY_B, "{end:?}");
    }
    let encoded = KEY_B.replace('-', "%2d");
    let outcome = World::new().store(FR, &encoded);
    assert_eq!(
        outcome.our_line(),
        "cannot store the key for rg.fr-par.scw.cloud: the password is not a secret key; use \
         a secret key: a UUID, 36 characters long"
    );
}
