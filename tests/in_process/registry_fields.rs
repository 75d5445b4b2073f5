//! The fields and columns of namespaces, images and tags are complete and in the API's order, in every
//! format and after every command. The layout of a format is in the snapshots of one resource
//! (`registry.rs`).

use serde_json::{Value, json};

use crate::registry::{done, user};
use crate::support::api_stub::ApiStub;

const PROJECT: &str = "105bdce1-64c0-48ab-899d-868455867ecf";

/// The columns of a resource's tables, separated by `|`.
#[derive(Clone, Copy)]
struct Resource {
    /// The columns of `-o wide`.
    wide: &'static str,
    /// The columns of `-o human`.
    human: &'static str,
}

const NAMESPACE: Resource = Resource {
    wide: "FULL-NAME|VISIBILITY|IMAGE-COUNT|SIZE|STATUS|CREATED|UPDATED|ID|NAME|REGION|PROJECT-ID|\
           ORGANIZATION-ID|DESCRIPTION|STATUS-MESSAGE",
    human: "FULL-NAME|VISIBILITY|IMAGE-COUNT|SIZE|STATUS|UPDATED|ID",
};

const IMAGE: Resource = Resource {
    wide: "FULL-NAME|SIZE|VISIBILITY|STATUS|CREATED|UPDATED|ID|NAME|REGION|NAMESPACE-ID|NEWEST-TAGS|\
           STATUS-MESSAGE",
    human: "FULL-NAME|SIZE|VISIBILITY|STATUS|UPDATED|ID",
};

const TAG: Resource = Resource {
    wide: "FULL-NAME|STATUS|DIGEST|CREATED|UPDATED|ID|NAME|REGION|IMAGE-ID",
    human: "FULL-NAME|STATUS|DIGEST|CREATED|UPDATED|ID",
};

/// The rows of a table, each as `CELL|CELL`. The header says where each column starts.
fn rows(table: &str) -> Vec<String> {
    let header: Vec<char> = table.lines().next().unwrap().chars().collect();
    let is_start = |at: &usize| header[*at] != ' ' && (*at == 0 || header[at - 1] == ' ');
    let starts: Vec<_> = (0..header.len()).filter(is_start).collect();
    let cells = |line: &str| {
        let line: Vec<char> = line.chars().collect();
        let ends = starts[1..].iter().copied().chain([line.len()]);
        let cell = |(start, end): (&usize, usize)| {
            line[*start..end].iter().collect::<String>().trim().to_owned()
        };
        starts.iter().zip(ends).map(cell).collect::<Vec<_>>().join("|")
    };
    table.lines().map(cells).collect()
}

/// What `-o human` shows of a row of `-o wide`: fewer columns, and the start of the digest.
fn human_row(resource: &Resource, wide: &str) -> String {
    let cells: Vec<_> = resource.wide.split('|').zip(wide.split('|')).collect();
    let cell = |column: &str| {
        let (_, cell) = cells.iter().find(|(name, _)| *name == column).unwrap();
        if column == "DIGEST" { &cell["sha256:".len()..][..12] } else { *cell }
    };
    resource.human.split('|').map(cell).collect::<Vec<_>>().join("|")
}

fn namespace_row(number: u8, name: &str, visibility: &str, status: &str) -> String {
    format!(
        "rg.fr-par.scw.cloud/{name}|{visibility}|1|3.8 MB|{status}|2026-07-17T09:50:00Z|\
         2026-07-17T09:50:08Z|0000000{number}-aaaa-4aaa-8aaa-00000000000{number}|{name}|fr-par|{PROJECT}|\
         {PROJECT}|Test namespace for Docker image|-"
    )
}

fn image_row(id: char, full_name: &str, visibility: &str, status: &str) -> String {
    let (namespace, name) = full_name.split_once('/').unwrap();
    let namespace = if namespace == "my-ns" { 1 } else { 2 };
    format!(
        "rg.fr-par.scw.cloud/{full_name}|782 kB|{visibility}|{status}|2024-12-23T09:33:13Z|\
         2024-12-23T09:33:47Z|0000000{id}-aaaa-4aaa-8aaa-00000000000{id}|{name}|fr-par|\
         0000000{namespace}-aaaa-4aaa-8aaa-00000000000{namespace}|latest|-"
    )
}

fn tag_row(number: u8, name: &str, status: &str) -> String {
    format!(
        "rg.fr-par.scw.cloud/my-ns/app:{name}|{status}|sha256:{number:064x}|2026-07-17T09:50:07Z|\
         2026-07-17T09:50:08Z|{number:08x}-aaaa-4aaa-8aaa-{number:012x}|{name}|fr-par|\
         0000000b-aaaa-4aaa-8aaa-00000000000b"
    )
}

#[test]
fn the_table_of_each_command_has_every_column_and_row() {
    let create = "namespace create --name new-ns --description Things --project-id p";
    let created = namespace_row(3, "new-ns", "private", "ready").replace(
        &format!("{PROJECT}|{PROJECT}|Test namespace for Docker image"),
        &format!("p|{PROJECT}|Things"),
    );
    let tags = (0..).zip(["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]);
    let app = |visibility, status| image_row('b', "my-ns/app", visibility, status);
    for (resource, line, expected) in [
        (
            NAMESPACE,
            "namespace list",
            vec![
                namespace_row(1, "my-ns", "private", "ready"),
                namespace_row(2, "other", "public", "ready"),
            ],
        ),
        (NAMESPACE, create, vec![created]),
        (
            NAMESPACE,
            "namespace update my-ns --description New is-public=true",
            vec![
                namespace_row(1, "my-ns", "public", "ready")
                    .replace("Test namespace for Docker image", "New"),
            ],
        ),
        (
            NAMESPACE,
            "namespace delete my-ns",
            vec![namespace_row(1, "my-ns", "private", "deleting")],
        ),
        (
            IMAGE,
            "image list",
            vec![
                app("private (inherited)", "ready"),
                image_row('c', "my-ns/team/app", "private", "ready"),
                image_row('d', "other/app", "public (inherited)", "ready"),
            ],
        ),
        (IMAGE, "image update my-ns/app --visibility public", vec![app("public", "ready")]),
        (
            IMAGE,
            "image delete my-ns/app other/app",
            vec![
                app("private (inherited)", "deleting"),
                image_row('d', "other/app", "public (inherited)", "deleting"),
            ],
        ),
        (
            TAG,
            "tag list my-ns/app",
            tags.map(|(at, name)| tag_row(100 + at, name, "ready")).collect(),
        ),
        (TAG, "tag delete my-ns/app:1.2", vec![tag_row(102, "1.2", "deleting")]),
    ] {
        let with_header =
            |header: &str, rows: Vec<String>| [vec![header.to_owned()], rows].concat();
        let wide = done(&user(&ApiStub::new()), &format!("{line} -o wide"));
        assert_eq!(rows(&wide), with_header(resource.wide, expected.clone()), "{line}");
        let human = done(&user(&ApiStub::new()), &format!("{line} -o human"));
        let fewer = expected.iter().map(|row| human_row(&resource, row)).collect();
        assert_eq!(rows(&human), with_header(resource.human, fewer), "{line}");
    }
}

#[test]
fn get_has_every_column_and_row() {
    for (resource, line, expected) in [
        (NAMESPACE, "namespace get my-ns", namespace_row(1, "my-ns", "private", "ready")),
        (IMAGE, "image get my-ns/team/app", image_row('c', "my-ns/team/app", "private", "ready")),
        (TAG, "tag get my-ns/app:1.2", tag_row(102, "1.2", "ready")),
    ] {
        let wide = done(&user(&ApiStub::new()), &format!("{line} -o wide"));
        assert_eq!(rows(&wide), [resource.wide.to_owned(), expected], "{line}");
    }
}

#[test]
fn get_shows_every_field_of_a_namespace() {
    assert_eq!(
        done(&user(&ApiStub::new()), "namespace get my-ns"),
        format!(
            "\
Full name        rg.fr-par.scw.cloud/my-ns
Created at       2026-07-17T09:50:00Z
Description      Test namespace for Docker image
Endpoint         rg.fr-par.scw.cloud/my-ns
ID               00000001-aaaa-4aaa-8aaa-000000000001
Image count      1
Is public        no
Name             my-ns
Organization ID  {PROJECT}
Project ID       {PROJECT}
Region           fr-par
Size             3.8 MB (3847002 bytes)
Status           ready
Status message   -
Updated at       2026-07-17T09:50:08Z
"
        )
    );
}

#[test]
fn get_shows_every_field_of_a_tag() {
    assert_eq!(
        done(&user(&ApiStub::new()), "tag get my-ns/app:1.2"),
        format!(
            "\
Full name   rg.fr-par.scw.cloud/my-ns/app:1.2
Created at  2026-07-17T09:50:07Z
Digest      sha256:{:064x}
ID          00000066-aaaa-4aaa-8aaa-000000000066
Image ID    0000000b-aaaa-4aaa-8aaa-00000000000b
Name        1.2
Status      ready
Updated at  2026-07-17T09:50:08Z
Region      fr-par
",
            102
        )
    );
}

/// The API's object with its full name, which the program adds at the end, and changed fields.
fn object(api: &Value, full_name: &str, changes: &[(&str, Value)]) -> Value {
    let mut object = api.clone();
    for (field, value) in changes {
        object[*field] = value.clone();
    }
    object["full_name"] = json!(format!("rg.fr-par.scw.cloud/{full_name}"));
    object
}

/// The keys of a YAML document, in their order.
fn yaml_keys(yaml: &str) -> Vec<String> {
    let key = |line: &str| {
        let (key, _) = line.trim_start_matches("- ").trim().split_once(':')?;
        Some(key.to_owned())
    };
    yaml.lines().filter_map(key).collect()
}

fn json_keys(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(json_keys).collect(),
        Value::Object(fields) => fields.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

#[test]
fn json_and_yaml_have_the_apis_fields_in_its_order_and_the_full_name() {
    let stub = ApiStub::new();
    let (namespaces, images, tags) = {
        let state = stub.state();
        (state.namespaces.clone(), state.images.clone(), state.tags.clone())
    };
    let [my_ns, other] = [0, 1].map(|at| namespaces[at].clone());
    let deleting = [("status", json!("deleting"))];
    let new = [
        ("description", json!("Things")),
        ("endpoint", json!("rg.fr-par.scw.cloud/new-ns")),
        ("id", json!("00000003-aaaa-4aaa-8aaa-000000000003")),
        ("name", json!("new-ns")),
        ("project_id", json!("p")),
    ];
    let of_tag =
        |tag: &Value| object(tag, &format!("my-ns/app:{}", tag["name"].as_str().unwrap()), &[]);
    for (line, expected) in [
        ("namespace list", json!([object(&my_ns, "my-ns", &[]), object(&other, "other", &[])])),
        ("namespace get my-ns", object(&my_ns, "my-ns", &[])),
        (
            "namespace create --name new-ns --description Things --project-id p",
            object(&my_ns, "new-ns", &new),
        ),
        (
            "namespace update my-ns --description New is-public=true",
            object(&my_ns, "my-ns", &[("description", json!("New")), ("is_public", json!(true))]),
        ),
        ("namespace delete my-ns", object(&my_ns, "my-ns", &deleting)),
        (
            "image list",
            json!([
                object(&images[0], "my-ns/app", &[]),
                object(&images[1], "my-ns/team/app", &[]),
                object(&images[2], "other/app", &[]),
            ]),
        ),
        ("image get my-ns/team/app", object(&images[1], "my-ns/team/app", &[])),
        (
            "image update my-ns/app --visibility public",
            object(&images[0], "my-ns/app", &[("visibility", json!("public"))]),
        ),
        ("image delete my-ns/app", object(&images[0], "my-ns/app", &deleting)),
        ("tag list my-ns/app", tags[..7].iter().map(of_tag).collect()),
        ("tag get my-ns/app:1.2", of_tag(&tags[2])),
        ("tag delete my-ns/app:1.2", object(&tags[2], "my-ns/app:1.2", &deleting)),
    ] {
        let text = done(&user(&ApiStub::new()), &format!("{line} -o json"));
        // Compared as text: the order counts.
        assert_eq!(text, format!("{expected:#}\n"), "{line}");
        let yaml = done(&user(&ApiStub::new()), &format!("{line} -o yaml"));
        assert_eq!(yaml_keys(&yaml), json_keys(&expected), "{line}");
    }
}
