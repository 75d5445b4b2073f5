//! `namespace`, `image` and `tag` as processes: Ctrl-C, and proxies.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use crate::{KEY, PROGRAM, command, shown};

#[test]
fn ctrl_c_exits_with_130_while_waiting_for_a_response() {
    let home = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    for words in [vec!["image", "list"], vec!["namespace", "list", "--region", "all"]] {
        let mut command = command(PROGRAM, home.path(), &words);
        command.env("SCW_SECRET_KEY", KEY).env("SCW_API_URL", &url);
        let child = command.spawn().unwrap();
        // Once it is connected, it waits for the response.
        let _calls = silent.accept().unwrap();
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let (code, stdout, stderr) = shown(&child.wait_with_output().unwrap());
        assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(130), "", ""), "{words:?}");
    }
}

/// The first line of each client, while the proxy lives. It never responds.
fn proxy() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut line = String::new();
            let _ = BufReader::new(stream).read_line(&mut line);
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

#[test]
fn the_environments_proxy_is_used_and_its_password_is_not_shown() {
    let home = tempfile::tempdir().unwrap();
    let (address, asked) = proxy();
    for name in ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        let mut command = command(PROGRAM, home.path(), &["namespace", "create", "--name", "x"]);
        command.env("SCW_SECRET_KEY", KEY).env(name, format!("http://ada:pa55word@{address}"));
        command.env("SCW_API_URL", "https://api.example.invalid");
        let child = command.spawn().unwrap();
        let line = asked.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(line, "CONNECT api.example.invalid:443 HTTP/1.1\r\n", "{name}");
        let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        let (_, stdout, stderr) = shown(&child.wait_with_output().unwrap());
        assert!(!(stdout + &stderr).contains("pa55word"));
    }
}

#[test]
fn no_proxy_may_contain_spaces_and_includes_subdomains() {
    let home = tempfile::tempdir().unwrap();
    let (address, asked) = proxy();
    for exceptions in ["a.example, api.example.invalid", "localhost ,example.invalid", "*"] {
        let mut command = command(PROGRAM, home.path(), &["namespace", "create", "--name", "x"]);
        command.env("SCW_SECRET_KEY", KEY).env("HTTPS_PROXY", format!("http://{address}"));
        command.env("SCW_API_URL", "https://api.example.invalid").env("NO_PROXY", exceptions);
        let child = command.spawn().unwrap();
        let asked = asked.recv_timeout(Duration::from_millis(700));
        assert!(asked.is_err(), "{exceptions}: {asked:?}");
        let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        let _ = child.wait_with_output();
    }
}

/// An API that lists this many tags and answers only the first two deletions. Says when a
/// deletion waits.
fn stalling_api(tags: usize) -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, hear) = mpsc::channel();
    let answered = Arc::new(AtomicUsize::new(0));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (tell, answered) = (tell.clone(), Arc::clone(&answered));
            std::thread::spawn(move || {
                let mut reader = BufReader::new(&stream);
                loop {
                    let mut first = String::new();
                    if reader.read_line(&mut first).unwrap_or(0) == 0 {
                        return;
                    }
                    let mut line = String::new();
                    while reader.read_line(&mut line).unwrap_or(0) > 2 {
                        line.clear();
                    }
                    if first.starts_with("DELETE") && answered.fetch_add(1, Ordering::SeqCst) >= 2 {
                        let _ = tell.send(());
                        std::thread::sleep(Duration::from_secs(60));
                    }
                    let body = body_of(&first, tags);
                    let status = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
                    let length = body.len();
                    let answer = format!("{status}Content-Length: {length}\r\n\r\n{body}");
                    let _ = (&stream).write_all(answer.as_bytes());
                }
            });
        }
    });
    (url, hear)
}

fn body_of(request: &str, tags: usize) -> String {
    let tag = |at: usize| {
        format!(
            r#"{{"id":"t{at}","name":"1.{at}","image_id":"i","status":"ready","digest":"sha256:{at:064}","updated_at":"2020-01-{:02}T00:00:00Z"}}"#,
            at + 1
        )
    };
    if request.contains("/tags?") {
        let list: Vec<_> = (0..tags).map(tag).collect();
        return format!(r#"{{"tags":[{}],"total_count":{tags}}}"#, list.join(","));
    }
    if let Some((_, rest)) = request.split_once("/tags/t") {
        return tag(rest[..1].parse().unwrap());
    }
    if request.contains("/images") {
        let image = r#"{"id":"i","name":"app","namespace_id":"n","status":"ready"}"#;
        return if request.contains("/images/") {
            image.to_owned()
        } else {
            format!(r#"{{"images":[{image}],"total_count":1}}"#)
        };
    }
    let namespace = r#"{"id":"n","name":"ns","endpoint":"rg.fr-par.scw.cloud/ns"}"#;
    if request.contains("/namespaces/") {
        namespace.to_owned()
    } else {
        format!(r#"{{"namespaces":[{namespace}],"total_count":1}}"#)
    }
}

#[test]
fn ctrl_c_amid_deletions_says_what_was_done_and_what_was_not() {
    let ten: Vec<_> = (0..10).map(|at| format!("ns/app:1.{at}")).collect();
    let ten = ten.iter().map(String::as_str);
    let delete: Vec<_> = ["tag", "delete", "--yes"].into_iter().chain(ten).collect();
    let prune = ["tag", "prune", "ns/app", "--older-than=1d", "--allow-empty", "--yes", "-o=json"];
    // How many deletions are sent at once. Two more are sent once the program has read the two answers.
    for (words, names, at_once) in
        [(&prune[..], "", 4), (&delete, "rg.fr-par.scw.cloud/ns/app:", 8)]
    {
        let home = tempfile::tempdir().unwrap();
        let (url, waiting) = stalling_api(at_once + 2);
        let mut command = command(PROGRAM, home.path(), words);
        command.env("SCW_SECRET_KEY", KEY).env("SCW_API_URL", &url);
        let child = command.spawn().unwrap();
        for _ in 0..at_once {
            waiting.recv_timeout(Duration::from_secs(20)).unwrap();
        }
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let (code, stdout, stderr) = shown(&child.wait_with_output().unwrap());
        assert_eq!((code, stdout.as_str()), (Some(130), ""), "{stderr}");
        let lines: Vec<_> = stderr.lines().collect();
        assert_eq!(lines[0], "docker-credential-scw: interrupted");
        // Which of them the API answers is a matter of time.
        let deleted: Vec<_> = lines[1].strip_prefix("  deleted: ").unwrap().split(", ").collect();
        let sent = lines[2].strip_prefix("  sent, and not answered yet: ").unwrap();
        let sent: Vec<_> = sent.split(", ").collect();
        assert_eq!((deleted.len(), sent.len()), (2, at_once), "{stderr}");
        let mut all = [deleted, sent].concat();
        all.sort_unstable();
        let tags: Vec<_> = (0..all.len()).map(|at| format!("{names}1.{at}")).collect();
        assert_eq!(all, tags, "{stderr}");
        assert_eq!(lines.len(), 3, "{stderr}");
    }
}
