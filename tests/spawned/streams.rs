//! Closed, full or limited standard streams, and what remains of a key in memory.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::{FR, KEY, PROGRAM, command, run, shown};

#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let home = tempfile::tempdir().unwrap();
    let nowhere = "cannot write to standard output: it is closed, or it is a null device that is \
                   open for reading and writing";
    let not_writable = "cannot write to standard output: Bad file descriptor (os error 9)";
    for (action, redirection, message) in [
        ("get", ">&-", nowhere),
        ("list", ">&-", nowhere),
        ("get", "1</dev/null", not_writable),
        ("list", "1</dev/null", not_writable),
    ] {
        let script = format!("exec '{PROGRAM}' {action} {redirection}");
        let mut command = command("/bin/sh", home.path(), &["-c", &script]);
        command.env("SCW_SECRET_KEY", KEY);
        let expected = (Some(1), String::new(), format!("docker-credential-scw: {message}\n"));
        assert_eq!(shown(&run(command, FR.as_bytes())), expected, "{action} {redirection}");
    }
    // Output to /dev/null arrives, and an empty answer needs no reader.
    for (action, redirection) in [("get", ">/dev/null"), ("erase", ">&-")] {
        let script = format!("exec '{PROGRAM}' {action} {redirection}");
        let mut command = command("/bin/sh", home.path(), &["-c", &script]);
        command.env("SCW_SECRET_KEY", KEY);
        let expected = (Some(0), String::new(), String::new());
        assert_eq!(shown(&run(command, FR.as_bytes())), expected, "{action} {redirection}");
    }
}

#[test]
fn a_file_size_limit_is_an_error_and_not_a_signal() {
    let home = tempfile::tempdir().unwrap();
    let bin = home.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let limited = |script: &str| {
        let script = format!("ulimit -f 0; {script}");
        let mut command = command("/bin/sh", home.path(), &["-c", &script]);
        command.env("SCW_SECRET_KEY", KEY).env("PATH", &bin);
        shown(&run(command, FR.as_bytes()))
    };
    let program = bin.join("docker-credential-scw");
    assert_eq!(
        limited(&format!("exec '{PROGRAM}' install --path '{}'", bin.display())),
        (
            Some(1),
            String::new(),
            format!(
                "error: cannot write {}: File too large (os error 27)\n\
                 hint: raise the limit on the size of files (`ulimit -f`)\n",
                program.display()
            )
        )
    );
    assert_eq!(fs::read_dir(&bin).unwrap().count(), 0);
    // The program is already installed, so nothing was done if Docker's config cannot be written.
    fs::copy(PROGRAM, &program).unwrap();
    let config = home.path().join(".docker/config.json");
    let (code, stdout, stderr) = limited(&format!("exec '{}' install", program.display()));
    let message = format!(
        "error: cannot write {}: the file size limit (ulimit -f) is reached\n\
         hint: raise that limit, then try again\n",
        config.display()
    );
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(1), "", message.as_str()));
    assert_eq!(fs::read_dir(config.parent().unwrap()).unwrap().count(), 0);
    // Standard output may be a file.
    let answer = home.path().join("answer");
    assert_eq!(
        limited(&format!("exec '{PROGRAM}' get >'{}'", answer.display())),
        (
            Some(1),
            String::new(),
            "docker-credential-scw: cannot write to standard output: File too large (os error 27)\n"
                .to_owned()
        )
    );
}

#[test]
fn store_zeroizes_its_input_before_it_answers() {
    let home = tempfile::tempdir().unwrap();
    let mut command = command(PROGRAM, home.path(), &["store"]);
    // The pipe is full, so the program blocks while it answers.
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&vec![b'x'; 64 * 1024]).unwrap();
    let mut child = command.stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    let request = format!(
        "{{\"ServerURL\":\"https://registry.example.org\",\"Username\":\"nologin\",\"Secret\":\"{KEY}\"}}"
    );
    child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    wait_until_it_sleeps_in_write(&mut child);
    let memory = writable_memory(child.id());
    let found = memory.windows(KEY.len()).filter(|part| *part == KEY.as_bytes()).count();
    drop(command);
    let mut printed = Vec::new();
    reader.read_to_end(&mut printed).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let answer = "docker-credential-scw: this helper only stores keys for Scaleway's registries \
                  (rg.<region>.scw.cloud over https); register another helper for this host in \
                  credHelpers or credsStore of Docker's config.json\n";
    assert_eq!(String::from_utf8(printed).unwrap().trim_start_matches('x'), answer);
    assert!(memory.len() > 64 * 1024 && found == 0, "{found} copies of the key");
}

fn wait_until_it_sleeps_in_write(child: &mut Child) {
    let start = Instant::now();
    // Its input has ended, so it can only be waiting for standard output.
    loop {
        assert!(child.try_wait().unwrap().is_none(), "it has exited");
        assert!(start.elapsed() < Duration::from_secs(20), "it does not answer");
        // The kernel's name for what the process waits for.
        let place = fs::read_to_string(format!("/proc/{}/wchan", child.id())).unwrap();
        if place.contains("pipe_write") {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// All memory that the process can write: heap, stack and data.
fn writable_memory(process: u32) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let mut memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let mut all = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (start, end) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let [start, end] = [start, end].map(|at| u64::from_str_radix(at, 16).unwrap());
        memory.seek(SeekFrom::Start(start)).unwrap();
        let mut part = vec![0; usize::try_from(end - start).unwrap()];
        if memory.read_exact(&mut part).is_ok() {
            all.extend(part);
        }
    }
    all
}

/// Set for the child of the next test.
const PANICS: &str = "PANICS_WITH_A_KEY";

/// The test's own program panics as a library would, with the hook of the program.
#[test]
fn a_panic_prints_its_place_and_no_text() {
    if std::env::var_os(PANICS).is_some() {
        docker_credential_scw::panic_without_payload();
        panic!("{KEY}");
    }
    let home = tempfile::tempdir().unwrap();
    let words = ["--exact", "streams::a_panic_prints_its_place_and_no_text", "--nocapture"];
    let mut child = command(std::env::current_exe().unwrap(), home.path(), &words);
    child.env(PANICS, "1");
    let (code, stdout, stderr) = shown(&run(child, b""));
    let place = stderr.strip_prefix("docker-credential-scw: internal error at ").unwrap();
    let (place, rest) = place.split_once(": ").unwrap();
    assert!(place.starts_with(&format!("{}:", file!())), "{place}");
    assert_eq!((code, rest), (Some(1), "please report it\n"));
    let expected = format!("\nrunning 1 test\n{stderr}");
    assert_eq!(stdout, expected);
}
