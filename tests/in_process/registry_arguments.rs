//! Arguments of `namespace`, `image` and `tag`: what is refused before anything is sent, and what is
//! accepted.

use docker_credential_scw::Exit;
use serde_json::json;

use crate::registry::{done, refused_as_usage, run, user};
use crate::support::KEY_A;
use crate::support::api_stub::{ApiStub, id};

/// Characters that are repeated, once.
fn squeezed(text: &str) -> String {
    let mut characters: Vec<_> = text.chars().collect();
    characters.dedup();
    characters.into_iter().collect()
}

#[test]
fn an_invalid_reference_is_a_usage_error() {
    let long = "a".repeat(2000);
    for (reference, expected) in [
        (
            "",
            "\
the reference is empty; use an ID, my-ns, my-ns/app or my-ns/app:tag

For more information, try '--help'.
",
        ),
        (
            "..",
            "\
.. is not a reference: something is missing before, between or after its slashes; use an ID, \
my-ns, my-ns/app or my-ns/app:tag

For more information, try '--help'.
",
        ),
        (
            "my-ns//app",
            "\
my-ns//app is not a reference: something is missing before, between or after its slashes; use \
an ID, my-ns, my-ns/app or my-ns/app:tag

For more information, try '--help'.
",
        ),
        (
            "docker.io/my-ns/app:1.9",
            "\
docker.io/my-ns/app:1.9 is on docker.io, which is not one of Scaleway's registries; name a \
registry such as rg.fr-par.scw.cloud

For more information, try '--help'.
",
        ),
        (
            "my-ns/app@sha256:1",
            "\
my-ns/app@sha256:1 is not a reference: after @ comes a digest: sha256: and 64 hexadecimal \
digits; use an ID, my-ns, my-ns/app or my-ns/app:tag

For more information, try '--help'.
",
        ),
        (
            &long,
            "\
the reference is longer than 1024 bytes; use an ID, my-ns, my-ns/app or my-ns/app:tag

For more information, try '--help'.
",
        ),
    ] {
        for (command, argument) in [
            ("namespace get", "<NAMESPACE>..."),
            ("namespace update description=x", "<NAMESPACE>..."),
            ("namespace delete", "<NAMESPACE>..."),
            ("image get my-ns/app", "<IMAGE>..."),
            ("image update visibility=public", "<IMAGE>..."),
            ("image delete", "<IMAGE>..."),
            ("image list --namespace-id", "--namespace-id <NAMESPACE>"),
            ("tag list", "[IMAGE]"),
            ("tag list --image-id", "--image-id <IMAGE>"),
            ("tag get", "<TAG>..."),
            ("tag delete", "<TAG>..."),
        ] {
            let error = refused_as_usage(&format!("{command} {reference}"));
            let (value, cause) = error.split_once(": ").unwrap().1.split_once(": ").unwrap();
            if reference == long {
                // The line is shortened in its middle.
                let short = format!("invalid value 'a...a' for '{argument}'");
                assert_eq!(squeezed(value), squeezed(&short));
            } else {
                assert_eq!(value, format!("invalid value '{reference}' for '{argument}'"));
            }
            assert_eq!(cause, expected);
            assert!(error.len() < 4096, "{}", error.len());
        }
    }
}

#[test]
fn a_reference_in_another_region_than_the_one_named_is_a_usage_error() {
    let error = refused_as_usage("image get rg.nl-ams.scw.cloud/a/b --region fr-par");
    assert_eq!(
        error,
        "error: rg.nl-ams.scw.cloud/a/b is in nl-ams, but --region is fr-par\n\
         hint: omit --region, or the registry\n"
    );
}

#[test]
fn what_is_named_may_be_written_with_its_kind_as_scw_had_it() {
    for (typed, meant) in [
        ("tag get tag-id=my-ns/app:1.0", "tag get my-ns/app:1.0"),
        ("tag get --tag-id=my-ns/app:1.0", "tag get my-ns/app:1.0"),
        ("tag get tag=my-ns/app:1.0", "tag get my-ns/app:1.0"),
        ("image get image-id=my-ns/app -o json", "image get my-ns/app -o json"),
        ("namespace get namespace-id=my-ns", "namespace get my-ns"),
        ("namespace create new-ns", "namespace create name=new-ns"),
    ] {
        let run = |line: &str| {
            let stub = ApiStub::new();
            user(&stub).run(&line.split(' ').collect::<Vec<_>>(), "")
        };
        let (typed, meant) = (run(typed), run(meant));
        assert_eq!(meant.exit, Exit::Success, "{meant:?}");
        assert_eq!(typed, meant);
    }
    let error = refused_as_usage("namespace create new-ns name=other");
    assert_eq!(
        error,
        "\
error: the argument '[NAME]' cannot be used with '--name <NAME>'

Usage: docker-credential-scw namespace create <NAME>

For more information, try '--help'.
",
    );
    let error = refused_as_usage("namespace create rg.fr-par.scw.cloud/my-ns");
    assert_eq!(
        error,
        "\
error: invalid value 'rg.fr-par.scw.cloud/my-ns' for '[NAME]': a new name is letters, digits \
and dashes, as in my-ns

For more information, try '--help'.
",
    );
    for line in ["tag get image-id=x", "tag get tag-id=", "tag get tag-id=-x"] {
        let error = refused_as_usage(line);
        let word = line.rsplit(' ').next().unwrap();
        let expected = format!(
            "error: unexpected argument '{word}' found\n\nUsage: docker-credential-scw tag get [OPTIONS] \
             <TAG>...\n\nFor more information, try '--help'.\n"
        );
        assert_eq!(error, expected);
    }
}

#[test]
fn an_empty_name_or_id_is_a_usage_error() {
    for (line, expected) in [
        (
            "namespace create name=",
            "\
error: a value is required for '--name <NAME>' but none was supplied

For more information, try '--help'.
",
        ),
        (
            "namespace create --name=",
            "\
error: a value is required for '--name <NAME>' but none was supplied

For more information, try '--help'.
",
        ),
        (
            "namespace create project-id=",
            "\
error: a value is required for '--project-id <ID>' but none was supplied

For more information, try '--help'.
",
        ),
        (
            "namespace create organization-id=",
            "\
error: a value is required for '--organization-id <ID>' but none was supplied

For more information, try '--help'.
",
        ),
        (
            "namespace list name=",
            "\
error: a value is required for '--name <NAME>' but none was supplied

For more information, try '--help'.
",
        ),
        (
            "namespace list project-id=",
            "\
error: a value is required for '--project-id <ID>' but none was supplied

For more information, try '--help'.
",
        ),
        (
            "namespace list organization-id=",
            "\
error: a value is required for '--organization-id <ID>' but none was supplied

For more information, try '--help'.
",
        ),
        (
            "image list name=",
            "\
error: a value is required for '--name <NAME>' but none was supplied

For more information, try '--help'.
",
        ),
        (
            "image list project-id=",
            "\
error: a value is required for '--project-id <ID>' but none was supplied

For more information, try '--help'.
",
        ),
        (
            "image list organization-id=",
            "\
error: a value is required for '--organization-id <ID>' but none was supplied

For more information, try '--help'.
",
        ),
        (
            "image list namespace-id=",
            "\
error: invalid value '' for '--namespace-id <NAMESPACE>': the reference is empty; use an ID, \
my-ns, my-ns/app or my-ns/app:tag

For more information, try '--help'.
",
        ),
        (
            "tag list name=",
            "\
error: a value is required for '--name <NAME>' but none was supplied

For more information, try '--help'.
",
        ),
    ] {
        let error = refused_as_usage(line);
        assert_eq!(error, expected);
    }
}

#[test]
fn a_switch_takes_true_and_false_with_dashes_as_without() {
    for (word, is_public) in [
        ("is-public=true", true),
        ("--is-public=true", true),
        ("--is-public", true),
        ("is-public=false", false),
        ("--is-public=false", false),
    ] {
        let stub = ApiStub::new();
        done(&user(&stub), &format!("namespace create --name a project-id=p {word}"));
        let body = stub.state().requests[0].body.clone();
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["is_public"], json!(is_public), "{word}");
    }
    for (word, is_forced) in [
        ("--force=true", true),
        ("force=true", true),
        ("--force=false", false),
        ("force=false", false),
    ] {
        let stub = ApiStub::new();
        let outcome = run(&user(&stub), &format!("tag delete my-ns/app:1.0 {word}"));
        assert_eq!(outcome.exit, Exit::Success, "{word}: {outcome:?}");
        assert_eq!(stub.calls().last().unwrap().ends_with("?force=true"), is_forced, "{word}");
    }
    let error = refused_as_usage("tag delete my-ns/app:1.0 --force=perhaps");
    assert_eq!(
        error,
        "\
error: unexpected value 'perhaps' for '--force' found; no more were expected

Usage: docker-credential-scw tag delete --force <TAG>...

For more information, try '--help'.
",
    );
}

#[test]
fn a_name_that_no_option_has_is_called_what_was_typed() {
    for (line, usage) in [
        ("namespace get my-ns foo=bar", "namespace get <NAMESPACE>..."),
        ("namespace list foo=bar", "namespace list [OPTIONS]"),
        ("tag delete foo=bar a:1", "tag delete [OPTIONS] <TAG>..."),
    ] {
        let error = refused_as_usage(line);
        assert_eq!(
            error,
            format!(
                "error: unexpected argument 'foo=bar' found\n\n\
                 Usage: docker-credential-scw {usage}\n\n\
                 For more information, try '--help'.\n"
            )
        );
    }
    let error = refused_as_usage("namespace list --foo=bar");
    assert_eq!(
        error,
        "\
error: unexpected argument '--foo' found

Usage: docker-credential-scw namespace list [OPTIONS]

For more information, try '--help'.
",
    );
    let error = refused_as_usage("namespace list regoin=nl-ams");
    assert_eq!(
        error,
        "\
error: unexpected argument 'regoin=nl-ams' found

  tip: a similar argument exists: '--region'

Usage: docker-credential-scw namespace list --region <REGION>

For more information, try '--help'.
",
    );
    let error = refused_as_usage("namespace get -- foo=bar");
    assert_eq!(
        error,
        "\
error: invalid value 'foo=bar' for '<NAMESPACE>...': foo=bar is not a reference: it contains \
'='; use an ID, my-ns, my-ns/app or my-ns/app:tag

For more information, try '--help'.
",
    );
}

#[test]
fn a_slash_at_the_end_is_as_good_as_none() {
    let stub = ApiStub::new();
    for (line, name) in [
        ("namespace get my-ns/", "my-ns"),
        ("image get my-ns/team/app/", "team/app"),
        ("namespace get rg.fr-par.scw.cloud/my-ns/", "my-ns"),
    ] {
        assert_eq!(done(&user(&stub), &format!("{line} -o human=NAME")), format!("NAME\n{name}\n"));
    }
}

#[test]
fn an_id_after_a_registry_is_the_id_in_its_region() {
    let stub = ApiStub::new();
    let line = format!("namespace get rg.pl-waw.scw.cloud/{} -o human=NAME", id(2));
    assert_eq!(done(&user(&stub), &line), "NAME\nother\n");
    assert_eq!(stub.calls(), [format!("GET pl-waw/namespaces/{}", id(2))]);
    let stub = ApiStub::new();
    let outcome = run(&user(&stub), &format!("image get rg.fr-par.scw.cloud/{KEY_A}"));
    assert_eq!(
        outcome.stderr,
        "\
error: the argument is the secret key itself: it was not sent
hint: use a name or an ID
",
    );
    assert!(stub.calls().is_empty());
}
