//! `namespace`, `image` and `tag`, against a Registry API on this machine.

mod arguments;
mod deletion;
mod key;
mod names;

use docker_credential_scw::Exit;
use serde_json::{Value, json};

use crate::support::api_stub::{ApiStub, Fault, image, tag};
use crate::support::snapshot::matches_snapshot;
use crate::support::{KEY_A, KEY_B, Outcome, World, cause_and_hint};

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

const COMMANDS: [&str; 17] = [
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
    "retag",
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
    assert_eq!(pipe, done(&user(&stub), "image list"), "a pipe has no width");
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
fn all_tags_of_an_image_and_of_all_images_are_listed() {
    let stub = ApiStub::new();
    stub.state().tags.extend((0..250).map(|at| tag(1000 + at, &format!("b{at}"), 13)));
    let one = done(&user(&stub), "tag list other/app -o human=NAME");
    assert_eq!(one.lines().count(), 251);
    let all = done(&user(&stub), "tag list -o human=FULL-NAME");
    assert_eq!(all.lines().count(), 1 + 250 + 8);
    let of_team: Vec<_> = all.lines().filter(|line| line.contains("/team/")).collect();
    assert_eq!(of_team, ["rg.fr-par.scw.cloud/my-ns/team/app:latest"]);
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
fn a_tag_list_shows_more_than_the_five_that_the_image_carries() {
    let stub = ApiStub::new();
    stub.state().images.push(image(14, "many", 1));
    stub.state().images[3]["tags"] = json!(["a", "b", "c", "d", "e"]);
    stub.state().tags.extend((0..6).map(|at| tag(500 + at, &format!("t{at}"), 14)));
    assert_eq!(done(&user(&stub), "tag list image-id=my-ns/many -o human=NAME").lines().count(), 7);
}
