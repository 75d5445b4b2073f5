//! Runs an action repeatedly, each time with one failing system call, or killed at one, and checks
//! its output and the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output};

use crate::stage::{ALL_FAULTS_VARIABLE, KEY, Stage, both, run};

/// How many faults of an action to inject, unless all are requested.
const QUICK: usize = 40;

/// The time limit of a run, in seconds. It may wait for a keyring that does not respond.
const DEADLINE: &str = "60";

/// Third-party code that panics if it gets no thread, descriptor or memory.
const PANICS_WITHOUT_RESOURCES: &[&str] = &[
    "internal error at async-io-",
    "internal error at secret-service-",
    "internal error at std/src/thread/",
];

/// A system call that fails, or at which the program is killed.
#[derive(Debug, Clone)]
struct Fault {
    call: String,
    /// The number of the call among those of its name in its thread, counted from 1.
    number: usize,
    /// `None` means killed.
    error: Option<(&'static str, i32)>,
    /// Whether the fault is in the loader or the standard library, which print other messages or
    /// none.
    is_before_main: bool,
}

/// An action, and what must hold after it.
pub struct Action<'a> {
    pub command: &'a dyn Fn() -> Command,
    pub stdin: &'a str,
    /// Whether to trace its threads, too.
    pub has_threads: bool,
    /// Restores the state before the action.
    pub reset: &'a dyn Fn(),
    /// Returns the state after the action: one of the words below, or what is wrong.
    pub state: &'a dyn Fn() -> Result<State, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Old,
    /// Some parts of the work are done. Each part is either old or new.
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
        "mmap" | "mprotect" | "mremap" | "munmap" | "madvise" | "epoll_ctl" => &[ENOMEM],
        "clone" | "clone3" | "fork" | "vfork" => &[EAGAIN, ENOMEM],
        // "close" of a directory has no other error, and the standard library relies on that.
        "close" | "poll" | "ppoll" | "epoll_wait" | "wait4" | "waitid" | "clock_nanosleep"
        | "getrandom" => &[EINTR],
        "socket" | "socketpair" | "pipe2" | "dup" | "dup3" | "fcntl" | "eventfd2"
        | "epoll_create1" | "timerfd_create" => &[EMFILE, ENOMEM],
        "connect" => &[ECONNREFUSED, EACCES, EINTR],
        "sendto" | "sendmsg" | "recvfrom" | "recvmsg" => &[ECONNRESET, EINTR],
        // These calls end the program or cannot fail. A futex call that is made to fail does not
        // wake, which no real system does. brk has no error number: it returns the old break, and
        // the C library treats any other value as success.
        "brk" | "futex" | "restart_syscall" | "execve" | "exit" | "exit_group" | "rt_sigreturn"
        | "getpid" | "gettid" | "getuid" | "geteuid" | "getgid" | "getegid" | "sched_yield" => &[],
        _ => &[EIO, ENOSYS],
    }
}

/// Returns whether a text reports a failed call, in the system's words or in this program's.
fn says_why(text: &str, (name, number): (&str, i32)) -> bool {
    let text = text.to_lowercase();
    let system = std::io::Error::from_raw_os_error(number).to_string().to_lowercase();
    let system = system.split(" (os error").next().unwrap_or_default();
    let ours: &[&str] = match name {
        "EACCES" | "EPERM" => &["permission", "not permitted"],
        "ENOSPC" => &["no space"],
        "EROFS" => &["read-only"],
        "EBUSY" => &["mount point", "busy"],
        // The C library reports a thread without memory like this.
        "ENOMEM" => &["memory", "resource temporarily unavailable"],
        "EFBIG" => &["file size limit"],
        // musl's words in a static build. This test has glibc's.
        "EIO" => &["i/o error"],
        "EMFILE" => &["no file descriptors available"],
        // libdbus's words for a connection that the bus has closed.
        "ECONNRESET" => &["connection was disconnected", "connection is closed"],
        _ => &[],
    };
    // For a failed connection to the keyring, the crates report nothing more.
    let keyring = ["the keyring returned an error (", "the keyring did not answer"];
    text.contains(system) || ours.iter().chain(&keyring).any(|words| text.contains(words))
}

/// Injects the faults of an action. Panics with all problems.
pub fn play(stage: &Stage, action: &Action<'_>) {
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
        // Every n-th fault, spread over the whole run.
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
        // The next run completes the action and removes what the failed one left.
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

/// What is wrong after a fault.
fn problems(
    fault: &Fault,
    output: &Output,
    plain: &Output,
    state: Result<State, String>,
) -> Vec<String> {
    let mut problems = Vec::new();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let output_text = both(output);
    let state = match state {
        Ok(state) => Some(state),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    // timeout and strace exit like their child.
    let code = output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
    if code == 0 {
        let is_answer = plain.stdout.starts_with(b"{");
        if is_answer && output.stdout != plain.stdout {
            problems.push("success with another answer".to_owned());
        }
        // uninstall keeps a program that an unreadable file may name, and says so.
        let is_reported = state == Some(State::Between)
            && output_text.contains(" stays: it is still needed\n")
            && fault.error.is_some_and(|error| says_why(&output_text, error));
        if !is_reported && state.is_some_and(|state| state != State::New) {
            problems.push(format!("success, but {state:?}"));
        }
        return problems;
    }
    let is_killed = code == 137;
    if stdout.contains(KEY) && !(is_killed && output.stdout == plain.stdout) {
        problems.push("a failure with an answer".to_owned());
    }
    if output_text.contains("credentials not found") {
        problems.push("a failure is called not found".to_owned());
    }
    match fault.error {
        Some(error) if !is_killed && !fault.is_before_main => {
            let is_known = PANICS_WITHOUT_RESOURCES.iter().any(|place| output_text.contains(place));
            if !is_known
                && (output_text.contains("please report it") || !says_why(&output_text, error))
            {
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

/// All faults for the calls in this log of strace.
fn faults_of(log: &str) -> Vec<Fault> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    let mut is_before_main = true;
    for line in log.lines() {
        // `-f` puts the thread's ID in front.
        let start = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let thread = line[..line.len() - start.len()].to_owned();
        let Some((call, _)) = start.trim_start().split_once('(') else { continue };
        if !call.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        // The first action of `main`.
        is_before_main &= call != "rt_sigprocmask";
        let number = counts.entry((thread, call.to_owned())).or_default();
        *number += 1;
        // strace counts the calls of each thread separately.
        if errors_of(call).is_empty() || !seen.insert((call.to_owned(), *number)) {
            continue;
        }
        let fault = |error| Fault { call: call.to_owned(), number: *number, error, is_before_main };
        faults.push(fault(None));
        faults.extend(errors_of(call).iter().map(|error| fault(Some(*error))));
    }
    faults
}

/// The files and directories in which an action may leave something.
fn files_of(stage: &Stage) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut left = vec![stage.home(), stage.directory.join("bin"), stage.directory.join("tmp")];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            // The keyring's files.
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
