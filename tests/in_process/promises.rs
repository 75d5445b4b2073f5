//! Promises of the pages about what the program does not do, over many commands.
#![cfg(unix)]

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::CommandFactory as _;
use docker_credential_scw::Exit;
use docker_credential_scw::cli;

use crate::support::{FR, KEY_A, World};

/// A user with an empty `~/bin` on PATH, and the key in a variable.
fn user() -> World {
    let world = World::new().set("SCW_SECRET_KEY", KEY_A);
    std::fs::create_dir(world.path("bin")).unwrap();
    let (home, bin) = (world.path(""), world.path("bin"));
    world.set("HOME", home).set("PATH", bin)
}

/// What a job and a user run, but for commands that call a registry or Scaleway's API.
fn command_lines(world: &World) -> Vec<Vec<String>> {
    let bin = format!("--path={}", world.path("bin").display());
    let lines = [
        "version",
        "help",
        "get",
        "list",
        "install --region fr-par PATH --dry-run",
        "install --region fr-par PATH",
        "get",
        "doctor --offline",
        "docker-config",
        "kubernetes-secret",
        "completion bash",
        "save-key --dry-run",
        "frobnicate --now",
        "erase",
        "uninstall PATH --dry-run",
        "uninstall PATH",
    ];
    let words = |line: &str| line.split(' ').map(|word| word.replace("PATH", &bin)).collect();
    lines.map(words).into()
}

/// The files below a directory, but for the program itself.
fn files_below(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if !path.ends_with("docker-credential-scw") {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_key_in_a_variable_is_in_no_file() {
    let world = user();
    let forms = [
        KEY_A.to_owned(),
        KEY_A.replace('-', ""),
        STANDARD.encode(KEY_A),
        STANDARD.encode(format!("nologin:{KEY_A}")),
    ];
    let mut files = 0;
    for words in command_lines(&world) {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        world.run(&words, FR);
        for file in files_below(world.home.path()) {
            let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
            assert!(!forms.iter().any(|form| text.contains(form)), "{words:?}: {}", file.display());
            files += 1;
        }
    }
    assert!(files > 0, "no command wrote a file");
    assert!(world.keyring.state().entries.is_empty());
}

#[test]
fn no_command_without_a_registry_opens_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    std::thread::spawn(move || {
        for _ in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let world = user().set("HTTPS_PROXY", &proxy).set("ALL_PROXY", &proxy);
    for words in command_lines(&world) {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        world.run(&words, FR);
        assert_eq!(connections.load(Ordering::SeqCst), 0, "{words:?}");
    }
    // A command that asks a registry is noticed.
    let outcome = world.run(&["doctor", "--region", "fr-par"], "");
    assert_eq!(outcome.exit, Exit::Failure);
    assert!(connections.load(Ordering::SeqCst) > 0);
}

#[test]
fn no_argument_takes_a_key() {
    let table = cli::Cli::command();
    let mut left = vec![&table];
    let mut flags = Vec::new();
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands());
        for argument in command.get_arguments() {
            let name = argument.get_id().as_str();
            let is_about_a_key = ["key", "secret", "password", "token"]
                .iter()
                .any(|word| name.to_lowercase().contains(word));
            if is_about_a_key {
                flags.push((command.get_name(), name, argument.get_action().takes_values()));
            }
        }
    }
    flags.sort_unstable();
    assert_eq!(
        flags,
        [
            ("docker-config", "secret_key_stdin", false),
            ("kubernetes-secret", "secret_key_stdin", false),
            ("login", "secret_key_stdin", false),
        ]
    );
}
