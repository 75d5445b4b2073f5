//! Searches for keys in all places where they must not be.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::stage::{KEY, OTHER_KEY, WRONG_KEY};

/// Watches the arguments of all processes of the scenario for keys.
pub struct Canaries {
    seen_in_arguments: Arc<Mutex<BTreeSet<String>>>,
}

impl Canaries {
    pub fn watch() -> Self {
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        let seen_in_arguments = Arc::clone(&seen);
        let forms = forms();
        std::thread::spawn(move || {
            loop {
                for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
                    let arguments = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                    if forms.iter().any(|form| contains(&arguments, form)) {
                        let shown = String::from_utf8_lossy(&arguments).replace('\0', " ");
                        seen.lock().unwrap().insert(shown);
                    }
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Self { seen_in_arguments }
    }

    /// Panics if a key, plain or in base64, was found in a file below `roots` other than `allowed`,
    /// or in the arguments of a process.
    pub fn search(&self, roots: &[&Path], allowed: &Path) {
        let mut found = Vec::new();
        for root in roots {
            search_below(root, allowed, &forms(), &mut found);
        }
        assert!(found.is_empty(), "a key is in {found:#?}");
        let arguments = self.seen_in_arguments.lock().unwrap();
        assert!(arguments.is_empty(), "a key was among the arguments of {arguments:#?}");
    }
}

/// The keys in plaintext, and at each of the three offsets in base64, as in `auths` of Docker's
/// config.
fn forms() -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for key in [KEY, OTHER_KEY, WRONG_KEY] {
        forms.push(key.as_bytes().to_vec());
        for offset in 0..3 {
            let whole_groups = &key.as_bytes()[offset..offset + 33];
            forms.push(base64(whole_groups).into_bytes());
        }
    }
    forms
}

pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..=group.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize]));
        }
        text.extend(std::iter::repeat_n('=', 3 - group.len()));
    }
    text
}

fn search_below(path: &Path, allowed: &Path, forms: &[Vec<u8>], found: &mut Vec<String>) {
    let Ok(metadata) = fs::symlink_metadata(path) else { return };
    if metadata.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            search_below(&entry.path(), allowed, forms, found);
        }
    } else if metadata.is_file() && path != allowed {
        let bytes = fs::read(path).unwrap_or_default();
        if forms.iter().any(|form| contains(&bytes, form)) {
            found.push(path.display().to_string());
        }
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else { return true };
    let mut at = 0;
    while let Some(next) = haystack[at..].iter().position(|byte| byte == first) {
        at += next + 1;
        if haystack[at..].starts_with(rest) {
            return true;
        }
    }
    false
}

/// Checks the search itself: it finds a planted canary.
pub fn finds_what_is_planted(directory: &Path) {
    for text in [format!("x{KEY}y"), base64(format!("nologin:{KEY}").as_bytes())] {
        let path = directory.join("planted");
        fs::write(&path, text).unwrap();
        let mut found = Vec::new();
        search_below(directory, Path::new("/nowhere"), &forms(), &mut found);
        assert_eq!(found, [path.display().to_string()]);
        fs::remove_file(path).unwrap();
    }
}
