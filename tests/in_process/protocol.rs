//! The docker-credential protocol, case by case.

mod command_line;
mod store;

use std::io;

use docker_credential_scw::{Exit, run};

use crate::support::{FR, KEY_A, KEY_B, LIST_OF_ALL, NOT_FOUND, Outcome, World};

const USAGE: &str = "Usage: docker-credential-scw <get|store|erase|list|version>\n";
const NO_SERVER_URL: &str = "no credentials server URL\n";

fn with_key() -> World {
    World::new().set("SCW_SECRET_KEY", KEY_A)
}

#[test]
fn on_a_terminal_an_action_prints_what_it_waits_for() {
    let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
    let url = format!(
        "docker-credential-scw: waiting for a server URL, such as rg.fr-par.scw.cloud: type it, \
         press Enter, then {end}\n"
    );
    let credentials = format!(
        "docker-credential-scw: waiting for JSON with ServerURL, Username and Secret, then {end}; \
         to log in, use `docker-credential-scw login`\n"
    );
    for (action, prompt) in [("get", &url), ("erase", &url), ("store", &credentials)] {
        let in_a_pipe = with_key().run(&[action], "rg.nl-ams.scw.cloud\n");
        let typed = with_key().on_a_terminal().run(&[action], "rg.nl-ams.scw.cloud\n");
        assert_eq!((typed.exit, &typed.stdout), (in_a_pipe.exit, &in_a_pipe.stdout), "{action}");
        assert_eq!(typed.stderr, format!("{prompt}{}", in_a_pipe.stderr), "{action}");
    }
    // `list` reads no request, so it waits for nothing.
    let mut stdin = io::repeat(b'x');
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let args = ["docker-credential-scw", "list"].map(Into::into);
    let environment = World::new().on_a_terminal().environment();
    let exit = run(&args, &environment, &mut stdin, &mut stdout, &mut stderr);
    assert_eq!(
        (exit, stdout.as_slice(), stderr.as_slice()),
        (Exit::Success, &b"{}\n"[..], &b""[..])
    );
}

#[test]
fn a_missing_server_url_gets_the_protocols_message() {
    for action in ["get", "erase"] {
        for empty in ["", "\n", "  ", " \t \r\n", "\n\n\n"] {
            assert_eq!(with_key().run(&[action], empty), Outcome::failure(NO_SERVER_URL));
        }
    }
    for object in [r#"{"ServerURL":"","Username":"u","Secret":"s"}"#, "{}", "null", "  null\n"] {
        assert_eq!(with_key().run(&["store"], object), Outcome::failure(NO_SERVER_URL), "{object}");
    }
}

#[test]
fn a_host_that_is_not_ours_or_has_no_key_is_not_found() {
    assert_eq!(with_key().get("docker.io"), Outcome::failure(NOT_FOUND));
    assert_eq!(with_key().get("https://index.docker.io/v1/"), Outcome::failure(NOT_FOUND));
    assert_eq!(World::new().get(FR), Outcome::failure(NOT_FOUND));
}

#[test]
fn get_answers_one_line_of_json_that_echoes_the_trimmed_server_url() {
    for (asked, echoed) in [
        (FR, FR),
        ("rg.fr-par.scw.cloud\n", FR),
        ("  rg.fr-par.scw.cloud\r\n", FR),
        ("\trg.fr-par.scw.cloud ", FR),
        ("https://rg.fr-par.scw.cloud", "https://rg.fr-par.scw.cloud"),
        ("https://rg.fr-par.scw.cloud/v1/\n", "https://rg.fr-par.scw.cloud/v1/"),
        ("rg.fr-par.scw.cloud:443", "rg.fr-par.scw.cloud:443"),
        ("RG.Fr-Par.SCW.Cloud", "RG.Fr-Par.SCW.Cloud"),
    ] {
        let line = format!(r#"{{"ServerURL":"{echoed}","Username":"nologin","Secret":"{KEY_A}"}}"#);
        let expected = Outcome { stdout: line + "\n", ..Outcome::success() };
        assert_eq!(with_key().get(asked), expected, "{asked:?}");
    }
    let quoted = with_key().get(r#"rg.fr-par.scw.cloud/a"b"#);
    assert_eq!(
        quoted.stdout,
        "{\"ServerURL\":\"rg.fr-par.scw.cloud/a\\\"b\",\"Username\":\"nologin\",\"Secret\":\"aaaaaaaa-1111-4111-8111-aaaaaaaaaaa1\"}\n",
    );
}

#[test]
fn a_control_character_inside_is_refused_and_lines_are_never_joined() {
    for asked in [
        "rg.fr-par\n.scw.cloud",
        "evil.com\nrg.fr-par.scw.cloud",
        "a\0b",
        "a\tb",
        "a\rb\n",
        "rg.fr-par.scw.cloud\n\n",
        "rg.fr-par.scw.cloud\u{85}x",
    ] {
        for action in ["get", "erase"] {
            let outcome = with_key().run(&[action], asked);
            assert_eq!(outcome.our_line(), "the server URL contains a control character: refused");
        }
        let request = serde_json::json!({"ServerURL": asked, "Username": "u", "Secret": KEY_B});
        let outcome = with_key().run(&["store"], request.to_string());
        assert_eq!(outcome.our_line(), "the server URL contains a control character: refused");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_not_found() {
    assert_eq!(with_key().get(b"rg.fr-par.scw.cloud\xff"), Outcome::failure(NOT_FOUND));
    assert_eq!(with_key().run(&["erase"], b"\xff\xfe"), Outcome::success());
}

#[test]
fn large_requests_are_answered_and_larger_ones_refused() {
    let path = "a".repeat(65_000);
    assert_eq!(with_key().key_for(&format!("{FR}/{path}")), KEY_A);
    // Each quote takes two bytes of the answer.
    assert_eq!(with_key().key_for(&format!("{FR}/{}", "\"".repeat(65_000))), KEY_A);
    assert_eq!(with_key().get(&path), Outcome::failure(NOT_FOUND));
    let exactly = format!("{FR}/{}", "a".repeat(256 * 1024 - FR.len() - 1));
    assert_eq!(with_key().key_for(&exactly), KEY_A);
    for action in ["get", "store", "erase", "list"] {
        let outcome = with_key().run(&[action], "a".repeat(1024 * 1024));
        assert_eq!(outcome.our_line(), "the request is longer than 256 KiB: refused");
    }
}

/// A caller that never stops writing, and counts what it got rid of.
struct Endless(usize);

impl io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b'a');
        self.0 += buffer.len();
        Ok(buffer.len())
    }
}

#[test]
fn a_request_without_end_is_given_up() {
    let mut endless = Endless(0);
    let mut stdout = Vec::new();
    let args = ["docker-credential-scw".into(), "get".into()];
    let environment = with_key().environment();
    let exit = run(&args, &environment, &mut endless, &mut stdout, &mut io::sink());
    assert_eq!(exit, Exit::Failure);
    // A caller that writes less than 64 MiB gets no broken pipe.
    assert!((64..80).contains(&(endless.0 / (1024 * 1024))), "{}", endless.0);
}

#[test]
fn every_action_reads_its_request_to_the_end() {
    for action in ["get", "store", "erase", "list"] {
        let request = "x".repeat(700_000);
        let mut stdin = request.as_bytes();
        let args = ["docker-credential-scw".into(), action.into()];
        run(&args, &with_key().environment(), &mut stdin, &mut io::sink(), &mut io::sink());
        assert!(stdin.is_empty(), "{action} left {} bytes", stdin.len());
    }
}

#[test]
fn a_request_that_cannot_be_read_is_an_error() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the line is dead"))
        }
    }
    let mut stdout = Vec::new();
    let args = ["docker-credential-scw".into(), "get".into()];
    let exit = run(&args, &with_key().environment(), &mut Broken, &mut stdout, &mut io::sink());
    assert_eq!(exit, Exit::Failure);
    assert_eq!(
        String::from_utf8(stdout).unwrap(),
        "docker-credential-scw: cannot read the request from standard input: the line is dead\n"
    );
}

#[test]
fn http_never_gets_a_secret_but_can_be_erased() {
    let world = World::new();
    assert_eq!(world.store(FR, KEY_A), Outcome::success());
    assert_eq!(world.get("http://rg.fr-par.scw.cloud"), Outcome::failure(NOT_FOUND));
    assert_eq!(world.erase("http://rg.fr-par.scw.cloud"), Outcome::success());
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND));
}

#[test]
fn erase_succeeds_where_nothing_is_stored() {
    let world = World::new();
    for server_url in [FR, FR, "docker.io", "https://index.docker.io/v1/"] {
        assert_eq!(world.erase(server_url), Outcome::success());
    }
    assert!(!world.state_dir().exists(), "nothing to remember, so nothing is made");
}

#[test]
fn list_is_an_object_whatever_is_on_standard_input() {
    for stdin in ["unused", "", "\n"] {
        let empty = Outcome { stdout: "{}\n".to_owned(), ..Outcome::success() };
        assert_eq!(World::new().run(&["list"], stdin), empty);
        let outcome = with_key().run(&["list"], stdin);
        assert_eq!(outcome.stdout, LIST_OF_ALL);
    }
}

#[test]
fn errors_of_get_are_also_on_stderr_because_older_docker_shows_only_that() {
    let outcome = World::new().set("SCW_SECRET_KEY", "SCWxyz").get(FR);
    assert_eq!(outcome.stderr, outcome.stdout);
    assert_eq!(
        outcome.our_line(),
        "the variable SCW_SECRET_KEY holds an access key (they begin with SCW), not a secret \
         key; use the secret key (a UUID) of that API key, or unset SCW_SECRET_KEY to use \
         another source",
    );
    let listed = World::new().set("SCW_SECRET_KEY", "SCWxyz").run(&["list"], "");
    assert_eq!(listed.stderr, "");
    assert_eq!(
        listed.our_line(),
        "the variable SCW_SECRET_KEY holds an access key (they begin with SCW), not a secret \
         key; use the secret key (a UUID) of that API key, or unset SCW_SECRET_KEY to use \
         another source",
    );
}

struct Refuses(io::ErrorKind);

impl io::Write for Refuses {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_is_gone_ends_it_quietly_and_a_full_disk_does_not() {
    let full = "docker-credential-scw: cannot write to standard output: no storage space\n";
    for (kind, error) in [(io::ErrorKind::BrokenPipe, ""), (io::ErrorKind::StorageFull, full)] {
        for word in ["get", "list", "version", "--help", "frob"] {
            let args = ["docker-credential-scw".into(), word.into()];
            let (mut stdin, mut stderr) = (FR.as_bytes(), Vec::new());
            let environment = with_key().environment();
            let exit = run(&args, &environment, &mut stdin, &mut Refuses(kind), &mut stderr);
            assert_eq!(exit, Exit::Failure, "{word}");
            let stderr = String::from_utf8(stderr).unwrap();
            let usage = "error: unrecognized subcommand 'frob'\n\n\
                         Usage: docker-credential-scw <COMMAND>\n\n\
                         For more information, try '--help'.\n";
            let usage = if word == "frob" { usage } else { "" };
            assert_eq!(stderr, format!("{usage}{error}"), "{word}");
        }
    }
}
