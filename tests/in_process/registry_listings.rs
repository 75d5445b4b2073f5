//! Lists of `namespace`, `image` and `tag`: their order, how they fit, and what they call things.

use serde_json::{Value, json};

use docker_credential_scw::Exit;

use crate::registry::{done, run, user};
use crate::support::api_stub::{ApiStub, NAMESPACE, image, namespace, tag};

fn column(text: &str) -> Vec<&str> {
    text.lines().skip(1).map(str::trim_end).collect()
}

/// Namespaces and images that are older the later they come, in each region.
fn made_backwards() -> ApiStub {
    let stub = ApiStub::new();
    {
        let mut state = stub.state();
        let times = ["2026-01-02T00:00:00.5Z", "2026-01-02T00:00:00.25Z", "2025-12-31T23:00:00Z"];
        let state = &mut *state;
        for list in [&mut state.namespaces, &mut state.images, &mut state.tags] {
            for (item, at) in list.iter_mut().zip(times.iter().cycle()) {
                item["created_at"] = json!(at);
            }
        }
    }
    stub
}

#[test]
fn lists_of_all_regions_are_in_the_order_asked_for_as_a_whole() {
    let stub = made_backwards();
    let all = |line: &str| done(&user(&stub), &format!("{line} --region all -o human=NAME"));
    let text = all("namespace list --order-by name_asc");
    assert_eq!(column(&text), [["my-ns"; 4], ["other"; 4]].concat());
    let text = all("namespace list --order-by name_desc");
    assert_eq!(column(&text), [["other"; 4], ["my-ns"; 4]].concat());
    let text = all("image list --order-by name_asc");
    assert_eq!(column(&text), [&["app"; 8][..], &["team/app"; 4]].concat());
    stub.state().namespaces[1]["description"] = json!("A");
    stub.state().namespaces[0]["description"] = json!("B");
    let text = all("namespace list --order-by description_asc");
    assert_eq!(column(&text), [["other"; 4], ["my-ns"; 4]].concat());
}

#[test]
fn lists_of_all_regions_are_oldest_first_by_default() {
    let stub = made_backwards();
    let all = |line: &str| done(&user(&stub), &format!("{line} --region all -o human=NAME"));
    assert_eq!(column(&all("namespace list")), [["other"; 4], ["my-ns"; 4]].concat());
    let text = all("namespace list --order-by created_at_desc");
    assert_eq!(column(&text), [["my-ns"; 4], ["other"; 4]].concat());
    let text = done(&user(&stub), "image list --region all -o json");
    let times: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(times[0]["created_at"], "2025-12-31T23:00:00Z");
    assert_eq!(times[4]["created_at"], "2026-01-02T00:00:00.25Z");
}

#[test]
fn tags_of_all_images_are_in_the_order_asked_for_as_a_whole() {
    let stub = ApiStub::new();
    stub.state().tags = vec![tag(100, "b", 11), tag(101, "c", 12), tag(102, "a", 13)];
    let text = done(&user(&stub), "tag list --order-by name_asc -o human=NAME");
    assert_eq!(column(&text), ["a", "b", "c"]);
    let text = done(&user(&stub), "tag list order-by=name_desc region=all -o human=NAME");
    assert_eq!(column(&text), ["c", "c", "c", "c", "b", "b", "b", "b", "a", "a", "a", "a"]);
}

#[test]
fn a_list_that_comes_as_one_keeps_the_services_order() {
    let stub = ApiStub::new();
    stub.state().namespaces = vec![namespace(1, "B"), namespace(2, "a"), namespace(3, "C")];
    let text = done(&user(&stub), "namespace list --order-by name_asc -o human=NAME");
    assert_eq!(column(&text), ["B", "a", "C"]);
}

#[test]
fn every_list_fits_80_columns_as_far_as_full_names_do() {
    let stub = ApiStub::new();
    let recorded: Value = serde_json::from_str(NAMESPACE).unwrap();
    let mut newest = image(11, "app", 1);
    newest["namespace_id"] = recorded["id"].clone();
    stub.state().images = vec![newest];
    stub.state().namespaces = vec![recorded];
    for line in ["namespace list", "image list", "tag list"] {
        for width in ["80", "60"] {
            let world = user(&stub).on_a_terminal().set("COLUMNS", width).set("NO_COLOR", "1");
            let text = done(&world, line);
            let width: usize = width.parse().unwrap();
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            // Of each list and width: `width.rs` compares whole screens.
            assert!(text.contains("rg.fr-par.scw.cloud/test-namespace-2"), "{text}");
            assert!(text.contains("STATUS"), "{text}");
        }
    }
}

#[test]
fn columns_that_were_asked_for_are_all_there_and_names_and_ids_whole() {
    let stub = ApiStub::new();
    let world = user(&stub).on_a_terminal().set("COLUMNS", "30").set("NO_COLOR", "1");
    let text = done(&world, "namespace list -o human=FULL-NAME,ID,STATUS");
    assert_eq!(
        text,
        "\
FULL-NAME                  ID                                    STATUS
rg.fr-par.scw.cloud/my-ns  00000001-aaaa-4aaa-8aaa-000000000001  ready
rg.fr-par.scw.cloud/other  00000002-aaaa-4aaa-8aaa-000000000002  ready
"
    );
}

#[test]
fn images_of_milan_are_called_after_the_registry_that_serves_them() {
    let stub = ApiStub::new();
    stub.state().namespaces[0].as_object_mut().unwrap().remove("endpoint");
    let text = done(&user(&stub), "image get my-ns/app region=it-mil -o human=FULL-NAME");
    assert_eq!(column(&text), ["rg.it-mil.scw.eu/my-ns/app"]);
}

#[test]
fn what_has_no_name_has_no_full_name() {
    let stub = ApiStub::new();
    stub.state().tags = vec![tag(100, "", 11), tag(101, "a", 12), tag(102, "a", 13)];
    stub.state().images[2]["name"] = json!("");
    stub.state().namespaces[0].as_object_mut().unwrap().remove("name");
    stub.state().namespaces[0].as_object_mut().unwrap().remove("endpoint");
    let names = |line: &str| {
        let text = done(&user(&stub), &format!("{line} -o json"));
        let items: Vec<Value> = serde_json::from_str(&text).unwrap();
        items.iter().map(|item| item["full_name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("namespace list"), [json!(null), json!("rg.fr-par.scw.cloud/other")]);
    assert_eq!(names("image list"), [json!(null), json!(null), json!(null)]);
    assert_eq!(names("tag list"), [json!(null), json!(null), json!(null)]);
    let text = done(&user(&stub), "namespace list -o human=FULL-NAME");
    assert_eq!(column(&text), ["-", "rg.fr-par.scw.cloud/other"]);
}

#[test]
fn several_regions_are_listed_by_commas_or_by_repetition() {
    let stub = ApiStub::new();
    for line in [
        "namespace list --region fr-par,nl-ams",
        "namespace list --region nl-ams --region fr-par",
        "namespace list region=fr-par region=nl-ams,fr-par",
    ] {
        let text = done(&user(&stub), &format!("{line} -o human=REGION,NAME"));
        for region in ["fr-par", "nl-ams"] {
            assert_eq!(text.matches(region).count(), 2, "{line}: {text}");
        }
        assert_eq!(text.lines().count(), 5, "{line}: {text}");
    }
    // A reference that names its registry is looked for there, if that is one of them.
    let tags = "tag list rg.nl-ams.scw.cloud/my-ns/app -o human=REGION";
    let text = done(&user(&stub), &format!("{tags} --region fr-par,nl-ams"));
    assert_eq!(text, format!("REGION\n{}", "nl-ams\n".repeat(7)));
    let outcome = run(&user(&stub), &format!("{tags} --region fr-par,pl-waw"));
    assert_eq!(outcome.exit, Exit::Usage);
    assert_eq!(
        outcome.stderr,
        "error: rg.nl-ams.scw.cloud/my-ns/app is in nl-ams, but --region is fr-par, pl-waw\n\
         hint: omit --region, or the registry\n"
    );
}
