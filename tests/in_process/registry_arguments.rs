//! What is typed behind `namespace`, `image` and `tag`: what is refused before anything is sent, and
//! what is taken as it was meant.

use docker_credential_scw::Exit;
use serde_json::json;

use crate::registry::{done, refused_as_usage, run, user};
use crate::support::KEY_A;
use crate::support::api_stub::{ApiStub, id};

#[test]
fn a_reference_that_can_mean_nothing_is_a_usage_error() {
    let long = "a".repeat(2000);
    for (reference, words) in [
        ("", "the reference is empty"),
        ("..", "something is missing"),
        ("my-ns//app", "something is missing"),
        ("docker.io/my-ns/app:1.9", "docker.io, which is not one of Scaleway's registries"),
        ("my-ns/app@sha256:1", "64 hexadecimal digits"),
        (&long, "longer than 1024 bytes"),
    ] {
        for command in [
            "namespace get",
            "namespace update description=x",
            "namespace delete",
            "image get my-ns/app",
            "image update visibility=public",
            "image delete",
            "image list --namespace-id",
            "tag list",
            "tag list --image-id",
            "tag get",
            "tag delete",
        ] {
            let error = refused_as_usage(&format!("{command} {reference}"));
            assert!(error.contains(words), "{command} {reference}: {error}");
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
    assert!(
        error.starts_with("error: the argument '[NAME]' cannot be used with '--name"),
        "{error}"
    );
    let error = refused_as_usage("namespace create rg.fr-par.scw.cloud/my-ns");
    assert!(error.contains(": a new name is letters, digits and dashes, as in my-ns\n"), "{error}");
    for line in ["tag get image-id=x", "tag get tag-id=", "tag get tag-id=-x"] {
        let error = refused_as_usage(line);
        assert!(error.starts_with("error: unexpected argument '"), "{line}: {error}");
    }
}

#[test]
fn an_empty_name_or_id_is_a_usage_error() {
    for line in [
        "namespace create name=",
        "namespace create --name=",
        "namespace create project-id=",
        "namespace create organization-id=",
        "namespace list name=",
        "namespace list project-id=",
        "namespace list organization-id=",
        "image list name=",
        "image list project-id=",
        "image list organization-id=",
        "image list namespace-id=",
        "tag list name=",
    ] {
        let error = refused_as_usage(line);
        let name = line.rsplit(' ').next().unwrap().trim_start_matches('-').trim_end_matches('=');
        assert!(error.contains(&format!("'--{name} <")), "{line}: {error}");
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
    assert!(error.contains("'perhaps'") && error.contains("'--force'"), "{error}");
}

#[test]
fn a_name_that_no_option_has_is_called_what_was_typed() {
    for line in ["namespace get my-ns foo=bar", "namespace list foo=bar", "tag delete foo=bar a:1"]
    {
        let error = refused_as_usage(line);
        assert!(error.contains("unexpected argument 'foo=bar' found"), "{line}: {error}");
        assert!(!error.contains("-- "), "{line}: {error}");
        assert!(error.contains("--help"), "{line}: {error}");
    }
    let error = refused_as_usage("namespace list --foo=bar");
    assert!(error.contains("unexpected argument '--foo' found"), "{error}");
    assert!(!error.contains("-- "), "{error}");
    let error = refused_as_usage("namespace list regoin=nl-ams");
    assert!(error.contains("'regoin=nl-ams'") && error.contains("'--region'"), "{error}");
    let error = refused_as_usage("namespace get -- foo=bar");
    assert!(error.contains("foo=bar is not a reference"), "{error}");
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
fn an_id_behind_a_registry_is_the_id_in_its_region() {
    let stub = ApiStub::new();
    let line = format!("namespace get rg.pl-waw.scw.cloud/{} -o human=NAME", id(2));
    assert_eq!(done(&user(&stub), &line), "NAME\nother\n");
    assert_eq!(stub.calls(), [format!("GET pl-waw/namespaces/{}", id(2))]);
    let stub = ApiStub::new();
    let outcome = run(&user(&stub), &format!("image get rg.fr-par.scw.cloud/{KEY_A}"));
    assert!(outcome.stderr.contains("is the secret key"), "{}", outcome.stderr);
    assert!(stub.calls().is_empty());
}
