//! Standard streams that are closed, full or limited, and what of a key stays in memory.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::{FR, KEY, PROGRAM, command, run, shown};

#[test]
fn an_answer_that_cannot_arrive_is_a_failure() {
    let home = tempfile::tempdir().unwrap();
    let nowhere = "cannot write to standard output: it is closed, or leads to a null device that is \
                   open for reading as well";
    let not_writable = "cannot write to standard output: Bad file descriptor (os error 9)";
    for (action, redirection, told) in [
        ("get", ">&-", nowhere),
        ("list", ">&-", nowhere),
        ("get", "1</dev/null", not_writable),
        ("list", "1</dev/null", not_writable),
    ] {
        let script = format!("exec '{PROGRAM}' {action} {redirection}");
        let mut command = command("/bin/sh", home.path(), &["-c", &script]);
        command.env("SCW_SECRET_KEY", KEY);
        let expected = (Some(1), String::new(), format!("docker-credential-scw: {told}\n"));
        assert_eq!(shown(&run(command, FR.as_bytes())), expected, "{action} {redirection}");
    }
    // An answer that is thrown away on purpose did arrive, and no answer needs no reader.
    for (action, redirection) in [("get", ">/dev/null"), ("erase", ">&-")] {
        let script = format!("exec '{PROGRAM}' {action} {redirection}");
        let mut command = command("/bin/sh", home.path(), &["-c", &script]);
        command.env("SCW_SECRET_KEY", KEY);
        let expected = (Some(0), String::new(), String::new());
        assert_eq!(shown(&run(command, FR.as_bytes())), expected, "{action} {redirection}");
    }
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_not_the_end() {
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
    // The program is there already, so nothing was done when Docker's config cannot be written.
    fs::copy(PROGRAM, &program).unwrap();
    let config = home.path().join(".docker/config.json");
    let (code, stdout, stderr) = limited(&format!("exec '{}' install", program.display()));
    let told = format!(
        "error: cannot write {}: the limit on the size of files (ulimit -f) is reached\n\
         hint: raise that limit, then try again\n",
        config.display()
    );
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(1), "", told.as_str()));
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
fn what_store_read_is_wiped_before_it_answers() {
    let home = tempfile::tempdir().unwrap();
    let mut command = command(PROGRAM, home.path(), &["store"]);
    // A full pipe: the program waits when it answers.
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
    let mut said = Vec::new();
    reader.read_to_end(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(
        String::from_utf8(said).unwrap().contains("only stores keys for Scaleway's registries")
    );
    assert!(memory.len() > 64 * 1024 && found == 0, "{found} copies of the key");
}

fn wait_until_it_sleeps_in_write(child: &mut Child) {
    let start = Instant::now();
    // Its input is at its end, so the one thing left to wait for is standard output.
    loop {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        assert!(start.elapsed() < Duration::from_secs(20), "it does not answer");
        let place = fs::read_to_string(format!("/proc/{}/wchan", child.id())).unwrap();
        if place.contains("pipe_write") {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Everything that the process can write to: heap, stack and data.
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
