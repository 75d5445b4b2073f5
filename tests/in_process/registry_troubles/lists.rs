//! Lists that change, or never end, while they are read.

use serde_json::{Value, json};

use super::says;
use crate::registry::{done, refused, user};
use crate::support::World;
use crate::support::api_stub::{ApiStub, Fault, image, namespace};

fn many(count: usize) -> ApiStub {
    let stub = ApiStub::empty();
    stub.state().namespaces = vec![namespace(1, "ns")];
    stub.state().images = (0..count).map(|at| image(100 + at, &format!("i{at:05}"), 1)).collect();
    stub
}

fn names(world: &World) -> Vec<String> {
    let text = done(world, "image list -o json");
    let values: Vec<Value> = serde_json::from_str(&text).unwrap();
    values.iter().map(|value| value["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_list_is_read_to_its_end_in_the_services_order() {
    for count in [0, 1, 99, 100, 101, 200, 1234] {
        let stub = many(count);
        let expected: Vec<_> = (0..count).map(|at| format!("i{at:05}")).collect();
        assert_eq!(names(&user(&stub)), expected, "{count}");
    }
}

#[test]
fn what_appears_and_vanishes_between_pages_is_neither_missed_nor_twice_in_the_list() {
    // Removing the first item moves an item from the second page to the first.
    let stub = many(350);
    stub.state().between = Some(Box::new(|at, images| {
        if at == 2 {
            images.remove(0);
        }
    }));
    let names_after = names(&user(&stub));
    let expected: Vec<_> = (1..350).map(|at| format!("i{at:05}")).collect();
    assert_eq!(names_after, expected);
    // One is put in at the start, so that one is on two pages.
    let stub = many(350);
    stub.state().between = Some(Box::new(|at, images| {
        if at == 2 {
            images.insert(0, image(9, "new", 1));
        }
    }));
    let names_after = names(&user(&stub));
    assert_eq!(names_after.len(), 351);
    assert_eq!(names_after.iter().filter(|name| *name == "new").count(), 1);
    // They are added for ever: it ends all the same, and what was there is in the list.
    let stub = many(350);
    stub.state().between = Some(Box::new(|at, images| {
        images.insert(0, image(10_000 + at, &format!("new{at}"), 1));
    }));
    let names_after = names(&user(&stub));
    assert!((0..350).all(|at| names_after.contains(&format!("i{at:05}"))), "one is missing");
    assert!(stub.calls().len() < 60, "{}", stub.calls().len());
}

/// A list of images that grows with every answer, and says that it has no end.
fn endless(number: usize, page: usize) -> String {
    let images: Vec<_> = (0..page).map(|at| format!(r#"{{"id":"{number}-{at}"}}"#)).collect();
    format!(r#"{{"total_count":{},"images":[{}]}}"#, u64::MAX, images.join(","))
}

#[test]
fn a_list_without_end_is_given_up() {
    let start = "cannot list the images in fr-par:";
    let narrower = "ask for one region, one namespace or one name at a time, and check SCW_API_URL";
    let elsewhere = "check SCW_API_URL and the proxy, or try again later";
    let given_up = |body: fn(usize) -> String| {
        let stub = ApiStub::new();
        stub.state().always = vec![("/images", Fault::Body(body))];
        (refused(&user(&stub), "image list"), stub.calls().len())
    };
    let (error, calls) = given_up(|number| endless(number, 1));
    let end = format!("answers, where 100 an answer were asked for; {elsewhere}");
    let gives = format!("{start} the service gives 200 items in 200 {end}");
    assert_eq!(error, gives);
    assert!(calls < 250, "{calls}");

    let (error, calls) = given_up(|number| endless(number, 100));
    assert_eq!(error, format!("{start} there are more than 250000 items; {narrower}"));
    assert!(calls < 2_600, "{calls}");

    let (error, calls) = given_up(|number| endless(number, 20_000));
    assert_eq!(error, format!("{start} there are more than 250000 items; {narrower}"));
    assert!(calls < 40, "{calls}");

    let (error, calls) = given_up(|number| {
        endless(number, 1).replacen(
            "\"id\"",
            &format!("\"x\":\"{}\",\"id\"", ",".repeat(1_000_000)),
            1,
        )
    });
    assert_eq!(error, format!("{start} it takes more than 512 MiB of memory; {narrower}"));
    assert!(calls < 100, "{calls}");

    let (error, _) = given_up(|_| format!("{{\"images\":[{}", "{\"a\":0},".repeat(300_000)));
    assert_eq!(error, format!("{start} one answer takes more than 128 MiB of memory; {elsewhere}"));

    let (error, _) = given_up(|_| "x".repeat(17 * 1024 * 1024));
    assert_eq!(error, format!("{start} the answer is larger than 16 MiB"));
}

#[test]
fn a_total_that_is_a_lie_does_not_keep_us_for_ever() {
    for total in [json!(0), json!(5_000_000_000u64), json!(null), json!("many"), json!(-1)] {
        let stub = ApiStub::new();
        let body = json!({"images": [], "total_count": total});
        stub.state().always = vec![("/images", says(200, &body.to_string()))];
        assert_eq!(done(&user(&stub), "image list -o json"), "[]\n");
    }
}
