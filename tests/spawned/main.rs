//! Tests that need a real process: exit codes, closed streams, the name it is started under, the
//! real environment.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods, clippy::indexing_slicing)]

mod github_action;
mod kubelet;
#[allow(dead_code, unreachable_pub)]
#[path = "../support/kubelet.rs"]
mod kubelet_model;
mod login;
mod registry;
mod resources;
mod streams;

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_docker-credential-scw");
const FR: &str = "rg.fr-par.scw.cloud";
const KEY: &str = "aaaaaaaa-1111-4111-8111-aaaaaaaaaaa1";
const OTHER_KEY: &str = "bbbbbbbb-2222-4222-8222-bbbbbbbbbbb2";
const NOT_FOUND: &str = "credentials not found in native keychain\n";

fn command(program: impl AsRef<Path>, home: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program.as_ref());
    command.args(words).env_clear().env("HOME", home);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the command with this standard input. Panics if it stops reading early.
fn run(mut command: Command, stdin: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    child.wait_with_output().unwrap()
}

fn shown(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// The line with which `get` answers for [`FR`].
fn answer_with(key: &str) -> String {
    format!("{{\"ServerURL\":\"{FR}\",\"Username\":\"nologin\",\"Secret\":\"{key}\"}}\n")
}

fn write_config(home: &Path, below: &str) {
    let dir = home.join(below).join("scw");
    fs::create_dir_all(&dir).unwrap();
    let text = format!("secret_key: {OTHER_KEY}\nprofiles:\n  prod:\n    secret_key: {KEY}\n");
    fs::write(dir.join("config.yaml"), text).unwrap();
}

#[test]
fn exit_codes_are_0_1_and_2() {
    let home = tempfile::tempdir().unwrap();
    for (words, stdin, code) in [
        (vec!["version"], "", 0),
        (vec![], "", 1),
        (vec!["get"], FR, 1),
        (vec!["erase"], FR, 0),
        (vec!["frob"], "", 1),
        (vec!["frob", "x"], "", 2),
    ] {
        let output = run(command(PROGRAM, home.path(), &words), stdin.as_bytes());
        assert_eq!(output.status.code(), Some(code), "{words:?}");
    }
}

#[test]
fn the_processs_environment_and_config_file_are_read() {
    let home = tempfile::tempdir().unwrap();
    let get = |set: &dyn Fn(&mut Command) -> &mut Command| {
        let mut command = command(PROGRAM, home.path(), &["get"]);
        set(&mut command);
        shown(&run(command, FR.as_bytes()))
    };
    let with = |key: &str| (Some(0), answer_with(key), String::new());
    assert_eq!(get(&|command| command), (Some(1), NOT_FOUND.to_owned(), String::new()));
    assert_eq!(get(&|command| command.env("SCW_SECRET_KEY", KEY)), with(KEY));
    write_config(home.path(), ".config");
    assert_eq!(get(&|command| command), with(OTHER_KEY));
    assert_eq!(get(&|command| command.env("SCW_PROFILE", "prod")), with(KEY));
    write_config(home.path(), "xdg");
    fs::remove_dir_all(home.path().join(".config")).unwrap();
    let xdg = home.path().join("xdg");
    assert_eq!(get(&|command| command.env("XDG_CONFIG_HOME", &xdg)), with(OTHER_KEY));
    // Without HOME, the user database has the home directory. The variable takes precedence.
    let homeless = |command: &mut Command| {
        command.env_remove("HOME").env("SCW_SECRET_KEY", KEY);
    };
    let mut command = command(PROGRAM, home.path(), &["get"]);
    homeless(&mut command);
    assert_eq!(shown(&run(command, FR.as_bytes())), with(KEY));
}

#[test]
fn the_list_of_stored_hosts_is_in_the_state_directory() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join(".local/state/docker-credential-scw");
    fs::create_dir_all(&state).unwrap();
    fs::write(state.join("stored-hosts.json"), format!("{{\"{FR}\":\"stored\"}}")).unwrap();
    let answer = shown(&run(command(PROGRAM, home.path(), &["get"]), FR.as_bytes()));
    let error = "docker-credential-scw: cannot read the key stored for rg.fr-par.scw.cloud: there is \
                 no keyring in this session (no D-Bus session bus); set SCW_SECRET_KEY, or remove \
                 the stored key with `docker logout rg.fr-par.scw.cloud`\n";
    assert_eq!(answer, (Some(1), error.to_owned(), error.to_owned()));
    let mut elsewhere = command(PROGRAM, home.path(), &["get"]);
    elsewhere.env("XDG_STATE_HOME", home.path().join("elsewhere"));
    assert_eq!(shown(&run(elsewhere, FR.as_bytes())).1, NOT_FOUND);
}

#[test]
fn a_second_name_for_the_program_selects_a_profile() {
    let home = tempfile::tempdir().unwrap();
    write_config(home.path(), ".config");
    let bound = home.path().join("docker-credential-scw-prod");
    symlink(PROGRAM, &bound).unwrap();
    let mut command = command(&bound, home.path(), &["get"]);
    command.env("SCW_SECRET_KEY", OTHER_KEY);
    let answer = (Some(0), answer_with(KEY), String::new());
    assert_eq!(shown(&run(command, FR.as_bytes())), answer);
}

#[test]
fn a_long_request_is_read_to_its_end() {
    let home = tempfile::tempdir().unwrap();
    for action in ["get", "store", "erase", "list"] {
        let output = run(command(PROGRAM, home.path(), &[action]), &vec![b'a'; 4 * 1024 * 1024]);
        assert_eq!(output.status.code(), Some(1), "{action}");
    }
}

#[test]
fn a_closed_pipe_or_stdout_is_a_silent_failure() {
    let home = tempfile::tempdir().unwrap();
    for words in [["get"], ["--help"], ["version"]] {
        let mut broken = command(PROGRAM, home.path(), &words);
        broken.env("SCW_SECRET_KEY", KEY);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = broken.stdout(writer).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(FR.as_bytes());
        let (code, _, stderr) = shown(&child.wait_with_output().unwrap());
        assert_eq!((code, stderr.as_str()), (Some(1), ""), "{words:?}");

        let script = format!("exec '{PROGRAM}' {} >&- </dev/null", words[0]);
        let closed = run(command("/bin/sh", home.path(), &["-c", &script]), b"");
        assert!(matches!(closed.status.code(), Some(0 | 1)) && closed.stderr.is_empty());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let home = tempfile::tempdir().unwrap();
    let mut command = command(PROGRAM, home.path(), &["get"]);
    command.env("SCW_SECRET_KEY", KEY);
    command.stdout(File::options().write(true).open("/dev/full").unwrap());
    let (code, _, stderr) = shown(&run(command, FR.as_bytes()));
    let error = "docker-credential-scw: cannot write to standard output: No space left on device \
                 (os error 28)\n";
    assert_eq!((code, stderr.as_str()), (Some(1), error));
}

#[test]
fn closed_streams_are_a_failure() {
    let home = tempfile::tempdir().unwrap();
    let script = format!("exec '{PROGRAM}' get <&- >&- 2>&-");
    let output = run(command("/bin/sh", home.path(), &["-c", &script]), b"");
    assert_eq!(output.status.code(), Some(1));
}
