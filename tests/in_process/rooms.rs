//! The rooms of `src` use each other in one direction only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every module at the top of `src`, lowest first. A module uses only those before it.
const ROOMS: [&str; 23] = [
    "program_name",
    "helper_name",
    "registry_host",
    "key_text",
    "printable",
    "shell",
    "explain",
    "secret_key",
    "exit",
    "system",
    "scaleway",
    "keys",
    "protocol",
    "registry",
    "docker",
    "kubernetes",
    "sudo",
    "terminal",
    "diagnosis",
    "cli",
    "commands",
    "run",
    "fuzzed",
];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

/// The first module in the path of a source file below `src`.
fn room_of(path: &Path) -> String {
    let first = path.strip_prefix(src()).unwrap().iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules that a source names after `crate::`.
fn rooms_named_in(text: &str) -> BTreeSet<&str> {
    let names = text.split("crate::").skip(1);
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    names
        .filter_map(|rest| rest.split(|c| !is_name(c)).next())
        .filter(|it| !it.is_empty())
        .collect()
}

#[test]
fn every_module_is_in_the_list_and_no_module_uses_one_above_it() {
    let mut paths = Vec::new();
    sources(&src(), &mut paths);
    let mut rooms = BTreeSet::new();
    let mut upwards = Vec::new();
    for path in paths {
        let room = room_of(&path);
        if ["lib", "main"].contains(&room.as_str()) {
            continue;
        }
        let height = |room: &str| ROOMS.iter().position(|it| *it == room);
        let own = height(&room).unwrap_or_else(|| panic!("{room} is not in the list of rooms"));
        let text = std::fs::read_to_string(&path).unwrap();
        for used in rooms_named_in(&text) {
            let used_height = height(used);
            if used_height.is_none_or(|used| used > own) {
                upwards.push(format!("{} uses {used}", path.display()));
            }
        }
        rooms.insert(room);
    }
    assert_eq!(upwards, Vec::<String>::new());
    assert_eq!(rooms, ROOMS.iter().map(|room| (*room).to_owned()).collect());
}

/// `cli` converts the arguments into plain values. Only it knows how a command line is read.
#[test]
fn no_command_depends_on_clap() {
    let mut paths = Vec::new();
    sources(&src().join("commands"), &mut paths);
    paths.push(src().join("run.rs"));
    assert!(paths.len() > 50, "{paths:?}");
    let depends = |path: &PathBuf| std::fs::read_to_string(path).unwrap().contains("clap");
    paths.retain(depends);
    assert_eq!(paths, Vec::<PathBuf>::new());
}

#[test]
fn the_map_in_lib_rs_lists_the_rooms_in_the_same_order() {
    let lib = std::fs::read_to_string(src().join("lib.rs")).unwrap();
    let map: Vec<_> = lib.lines().take_while(|line| line.starts_with("//!")).collect();
    let map = map.join("\n");
    let places: Vec<_> = ["system", "scaleway", "keys", "protocol", "registry", "docker", "sudo"]
        .into_iter()
        .chain(["terminal", "diagnosis", "cli", "commands"])
        .map(|room| {
            let place = map.find(&format!("- [`{room}`]")).or(map.find(&format!("- `{room}`")));
            place.unwrap_or_else(|| panic!("lib.rs does not describe {room}"))
        })
        .collect();
    assert!(places.is_sorted(), "{map}");
}
