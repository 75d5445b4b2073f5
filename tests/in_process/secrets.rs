//! A key leaves through known doors only.

use std::path::Path;

/// Where a key's text may be taken out, and for what.
const DOORS: [(&str, usize); 4] = [
    // The `get` answer.
    ("src/protocol.rs", 1),
    // A child's standard input.
    ("src/child.rs", 1),
    // A header of a call to Scaleway: for a registry's token, and for its API.
    ("src/http.rs", 2),
    // Into the keyring, at `store`.
    ("src/keyring.rs", 2),
];

fn calls_of_expose(dir: &Path, found: &mut Vec<(String, usize)>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            calls_of_expose(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let program = text.split("#[cfg(test)]").next().unwrap();
        let calls = program.matches(".expose()").count();
        if calls > 0 {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            found.push((name, calls));
        }
    }
}

#[test]
fn a_key_is_taken_out_at_the_known_doors_only() {
    let mut found = Vec::new();
    calls_of_expose(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    let mut doors: Vec<_> =
        DOORS.iter().map(|(file, calls)| ((*file).to_owned(), *calls)).collect();
    doors.sort();
    assert_eq!(found, doors, "a new door for secrets needs a reason, and its place in this list");
}
