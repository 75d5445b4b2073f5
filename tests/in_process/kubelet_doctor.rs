//! Broken and healthy nodes: `doctor --kubelet`'s whole screen for each, and that its fix works when
//! it is typed.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use docker_credential_scw::Exit;
use serde_json::Value;

use crate::support::setups::report::{checks_of, commands_of, problems_of};
use crate::support::snapshot::matches_snapshot;
use crate::support::{KEY_A, World};

const BIN_DIR: &str = "opt/bin";
const PROGRAM: &str = "opt/bin/scw-credential-provider";
const CONFIG: &str = "etc/providers.yaml";
const KEY_FILE: &str = ".config/scw/config.yaml";

/// What a person does, in words and in the test.
type Person = (&'static str, fn(&World));

/// One node. It starts from a healthy one.
struct Node {
    name: &'static str,
    prepare: fn(&World),
    /// The problems as `STATUS ID`, each once, in the order of the screen.
    problems: &'static [&'static str],
    /// What only a person can do, before the printed commands are typed.
    person: Option<Person>,
}

const fn node(name: &'static str, prepare: fn(&World), problems: &'static [&'static str]) -> Node {
    Node { name, prepare, problems, person: None }
}

impl Node {
    const fn after(self, what: &'static str, does: fn(&World)) -> Self {
        Self { person: Some((what, does)), ..self }
    }
}

fn edit(world: &World, path: &str, from: &str, to: &str) {
    let text = world.read(path);
    assert!(text.contains(from), "{text}");
    fs::write(world.path(path), text.replace(from, to)).unwrap();
}

fn mode(world: &World, path: &str, mode: u32) {
    fs::set_permissions(world.path(path), fs::Permissions::from_mode(mode)).unwrap();
}

fn write_program(world: &World, text: &str) {
    fs::remove_file(world.path(PROGRAM)).unwrap();
    fs::write(world.path(PROGRAM), text).unwrap();
    mode(world, PROGRAM, 0o755);
}

fn reinstall(world: &World, more: &[&str]) {
    fs::remove_file(world.path(CONFIG)).unwrap();
    let [bin_dir, config] = [BIN_DIR, CONFIG].map(|path| world.path(path).display().to_string());
    let words = ["install", "--kubelet", "--bin-dir", &bin_dir, "--config", &config];
    assert_eq!(world.run(&[&words[..], more].concat(), "").exit, Exit::Success);
}

const NODES: &[Node] = &[
    node("healthy", |_| {}, &[]),
    node(
        "healthy, next to another provider",
        |world| {
            let other = "providers:\n  - name: other\n    matchImages: [a.example.com]\n    \
                         apiVersion: v1\n    defaultCacheDuration: 1m0s\n";
            edit(world, CONFIG, "providers:\n", other);
        },
        &[],
    ),
    node(
        "healthy, with a profile",
        |world| {
            let text = format!("profiles:\n  prod:\n    secret_key: {KEY_A}\n");
            fs::write(world.path(KEY_FILE), text).unwrap();
            reinstall(world, &["--profile", "prod"]);
        },
        &[],
    ),
    node(
        "nothing is installed",
        |world| {
            fs::remove_dir_all(world.path("opt")).unwrap();
            fs::remove_file(world.path(CONFIG)).unwrap();
        },
        &["failure kubelet-program-missing", "failure kubelet-config-missing"],
    ),
    node(
        "the program is gone",
        |world| fs::remove_file(world.path(PROGRAM)).unwrap(),
        &["failure kubelet-program-missing"],
    ),
    node(
        "a directory has the program's name",
        |world| {
            fs::remove_file(world.path(PROGRAM)).unwrap();
            fs::create_dir(world.path(PROGRAM)).unwrap();
        },
        &["failure kubelet-program-directory"],
    ),
    node(
        "the kubelet's directory is a file",
        |world| {
            fs::remove_dir_all(world.path(BIN_DIR)).unwrap();
            fs::write(world.path(BIN_DIR), "").unwrap();
        },
        &["failure kubelet-bin-dir-file"],
    ),
    node(
        "the program is not executable",
        |world| mode(world, PROGRAM, 0o644),
        &["failure kubelet-program-not-executable"],
    ),
    node(
        "an empty file is in its place",
        |world| write_program(world, ""),
        &["failure kubelet-program-foreign"],
    ),
    node(
        "the program is cut off",
        |world| {
            let program = fs::read(world.path(PROGRAM)).unwrap();
            fs::remove_file(world.path(PROGRAM)).unwrap();
            fs::write(world.path(PROGRAM), &program[..program.len() / 50]).unwrap();
            mode(world, PROGRAM, 0o755);
        },
        &["failure kubelet-program-incomplete"],
    ),
    node(
        "another program is in its place",
        |world| write_program(world, "#!/bin/sh\necho hello\n"),
        &["failure kubelet-program-foreign"],
    ),
    node(
        "the configuration is gone",
        |world| fs::remove_file(world.path(CONFIG)).unwrap(),
        &["failure kubelet-config-missing"],
    ),
    node(
        "the configuration has only another provider",
        |world| edit(world, CONFIG, "name: scw-credential-provider", "name: other"),
        &["failure kubelet-not-registered"],
    ),
    node(
        "the configuration is not YAML",
        |world| edit(world, CONFIG, "providers:", "providers: ["),
        &["failure kubelet-config-broken"],
    )
    .after("fixes the line", |world| edit(world, CONFIG, "providers: [", "providers:")),
    node(
        "the configuration is of another kind",
        |world| edit(world, CONFIG, "CredentialProviderConfig", "KubeletConfiguration"),
        &["failure kubelet-config-broken"],
    )
    .after("names the right file", |world| {
        edit(world, CONFIG, "KubeletConfiguration", "CredentialProviderConfig");
    }),
    node(
        "the provider has an old apiVersion",
        |world| {
            edit(
                world,
                CONFIG,
                "credentialprovider.kubelet.k8s.io/v1",
                "credentialprovider.kubelet.k8s.io/v1alpha1",
            );
        },
        &["failure kubelet-entry-version"],
    ),
    node(
        "the provider has no matchImages",
        |world| edit(world, CONFIG, "matchImages", "args"),
        &["failure kubelet-entry-no-images"],
    ),
    node(
        "the provider has no defaultCacheDuration",
        |world| edit(world, CONFIG, "    defaultCacheDuration: 5m0s\n", ""),
        &["failure kubelet-entry-no-duration"],
    ),
    node(
        "registries are missing from matchImages",
        |world| {
            edit(world, CONFIG, "      - rg.nl-ams.scw.cloud\n", "");
            edit(world, CONFIG, "      - rg.*.scw.cloud\n", "");
        },
        &["warning kubelet-entry-lacks-registries"],
    ),
    node(
        "registries are missing, with a profile and another file",
        |world| {
            let text = format!("profiles:\n  prod:\n    secret_key: {KEY_A}\n");
            fs::write(world.path("etc/scw.yaml"), text).unwrap();
            mode(world, "etc/scw.yaml", 0o600);
            reinstall(world, &["--profile", "prod"]);
            edit(world, CONFIG, KEY_FILE, "etc/scw.yaml");
            edit(world, CONFIG, "      - rg.pl-waw.scw.cloud\n", "");
            edit(world, CONFIG, "      - rg.*.scw.cloud\n", "");
        },
        &["warning kubelet-entry-lacks-registries"],
    ),
    node(
        "matchImages has images of others",
        |world| {
            let more = "matchImages:\n      - ghcr.io\n";
            edit(world, CONFIG, "matchImages:\n", more);
        },
        &["warning kubelet-foreign-images"],
    )
    .after("removes the line", |world| edit(world, CONFIG, "      - ghcr.io\n", "")),
    node(
        "the file with the key has a relative path",
        |world| {
            let path = world.path(KEY_FILE).display().to_string();
            edit(world, CONFIG, &path, KEY_FILE);
        },
        &["failure kubelet-key-file-relative"],
    ),
    node(
        "there is no key",
        |world| fs::remove_file(world.path(KEY_FILE)).unwrap(),
        &["failure kubelet-key-file-missing"],
    ),
    node(
        "there is no key in another file",
        |world| edit(world, CONFIG, KEY_FILE, "etc/scw.yaml"),
        &["failure kubelet-key-file-missing"],
    ),
    node(
        "healthy, with the key in a variable and no file",
        |world| {
            fs::remove_file(world.path(KEY_FILE)).unwrap();
            let variable =
                format!("    env:\n      - name: SCW_SECRET_KEY\n        value: {KEY_A}\n");
            edit(world, CONFIG, "    env:\n", &variable);
        },
        &[],
    ),
    node(
        "the file has no key",
        |world| fs::write(world.path(KEY_FILE), "default_region: nl-ams\n").unwrap(),
        &["failure kubelet-no-key"],
    ),
    node(
        "others may read the file with the key",
        |world| mode(world, KEY_FILE, 0o644),
        &["warning kubelet-key-file-readable"],
    ),
    node(
        "the file with the key is broken",
        |world| fs::write(world.path(KEY_FILE), "secret_key: [\n").unwrap(),
        &["failure kubelet-key-broken"],
    )
    .after("writes it again", |world| {
        fs::write(world.path(KEY_FILE), format!("secret_key: {KEY_A}\n")).unwrap();
    }),
    node(
        "the profile is not in the file",
        |world| {
            edit(
                world,
                CONFIG,
                "    env:\n",
                "    env:\n      - name: SCW_PROFILE\n        value: prod\n",
            );
        },
        &["failure kubelet-key-broken"],
    )
    .after("removes the profile", |world| {
        edit(world, CONFIG, "      - name: SCW_PROFILE\n        value: prod\n", "");
    }),
];

#[test]
fn each_nodes_problems_are_found_and_the_typed_fix_helps() {
    let (mut text, mut wrong) = (String::new(), Vec::new());
    for node in NODES {
        text += &play(node, &mut wrong);
    }
    let found = wrong.join("\n");
    assert!(wrong.is_empty(), "{found}");
    matches_snapshot("doctor/kubelet.txt", &text);
}

fn play(node: &Node, wrong: &mut Vec<String>) -> String {
    let mut world = World::new().config(format!("secret_key: {KEY_A}\n")).file(CONFIG, "");
    world.uid = Some(0);
    mode(&world, KEY_FILE, 0o600);
    reinstall(&world, &[]);
    (node.prepare)(&world);
    let report = report(&world);
    let mut text = format!("=== {}\n{}", node.name, shown(&world, &doctor(&world, &[])));
    let mut check = |is_right: bool, what: String| {
        if !is_right {
            wrong.push(format!("{}: {what}", node.name));
        }
    };
    let problems = problems_of(&report);
    check(problems == node.problems, format!("{problems:?}\n{text}"));
    if let Some((what, does)) = node.person {
        does(&world);
        text += &format!("--- by hand: {what}\n");
    }
    for line in commands_of(&report) {
        text += &format!("--- typed: {}\n", shown(&world, &line));
        if let Err(why) = type_line(&mut world, &line) {
            check(false, format!("{line} fails: {why}"));
        }
    }
    let left = doctor(&world, &[]);
    // Of every set-up: each screen before the fix is in the snapshot.
    check(left.ends_with("\nPulls will work.\n"), format!("after the fix:\n{left}"));
    text + "\n"
}

fn doctor(world: &World, more: &[&str]) -> String {
    let [bin_dir, config] = [BIN_DIR, CONFIG].map(|path| world.path(path).display().to_string());
    let words = ["doctor", "--kubelet", "--bin-dir", &bin_dir, "--config", &config];
    let outcome = world.run(&[&words[..], more].concat(), "");
    assert_eq!(outcome.stderr, "");
    assert!(!outcome.stdout.contains(&KEY_A[..8]), "{}", outcome.stdout);
    outcome.stdout
}

fn report(world: &World) -> Vec<Value> {
    checks_of(&doctor(world, &["-o", "json"]))
}

fn shown(world: &World, text: &str) -> String {
    text.replace(world.home.path().to_str().unwrap(), "~")
}

/// Types a command as it was printed.
fn type_line(world: &mut World, line: &str) -> Result<(), String> {
    let words: Vec<_> = line.split(' ').collect();
    let start = words.iter().position(|word| *word == "docker-credential-scw");
    let Some(start) = start else {
        let output = Command::new("/bin/sh").args(["-c", line]).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        return if output.status.success() { Ok(()) } else { Err(stderr) };
    };
    let variable = (start == 2).then(|| words[1].split_once('=').unwrap());
    if let Some((name, value)) = variable {
        *world = std::mem::replace(world, World::new()).set(name, value);
    }
    let words = &words[start + 1..];
    let stdin = if words[0] == "save-key" { KEY_A } else { "" };
    let outcome = world.run(words, stdin);
    if let Some((name, _)) = variable {
        world.unset(name);
    }
    if outcome.exit == Exit::Success { Ok(()) } else { Err(format!("{outcome:?}")) }
}
