//! `image prune` and `namespace prune`: empty images and namespaces.

use serde_json::json;

use super::deletions;
use crate::registry::{done, run, user};
use crate::support::api_stub::{ApiStub, id, image, namespace, tag};
use crate::support::snapshot::matches_snapshot;

#[test]
fn empty_images_and_namespaces_are_deleted_but_for_new_ones_and_those_in_use() {
    let fill = |stub: &ApiStub| {
        let mut state = stub.state();
        for (number, name) in [(14, "old"), (15, "new"), (16, "filled")] {
            let mut empty = image(number, name, 1);
            empty["tags"] = json!([]);
            state.images.push(empty);
        }
        state.images[4]["updated_at"] = json!("2026-11-21T11:00:00Z");
        state.tags.push(tag(300, "hidden", 16));
        let mut empty = namespace(3, "empty");
        empty["image_count"] = json!(0);
        state.namespaces.push(empty);
    };
    let stub = ApiStub::new();
    fill(&stub);
    let text = done(&user(&stub), "image prune --yes");
    assert_eq!(
        text,
        "images without tags in fr-par\n\
         IMAGE                          UPDATED               ACTION  WHY\n\
         rg.fr-par.scw.cloud/my-ns/old  2024-12-23T09:33:47Z  delete  has no tags\n\
         rg.fr-par.scw.cloud/my-ns/new  2026-11-21T11:00:00Z  keep    updated less than 1d ago\n\
         1 image to delete, 1 to keep\n\
         images without tags in fr-par: 1 image deleted, 0 skipped, 0 failed\n"
    );
    assert_eq!(deletions(&stub), [format!("images/{}", id(14))]);
    let stub = ApiStub::new();
    fill(&stub);
    let text = done(&user(&stub), "image prune my-ns other --yes -o json");
    matches_snapshot("image-prune.json", &text);
    let stub = ApiStub::new();
    fill(&stub);
    let text = done(&user(&stub), "namespace prune --empty --yes");
    assert_eq!(
        text,
        "namespaces without images in fr-par\n\
         NAMESPACE                  UPDATED               ACTION  WHY\n\
         rg.fr-par.scw.cloud/empty  2026-07-17T09:50:08Z  delete  has no images\n\
         1 namespace to delete, 0 to keep\n\
         namespaces without images in fr-par: 1 namespace deleted, 0 skipped, 0 failed\n"
    );
    assert_eq!(deletions(&stub), [format!("namespaces/{}", id(3))]);
}

#[test]
fn an_image_that_gets_a_tag_meanwhile_is_skipped() {
    let stub = ApiStub::new();
    let mut empty = image(14, "old", 1);
    empty["tags"] = json!([]);
    stub.state().images.push(empty);
    stub.state().before = Some(Box::new(|request, tags| {
        if request.path.ends_with(&id(14)) {
            tags.push(tag(300, "new", 14));
        }
    }));
    let outcome = run(&user(&stub), "image prune --yes -o json");
    assert_eq!(
        outcome.stderr,
        "docker-credential-scw: skipped the image rg.fr-par.scw.cloud/my-ns/old: something was \
         pushed to it meanwhile\n"
    );
    assert_eq!(deletions(&stub), Vec::<String>::new());
}
