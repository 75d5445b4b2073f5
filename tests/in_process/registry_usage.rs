//! `usage`: how much storage namespaces and images use.

use docker_credential_scw::Exit;
use serde_json::{Value, json};

use crate::registry::{done, refused_as_usage, run, user};
use crate::support::api_stub::{ApiStub, Fault, id};

const JSON: &str = "Content-Type: application/json\r\n";

/// Two namespaces of 3 GB and 1 GB; the image of the second is public.
pub fn filled() -> ApiStub {
    let stub = ApiStub::new();
    let mut state = stub.state();
    state.namespaces[0]["size"] = json!(1_000_000_000u64);
    state.namespaces[1]["size"] = json!(3_000_000_000u64);
    for (image, size) in state.images.iter_mut().zip([400_000_000u64, 600_000_000, 3_000_000_000]) {
        image["size"] = json!(size);
    }
    state.images[0]["updated_at"] = json!("2026-11-01T00:00:00Z");
    drop(state);
    stub
}

#[test]
fn namespaces_are_listed_by_size_with_a_total() {
    let text = done(&user(&filled()), "usage --price 0.5");
    assert_eq!(
        text,
        "NAMESPACE                  IMAGES  TAGS  SIZE    SHARE  VISIBILITY  UPDATED               EUR/MONTH\n\
         rg.fr-par.scw.cloud/other  1       0     3.0 GB  75%    public      2024-12-23T09:33:47Z  0.00\n\
         rg.fr-par.scw.cloud/my-ns  2       8     1.0 GB  25%    private     2026-11-01T00:00:00Z  0.50\n\
         TOTAL                      3       8     4.0 GB  100%   -           2026-11-01T00:00:00Z  0.50\n\
         \n\
         Sizes are the API's: layers that images share count once per image.\n\
         The cost is an estimate for private storage.\n"
    );
}

#[test]
fn a_namespace_lists_its_images_and_an_image_is_one_line() {
    let stub = filled();
    let text = done(&user(&stub), "usage my-ns -o json");
    let value: Value = serde_json::from_str(&text).unwrap();
    let names: Vec<_> =
        value["items"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["rg.fr-par.scw.cloud/my-ns/team/app", "rg.fr-par.scw.cloud/my-ns/app"]);
    assert_eq!(value["total"]["size"], 1_000_000_000u64);
    assert_eq!(value["items"][1]["tags"], 7);
    for reference in ["my-ns/app".to_owned(), id(11)] {
        let text = done(&user(&stub), &format!("usage {reference} -o json"));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["items"].as_array().unwrap().len(), 1);
        assert_eq!(value["items"][0]["share_percent"], 100);
    }
}

#[test]
fn tags_that_cannot_be_counted_do_not_hide_the_rest() {
    let stub = filled();
    let path: &'static str = Box::leak(format!("images/{}/tags", id(11)).into_boxed_str());
    let no = Fault::Status(403, JSON, r#"{"type":"permissions_denied","message":"no"}"#.to_owned());
    stub.state().always = vec![(path, no)];
    let outcome = run(&user(&stub), "usage -o json");
    assert_eq!(outcome.exit, Exit::Failure);
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(value["items"][1]["tags"], Value::Null);
    assert_eq!(
        outcome.stderr,
        format!(
            "error: cannot count the tags of the image {} in fr-par: no\n\
             hint: add the permission set ContainerRegistryReadOnly to the IAM policy of the API key \
             from variable SCW_SECRET_KEY\n",
            id(11)
        )
    );
}

#[test]
fn a_price_is_a_number() {
    let error = refused_as_usage("usage --price free");
    assert_eq!(
        error,
        "error: invalid value 'free' for '--price <EUR>': a price is a number, as in 0.027\n\n\
         For more information, try '--help'.\n"
    );
}
