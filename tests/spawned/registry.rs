//! `namespace`, `image` and `tag` as processes: Ctrl-C, and proxies.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc;
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
        assert!(line.starts_with("CONNECT api.example.invalid:443 "), "{name}: {line}");
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
