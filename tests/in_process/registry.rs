//! `namespace`, `image` and `tag`, against a Registry API on this machine.

use docker_credential_scw::Exit;
use serde_json::{Value, json};

use crate::support::api_stub::{ApiStub, Fault, id, image, tag};
use crate::support::snapshot::matches_snapshot;
use crate::support::{KEY_A, KEY_B, Outcome, World, cause_and_hint, stable};

pub fn user(stub: &ApiStub) -> World {
    World::new().set("SCW_SECRET_KEY", KEY_A).set("SCW_API_URL", &stub.url).set("LANG", "C.UTF-8")
}

/// Runs a line of words.
pub fn run(world: &World, line: &str) -> Outcome {
    let words: Vec<_> = line.split(' ').collect();
    let outcome = world.run(&words, "");
    for text in [&outcome.stdout, &outcome.stderr] {
        assert!(!text.contains(KEY_A) && !text.contains(KEY_B), "a key is shown: {text}");
    }
    outcome
}

#[track_caller]
pub fn done(world: &World, line: &str) -> String {
    let outcome = run(world, line);
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{line}: {outcome:?}");
    outcome.stdout
}

/// Returns the error of a command that fails as `CAUSE; HINT`.
#[track_caller]
pub fn refused(world: &World, line: &str) -> String {
    let outcome = run(world, line);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, ""), "{line}: {outcome:?}");
    cause_and_hint(&outcome.stderr)
}

/// Returns the usage error for a command line. Nothing is sent.
#[track_caller]
pub fn refused_as_usage(line: &str) -> String {
    let stub = ApiStub::new();
    let outcome = run(&user(&stub), line);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Usage, ""), "{line}: {outcome:?}");
    assert_eq!(stub.calls(), Vec::<String>::new());
    outcome.stderr
}

const COMMANDS: [&str; 16] = [
    "namespace list",
    "namespace get",
    "namespace create",
    "namespace update",
    "namespace delete",
    "image list",
    "image get",
    "image update",
    "image delete",
    "tag list",
    "tag get",
    "tag delete",
    "namespace prune",
    "image prune",
    "tag prune",
    "usage",
];

#[test]
fn every_commands_help_matches_its_snapshot_and_fits_80_columns() {
    for command in COMMANDS.into_iter().chain(["namespace", "image", "tag"]) {
        let help = done(&World::new(), &format!("{command} --help"));
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{command}: {help}");
        matches_snapshot(&format!("help-{}.txt", command.replace(' ', "-")), &help);
    }
}

/// One resource shows how each kind of screen looks. `registry_fields.rs` shows that the fields of all
/// resources are complete after every command.
#[test]
fn a_listing_a_single_item_and_a_deletion_in_each_format() {
    for (name, line) in [
        ("image-list", "image list"),
        ("image-get", "image get my-ns/team/app"),
        ("image-delete", "image delete my-ns/app other/app"),
    ] {
        for output in ["human", "wide", "json", "yaml"] {
            let text = done(&user(&ApiStub::new()), &format!("{line} -o {output}"));
            matches_snapshot(&format!("{name}-{output}.txt"), &text);
        }
    }
}

#[test]
fn a_command_word_alone_prints_its_help_and_is_a_usage_error() {
    for word in ["namespace", "image", "tag"] {
        let help = refused_as_usage(word);
        assert_eq!(help, done(&World::new(), &format!("{word} --help")));
    }
}

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
    assert!(stub.calls()[1].starts_with("GET nl-ams/images?name=team%2Fapp&namespace_id="));
}

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
            "there is no namespace zzz in fr-par; name one of my-ns, other; it may be in another \
             region, which --region names",
        ),
        ("namespace get my-ns/app", "my-ns/app names an image, where a namespace is wanted"),
        (
            "image get my-ns",
            "there is no image my-ns in fr-par; name one of app, team/app, app; it may be in \
             another region, which --region names",
        ),
        (
            "image get my-ns/ap",
            "there is no image ap in the namespace my-ns in fr-par; did you mean app, team/app?; \
             it may be in another region, which --region names",
        ),
        ("image get app", "2 images in fr-par are called app; name one of my-ns/app, other/app"),
        ("image get my-ns/app:1.0", "my-ns/app:1.0 names a tag, where an image is wanted"),
        (
            "image get zzz/app",
            "there is no namespace zzz in fr-par; name one of my-ns, other; it may be in another \
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
            "there is no image nothing in the namespace my-ns in fr-par; name one of app, \
             team/app; it may be in another region, which --region names",
        ),
    ] {
        let error = refused(&user(&ApiStub::new()), line);
        assert_eq!(error, words);
    }
    let error = refused(&user(&ApiStub::empty()), "namespace get my-ns");
    assert_eq!(
        error,
        "there is no namespace my-ns in fr-par, nor any other; it may be in another region, which \
         --region names"
    );
}

#[test]
fn several_items_are_an_array_and_one_an_object() {
    let stub = ApiStub::new();
    let one: Value =
        serde_json::from_str(&done(&user(&stub), "tag get my-ns/app:1.0 -o json")).unwrap();
    assert_eq!(one["full_name"], "rg.fr-par.scw.cloud/my-ns/app:1.0");
    let line = "tag get my-ns/app:1.0 my-ns/app:1.1 -o json";
    let two: Value = serde_json::from_str(&done(&user(&stub), line)).unwrap();
    assert_eq!(two.as_array().unwrap().len(), 2);
}

#[test]
fn items_that_are_not_found_are_reported_and_the_others_shown() {
    let stub = ApiStub::new();
    let outcome = run(&user(&stub), "namespace get my-ns zzz other -o human=NAME");
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, "NAME\nmy-ns\nother\n"));
    let error = cause_and_hint(&outcome.stderr);
    assert_eq!(
        error,
        "there is no namespace zzz in fr-par; name one of my-ns, other; it may be in another region, \
         which --region names"
    );
}

#[test]
fn unknown_fields_are_kept_and_an_empty_list_is_a_list() {
    let stub = ApiStub::new();
    stub.state().namespaces[0]["novelty"] = json!({"deep": [1, null]});
    stub.state().namespaces[0].as_object_mut().unwrap().remove("project_id");
    stub.state().namespaces[0].as_object_mut().unwrap().remove("endpoint");
    let text = done(&user(&stub), "namespace get my-ns -o json");
    let mut value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["full_name"], "rg.fr-par.scw.cloud/my-ns");
    value.as_object_mut().unwrap().remove("full_name");
    assert_eq!(value, stub.state().namespaces[0]);
    let empty = ApiStub::empty();
    for list in ["namespace list", "image list", "tag list"] {
        assert_eq!(done(&user(&empty), &format!("{list} -o json")), "[]\n");
        assert_eq!(done(&user(&empty), &format!("{list} -o yaml")), "[]\n");
    }
}

#[test]
fn inherit_is_shown_as_what_it_means() {
    let stub = ApiStub::new();
    let text = done(&user(&stub), "image list -o human=FULL-NAME,VISIBILITY");
    let lines: Vec<_> = text.lines().skip(1).map(|line| line.split_once("  ").unwrap()).collect();
    assert_eq!(
        lines.iter().map(|(name, word)| (*name, word.trim())).collect::<Vec<_>>(),
        [
            ("rg.fr-par.scw.cloud/my-ns/app", "private (inherited)"),
            ("rg.fr-par.scw.cloud/my-ns/team/app", "private"),
            ("rg.fr-par.scw.cloud/other/app", "public (inherited)"),
        ]
    );
}

#[test]
fn on_a_terminal_times_are_relative_lines_fit_and_colour_is_used_unless_it_is_unwanted() {
    let stub = ApiStub::new();
    let terminal = || user(&stub).on_a_terminal().set("COLUMNS", "100");
    let text = done(&terminal(), "image list -o wide");
    assert_eq!(text, "\
FULL-NAME                           SIZE    VISIBILITY           STATUS  CREATED        UPDATED        ID                                    NAME      REGION  NAMESPACE-ID                          NEWEST-TAGS  STATUS-MESSAGE
rg.fr-par.scw.cloud/my-ns/app       782 kB  private (inherited)  \u{1b}[32mready\u{1b}[0m   23 \
months ago  23 months ago  0000000b-aaaa-4aaa-8aaa-00000000000b  app       fr-par  \
00000001-aaaa-4aaa-8aaa-000000000001  latest       -
rg.fr-par.scw.cloud/my-ns/team/app  782 kB  private              \u{1b}[32mready\u{1b}[0m   23 \
months ago  23 months ago  0000000c-aaaa-4aaa-8aaa-00000000000c  team/app  fr-par  \
00000001-aaaa-4aaa-8aaa-000000000001  latest       -
rg.fr-par.scw.cloud/other/app       782 kB  public (inherited)   \u{1b}[32mready\u{1b}[0m   23 \
months ago  23 months ago  0000000d-aaaa-4aaa-8aaa-00000000000d  app       fr-par  \
00000002-aaaa-4aaa-8aaa-000000000002  latest       -
");
    let plain = done(&terminal().set("NO_COLOR", "1"), "image list -o wide");
    assert!(!plain.contains('\u{1b}'), "{plain}");
    assert_eq!(plain, "\
FULL-NAME                           SIZE    VISIBILITY           STATUS  CREATED        UPDATED        ID                                    NAME      REGION  NAMESPACE-ID                          NEWEST-TAGS  STATUS-MESSAGE
rg.fr-par.scw.cloud/my-ns/app       782 kB  private (inherited)  ready   23 months ago  23 \
months ago  0000000b-aaaa-4aaa-8aaa-00000000000b  app       fr-par  \
00000001-aaaa-4aaa-8aaa-000000000001  latest       -
rg.fr-par.scw.cloud/my-ns/team/app  782 kB  private              ready   23 months ago  23 \
months ago  0000000c-aaaa-4aaa-8aaa-00000000000c  team/app  fr-par  \
00000001-aaaa-4aaa-8aaa-000000000001  latest       -
rg.fr-par.scw.cloud/other/app       782 kB  public (inherited)   ready   23 months ago  23 \
months ago  0000000d-aaaa-4aaa-8aaa-00000000000d  app       fr-par  \
00000002-aaaa-4aaa-8aaa-000000000002  latest       -
");
    let plain = done(&terminal().set("NO_COLOR", "1"), "image list");
    assert!(plain.lines().all(|line| line.chars().count() <= 100), "{plain}");
    let pipe = done(&user(&stub).set("COLUMNS", "20"), "image list");
    assert!(!pipe.contains('…') && pipe.contains(&id(12)), "a pipe has no width: {pipe}");
}

#[test]
fn a_name_is_made_up_for_a_namespace_that_has_none_and_the_project_is_the_profiles() {
    let stub = ApiStub::new();
    let world = user(&stub).set("SCW_DEFAULT_PROJECT_ID", "a-project");
    let text = done(&world, "namespace create --is-public --region pl-waw -o json");
    let value: Value = serde_json::from_str(&text).unwrap();
    let name = value["name"].as_str().unwrap();
    assert!(name.starts_with("ns-") && name.len() > 12, "{name}");
    let body: Value = serde_json::from_str(&stub.state().requests[0].body).unwrap();
    assert_eq!(body, json!({"name": name, "is_public": true, "project_id": "a-project"}));
    assert_eq!(stub.calls(), ["POST pl-waw/namespaces"]);
}

#[test]
fn only_what_is_named_is_changed() {
    let stub = ApiStub::new();
    done(&user(&stub), "namespace update my-ns is-public=false");
    let body =
        stub.state().requests.iter().find(|call| call.method == "PATCH").unwrap().body.clone();
    assert_eq!(body, r#"{"is_public":false}"#);
    done(&user(&stub), "image update my-ns/app --visibility inherit");
    assert_eq!(stub.state().images[0]["visibility"], "inherit");
}

#[test]
fn a_deletion_is_asked_for_on_a_terminal_and_carried_out_in_a_script() {
    let stub = ApiStub::new();
    let world = user(&stub).on_a_terminal();
    let refused = world.run(&["namespace", "delete", "my-ns"], "n\n");
    assert_eq!(refused.exit, Exit::Failure);
    assert_eq!(
        refused.stderr,
        "\
To be deleted, for good:
  rg.fr-par.scw.cloud/my-ns (1 image, 3.8 MB)
Delete this namespace? [y/N] error: nothing was deleted
",
    );
    assert!(!stub.calls().iter().any(|call| call.starts_with("DELETE")));
    let agreed = world.run(&["namespace", "delete", "my-ns"], "y\n");
    assert_eq!(agreed.exit, Exit::Success, "{agreed:?}");
    let stub = ApiStub::new();
    let yes = user(&stub).on_a_terminal().run(&["image", "delete", "my-ns/app", "--yes"], "");
    assert_eq!((yes.exit, yes.stderr.as_str()), (Exit::Success, ""));
    let script = user(&stub).run(&["image", "delete", "other/app"], "");
    assert_eq!(script.exit, Exit::Success);
    let deletions = stub.calls().iter().filter(|call| call.starts_with("DELETE")).count();
    assert_eq!(deletions, 2);
}

#[test]
fn waiting_polls_less_and_less_often_until_the_image_is_gone() {
    let stub = ApiStub::new();
    stub.state().fetches_before_deleted = 6;
    let world = user(&stub);
    done(&world, "image delete my-ns/app my-ns/team/app --wait");
    assert_eq!(stub.state().images.len(), 1);
    let pauses: Vec<_> = world.clock.pauses().iter().map(std::time::Duration::as_millis).collect();
    assert_eq!(pauses, [1000, 1500, 2250, 3375, 5000, 5000]);
}

#[test]
fn waiting_ends_at_the_time_limit_or_when_the_deletion_fails() {
    let stub = ApiStub::new();
    stub.state().fetches_before_deleted = 1000;
    let world = user(&stub);
    let outcome = run(&world, "image delete my-ns/app --wait --timeout 10s");
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(
        outcome.stderr,
        "\
error: rg.fr-par.scw.cloud/my-ns/app is still being deleted after 10 s
hint: check again later: the service continues the deletion
",
    );
    assert_eq!(world.clock.pauses().iter().sum::<std::time::Duration>().as_secs(), 10);
    let stub = ApiStub::new();
    stub.state().deletion_ends_in = Some("error");
    let outcome = run(&user(&stub), "image delete my-ns/app --wait");
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(
        outcome.stderr,
        "error: rg.fr-par.scw.cloud/my-ns/app is not deleted, its status is error: a layer \
         is in use\n",
    );
}

#[test]
fn what_waits_shows_progress_on_a_terminal_only() {
    let stub = ApiStub::new();
    stub.state().fetches_before_deleted = 2;
    let on_terminal = user(&stub).on_a_terminal();
    let outcome = on_terminal.run(&["image", "delete", "my-ns/app", "--wait", "--yes"], "");
    assert_eq!(
        outcome.stderr,
        "\r\u{1b}[KWaiting: 1 of 1 still being deleted ...\r\u{1b}[KWaiting: 1 of 1 still \
         being deleted ...\r\u{1b}[KWaiting: 1 of 1 still being deleted ...\r\u{1b}[K",
    );
}

#[test]
fn force_warns_and_names_the_other_tags_that_are_deleted() {
    let stub = ApiStub::new();
    let digest = stub.state().tags[0]["digest"].clone();
    stub.state().tags[3]["digest"] = digest;
    let outcome = run(&user(&stub), "tag delete my-ns/app:1.0 --force");
    assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
    assert_eq!(
        outcome.stderr,
        "docker-credential-scw: --force is deprecated: it can delete other tags with the \
         same digest as well (these are: 1.3)\n",
    );
    assert!(stub.calls().last().unwrap().ends_with("?force=true"), "{:?}", stub.calls());
}

#[test]
fn all_tags_of_an_image_and_of_all_images_are_listed() {
    let stub = ApiStub::new();
    stub.state().tags.extend((0..250).map(|at| tag(1000 + at, &format!("b{at}"), 13)));
    let one = done(&user(&stub), "tag list other/app -o human=NAME");
    assert_eq!(one.lines().count(), 251);
    let all = done(&user(&stub), "tag list -o human=FULL-NAME");
    assert_eq!(all.lines().count(), 1 + 250 + 8);
    assert!(all.contains("rg.fr-par.scw.cloud/my-ns/team/app:latest\n"), "{all}");
}

#[test]
fn every_region_is_asked_and_one_that_fails_does_not_hide_the_others() {
    let stub = ApiStub::new();
    let text = done(&user(&stub), "namespace list --region all -o human=REGION,NAME");
    assert_eq!(text.lines().count(), 1 + 4 * 2);
    let json = "Content-Type: application/json\r\n";
    let no = Fault::Status(403, json, r#"{"type":"permissions_denied","message":"no"}"#.to_owned());
    stub.state().always = vec![("/nl-ams/", no)];
    let outcome = run(&user(&stub), "namespace list --region all -o human=REGION,NAME");
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(outcome.stdout.lines().count(), 1 + 3 * 2, "{}", outcome.stdout);
    assert_eq!(
        outcome.stderr,
        "\
error: cannot list the namespaces in nl-ams: no
hint: add the permission set ContainerRegistryReadOnly to the IAM policy of the API key from \
variable SCW_SECRET_KEY
",
    );
}

#[test]
fn the_key_is_looked_up_as_for_get_and_a_profile_may_be_named() {
    let config = format!(
        "secret_key: {KEY_A}\ndefault_region: pl-waw\nprofiles:\n  prod:\n    secret_key: {KEY_B}\n    \
         default_region: nl-ams\n"
    );
    let stub = ApiStub::new();
    let world = || {
        let world = World::new().set("SCW_API_URL", &stub.url);
        let dir = world.path(".config/scw");
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("config.yaml"), &config).unwrap();
        world
    };
    let last = || {
        let state = stub.state();
        let request = state.requests.last().unwrap();
        (request.headers["x-auth-token"].clone(), request.path.contains("/nl-ams/"))
    };
    done(&world(), "namespace list");
    assert_eq!(last(), (KEY_A.to_owned(), false));
    done(&world(), "namespace list --profile prod");
    assert_eq!(last(), (KEY_B.to_owned(), true));
    done(&world().set("SCW_SECRET_KEY", KEY_A), "namespace list profile=prod");
    assert_eq!(last(), (KEY_B.to_owned(), true));
    done(&world().started_as("docker-credential-scw-prod"), "namespace list");
    assert_eq!(last(), (KEY_B.to_owned(), true));
    let error = refused(&world(), "namespace list --profile missing");
    assert_eq!(
        stable(&error),
        "profile \"missing\" was requested, but ~/.config/scw/config.yaml has no such profile \
         (it has prod); name a profile that exists",
    );
    let agent = stub.state().requests[0].headers["user-agent"].clone();
    assert_eq!(agent, concat!("docker-credential-scw/", env!("CARGO_PKG_VERSION")));
}

#[test]
fn without_a_key_nothing_is_sent_and_the_hint_says_where_to_get_one() {
    let stub = ApiStub::new();
    let error = refused(&World::new().set("SCW_API_URL", &stub.url), "image list");
    assert_eq!(
        error,
        "no secret key for rg.fr-par.scw.cloud; run `docker-credential-scw save-key`, set \
         SCW_SECRET_KEY, or name a profile with --profile",
    );
    assert!(stub.calls().is_empty());
}

#[test]
fn a_key_in_place_of_an_id_is_not_sent() {
    let stub = ApiStub::new();
    for line in ["namespace get", "image delete", "tag get", "tag list"] {
        let error = refused(&user(&stub), &format!("{line} {KEY_A}"));
        assert_eq!(
            error,
            "the argument is the secret key itself: it was not sent; use a name or an ID"
        );
    }
    assert!(stub.calls().is_empty());
}

#[test]
fn a_part_of_a_key_that_was_typed_as_a_name_is_not_shown() {
    let stub = ApiStub::new();
    let part = &KEY_A[..30];
    for line in ["namespace get", "image get", "tag get", "image update visibility=public"] {
        for reference in [
            part.to_owned(),
            format!("{part}/app:1"),
            format!("my-ns/{part}:x"),
            format!("{part}?"),
        ] {
            let outcome = run(&user(&stub), &format!("{line} {reference}"));
            // A change needs the namespace: it is refused before anything is sent.
            let has_namespace = reference.contains('/') || !line.contains("update");
            let is_understood = !reference.contains('?') && has_namespace;
            let exit = if is_understood { Exit::Failure } else { Exit::Usage };
            assert_eq!(outcome.exit, exit, "{outcome:?}");
            assert!(!outcome.stderr.contains(part), "{}", outcome.stderr);
        }
    }
    stub.state().always = vec![("/", Fault::Status(400, "", String::new()))];
    let error = refused(&user(&stub), &format!("namespace create --name {part}"));
    assert!(!error.contains(part), "{error}");
}

#[test]
fn a_key_goes_over_https_or_to_this_machine_only() {
    for (url, api) in [
        ("http://api.scaleway.com", "api.scaleway.com"),
        ("http://127.0.0.1.evil.com", "127.0.0.1.evil.com"),
        ("http://user@127.0.0.1:1", "127.0.0.1"),
        ("http://127.0.0.1@evil.com", "evil.com"),
        ("ftp://127.0.0.1", "127.0.0.1"),
        ("api.scaleway.com", "api.scaleway.com"),
        ("https://", "something that is no URL"),
        ("https://api.scaleway.com/?x=", "api.scaleway.com"),
        ("https://api.scaleway.com/#", "api.scaleway.com"),
        ("https://api.scaleway.com:http", "something that is no URL"),
        ("http://127.0.0.1:99999", "something that is no URL"),
        ("nonsense", "nonsense"),
    ] {
        let world = World::new().set("SCW_SECRET_KEY", KEY_A).set("SCW_API_URL", url);
        let error = refused(&world, "namespace list");
        let end = ", where no key is sent; set SCW_API_URL, or api_url in config.yaml, to an https URL (or \
                   http on this machine)";
        let start = error.strip_prefix("the API is set to ").unwrap();
        assert_eq!(start.strip_suffix(end).unwrap(), api);
    }
}

#[test]
fn a_tag_list_shows_more_than_the_five_that_the_image_carries() {
    let stub = ApiStub::new();
    stub.state().images.push(image(14, "many", 1));
    stub.state().images[3]["tags"] = json!(["a", "b", "c", "d", "e"]);
    stub.state().tags.extend((0..6).map(|at| tag(500 + at, &format!("t{at}"), 14)));
    assert_eq!(done(&user(&stub), "tag list image-id=my-ns/many -o human=NAME").lines().count(), 7);
}
