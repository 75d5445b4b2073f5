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

/// Checks that each output has one of these causes, and that the first of them occurs.
fn assert_all_report(outputs: &[String], causes: &[&str]) {
    let lines: Vec<_> = causes
        .iter()
        .map(|cause| {
            format!(
                "docker-credential-scw: cannot store the key for {FR}: {cause}; set SCW_SECRET_KEY, \
                 or run `docker-credential-scw save-key`: then no login is needed\n"
            )
        })
        .collect();
    for output in outputs {
        assert!(lines.iter().any(|line| line == output), "{output}");
    }
    assert!(outputs.iter().any(|output| *output == lines[0]), "{outputs:?}");
}

const NO_THREAD: &str = "cannot start a thread: Resource temporarily unavailable (os error 11)";
const NO_MEMORY: &str = "cannot allocate memory";
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
    assert_all_report(&outputs_under(&limits), &[NO_THREAD, SILENT]);
}

#[test]
fn missing_memory_is_reported() {
    let limits: Vec<_> = (0..40).map(|at| format!("-v {}", 12_000 + at * 500)).collect();
    assert_all_report(&outputs_under(&limits), &[NO_THREAD, NO_MEMORY, SILENT]);
}

/// A `config.yaml` that is made to cost time or memory, and what `get` says about it.
fn costly_configs() -> Vec<(String, &'static str)> {
    const STEPS: &str = "repeats too much through aliases (`*name`) and merges (`<<`); replace the aliases \
                         and merges with the values themselves";
    const VALUES: &str = "has more than 100000 values or separators; remove everything that is not \
                          Scaleway's configuration";
    const DEPTH: &str = "is nested more than 100 levels deep; remove everything that is not Scaleway's \
                         configuration";
    let times = |count: usize, unit: fn(usize) -> String| (0..count).map(unit).collect::<String>();
    let large = format!("a: &a {{{}}}\nprofiles:\n", times(10_000, |n| format!("k{n}: x,")));
    let text = format!("a: &a {}\nprofiles:\n", "x".repeat(500_000));
    vec![
        (large.clone() + &times(10_000, |n| format!("  p{n}: {{<<: *a}}\n")), STEPS),
        (large + &times(20_000, |n| format!("  p{n}: *a\n")), STEPS),
        (text + &times(15_000, |n| format!("  p{n}: {{secret_key: *a}}\n")), STEPS),
        (format!("x: {{{}}}", "a,".repeat(500_000)), VALUES),
        ("a:\n".repeat(300_000), VALUES),
        ("- ".repeat(500_000), DEPTH),
    ]
}

#[test]
fn a_costly_config_yaml_is_refused_within_a_second_and_64_mb() {
    // A build without optimizations takes about ten times as long.
    let seconds = if cfg!(debug_assertions) { 10 } else { 1 };
    let script = format!("ulimit -d 65536 && ulimit -t {seconds} && exec \"$0\" get");
    for (config, expected) in costly_configs() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config.yaml");
        fs::write(&file, &config).unwrap();
        let mut command = command("bash", home.path(), &["-c", &script, PROGRAM]);
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("SCW_CONFIG_PATH", &file);
        let (code, stdout, _) = crate::shown(&crate::run(command, FR.as_bytes()));
        let line = format!("docker-credential-scw: {} {expected}\n", file.display());
        assert_eq!((code, stdout), (Some(1), line), "{}", &config[..40]);
    }
}
