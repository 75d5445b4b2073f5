//! Words of the command line: typos and values.

use docker_credential_scw::Exit;

use super::user;
use crate::support::World;

#[test]
fn typos_get_suggestions() {
    for (words, expected) in [
        (
            vec!["instal", "--yes"],
            "\
error: unrecognized subcommand 'instal'

  tip: some similar subcommands exist: 'install', 'uninstall', 'install-docker-helper', 'list'

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
",
        ),
        (
            vec!["install", "--pat=/x"],
            "\
error: unexpected argument '--pat' found

  tip: a similar argument exists: '--path'

Usage: docker-credential-scw install --path <DIR>

For more information, try '--help'.
",
        ),
        (
            vec!["install", "regon=fr-par"],
            "\
error: unexpected argument 'regon=fr-par' found

  tip: a similar argument exists: '--region'

Usage: docker-credential-scw install --region <REGION>

For more information, try '--help'.
",
        ),
        (
            vec!["install", "--region", "paris"],
            "\
error: invalid value 'paris' for '--region <REGION>': a region looks like fr-par, nl-ams, \
pl-waw, it-mil, or all

For more information, try '--help'.
",
        ),
        (
            vec!["install", "-o", "yaml"],
            "\
error: invalid value 'yaml' for '--output <FORMAT>'
  [possible values: human, json]

For more information, try '--help'.
",
        ),
    ] {
        let outcome = World::new().run(&words, "");
        assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Usage, ""), "{words:?}");
        assert_eq!(outcome.stderr, expected, "{words:?}");
    }
    let one_word = World::new().run(&["instal"], "");
    assert_eq!(one_word.stdout, "docker-credential-scw: unknown action: instal\n");
    assert_eq!(
        one_word.stderr,
        "\
error: unrecognized subcommand 'instal'

  tip: some similar subcommands exist: 'install', 'uninstall', 'install-docker-helper', 'list'

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
"
    );
}

#[test]
fn a_value_may_hold_an_equals_sign() {
    let world = user().file("a=b/x", "");
    let path = world.path("a=b");
    let outcome = world.run(&["install", "--path", path.to_str().unwrap(), "region=fr-par"], "");
    assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
    assert!(path.join("docker-credential-scw").exists());
    let here = std::env::current_dir().unwrap();
    let relative = world.run(&["install", "--path", "a=b"], "");
    assert_eq!(
        world.shown(&relative.stderr.replace(here.to_str().unwrap(), "HERE")),
        "\
error: HERE/a=b does not exist
hint: create it with `mkdir -p HERE/a=b`, or name another directory with --path
"
    );
}
