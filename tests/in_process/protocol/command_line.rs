//! The words of a protocol action: usage, help, version and unknown words.

use docker_credential_scw::Exit;

use super::{USAGE, with_key};
use crate::support::{FR, Outcome, World};

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
  retag              Give an image another tag, without a pull and a push
  usage              Show how much storage namespaces and images use
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
printed to stderr; those of store, erase and list to stdout, those of get to
both.
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
    for (words, error) in [
        (
            ["gett", "x"],
            "unrecognized subcommand 'gett'\n\n  \
             tip: a similar subcommand exists: 'get'\n\n\
             Usage: docker-credential-scw <COMMAND>",
        ),
        (
            ["--frob", "x"],
            "unexpected argument '--frob' found\n\nUsage: docker-credential-scw <COMMAND>",
        ),
        (["version", "x"], "unexpected argument 'x' found\n\nUsage: docker-credential-scw version"),
    ] {
        let outcome = with_key().run(&words, FR);
        assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Usage, ""));
        let error = format!("error: {error}\n\nFor more information, try '--help'.\n");
        assert_eq!(outcome.stderr, error);
    }
}
