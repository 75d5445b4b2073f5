//! Keyring entries that released versions wrote are found. `tests/in_process/released.rs` has the
//! files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Scenario;
use crate::keyring::{Keyring, Session, login};
use crate::stage::{FR, KEY, OTHER_KEY, Stage, UPDATE_VARIABLE, both, run};

pub const SCENARIOS: &[Scenario] = &[Scenario {
    name: "keyring_entries_of_released_versions",
    needs: &["dbus-daemon", "gnome-keyring-daemon", "secret-tool"],
    play: entries,
}];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// What a keyring manager shows of the entries, without what differs between runs.
fn shown(session: &Session<'_>) -> String {
    let words = ["secret-tool", "search", "--all", "service", "docker-credential-scw"];
    let output = both(&run(session.command(&words), ""));
    let is_kept = |line: &&str| line.starts_with("label = ") || line.starts_with("attribute.");
    let mut lines: Vec<_> = output.lines().filter(is_kept).collect();
    lines.sort_unstable();
    lines.join("\n") + "\n"
}

fn entries(stage: &Stage) {
    let mut session = Session::start(stage, &Keyring::Unlocked);
    assert_eq!(session.call("store", &login(FR, KEY)), "");
    let written = shown(&session);
    let path = fixtures().join(env!("CARGO_PKG_VERSION")).join("keyring.txt");
    if std::env::var_os(UPDATE_VARIABLE).is_some() {
        fs::write(&path, &written).unwrap();
    }
    assert_eq!(written, fs::read_to_string(&path).unwrap_or_default());

    for version in fs::read_dir(fixtures()).unwrap() {
        let entry = fs::read_to_string(version.unwrap().path().join("keyring.txt")).unwrap();
        fs::remove_dir_all(stage.home().join(".local/share/keyrings")).unwrap();
        session.unlock();
        let mut words = vec!["secret-tool", "store"];
        let label = entry.lines().find_map(|line| line.strip_prefix("label = ")).unwrap();
        let label = format!("--label={label}");
        words.push(&label);
        for line in entry.lines() {
            let Some(attribute) = line.strip_prefix("attribute.") else { continue };
            let (name, value) = attribute.split_once(" = ").unwrap();
            words.extend([name, value]);
        }
        assert_eq!(both(&run(session.command(&words), OTHER_KEY)), "");
        assert!(session.call("get", FR).contains(OTHER_KEY), "{entry}");
        // A login replaces the entry.
        assert_eq!(session.call("store", &login(FR, KEY)), "");
        assert_eq!(shown(&session), entry);
        assert!(session.call("get", FR).contains(KEY), "{entry}");
        assert_eq!(session.call("erase", FR), "");
        assert_eq!(shown(&session), "\n");
        assert_eq!(session.call("store", &login(FR, KEY)), "");
    }
}
