//! Keys and text leave the program at marked places only.
//!
//! `clippy.toml` forbids to take a key out and to use a standard stream. Each exception is an `#[expect]`
//! with its reason. Clippy sees only the code of the system that it runs on; this test reads all of it.

use std::fs;
use std::path::{Path, PathBuf};

/// The calls that `clippy.toml` forbids.
const FORBIDDEN: [&str; 3] = [".expose()", "io::stdout()", "io::stderr()"];

/// All source files of the program.
fn sources() -> Vec<PathBuf> {
    let mut left = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn keys_and_text_leave_at_marked_places_only() {
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        let calls = FORBIDDEN.iter().any(|call| text.contains(call));
        let is_marked = text.contains("clippy::disallowed_methods");
        assert!(!calls || is_marked, "{}: add an #[expect] with the reason", path.display());
    }
}

#[test]
fn clippy_forbids_these_calls() {
    let rules = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("clippy.toml"));
    let rules = rules.unwrap();
    for path in [
        "docker_credential_scw::secret_key::SecretKey::expose",
        "std::io::stdout",
        "std::io::stderr",
    ] {
        assert!(rules.contains(&format!("path = \"{path}\"")), "{path}");
    }
}

#[test]
fn only_run_rs_writes_around_the_filter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let writes = |path: &PathBuf| fs::read_to_string(path).unwrap().contains(".write_credentials(");
    let mut found: Vec<_> = sources().into_iter().filter(writes).collect();
    found.sort();
    // The filter's own tests call it, too.
    let expected = ["src/run.rs", "src/system/output_filter/writer.rs"];
    assert_eq!(found, expected.map(|path| root.join(path)));
}

#[test]
fn this_crate_forbids_unsafe_code() {
    let manifest = include_str!("../../Cargo.toml");
    let (_, lints) = manifest.split_once("[workspace.lints.rust]").unwrap();
    assert!(lints.split("\n[").next().unwrap().contains("unsafe_code = \"forbid\""));
}
