//! Every system call of the actions and of `install` and `uninstall` fails once with each error that
//! it can plausibly give, and the program is killed at each one.
//!
//! `cargo test` plays a part of these faults; `tests/faults` plays all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::Scenario;
use crate::keyring::{Keyring, Session};
use crate::stage::{ALL_FAULTS_VARIABLE, FR, KEY, OTHER_KEY, Stage, both, run};

const NEEDS: &[&str] = &["strace", "timeout"];
const WITH_KEYRING: &[&str] = &["strace", "timeout", "dbus-daemon", "gnome-keyring-daemon"];

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "faults_in_get", needs: NEEDS, play: get },
    Scenario { name: "faults_in_list", needs: NEEDS, play: list },
    Scenario { name: "faults_in_store", needs: WITH_KEYRING, play: store },
    Scenario { name: "faults_in_erase", needs: WITH_KEYRING, play: erase },
    Scenario { name: "faults_in_install", needs: NEEDS, play: install },
    Scenario { name: "faults_in_uninstall", needs: NEEDS, play: uninstall },
];

/// How many faults of one action are played where not all are asked for.
const QUICK: usize = 40;

/// No run takes longer, in seconds: a keyring that does not answer is waited for.
const DEADLINE: &str = "60";

/// A system call that fails, or at which the program is killed.
#[derive(Debug, Clone)]
struct Fault {
    call: String,
    /// The how-manieth call of that name in its thread, counted from 1.
    number: usize,
    /// `None` kills.
    error: Option<(&'static str, i32)>,
    /// The loader and the standard library have words of their own, or none.
    is_before_main: bool,
}

/// One action, and what must hold after it.
struct Action<'a> {
    command: &'a dyn Fn() -> Command,
    stdin: &'a str,
    /// Its threads are traced as well.
    has_threads: bool,
    /// Puts everything back to how it was before.
    reset: &'a dyn Fn(),
    /// What there is afterwards: one of the words below, or what is wrong.
    state: &'a dyn Fn() -> Result<State, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Old,
    /// A part is done; each part is old or new.
    Between,
    New,
}

fn errors_of(call: &str) -> &'static [(&'static str, i32)] {
    const EINTR: (&str, i32) = ("EINTR", 4);
    const EIO: (&str, i32) = ("EIO", 5);
    const EAGAIN: (&str, i32) = ("EAGAIN", 11);
    const ENOMEM: (&str, i32) = ("ENOMEM", 12);
    const EACCES: (&str, i32) = ("EACCES", 13);
    const EBUSY: (&str, i32) = ("EBUSY", 16);
    const EPERM: (&str, i32) = ("EPERM", 1);
    const EMFILE: (&str, i32) = ("EMFILE", 24);
    const ENFILE: (&str, i32) = ("ENFILE", 23);
    const EFBIG: (&str, i32) = ("EFBIG", 27);
    const ENOSPC: (&str, i32) = ("ENOSPC", 28);
    const EROFS: (&str, i32) = ("EROFS", 30);
    const ENOLCK: (&str, i32) = ("ENOLCK", 37);
    const ENOSYS: (&str, i32) = ("ENOSYS", 38);
    const ECONNRESET: (&str, i32) = ("ECONNRESET", 104);
    const ECONNREFUSED: (&str, i32) = ("ECONNREFUSED", 111);
    match call {
        "open" | "openat" => &[EACCES, EMFILE, ENFILE, EIO, ENOMEM, EINTR],
        "read" | "readv" | "pread64" => &[EIO, EINTR, EAGAIN],
        "write" | "writev" | "pwrite64" => &[ENOSPC, EIO, EFBIG, EINTR],
        "fsync" | "fdatasync" => &[EIO, ENOSPC],
        "rename" | "renameat" | "renameat2" => &[EACCES, EBUSY, ENOSPC, EROFS, EIO],
        "unlink" | "unlinkat" | "rmdir" => &[EACCES, EBUSY, EROFS, EIO],
        "mkdir" | "mkdirat" => &[EACCES, ENOSPC, EROFS],
        "stat" | "lstat" | "fstat" | "statx" | "newfstatat" | "readlink" | "readlinkat" => {
            &[EACCES, EIO, ENOMEM]
        }
        "access" | "faccessat" | "faccessat2" => &[EACCES, EIO],
        "fchmod" | "chmod" | "fchmodat" | "fchown" | "chown" => &[EPERM, EROFS, EIO],
        "flock" => &[EINTR, ENOLCK],
        "getdents64" => &[EIO],
        "mmap" | "mprotect" | "mremap" | "munmap" | "madvise" => &[ENOMEM],
        "clone" | "clone3" | "fork" | "vfork" => &[EAGAIN, ENOMEM],
        // A directory, which the standard library requires to close, gives no other error.
        "close" => &[EINTR],
        "poll" | "ppoll" | "epoll_wait" | "wait4" | "waitid" | "futex" | "clock_nanosleep" => {
            &[EINTR]
        }
        "socket" | "socketpair" | "pipe2" | "dup" | "dup3" | "fcntl" | "eventfd2"
        | "epoll_create1" | "timerfd_create" => &[EMFILE, ENOMEM],
        "connect" => &[ECONNREFUSED, EACCES, EINTR],
        "sendto" | "sendmsg" | "recvfrom" | "recvmsg" => &[ECONNRESET, EINTR],
        "getrandom" => &[EINTR, ENOSYS],
        // What ends the program or cannot fail. brk gives no error number: it answers with the break
        // as it was, and the C library takes any other answer for a success.
        "brk" | "execve" | "exit" | "exit_group" | "rt_sigreturn" | "getpid" | "gettid"
        | "getuid" | "geteuid" | "getgid" | "getegid" | "sched_yield" => &[],
        _ => &[EIO, ENOSYS],
    }
}

/// The ways in which a failed call may be told: by the system's words, or by ours for it.
fn says_why(text: &str, (name, number): (&str, i32)) -> bool {
    let text = text.to_lowercase();
    let system = std::io::Error::from_raw_os_error(number).to_string().to_lowercase();
    let system = system.split(" (os error").next().unwrap_or_default();
    let ours: &[&str] = match name {
        "EACCES" | "EPERM" => &["permission", "not permitted"],
        "ENOSPC" => &["no space"],
        "EROFS" => &["read-only"],
        "EBUSY" => &["mount point", "busy"],
        "ENOMEM" => &["memory"],
        "EFBIG" => &["limit on the size"],
        _ => &[],
    };
    text.contains(system) || ours.iter().any(|words| text.contains(words))
}

/// Plays the faults of one action, and panics with everything that was wrong.
fn play(stage: &Stage, action: &Action<'_>) {
    (action.reset)();
    let log = stage.directory.join("calls");
    let plain = strace(stage, action, &["-o", &log.display().to_string()]);
    assert!(plain.status.success(), "{}", both(&plain));
    assert_eq!((action.state)(), Ok(State::New));
    let left = files_of(stage);
    let mut faults = faults_of(&fs::read_to_string(&log).unwrap());
    let all = faults.len();
    assert!(all > 2 * QUICK, "only {all} faults");
    if std::env::var_os(ALL_FAULTS_VARIABLE).is_none() {
        // Every n-th of them, from all parts of the run.
        let step = all.div_ceil(QUICK);
        faults = faults.into_iter().step_by(step).collect();
    }
    let mut wrong = Vec::new();
    for fault in &faults {
        (action.reset)();
        let what =
            fault.error.map_or("signal=KILL".to_owned(), |(name, _)| format!("error={name}"));
        let Fault { call, number, .. } = fault;
        let inject = format!("inject={call}:{what}:when={number}");
        let trace = format!("trace={call}");
        let output = strace(stage, action, &["-o", "/dev/null", "-e", &trace, "-e", &inject]);
        let place = format!("{call} number {number}, {what}");
        let mut report = |problem: String| {
            wrong.push(format!("{place}: {problem}\n    {:?} {:?}", output.status, both(&output)));
        };
        for problem in problems(fault, &output, &plain, (action.state)()) {
            report(problem);
        }
        // The next run finishes the work, and removes what the failed one left.
        let again = run((action.command)(), action.stdin);
        if !again.status.success() {
            report(format!("the next run fails: {}", both(&again)));
        } else if (action.state)() != Ok(State::New) {
            report(format!("the next run leaves {:?}", (action.state)()));
        } else {
            let extra: Vec<_> = files_of(stage).difference(&left).cloned().collect();
            if !extra.is_empty() {
                report(format!("the next run leaves {extra:?}"));
            }
        }
    }
    println!("{} of {all} faults", faults.len());
    assert!(wrong.is_empty(), "{} problems:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a fault did that must not be.
fn problems(
    fault: &Fault,
    output: &Output,
    plain: &Output,
    state: Result<State, String>,
) -> Vec<String> {
    let mut problems = Vec::new();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let told = both(output);
    let state = match state {
        Ok(state) => Some(state),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    // timeout and strace end as their child did.
    let code = output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
    if code == 0 {
        let is_answer = plain.stdout.starts_with(b"{");
        if is_answer && output.stdout != plain.stdout {
            problems.push("success with another answer".to_owned());
        }
        if state.is_some_and(|state| state != State::New) {
            problems.push(format!("success, but {state:?}"));
        }
        return problems;
    }
    let is_killed = code == 137;
    if stdout.contains(KEY) && !(is_killed && output.stdout == plain.stdout) {
        problems.push("a failure with an answer".to_owned());
    }
    if told.contains("credentials not found") {
        problems.push("a failure is called not found".to_owned());
    }
    match fault.error {
        Some(error) if !is_killed && !fault.is_before_main => {
            if told.contains("please report it") || !says_why(&told, error) {
                problems.push("the cause is not named".to_owned());
            }
        }
        Some(_) if is_killed => problems.push("it does not end".to_owned()),
        _ => {}
    }
    problems
}

fn strace(stage: &Stage, action: &Action<'_>, options: &[&str]) -> Output {
    let start = ["timeout", "-s", "KILL", DEADLINE, "strace", "-qq"];
    let threads: &[&str] = if action.has_threads { &["-f"] } else { &[] };
    let mut command = stage.command(&[&start, threads, options].concat(), None);
    let inner = (action.command)();
    command.args(inner.get_args());
    for (name, value) in inner.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    run(command, action.stdin)
}

/// Every fault for the calls in this log of strace.
fn faults_of(log: &str) -> Vec<Fault> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    let mut is_before_main = true;
    for line in log.lines() {
        // `-f` puts the thread's number in front.
        let start = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let thread = line[..line.len() - start.len()].to_owned();
        let Some((call, _)) = start.trim_start().split_once('(') else { continue };
        if !call.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        // The first thing that `main` does.
        is_before_main &= call != "rt_sigprocmask";
        let number = counts.entry((thread, call.to_owned())).or_default();
        *number += 1;
        // strace counts the calls of each thread by themselves.
        if errors_of(call).is_empty() || !seen.insert((call.to_owned(), *number)) {
            continue;
        }
        let fault = |error| Fault { call: call.to_owned(), number: *number, error, is_before_main };
        faults.push(fault(None));
        faults.extend(errors_of(call).iter().map(|error| fault(Some(*error))));
    }
    faults
}

/// The files and directories that an action may leave something in.
fn files_of(stage: &Stage) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut left = vec![stage.home(), stage.directory.join("bin"), stage.directory.join("tmp")];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            // The keyring's own.
            if path.ends_with(".local/share") || path.ends_with(".cache") {
                continue;
            }
            found.insert(path.display().to_string());
            if path.is_dir() && !path.is_symlink() {
                left.push(path);
            }
        }
    }
    found
}

fn key_in_file(stage: &Stage) {
    stage.scaleway_config(&format!("profiles:\n  a:\n    secret_key: {KEY}\nactive_profile: a\n"));
}

fn get(stage: &Stage) {
    key_in_file(stage);
    let command = || stage.command(&["docker-credential-scw", "get"], None);
    let state = || Ok(State::New);
    let action =
        Action { command: &command, stdin: FR, has_threads: false, reset: &|| {}, state: &state };
    play(stage, &action);
}

fn list(stage: &Stage) {
    key_in_file(stage);
    let command = || stage.command(&["docker-credential-scw", "list"], None);
    let state = || Ok(State::New);
    let action =
        Action { command: &command, stdin: "", has_threads: false, reset: &|| {}, state: &state };
    play(stage, &action);
}

/// `store` and `erase` move between two states, which `get` tells.
fn with_keyring(stage: &Stage, name: &str, request: &str, old: Option<&str>, new: Option<&str>) {
    let session = Session::start(stage, &Keyring::Unlocked);
    let answer = || {
        let output = run(session.command(&["docker-credential-scw", "get"]), FR);
        let text = both(&output);
        let key = [KEY, OTHER_KEY].into_iter().find(|key| text.contains(*key));
        match key {
            Some(key) => Ok(Some(key)),
            None if text == "credentials not found in native keychain\n" => Ok(None),
            None => Err(text),
        }
    };
    let reset = || {
        let _ = fs::remove_dir_all(stage.home().join(".local/state"));
        let output = match old {
            Some(key) => run(session.command(&["docker-credential-scw", "store"]), &login(key)),
            None => run(session.command(&["docker-credential-scw", "erase"]), FR),
        };
        assert!(output.status.success(), "{}", both(&output));
        assert_eq!(answer(), Ok(old));
    };
    let state = || match answer() {
        Ok(found) if found == new => Ok(State::New),
        Ok(found) if found == old => Ok(State::Old),
        // A key that is not surely stored is not used, and the login says that it failed.
        Ok(None) => Ok(State::Between),
        // The list names a key that the keyring does not hold yet: said, and mended by a login.
        Err(text) if text.contains("is stored for") => Ok(State::Between),
        other => Err(format!("get answers with {other:?}")),
    };
    let command = || session.command(&["docker-credential-scw", name]);
    play(
        stage,
        &Action {
            command: &command,
            stdin: request,
            has_threads: true,
            reset: &reset,
            state: &state,
        },
    );
}

fn login(key: &str) -> String {
    format!(r#"{{"ServerURL":"{FR}","Username":"nologin","Secret":"{key}"}}"#)
}

fn store(stage: &Stage) {
    with_keyring(stage, "store", &login(KEY), None, Some(KEY));
    with_keyring(stage, "store", &login(KEY), Some(OTHER_KEY), Some(KEY));
}

fn erase(stage: &Stage) {
    with_keyring(stage, "erase", FR, Some(KEY), None);
}

/// What `scw` leaves in the program's place, and `install` replaces.
const OLD_PROGRAM: &str = "#!/bin/sh\nscw registry docker-helper \"$@\"\n";

const OLD_CONFIG: &str = "{\n  \"auths\": {},\n  \"psFormat\": \"x\"\n}\n";

/// What install and uninstall change: Docker's config, and the program.
type Files = (Option<Vec<u8>>, Option<Vec<u8>>);

fn read(stage: &Stage) -> Files {
    let program = stage.directory.join("bin/docker-credential-scw");
    (fs::read(stage.home().join(".docker/config.json")).ok(), fs::read(program).ok())
}

fn put(path: &Path, content: Option<&[u8]>, mode: u32) {
    let _ = fs::remove_file(path);
    if let Some(content) = content {
        fs::write(path, content).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn between(stage: &Stage, words: &[&str], old: &Files, new: &Files) {
    let reset = || {
        let directory = stage.home().join(".docker");
        let _ = fs::remove_dir_all(&directory);
        let _ = fs::remove_dir_all(stage.directory.join("bin"));
        fs::create_dir(stage.directory.join("bin")).unwrap();
        if old.0.is_some() {
            fs::create_dir(&directory).unwrap();
        }
        put(&directory.join("config.json"), old.0.as_deref(), 0o600);
        put(&stage.directory.join("bin/docker-credential-scw"), old.1.as_deref(), 0o755);
    };
    let state = || {
        let (config, program) = read(stage);
        if config != old.0 && config != new.0 {
            return Err(format!("config.json holds {:?}", config.map(String::from_utf8)));
        }
        if program != old.1 && program != new.1 {
            return Err("the program is neither the old nor the new one".to_owned());
        }
        let is_registered = config.as_ref().is_some_and(|text| {
            String::from_utf8_lossy(text).contains(&format!("\"{FR}\": \"scw\""))
        });
        if is_registered && program.is_none() {
            return Err("config.json names a program that is not there".to_owned());
        }
        Ok(if (&config, &program) == (&new.0, &new.1) {
            State::New
        } else if (&config, &program) == (&old.0, &old.1) {
            State::Old
        } else {
            State::Between
        })
    };
    let program = stage.program.display().to_string();
    let path = format!("--path={}", stage.directory.join("bin").display());
    let words = [&[program.as_str(), words[0], &path], &words[1..]].concat();
    let command = || {
        let mut command = stage.command(&words, None);
        command.stdin(Stdio::null());
        command
    };
    play(
        stage,
        &Action { command: &command, stdin: "", has_threads: false, reset: &reset, state: &state },
    );
}

/// The files after an `install` that starts from `old`.
fn installed(stage: &Stage, old: &str) -> Files {
    key_in_file(stage);
    let bin = stage.directory.join("bin/docker-credential-scw");
    fs::remove_file(&bin).unwrap();
    put(&stage.home().join(".docker/config.json"), Some(old.as_bytes()), 0o600);
    let path = format!("--path={}", stage.directory.join("bin").display());
    let program = stage.program.display().to_string();
    let words = [program.as_str(), "install", &path, "--region", "fr-par"];
    let output = run(stage.command(&words, None), "");
    assert!(output.status.success(), "{}", both(&output));
    read(stage)
}

fn install(stage: &Stage) {
    let new = installed(stage, OLD_CONFIG);
    let old = (Some(OLD_CONFIG.into()), Some(OLD_PROGRAM.into()));
    between(stage, &["install", "--region", "fr-par"], &old, &new);
}

fn uninstall(stage: &Stage) {
    let old = installed(stage, OLD_CONFIG);
    between(stage, &["uninstall"], &old, &(Some(OLD_CONFIG.into()), None));
}
