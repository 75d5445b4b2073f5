//! Without threads, descriptors or memory, the error says so instead of reporting a bug.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Output;

use crate::{FR, KEY, PROGRAM, command};

/// Stores a key with these `ulimit` options and a bus that never responds.
fn store(limits: &str, home: &Path, bus: &Path) -> Output {
    let script = format!("ulimit {limits} && exec \"$0\" store");
    // Root's processes are not limited.
    let user = ["setpriv", "--reuid=61234", "--regid=61234", "--clear-groups"];
    let user = if nix::unistd::geteuid().is_root() { &user[..] } else { &[] };
    let program = home.join("program").display().to_string();
    let words = [user, &["bash", "-c", &script, &program]].concat();
    let mut command = command(words[0], home, &words[1..]);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus.display()));
    let request = format!(r#"{{"ServerURL":"{FR}","Username":"nologin","Secret":"{KEY}"}}"#);
    let mut child = command.spawn().unwrap();
    // There may not be enough memory to start the program.
    let _ = child.stdin.take().unwrap().write_all(request.as_bytes());
    child.wait_with_output().unwrap()
}

/// The output for each of these limits. Leaves out runs that the loader or the allocator ended.
fn outputs_under(limits: &[String]) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let bus = home.path().join("bus");
    let _listener = UnixListener::bind(&bus).unwrap();
    fs::set_permissions(&bus, fs::Permissions::from_mode(0o777)).unwrap();
    fs::copy(PROGRAM, home.path().join("program")).unwrap();
    let outputs: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> =
            limits.iter().map(|limits| scope.spawn(|| store(limits, home.path(), &bus))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let outputs = outputs.iter().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    outputs.filter(|outputs| !outputs.is_empty()).collect()
}

fn assert_all_report(outputs: &[String], causes: &[&str]) {
    for line in outputs {
        assert!(causes.iter().any(|cause| line.contains(cause)), "{line}");
        assert!(
            line.starts_with("docker-credential-scw: ") && !line.contains("report it"),
            "{line}"
        );
    }
    let [of_machine, ..] = causes else { panic!("no cause") };
    assert!(outputs.iter().any(|line| line.contains(of_machine)), "{outputs:?}");
}

const SILENT: &str = "the keyring did not answer within 5 s";

/// The loader needs one descriptor besides the standard streams, and the keyring's client needs no other.
#[test]
fn four_descriptors_are_enough_to_ask_the_keyring() {
    let limits: Vec<_> = (4..8).map(|count| format!("-n {count}")).collect();
    let outputs = outputs_under(&limits);
    assert_eq!(outputs.len(), limits.len());
    assert_all_report(&outputs, &[SILENT]);
}

#[test]
fn missing_threads_are_reported() {
    // One thread for the program, one to ask the keyring, one for the bus library.
    let limits: Vec<_> = (1..4).map(|count| format!("-u {count}")).collect();
    assert_all_report(
        &outputs_under(&limits),
        &["cannot start a thread: Resource temporarily unavailable", SILENT],
    );
}

#[test]
fn missing_memory_is_reported() {
    let limits: Vec<_> = (0..40).map(|at| format!("-v {}", 12_000 + at * 500)).collect();
    let memory = "cannot allocate memory";
    assert_all_report(&outputs_under(&limits), &["cannot start a thread: ", memory, SILENT]);
}
