//! What users of `scw registry` expect of `namespace`, `image` and `tag`.

use docker_credential_scw::Exit;
use serde_json::json;

use crate::registry::{done, refused, refused_as_usage, run, user};
use crate::support::api_stub::{ApiStub, Fault, id, namespace};
use crate::support::{Outcome, World, stable};

const JSON: &str = "Content-Type: application/json\r\n";

fn says(status: u16, body: &str) -> Fault {
    Fault::Status(status, JSON, body.to_owned())
}

#[test]
fn an_id_may_be_given_with_its_name_as_an_option() {
    let stub = ApiStub::new();
    for line in [
        format!("image get --image-id {} -o human=NAME", id(12)),
        format!("image get image-id={} -o human=NAME", id(12)),
        "image get --image-id my-ns/team/app -o human=NAME".to_owned(),
    ] {
        assert_eq!(done(&user(&stub), &line), "NAME\nteam/app\n", "{line}");
    }
    done(&user(&stub), &format!("tag delete --tag-id {} --yes", id(102)));
    done(&user(&stub), &format!("namespace update --namespace-id {} description=x", id(1)));
}

#[test]
fn several_items_are_updated_and_one_that_is_not_found_does_not_stop_the_others() {
    let stub = ApiStub::new();
    let line = "image update my-ns/app my-ns/zzz other/app visibility=public -o human=FULL-NAME";
    let outcome = run(&user(&stub), line);
    assert_eq!(outcome.exit, Exit::Failure);
    let names = "FULL-NAME\nrg.fr-par.scw.cloud/my-ns/app\nrg.fr-par.scw.cloud/other/app\n";
    assert_eq!(outcome.stdout, names);
    let patches = stub.calls().iter().filter(|call| call.starts_with("PATCH")).count();
    assert_eq!(patches, 2);
}

#[test]
fn the_global_flags_of_scw_are_taken_where_they_mean_something() {
    let stub = ApiStub::new();
    let key = "secret_key: bbbbbbbb-2222-4222-8222-bbbbbbbbbbb2\n";
    let world = World::new().set("SCW_API_URL", &stub.url).file("mine.yaml", key);
    let file = world.path("mine.yaml").display().to_string();
    let outcome = world.run(&["namespace", "list", "-c", &file, "-o", "json=pretty"], "");
    assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
    done(&user(&stub), "image delete my-ns/app -w -y");
    let error = refused(&user(&stub), "namespace list -p missing");
    assert_eq!(
        stable(&error),
        "profile \"missing\" was requested, but ~/.config/scw/config.yaml does not exist; add \
         it: `docker-credential-scw save-key profile=missing`",
    );
}

#[test]
fn columns_may_be_called_as_scw_calls_them() {
    let stub = ApiStub::new();
    let scw = done(&user(&stub), "image list -o human=FullName,CreatedAt,ID");
    assert_eq!(scw, done(&user(&stub), "image list -o human=FULL-NAME,CREATED,ID"));
}

#[test]
fn json_keeps_the_apis_order() {
    let text = done(&user(&ApiStub::new()), "tag get my-ns/app:1.2 -o json");
    let keys: Vec<_> = text.lines().filter_map(|line| line.trim().split('"').nth(1)).collect();
    let expected =
        ["created_at", "digest", "id", "image_id", "name", "status", "updated_at", "full_name"];
    assert_eq!(keys, expected);
}

#[test]
fn lists_take_a_namespace_by_its_position() {
    let stub = ApiStub::new();
    let images = done(&user(&stub), "image list my-ns -o human=NAME");
    assert_eq!(images, "NAME\napp\nteam/app\n");
    let tags = done(&user(&stub), "tag list my-ns -o human=NAME");
    assert_eq!(tags.lines().count(), 9);
    let error = refused_as_usage("image list my-ns --namespace-id other");
    assert_eq!(
        error,
        "\
error: the argument '[NAMESPACE]' cannot be used with '--namespace-id <NAMESPACE>'

Usage: docker-credential-scw image list <NAMESPACE>

For more information, try '--help'.
",
    );
}

#[test]
fn an_empty_list_is_one_sentence_on_standard_error() {
    for (line, words) in [
        ("namespace list", "no namespaces found in fr-par"),
        ("image list --region fr-par,nl-ams", "no images found in fr-par, nl-ams"),
        ("tag list", "no tags found in fr-par"),
    ] {
        let outcome = run(&user(&ApiStub::empty()), line);
        let stderr = format!("docker-credential-scw: {words}\n");
        assert_eq!(outcome, Outcome { stderr, ..Outcome::success() }, "{line}");
    }
}

#[test]
fn one_broken_key_in_all_regions_is_one_error() {
    let stub = ApiStub::new();
    let body = r#"{"type":"denied_authentication","message":"authentication is denied","reason":"not_found"}"#;
    stub.state().always = vec![("/", says(401, body))];
    let outcome = run(&user(&stub), "namespace list --region all");
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(
        outcome.stderr,
        "error: cannot list the namespaces in fr-par, nl-ams, pl-waw, it-mil: authentication is \
         denied (not_found)\nhint: check the secret key from variable SCW_SECRET_KEY: no API key has it, so it \
         was deleted or mistyped\n"
    );
    let world = World::new().set("SCW_SECRET_KEY", "nonsense").set("SCW_API_URL", &stub.url);
    let outcome = run(&world, "namespace list --region all");
    assert_eq!(outcome.stderr.matches("error: ").count(), 1, "{}", outcome.stderr);
}

#[test]
fn a_namespace_that_cannot_be_read_does_not_hide_the_images() {
    let stub = ApiStub::new();
    let path: &'static str = Box::leak(format!("/namespaces/{}", id(2)).into_boxed_str());
    stub.state().always =
        vec![(path, says(403, r#"{"type":"permissions_denied","message":"no"}"#))];
    let outcome = run(&user(&stub), "image list -o human=FULL-NAME,NAME");
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(
        outcome.stdout,
        "FULL-NAME                           NAME\n\
         rg.fr-par.scw.cloud/my-ns/app       app\n\
         rg.fr-par.scw.cloud/my-ns/team/app  team/app\n\
         -                                   app\n"
    );
    assert_eq!(
        outcome.stderr,
        "\
error: cannot get the namespace 00000002-aaaa-4aaa-8aaa-000000000002 in fr-par: no
hint: add the permission set ContainerRegistryReadOnly to the IAM policy of the API key from \
variable SCW_SECRET_KEY
",
    );
}

#[test]
fn an_image_with_its_registry_that_is_not_found_may_belong_to_another_account() {
    let stub = ApiStub::new();
    for (line, cause, image) in [
        (
            "image get rg.fr-par.scw.cloud/elsewhere/app",
            "there is no namespace elsewhere in fr-par; use one of my-ns, other",
            "rg.fr-par.scw.cloud/elsewhere/app:latest",
        ),
        (
            "tag get https://rg.fr-par.scw.cloud/elsewhere/app:1.2/",
            "there is no namespace elsewhere in fr-par; use one of my-ns, other",
            "rg.fr-par.scw.cloud/elsewhere/app:1.2",
        ),
        (
            "image get rg.fr-par.scw.cloud/my-ns/web",
            "there is no image web in the namespace my-ns in fr-par; use one of app, team/app",
            "rg.fr-par.scw.cloud/my-ns/web:latest",
        ),
    ] {
        let expected = format!(
            "{cause}; it may belong to another account: `docker-credential-scw doctor {image}` \
             finds out whether it can be pulled"
        );
        assert_eq!(refused(&user(&stub), line), expected, "{line}");
    }
}

#[test]
fn what_is_not_found_may_be_in_another_region() {
    let stub = ApiStub::new();
    let error = refused(&user(&stub), "namespace get my-sn");
    assert_eq!(
        error,
        "there is no namespace my-sn in fr-par; did you mean my-ns?; it may be in another region, \
         which --region names"
    );
    let error = refused(&user(&stub), "namespace get my-sn --region fr-par");
    assert_eq!(error, "there is no namespace my-sn in fr-par; did you mean my-ns?");
}

#[test]
fn an_address_that_cannot_be_reached_is_named_with_its_source() {
    let world = || World::new().set("SCW_SECRET_KEY", crate::support::KEY_A);
    let error = refused(&world().set("SCW_API_URL", "http://127.0.0.1:9"), "namespace list");
    assert_eq!(
        error,
        "cannot list the namespaces in fr-par: 127.0.0.1:9 (from SCW_API_URL): connection refused; \
         check the network, the proxy and SCW_API_URL"
    );
    let error = refused(&world().config("api_url: http://127.0.0.1:9\n"), "namespace list");
    assert_eq!(
        error,
        "cannot list the namespaces in fr-par: 127.0.0.1:9 (from api_url in config.yaml): connection \
         refused; check the network, the proxy and api_url in config.yaml"
    );
}

#[test]
fn statuses_are_explained_in_words() {
    for (status, body, words) in [
        (
            400,
            json!({"message": "Namespace already exist"}),
            "Namespace already exist; choose another name: all customers of a region share the names \
             of namespaces",
        ),
        (
            412,
            json!({"type": "precondition_failed", "message": "precondition failed", "precondition": "resource_still_in_use"}),
            "precondition failed (resource_still_in_use); it is still in use: delete what uses it \
             first",
        ),
        (
            412,
            json!({}),
            "a precondition is not met (status 412); change what the message names, then try again",
        ),
        (
            504,
            json!({}),
            "the service did not answer in time (status 504); check whether it was done before you \
             try again: the service works on, sometimes for minutes",
        ),
    ] {
        let stub = ApiStub::new();
        stub.state().always = vec![("/", says(status, &body.to_string()))];
        let error = refused(&user(&stub), "namespace create --name x");
        assert_eq!(error, format!("cannot create the namespace x in fr-par: {words}"));
    }
}

#[test]
fn words_of_other_programs_are_understood_as_suggestions() {
    for (line, words) in [
        (
            "namespace ls",
            "\
error: unrecognized subcommand 'ls'

  tip: a similar subcommand exists: 'list'

Usage: docker-credential-scw namespace <COMMAND>

For more information, try '--help'.
",
        ),
        (
            "image rm my-ns/app",
            "\
error: unrecognized subcommand 'rm'

  tip: a similar subcommand exists: 'delete'

Usage: docker-credential-scw image <COMMAND>

For more information, try '--help'.
",
        ),
        (
            "ns list",
            "\
error: unrecognized subcommand 'ns'

  tip: a similar subcommand exists: 'namespace'

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
",
        ),
        (
            "registry namespace list",
            "\
error: unrecognized subcommand 'registry'

  tip: a similar subcommand exists: 'namespace'

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
",
        ),
        (
            "registry image list",
            "\
error: unrecognized subcommand 'registry'

  tip: a similar subcommand exists: 'image'

Usage: docker-credential-scw <COMMAND>

For more information, try '--help'.
",
        ),
    ] {
        let error = refused_as_usage(line);
        assert_eq!(error, words);
    }
}

#[test]
fn get_shows_one_item_in_full() {
    let stub = ApiStub::new();
    let text = done(&user(&stub), "image get my-ns/app");
    let expected = format!(
        "Full name       rg.fr-par.scw.cloud/my-ns/app\n\
         ID              {}\n\
         Name            app\n\
         Namespace ID    {}\n\
         Status          ready\n\
         Status message  -\n\
         Visibility      private (inherited)\n\
         Size            782 kB (781920 bytes)\n\
         Created at      2024-12-23T09:33:13Z\n\
         Updated at      2024-12-23T09:33:47Z\n\
         Tags            latest\n\
         Region          fr-par\n",
        id(11),
        id(1)
    );
    assert_eq!(text, expected);
}

#[test]
fn real_names_stay_readable_at_80_and_100_columns() {
    let stub = ApiStub::new();
    let mut long = namespace(1, "a-namespace-of-20-ch");
    long["region"] = json!("fr-par");
    stub.state().namespaces[0] = long;
    stub.state().images[0]["name"] = json!("an-image-of-thirty-characters");
    for (width, expected) in [
        (
            "80",
            "\
FULL-NAME                                    SIZE    VISIBILITY           STATUS
rg.fr-par.scw.cloud/a\u{2026}-of-thirty-characters  782 kB  private (inherited)  ready
rg.fr-par.scw.cloud/a\u{2026}ace-of-20-ch/team/app  782 kB  private              ready
rg.fr-par.scw.cloud/other/app                782 kB  public (inherited)   ready
Hidden columns: UPDATED, ID
",
        ),
        (
            "100",
            "\
FULL-NAME                                         SIZE    VISIBILITY           STATUS  UPDATED
rg.fr-par.scw.cloud/a-na\u{2026}ge-of-thirty-characters  782 kB  private (inherited)  ready   \
23 months ago
rg.fr-par.scw.cloud/a-na\u{2026}space-of-20-ch/team/app  782 kB  private              ready   \
23 months ago
rg.fr-par.scw.cloud/other/app                     782 kB  public (inherited)   ready   23 \
months ago
Hidden columns: ID
",
        ),
    ] {
        let world = user(&stub).on_a_terminal().set("COLUMNS", width).set("NO_COLOR", "1");
        let text = done(&world, "image list");
        let width: usize = width.parse().unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        assert_eq!(text, expected);
    }
}

#[test]
fn a_deletion_may_take_longer_than_half_a_minute() {
    let stub = ApiStub::new();
    stub.state().on_delete = Some(Box::new(|_| Fault::Lost));
    let world = user(&stub);
    let text = done(&world, "tag delete my-ns/app:1.2 -o human=NAME,STATUS");
    assert_eq!(text, "NAME  STATUS\n1.2   deleted\n");
    let deletions = stub.calls().iter().filter(|call| call.starts_with("DELETE")).count();
    assert_eq!(deletions, 1);
}
