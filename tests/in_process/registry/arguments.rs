//! Arguments of `namespace`, `image` and `tag` that are refused or passed on.

use super::{done, refused_as_usage, run, user};
use crate::support::World;
use crate::support::api_stub::{ApiStub, id};

#[test]
fn argument_errors_say_what_was_meant() {
    for (line, words) in [
        (
            "namespace lst",
            "\
error: unrecognized subcommand 'lst'

  tip: a similar subcommand exists: 'list'

Usage: docker-credential-scw namespace <COMMAND>

For more information, try '--help'.
",
        ),
        (
            "namespace list --regoin nl-ams",
            "\
error: unexpected argument '--regoin' found

  tip: a similar argument exists: '--region'

Usage: docker-credential-scw namespace list --region <REGION>

For more information, try '--help'.
",
        ),
        (
            "namespace list --order-by name_as",
            "\
error: invalid value 'name_as' for '--order-by <ORDER>'
  [possible values: created_at_asc, created_at_desc, description_asc, description_desc, \
name_asc, name_desc]

  tip: a similar value exists: 'name_asc'

For more information, try '--help'.
",
        ),
        (
            "image update my-ns/app visibility=publik",
            "\
error: invalid value 'publik' for '--visibility <WHO>'
  [possible values: inherit, public, private]

  tip: a similar value exists: 'public'

For more information, try '--help'.
",
        ),
        (
            "namespace list --region Paris",
            "\
error: invalid value 'Paris' for '--region <REGION>': a region looks like fr-par, nl-ams, \
pl-waw, it-mil, or all

For more information, try '--help'.
",
        ),
        (
            "image list -o jsn",
            "\
error: invalid value 'jsn' for '--output <FORMAT>': it is human, wide, json or yaml, or has \
columns, as in human=NAME,SIZE

For more information, try '--help'.
",
        ),
        (
            "image list -o json=NAME",
            "\
error: invalid value 'json=NAME' for '--output <FORMAT>': it is human, wide, json or yaml, or \
has columns, as in human=NAME,SIZE

For more information, try '--help'.
",
        ),
        (
            "tag delete my-ns/app:1 --timeout soon",
            "\
error: invalid value 'soon' for '--timeout <TIME>': a time looks like 30s, 5m or 1h

For more information, try '--help'.
",
        ),
        (
            "namespace update my-ns",
            "\
error: the following required arguments were not provided:
  <--description <TEXT>|--is-public <true|false>>

Usage: docker-credential-scw namespace update [OPTIONS] <NAMESPACE>...

For more information, try '--help'.
",
        ),
        (
            "image update my-ns/app",
            "\
error: the following required arguments were not provided:
  --visibility <WHO>

Usage: docker-credential-scw image update [OPTIONS] visibility=<WHO> <IMAGE>...

For more information, try '--help'.
",
        ),
        (
            "namespace get",
            "\
error: the following required arguments were not provided:
  <NAMESPACE>...

Usage: docker-credential-scw namespace get <NAMESPACE>...

For more information, try '--help'.
",
        ),
        (
            "namespace get my-ns --region all",
            "\
error: invalid value 'all' for '--region <REGION>': a region looks like fr-par, nl-ams, pl-waw, \
it-mil

For more information, try '--help'.
",
        ),
        (
            "tag list my-ns/app --image-id my-ns/app",
            "\
error: the argument '[IMAGE]' cannot be used with '--image-id <IMAGE>'

Usage: docker-credential-scw tag list <IMAGE>

For more information, try '--help'.
",
        ),
    ] {
        let error = refused_as_usage(line);
        assert_eq!(error, words);
    }
}

#[test]
fn an_unknown_column_is_refused_with_those_there_are_before_anything_is_sent() {
    let stub = ApiStub::new();
    let error = refused_as_usage("image list -o human=NAME,COLOUR");
    assert_eq!(
        error,
        "\
error: there is no column COLOUR for images
hint: choose from FULL-NAME, SIZE, VISIBILITY, STATUS, CREATED, UPDATED, ID, NAME, REGION, \
NAMESPACE-ID, NEWEST-TAGS, STATUS-MESSAGE
",
    );
    let text = done(&user(&stub), "image list -o human=name,size");
    assert_eq!(text, "NAME      SIZE\napp       782 kB\nteam/app  782 kB\napp       782 kB\n");
    let text = done(&user(&stub), "namespace list output=human=IS_PUBLIC,created_at");
    assert_eq!(
        text,
        "\
IS-PUBLIC  CREATED
false      2026-07-17T09:50:00Z
true       2026-07-17T09:50:00Z
",
    );
}

#[test]
fn name_equals_value_works_and_filters_reach_the_service_encoded() {
    let stub = ApiStub::new();
    run(
        &user(&stub),
        "namespace list order-by=name_desc name=a&b/c project-id=p organization-id=o",
    );
    let query = "order_by=name_desc&project_id=p&organization_id=o&name=a%26b%2Fc";
    assert_eq!(stub.calls(), [format!("GET fr-par/namespaces?{query}&page=1&page_size=100")]);
    let stub = ApiStub::new();
    done(&user(&stub), "image list region=nl-ams namespace-id=my-ns name=team/app");
    let namespace = id(1);
    assert_eq!(
        stub.calls(),
        [
            "GET nl-ams/namespaces?name=my-ns&page=1&page_size=100".to_owned(),
            format!(
                "GET nl-ams/images?name=team%2Fapp&namespace_id={namespace}&page=1&page_size=100"
            ),
            format!("GET nl-ams/namespaces/{namespace}"),
        ]
    );
}

#[test]
fn a_command_word_alone_prints_its_help_and_is_a_usage_error() {
    for word in ["namespace", "image", "tag"] {
        let help = refused_as_usage(word);
        assert_eq!(help, done(&World::new(), &format!("{word} --help")));
    }
}
