//! What a page shows of the program's output is what the program prints. `UPDATE_SNAPSHOTS=1` writes
//! the blocks again.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use docker_credential_scw::Exit;
use serde_json::json;

use super::{page, pages, root};
use crate::registry::{done, user};
use crate::registry_usage::filled;
use crate::support::api_stub::ApiStub;
use crate::support::{FR, KEY_A, World};

/// Runs the program and returns what it prints.
type Print = fn() -> String;

/// Each block marked `text`: its page, and what the program prints for it, in the page's order.
const BLOCKS: [(&str, Print); 6] = [
    ("README.md", not_set_up),
    ("docs/doctor.md", hidden_by_podman),
    ("docs/files.md", install),
    ("docs/prune.md", prune),
    ("docs/registry.md", images),
    ("docs/usage.md", usage),
];

#[test]
fn each_page_shows_what_the_program_prints() {
    for (path, print) in BLOCKS {
        let mut page = page(path);
        let blocks = page.blocks();
        let block = blocks.iter().find(|block| block.language == "text").unwrap();
        let printed = print();
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            let end = block.start + block.text.len();
            page.text.replace_range(block.start..end, &printed);
            fs::write(root().join(path), &page.text).unwrap();
        } else {
            assert_eq!(block.text, printed, "{path} differs: UPDATE_SNAPSHOTS=1 writes it again");
        }
    }
}

#[test]
fn no_page_shows_output_that_is_not_tested() {
    let mut shown = Vec::new();
    for page in pages() {
        let blocks = page.blocks();
        let texts = blocks.iter().filter(|block| block.language == "text");
        shown.extend(texts.map(|_| page.path.clone()));
        for block in &blocks {
            let known = ["sh", "json", "yaml", "dockerfile", "ini", "hcl", "text", "rust"];
            assert!(known.contains(&block.language.as_str()), "{}: {}", page.path, block.language);
        }
    }
    assert_eq!(shown, BLOCKS.map(|(path, _)| path));
}

/// The machine of ada, who has docker and podman, and the helper in `~/bin`, which is shown as
/// `/usr/local/bin`.
fn machine(config: &str) -> World {
    let mut world = World::new().config(config);
    world.uid = Some(nix::unistd::Uid::effective().as_raw());
    mode(&world, ".config/scw/config.yaml", 0o600);
    fs::create_dir_all(world.path("bin")).unwrap();
    for (name, version) in [("docker", "Docker version 29.7.2"), ("podman", "podman version 5.6.0")]
    {
        let path = format!("clients/{name}");
        world = world.file(&path, format!("#!/bin/sh\necho {version}\n"));
        mode(&world, &path, 0o755);
    }
    let path = std::env::join_paths([world.path("bin"), world.path("clients")]).unwrap();
    let (home, run) = (world.path(""), world.path("run"));
    world.set("PATH", path).set("HOME", home).set("XDG_RUNTIME_DIR", run).set("LANG", "C.UTF-8")
}

fn mode(world: &World, path: &str, mode: u32) {
    fs::set_permissions(world.path(path), fs::Permissions::from_mode(mode)).unwrap();
}

/// What the program prints there, with the paths that it would have on a real machine.
#[track_caller]
fn printed(world: &World, words: &[&str], exit: Exit) -> String {
    let outcome = world.run(words, "");
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (exit, ""), "{outcome:?}");
    let home = world.home.path().display().to_string();
    outcome
        .stdout
        .replace(&world.program_file.display().to_string(), "/usr/local/bin/docker-credential-scw")
        .replace(&format!("{home}/bin"), "/usr/local/bin")
        .replace(&format!("{home}/clients"), "/usr/bin")
        .replace(&format!("{home}/run"), "/run/user/1000")
        .replace(&home, "/home/ada")
}

#[track_caller]
fn installed(world: &World, options: &[&str]) -> String {
    let path = format!("path={}", world.path("bin").display());
    printed(world, &[&["install", &path], options].concat(), Exit::Success)
}

fn install() -> String {
    installed(&machine(&format!("secret_key: {KEY_A}\n")), &[])
}

fn hidden_by_podman() -> String {
    let world = machine(&format!("secret_key: {KEY_A}\n"));
    installed(&world, &["--region", "fr-par"]);
    let login = format!(r#"{{"auths": {{"{FR}": {{"auth": "{}"}}}}}}"#, login());
    let world = world.file("run/containers/auth.json", login);
    printed(&world, &["doctor", "--offline", "--region", "fr-par"], Exit::Success)
}

/// `nologin` and [`KEY_A`], as clients write them.
fn login() -> &'static str {
    "bm9sb2dpbjphYWFhYWFhYS0xMTExLTQxMTEtODExMS1hYWFhYWFhYWFhYTE="
}

fn not_set_up() -> String {
    let world = machine("access_key: SCWXXXXXXXXXXXXXXXXX\nsecret_key: SCWXXXXXXXXXXXXXXXXX\n");
    fs::copy(&world.program_file, world.path("bin/docker-credential-scw")).unwrap();
    printed(&world, &["doctor", "--offline", "--region", "fr-par"], Exit::Failure)
}

fn prune() -> String {
    let stub = ApiStub::new();
    for (number, tag) in (1_u64..).zip(&mut stub.state().tags) {
        // Multiplying by an odd number gives digests whose shown prefixes differ, as real ones do.
        let prefix = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        tag["digest"] = json!(format!("sha256:{prefix:016x}{number:048x}"));
        tag["updated_at"] = json!(format!("2026-0{number}-1{number}T09:50:08Z"));
    }
    done(&user(&stub), "tag prune my-ns/app --keep 2 --dry-run")
}

fn usage() -> String {
    done(&user(&filled()), "usage --price 0.027")
}

/// `tests/in_process/registry.rs` compares this with what the program prints.
fn images() -> String {
    include_str!("../snapshots/image-list-human.txt").to_owned()
}
