//! The docker-credential protocol, case by case.

use std::io;

use docker_credential_scw::{Exit, run};

use crate::support::{FR, KEY_A, KEY_B, NOT_FOUND, Outcome, World};

const USAGE: &str = "Usage: docker-credential-scw <get|store|erase|list|version>\n";
const NO_SERVER_URL: &str = "no credentials server URL\n";

fn with_key() -> World {
    World::new().set("SCW_SECRET_KEY", KEY_A)
}

#[test]
fn no_arguments_is_the_usage_on_stdout_and_1() {
    let outcome = World::new().run(&[], "");
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Failure, ""));
    assert_eq!(
        outcome.stdout,
        "\
docker-credential-scw 0.1.0

Gives Docker, podman and others the key for Scaleway's Container Registry

Usage: docker-credential-scw <COMMAND>

Commands:
  install            Install the helper and register it in Docker's config.json
  uninstall          Undo install
  login              Log Docker, podman and others in to a registry
  logout             Log Docker, podman and others out of a registry
  save-key           Save a secret key in Scaleway's config.yaml
  doctor             Find out why pulls fail and how to fix it
  docker-config      Print a config.json that holds the key, for CI
  kubernetes-secret  Print a Secret that holds the key
  namespace          Manage namespaces
  image              Manage images
  tag                Manage tags
  usage              Show how much namespaces and images store
  completion         Print a completion script for a shell
  get                Print the credentials for a registry (called by Docker)
  store              Store a key (called by docker login)
  erase              Forget a key (called by docker logout)
  list               List registries that have a key
  version            Show the version (also --version, -V)
  help               Show the help of a command

Options:
  -h, --help  Print help

Examples:
  sudo docker-credential-scw install
  echo rg.fr-par.scw.cloud | docker-credential-scw get
  docker-credential-scw doctor

The key is the first of:
  1. the profile in the program's name: prod of docker-credential-scw-prod
  2. the variable SCW_SECRET_KEY
  3. the profile named by SCW_PROFILE
  4. the key that docker login stored in the system's keyring
  5. the active profile of Scaleway's config.yaml (see save-key)

config.yaml is $SCW_CONFIG_PATH, otherwise scw/config.yaml in $XDG_CONFIG_HOME
or ~/.config.

Exit codes: 0 success; 1 failure; 2 usage error; 130 interrupted. Errors are
printed to stderr; those of get, store, erase and list to stdout.
",
    );
}

#[test]
fn an_extra_argument_to_an_action_is_the_usage_line_and_1() {
    for action in ["get", "store", "erase", "list"] {
        assert_eq!(with_key().run(&[action, "x"], FR), Outcome::failure(USAGE), "{action}");
    }
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
fn help_explains_by_example_and_is_no_error() {
    for word in ["--help", "-h"] {
        let outcome = World::new().run(&[word], "");
        assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""));
        assert_eq!(outcome.stdout, World::new().run(&["--help"], "").stdout);
        assert!(outcome.stdout.lines().all(|line| line.len() <= 80), "{}", outcome.stdout);
    }
}

#[test]
fn version_is_name_package_and_version() {
    let expected = format!("(docker-credential-scw) {}\n", env!("CARGO_PKG_VERSION"));
    for word in ["version", "--version", "-v"] {
        let outcome = World::new().run(&[word], "");
        assert_eq!(outcome.stdout, format!("docker-credential-scw {expected}"));
        assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""));
    }
    let bound = World::new().started_as("/usr/bin/docker-credential-scw-prod").run(&["-v"], "");
    assert_eq!(bound.stdout, format!("docker-credential-scw-prod {expected}"));
}

#[test]
fn one_unknown_word_is_an_unknown_action_on_stdout_and_1() {
    for (word, shown, error) in [
        (
            "GET",
            "GET",
            "\
error: unrecognized subcommand 'GET'

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
",
        ),
        (
            "gett",
            "gett",
            "\
error: unrecognized subcommand 'gett'

  tip: a similar subcommand exists: 'get'

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
",
        ),
        (
            "",
            "",
            "\
error: unrecognized subcommand ''

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
",
        ),
        (
            "--frob",
            "--frob",
            "\
error: unexpected argument '--frob' found

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
",
        ),
        (
            "-x",
            "-x",
            "\
error: unexpected argument '-x' found

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
",
        ),
        (
            "a\u{1b}[2J",
            r"a\u{1b}[2J",
            "\
error: unrecognized subcommand 'a'

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
",
        ),
    ] {
        let outcome = with_key().run(&[word], FR);
        let expected = format!("docker-credential-scw: unknown action: {shown}\n");
        assert_eq!((outcome.exit, outcome.stdout), (Exit::Failure, expected));
        assert_eq!(outcome.stderr, error);
    }
}

#[test]
fn several_unknown_words_are_a_usage_error_on_stderr_and_2() {
    for words in [["gett", "x"], ["--frob", "x"], ["version", "x"]] {
        let outcome = with_key().run(&words, FR);
        assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Usage, ""));
        assert!(outcome.stderr.contains(words[0]) && outcome.stderr.contains("Usage: "));
    }
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
    assert!(endless.0 < 80 * 1024 * 1024, "{}", endless.0);
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
    assert!(String::from_utf8(stdout).unwrap().contains("the line is dead"));
}

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
        assert_eq!(
            outcome.stdout,
            "{\"rg.fr-par.scw.cloud\":\"nologin\",\"rg.it-mil.scw.cloud\":\"nologin\",\
             \"rg.it-mil.scw.eu\":\"nologin\",\"rg.nl-ams.scw.cloud\":\"nologin\",\
             \"rg.pl-waw.scw.cloud\":\"nologin\"}\n"
        );
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
    for (kind, quiet) in [(io::ErrorKind::BrokenPipe, true), (io::ErrorKind::StorageFull, false)] {
        for word in ["get", "list", "version", "--help", "frob"] {
            let args = ["docker-credential-scw".into(), word.into()];
            let (mut stdin, mut stderr) = (FR.as_bytes(), Vec::new());
            let environment = with_key().environment();
            let exit = run(&args, &environment, &mut stdin, &mut Refuses(kind), &mut stderr);
            assert_eq!(exit, Exit::Failure, "{word}");
            let stderr = String::from_utf8(stderr).unwrap();
            assert_eq!(!stderr.contains("cannot write"), quiet, "{word}: {stderr}");
            assert!(!stderr.contains(KEY_A));
        }
    }
}
