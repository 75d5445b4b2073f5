//! A key leaves through known doors only.

use std::path::Path;

/// Where a key's text may be taken out, and for what.
const DOORS: [(&str, usize); 7] = [
    // The `get` answer.
    ("src/protocol/wire.rs", 1),
    // The answer to the kubelet.
    ("src/protocol/kubelet.rs", 1),
    // The answers of `docker-config` and `kubernetes-secret`.
    ("src/docker/config/key_copy.rs", 1),
    // A child's standard input.
    ("src/system/process/mod.rs", 1),
    // A header of a call to Scaleway: for a registry's token, and for its API.
    ("src/system/http/mod.rs", 2),
    // Into the keyring, at `store`.
    ("src/system/keyring/mod.rs", 2),
    // Into Scaleway's config.yaml, at `save-key`.
    ("src/scaleway/config/edit/mod.rs", 2),
];

fn occurrences(dir: &Path, pattern: &str, found: &mut Vec<(String, usize)>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            occurrences(&path, pattern, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let program = text.split("#[cfg(test)]").next().unwrap();
        let calls = program.matches(pattern).count();
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
    occurrences(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), ".expose()", &mut found);
    found.sort();
    let mut doors: Vec<_> =
        DOORS.iter().map(|(file, calls)| ((*file).to_owned(), *calls)).collect();
    doors.sort();
    assert_eq!(found, doors, "a new door for secrets needs a reason, and its place in this list");
}

/// Where a standard stream may be touched, and for what.
const STREAMS: [(&str, usize); 7] = [
    // Ctrl-C says what was deleted: names that passed the filter when the log was made.
    ("src/commands/registry/deletion_log.rs", 1),
    // Whether they are terminals.
    ("src/system/environment/surroundings.rs", 2),
    // Ctrl-C removes the line of progress: constant text.
    ("src/system/signals.rs", 1),
    // What root's child, or the user's process, answers to this program: no key is asked for there.
    ("src/sudo/invoking_user.rs", 2),
    // Handed to `run`, which wraps it in the filter before anything else.
    ("src/main.rs", 1),
    // A panic's line: constant text and a place in the source.
    ("src/run.rs", 2),
    // Standard output without a buffer, which `main` hands to `run` as well.
    ("src/system/streams.rs", 3),
];

#[test]
fn output_leaves_through_the_filter_only() {
    let mut found = Vec::new();
    for pattern in ["io::stdout()", "io::stderr()"] {
        occurrences(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), pattern, &mut found);
    }
    let mut sums = std::collections::BTreeMap::new();
    for (file, count) in found {
        *sums.entry(file).or_insert(0) += count;
    }
    let expected = STREAMS.iter().map(|(file, count)| ((*file).to_owned(), *count)).collect();
    assert_eq!(sums, expected, "a stream that does not pass the filter needs a reason");
    let mut found = Vec::new();
    occurrences(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        ".write_credentials(",
        &mut found,
    );
    // The answers of `get`, of the kubelet's credential provider, of `docker-config` and of
    // `kubernetes-secret`.
    let expected = [("src/run.rs".to_owned(), 1)];
    assert_eq!(found, expected, "output that is not filtered needs a reason");
}
