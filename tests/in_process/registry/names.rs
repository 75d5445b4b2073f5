//! `namespace`, `image` and `tag`: items by name, ID or digest, and names that are not found.

use docker_credential_scw::Exit;
use serde_json::{Value, json};

use super::{done, refused, run, user};
use crate::support::api_stub::{ApiStub, id};
use crate::support::cause_and_hint;

#[test]
fn a_reference_is_as_good_as_an_id_and_tells_the_region() {
    for reference in [
        "my-ns/team/app",
        "rg.nl-ams.scw.cloud/my-ns/team/app",
        "rg.nl-ams.scw.eu/my-ns/team/app",
        &id(12),
    ] {
        let stub = ApiStub::new();
        let text = done(&user(&stub), &format!("image get {reference} -o json"));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&value["id"], &value["name"]), (&json!(id(12)), &json!("team/app")));
        let region = if reference.starts_with("rg.") { "GET nl-ams/" } else { "GET fr-par/" };
        assert!(stub.calls().iter().all(|call| call.starts_with(region)), "{:?}", stub.calls());
    }
}

#[test]
fn a_digest_means_the_tags_that_have_it() {
    let stub = ApiStub::new();
    let digest = stub.state().tags[0]["digest"].clone();
    stub.state().tags[1]["digest"] = digest.clone();
    let digest = digest.as_str().unwrap();
    let line = format!("tag get my-ns/app@{digest} -o human=FULL-NAME");
    let expected =
        "FULL-NAME\nrg.fr-par.scw.cloud/my-ns/app:1.0\nrg.fr-par.scw.cloud/my-ns/app:1.1\n";
    assert_eq!(done(&user(&stub), &line), expected);
    let error = refused(&user(&stub), &format!("tag get my-ns/app:1.2@{digest}"));
    assert_eq!(
        error,
        "the tag 1.2 of the image app in fr-par has another digest; it may be in another \
         region, which --region names",
    );
}

#[test]
fn unknown_and_ambiguous_names_say_what_was_found_instead() {
    for (line, words) in [
        (
            "namespace get my-sn",
            "there is no namespace my-sn in fr-par; did you mean my-ns?; it may be in another \
             region, which --region names",
        ),
        (
            "namespace get zzz",
            "there is no namespace zzz in fr-par; use one of my-ns, other; it may be in another \
             region, which --region names",
        ),
        ("namespace get my-ns/app", "my-ns/app names an image, but a namespace is required"),
        (
            "image get my-ns",
            "there is no image my-ns in fr-par; use one of app, team/app, app; it may be in \
             another region, which --region names",
        ),
        (
            "image get my-ns/ap",
            "there is no image ap in the namespace my-ns in fr-par; did you mean app, team/app?; \
             it may be in another region, which --region names",
        ),
        ("image get app", "2 images in fr-par are called app; use one of my-ns/app, other/app"),
        ("image get my-ns/app:1.0", "my-ns/app:1.0 names a tag, but an image is required"),
        (
            "image get zzz/app",
            "there is no namespace zzz in fr-par; use one of my-ns, other; it may be in another \
             region, which --region names",
        ),
        (
            "tag get my-ns/app",
            "my-ns/app names no tag; add one, as in my-ns/app:1.0; `tag list` lists them",
        ),
        (
            "tag get my-ns/app:1.9",
            "the image app in fr-par has no tag 1.9; did you mean 1.0, 1.1, 1.2, 1.3, 1.4?; it \
             may be in another region, which --region names",
        ),
        (
            "tag list my-ns/nothing",
            "there is no image nothing in the namespace my-ns in fr-par; use one of app, \
             team/app; it may be in another region, which --region names",
        ),
    ] {
        let error = refused(&user(&ApiStub::new()), line);
        assert_eq!(error, words);
    }
    let error = refused(&user(&ApiStub::empty()), "namespace get my-ns");
    assert_eq!(
        error,
        "there is no namespace my-ns in fr-par, and there are no others; it may be in another \
         region, which --region names"
    );
}

#[test]
fn items_that_are_not_found_are_reported_and_the_others_shown() {
    let stub = ApiStub::new();
    let outcome = run(&user(&stub), "namespace get my-ns zzz other -o human=NAME");
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, "NAME\nmy-ns\nother\n"));
    let error = cause_and_hint(&outcome.stderr);
    assert_eq!(
        error,
        "there is no namespace zzz in fr-par; use one of my-ns, other; it may be in another region, \
         which --region names"
    );
}
