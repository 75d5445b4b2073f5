//! Measures a call of the helper, compared with an empty Rust program and other helpers.
//!
//! `cargo bench` prints a table. It has no limits and never fails. The times of such short
//! processes vary a lot, so compare the ratios, which are medians over pairs of runs, and the
//! instructions.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]
#![allow(clippy::indexing_slicing, clippy::panic)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 300;
const KEY: &str = "11111111-2222-4333-8444-555555555555";
const HOST: &str = "rg.fr-par.scw.cloud";
const INSIDE: &str = "STARTUP_BENCH_INSIDE_SESSION";

struct Row {
    name: String,
    words: Vec<String>,
    variables: Vec<(&'static str, String)>,
    times: Vec<Duration>,
}

fn main() {
    // The keyring needs a session bus. Start one, if the programs are installed.
    let session =
        ["dbus-run-session", "gnome-keyring-daemon"].iter().all(|name| which(name).is_some());
    if session && std::env::var_os(INSIDE).is_none() {
        let bench = std::env::current_exe().unwrap();
        let home = tempfile::tempdir().unwrap();
        let script = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec \"$0\"";
        let session = Command::new("dbus-run-session")
            .args(["--", "sh", "-c", script])
            .arg(bench)
            .env(INSIDE, "1")
            .env("HOME", home.path())
            .status();
        assert!(session.unwrap().success());
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut rows = rows(directory.path(), session);
    for round in 0..=ROUNDS {
        for row in &mut rows {
            let start = Instant::now();
            row.run();
            // The first round warms the caches.
            if round > 0 {
                row.times.push(start.elapsed());
            }
        }
    }
    print(&rows);
}

fn rows(directory: &Path, session: bool) -> Vec<Row> {
    let helper = env!("CARGO_BIN_EXE_docker-credential-scw");
    let with_file = directory.join("with-file");
    std::fs::create_dir_all(with_file.join(".config/scw")).unwrap();
    let config = include_str!("config.yaml").replace("SECRET_KEY", KEY);
    std::fs::write(with_file.join(".config/scw/config.yaml"), config).unwrap();
    let with_file = with_file.display().to_string();
    let nowhere = directory.join("nowhere").display().to_string();
    let row = |name: &str, words: &[&str], variables: &[(&'static str, &str)]| Row {
        name: name.to_owned(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        variables: variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        times: Vec::new(),
    };
    let empty = build_empty(directory).display().to_string();
    let mut rows = vec![
        row("empty Rust program", &[&empty], &[]),
        row("/bin/true", &["/bin/true"], &[]),
        row(
            "get, key in the environment",
            &[helper, "get"],
            &[("HOME", &nowhere), ("SCW_SECRET_KEY", KEY)],
        ),
        row("get, key in a 70-line config.yaml", &[helper, "get"], &[("HOME", &with_file)]),
    ];
    if session {
        let stored = directory.join("stored").display().to_string();
        let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap();
        let variables = [("HOME", stored.as_str()), ("DBUS_SESSION_BUS_ADDRESS", &bus)];
        let mut store = row("", &[helper, "store"], &variables).command();
        let mut store = store.stdin(Stdio::piped()).spawn().unwrap();
        let request = format!(r#"{{"ServerURL":"{HOST}","Username":"nologin","Secret":"{KEY}"}}"#);
        store.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        assert!(store.wait().unwrap().success());
        rows.push(row("get, key in the keyring", &[helper, "get"], &variables));
        if which("docker-credential-secretservice").is_some() {
            rows.push(row(
                "docker-credential-secretservice list",
                &["docker-credential-secretservice", "list"],
                &variables,
            ));
        }
    }
    for (peer, action) in
        [("docker-credential-pass", "list"), ("docker-credential-ecr-login", "list")]
    {
        if which(peer).is_some() {
            rows.push(row(&format!("{peer} {action}"), &[peer, action], &[("HOME", &nowhere)]));
        }
    }
    rows
}

/// Builds the empty program with the settings of the release profile.
fn build_empty(directory: &Path) -> PathBuf {
    let program = directory.join("empty");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/empty.rs");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let status = Command::new(rustc)
        .args(["--edition", "2024", "-Copt-level=3", "-Clto=fat", "-Ccodegen-units=1"])
        .args(["-Cpanic=abort", "-Cstrip=symbols", "-o"])
        .args([&program, &source])
        .status();
    assert!(status.unwrap().success());
    program
}

impl Row {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn run(&self) {
        let mut child = self.command().stdin(Stdio::piped()).spawn().unwrap();
        // `/bin/true` does not read its input and may have exited.
        let _ = child.stdin.take().unwrap().write_all(HOST.as_bytes());
        child.wait().unwrap();
    }

    /// The number of instructions, counted by callgrind if it is installed.
    fn instructions(&self) -> Option<String> {
        let valgrind = which("valgrind")?;
        let mut command = Command::new(valgrind);
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).args(&self.words);
        command.env_clear().env("PATH", std::env::var_os("PATH")?);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let _ = child.stdin.take()?.write_all(HOST.as_bytes());
        let output = child.wait_with_output().ok()?;
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        let (_, count) = report.split_once("Collected :")?;
        let count: u64 = count.split_whitespace().next()?.parse().ok()?;
        Some(format!("{} k", count / 1000))
    }
}

fn print(rows: &[Row]) {
    println!("{ROUNDS} rounds, each program once a round; a ratio is the median over the rounds");
    println!("{:<38} {:>9} {:>9} {:>7} {:>13}", "", "min", "median", "ratio", "instructions");
    for row in rows {
        let mut ratios: Vec<f64> = row
            .times
            .iter()
            .zip(&rows[0].times)
            .map(|(time, empty)| time.as_secs_f64() / empty.as_secs_f64())
            .collect();
        ratios.sort_by(f64::total_cmp);
        let mut times = row.times.clone();
        times.sort();
        println!(
            "{:<38} {:>6} us {:>6} us {:>7.2} {:>13}",
            row.name,
            times[0].as_micros(),
            times[times.len() / 2].as_micros(),
            ratios[ratios.len() / 2],
            row.instructions().unwrap_or_else(|| "-".to_owned()),
        );
    }
}

fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.is_file())
}
