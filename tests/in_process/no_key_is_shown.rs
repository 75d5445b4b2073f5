//! No output holds a key, wherever the user or another program put it.
//!
//! The inputs are generated: every variable of `VARIABLES`, every option and argument of clap's
//! table, every text of the files that are read. A new one is included by itself.

mod api;
mod lines;
mod machine;

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clap::Arg;
use docker_credential_scw::system::environment::VARIABLES;
use serde_json::{Value, json};

use lines::{good_value, lines};
use machine::{docker_config, podman_config, scaleway_config, world};

use crate::support::api_stub::ApiStub;
use crate::support::{FR, KEY_B, KEY_C, Outcome, World};

/// The key that must not be shown. It is not the one that the run uses.
const CANARY: &str = "c0ffee00-cafe-4bad-8bed-5ec2e7ca4a41";

/// What contains an ID or a name. The key of another account looks like an ID or a part of a
/// name there, and is shown if Scaleway's API answers that something is called so. (Of a name only
/// if it contains more than the key.)
const IDS: [&str; 6] = [
    "project_id",
    "organization_id",
    "default_project_id",
    "default_organization_id",
    "SCW_DEFAULT_PROJECT_ID",
    "SCW_DEFAULT_ORGANIZATION_ID",
];

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The ways in which a key is written.
fn encodings(key: &str) -> Vec<String> {
    let bare = key.replace('-', "");
    vec![
        key.to_owned(),
        key.to_uppercase(),
        bare.clone(),
        bare.to_uppercase(),
        format!("{}{key}{}", "prefix".repeat(50), "suffix".repeat(50)),
        format!("dead{key}beef"),
        STANDARD.encode(key),
        STANDARD.encode(&bare),
        STANDARD.encode(format!("nologin:{key}")),
        URL_SAFE_NO_PAD.encode(format!("me:{key}")),
        URL_SAFE_NO_PAD.encode(format!("user:{}", key.to_uppercase())),
        STANDARD.encode(STANDARD.encode(format!("nologin:{key}"))),
        percent(key),
        percent(key).to_uppercase(),
        key.replace('-', "%2D"),
        percent(&percent(key)),
        key.replace('c', "\\u0063"),
        hex(key),
        hex(&format!("nologin:{key}")),
    ]
}

/// Whether a text holds a key, in any encoding.
fn holds(text: &str, key: &str) -> bool {
    let lower = text.to_lowercase();
    let bare = key.replace('-', "");
    let mut forms = vec![key.to_owned(), bare.clone(), percent(key), percent(&bare)];
    forms.extend([hex(key), hex(&bare), key.replace('-', "%2d"), key.replace('c', "\\u0063")]);
    let mut written = Vec::new();
    for key in [key, &key.to_uppercase(), &bare] {
        for offset in 0..3 {
            let groups = key.get(offset..offset + (key.len() - offset) / 3 * 3).unwrap();
            written.push(STANDARD.encode(groups));
        }
        written.push(STANDARD.encode(STANDARD.encode(format!("nologin:{key}")))[..32].to_owned());
    }
    forms.iter().any(|form| lower.contains(form)) || written.iter().any(|form| text.contains(form))
}

#[track_caller]
fn assert_no_key(what: &str, outcome: &Outcome) {
    for text in [&outcome.stdout, &outcome.stderr] {
        assert!(!holds(text, CANARY), "{what}: the key is shown: {text}");
        for key in [KEY_B, KEY_C] {
            assert!(!holds(text, key), "{what}: a key is shown: {text}");
        }
        let control = |c: char| c != '\n' && c != '\t' && c.is_control();
        assert!(!text.contains(control), "{what}: a control character is printed: {text:?}");
    }
}

/// What is put into each place: the key alone, every encoding of it, and the key after what belongs
/// there.
fn values(base: &str) -> Vec<String> {
    let all = format!("\u{1b}[31m{}", encodings(CANARY).join("/"));
    let after = format!("{}/{CANARY}", base.trim_end_matches('/'));
    vec![CANARY.to_owned(), all, after]
}

/// What is different on one machine.
type Change = Box<dyn Fn(World) -> World + Sync>;

/// A document with another text in the place of each of its texts and keys, and what was there.
fn with_each_text_replaced(document: &Value, text: &str) -> Vec<(String, Value)> {
    match document {
        Value::String(_) => vec![(String::new(), json!(text))],
        Value::Object(object) => {
            let mut documents = Vec::new();
            for (name, value) in object {
                let with = |value: Value| {
                    let mut object = object.clone();
                    object.insert(name.to_owned(), value);
                    Value::Object(object)
                };
                let mut renamed = object.clone();
                renamed.remove(name);
                renamed.insert(text.to_owned(), value.clone());
                documents.push((format!("key {name}"), Value::Object(renamed)));
                for (place, value) in with_each_text_replaced(value, text) {
                    documents.push((format!("{name} {place}"), with(value)));
                }
            }
            documents
        }
        _ => Vec::new(),
    }
}

fn is_id(place: &str) -> bool {
    place.split([' ', '=']).any(|word| IDS.contains(&word))
}

/// Does all of this, some at a time; each thread has its own Registry API.
fn in_parallel<T: Sync>(work: &[T], one: impl Fn(&T, &ApiStub) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let stub = ApiStub::new();
                while let Some(piece) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(piece, &stub);
                }
            });
        }
    });
}

/// Runs every command on each of these machines.
fn check_everywhere(machines: &[(String, Change)]) {
    in_parallel(machines, |(what, change), stub| {
        for line in lines() {
            // The API's answer repeats what a new namespace belongs to.
            if !(is_id(what) && line.name == ["namespace", "create"]) {
                line.check(what, stub, change, None, FR);
            }
        }
    });
}

#[test]
fn a_key_in_any_variable_is_not_shown() {
    let mut machines: Vec<(String, Change)> = Vec::new();
    for name in VARIABLES {
        let is_path = ["PATH", "HOME", "DIR", "FILE", "DOCKER_CONFIG"];
        let is_path = is_path.iter().any(|end| name.ends_with(end));
        for value in values(if is_path { "HOME/x" } else { "" }) {
            machines.push((
                format!("{name}={value}"),
                Box::new(move |world| {
                    let home = world.home.path().to_str().unwrap().to_owned();
                    let value = if is_path && !value.starts_with("HOME") {
                        format!("{home}/{value}")
                    } else {
                        value.replace("HOME", &home)
                    };
                    world.set(name, value)
                }),
            ));
        }
    }
    for document in with_each_text_replaced(&docker_config(), &values("")[1]) {
        machines.push((
            format!("DOCKER_AUTH_CONFIG: {}", document.0),
            Box::new(move |world| world.set("DOCKER_AUTH_CONFIG", document.1.to_string())),
        ));
    }
    machines.push((
        "SCW_API_URL".to_owned(),
        Box::new(|world| {
            let url = world.variable("SCW_API_URL");
            world.set("SCW_API_URL", format!("{url}/{CANARY}"))
        }),
    ));
    check_everywhere(&machines);
}

#[test]
fn a_key_in_any_text_of_a_file_is_not_shown() {
    let mut machines: Vec<(String, Change)> = Vec::new();
    let hosts = json!({FR: "stored", "rg.nl-ams.scw.cloud": "left-behind"});
    for (path, document) in [
        (".config/scw/config.yaml", scaleway_config()),
        (".docker/config.json", docker_config()),
        ("run/containers/auth.json", podman_config()),
        (".local/state/docker-credential-scw/stored-hosts.json", hosts),
    ] {
        // A key alone is something else only where a key belongs.
        let first = usize::from(path != ".config/scw/config.yaml");
        for value in &values("")[first..2] {
            for (place, document) in with_each_text_replaced(&document, value) {
                let what = format!("{path} {place}: {value}");
                let text = document.to_string();
                machines.push((what, Box::new(move |world| world.file(path, &text))));
            }
            let whole = value.clone();
            let broken = format!("{{\"a\": {value}");
            machines.push((format!("{path}: {value}"), Box::new(move |w| w.file(path, &whole))));
            machines.push((format!("{path}: {broken}"), Box::new(move |w| w.file(path, &broken))));
        }
    }
    check_everywhere(&machines);
}

#[test]
fn a_key_in_the_programs_name_is_not_shown() {
    let mut machines: Vec<(String, Change)> = Vec::new();
    for value in values("docker-credential-scw") {
        for name in [value.clone(), format!("docker-credential-scw-{value}")] {
            machines.push((name.clone(), Box::new(move |world| world.started_as(&name))));
        }
    }
    check_everywhere(&machines);
    in_parallel(&machines, |(what, change), stub| {
        for words in [&["version"][..], &["--help"], &[], &["nothing"], &["get", "more"]] {
            assert_no_key(what, &change(world(stub)).run(words, FR));
        }
    });
}

#[test]
fn a_key_on_the_command_line_is_not_shown() {
    let mut work = Vec::new();
    for (at, line) in lines().into_iter().enumerate() {
        for argument in &line.arguments {
            let base = good_value(argument).unwrap_or_default();
            for value in values(&base) {
                work.push((at, argument.clone(), value));
            }
        }
        // In the place of a command, an option or an argument.
        let nowhere = ["", "--", "-", "x=", "--x=", "--output "].map(|start| {
            values(start).into_iter().map(move |value| (at, Arg::new("nowhere"), value))
        });
        work.extend(nowhere.into_iter().flatten());
    }
    let unchanged: Change = Box::new(|world| world);
    in_parallel(&work, |(at, argument, value), stub| {
        let line = &lines()[*at];
        let what = format!("{} {value}", argument.get_id());
        let id = argument.get_id().as_str();
        let is_echoed = line.name == ["namespace", "create"]
            && (is_id(id) || (id == "name" && value != CANARY && value.contains(CANARY)));
        let value = Some(value.clone());
        if !is_echoed {
            line.check(&what, stub, &unchanged, Some(&(argument, value)), FR);
        }
    });
}

#[test]
fn a_key_on_standard_input_is_not_shown() {
    let unchanged: Change = Box::new(|world| world);
    let request = json!({"ServerURL": FR, "Username": "nologin", "Secret": KEY_B});
    let mut inputs: Vec<String> = values(FR);
    inputs.extend(encodings(CANARY));
    for value in values(FR) {
        let requests = with_each_text_replaced(&request, &value).into_iter();
        inputs.extend(requests.map(|(_, request)| request.to_string()));
    }
    in_parallel(&inputs, |input, stub| {
        for line in lines() {
            if matches!(
                line.name[0].as_str(),
                "get" | "kubelet-credential-provider" | "store" | "erase" | "list" | "save-key"
            ) {
                line.check("standard input", stub, &unchanged, None, input);
            }
            let from_stdin = line.arguments.iter().find(|one| one.get_id() == "secret_key_stdin");
            if let Some(option) = from_stdin {
                line.check("standard input", stub, &unchanged, Some(&(option, None)), input);
            }
        }
    });
}
