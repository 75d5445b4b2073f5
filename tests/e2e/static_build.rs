//! What a static build does without the system's C library: finding users and hosts. The scenario
//! with hosts also runs with a dynamic build.

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use crate::Scenario;
use crate::doctor::{challenge, forward_443, of_host, read, sound};
use crate::install::{NEW, all_ready, bare, command};
use crate::stage::{self, FR, KEY, Stage, answer_with, bind, both, is_static, run};
use crate::sudo::{GID, UID, give};
use crate::tls_server::{Response, TlsServer};

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "doctor_finds_a_registry_through_dns", needs: &[], play: dns },
    Scenario {
        name: "static_build_asks_getent_for_a_user_of_a_directory_service",
        needs: &[stage::STATIC_BUILD, "getent", "setpriv"],
        play: getent,
    },
    Scenario {
        name: "install_from_a_static_build_puts_a_static_program_in_place",
        needs: &[stage::STATIC_BUILD],
        play: installs_itself,
    },
];

fn dns(stage: &Stage) {
    sound(stage);
    for (name, text) in
        [("hosts", "127.0.0.1 localhost\n"), ("resolv.conf", "nameserver 127.0.0.1\n")]
    {
        let file = stage.directory.join(format!("{name}-with-dns"));
        fs::write(&file, text).unwrap();
        bind(&file, &format!("/etc/{name}"));
    }
    let socket = UdpSocket::bind("127.0.0.1:53").unwrap();
    std::thread::spawn(move || serve_dns(&socket));
    let server = TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 0), |request| {
        if request.target.starts_with("/token") {
            Response::json(200, r#"{"token":"t-o-k-e-n"}"#)
        } else if request.authorization.is_some() {
            Response::json(200, "{}")
        } else {
            challenge(&format!("https://{}/token", request.host))
        }
    });
    let _forward = forward_443(server.port);
    let output = stage.output("docker-credential-scw doctor -o json", None, "");
    let (_, checks) = read(&output);
    let found = |host| of_host(&checks, host)["found"].clone();
    assert_eq!(found(FR), "the key is accepted (from profile default)");
    assert_eq!(found("rg.it-mil.scw.cloud"), "no connection: host not found (DNS)");
}

/// Answers that the registry of Paris is at 127.0.0.1, and that there is no other host (RFC 1035).
fn serve_dns(socket: &UdpSocket) {
    let paris: Vec<u8> = FR
        .split('.')
        .flat_map(|label| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat())
        .chain([0])
        .collect();
    let mut question = [0; 512];
    loop {
        let (length, client) = socket.recv_from(&mut question).unwrap();
        let question = &question[..length];
        // After the header of 12 bytes: the name, then type and class, two bytes each.
        let end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
        let is_known = question[12..].starts_with(&paris);
        let is_ipv4 = question[end - 4..end] == [0, 1, 0, 1];
        let answers = u8::from(is_known && is_ipv4);
        // The question's number, then "answer, recursion available", and whether the name is unknown.
        let mut answer = question[..2].to_vec();
        answer.extend([0x81, if is_known { 0x80 } else { 0x83 }, 0, 1, 0, answers, 0, 0, 0, 0]);
        answer.extend(&question[12..end]);
        if answers == 1 {
            // The name as in the question; type A, class IN, valid for a minute, four bytes.
            answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
        }
        socket.send_to(&answer, client).unwrap();
    }
}

/// Writes the system's `getent` for this scenario.
fn write_getent(stage: &Stage, script: &str) {
    let file = stage.directory.join("getent");
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

fn getent(stage: &Stage) {
    bare(stage);
    let home = stage.home();
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    give(&home);
    fs::set_permissions(&stage.directory, fs::Permissions::from_mode(0o755)).unwrap();
    let line = format!("ada:*:{UID}:{GID}::{}:/bin/sh", home.display());
    let knows_ada = format!("[ \"$*\" = 'passwd {UID}' ] && echo '{line}'");
    write_getent(stage, &knows_ada);
    for place in ["/usr/bin/getent", "/bin/getent"] {
        bind(&stage.directory.join("getent"), place);
    }

    let get = || {
        let ids = [format!("--reuid={UID}"), format!("--regid={GID}")];
        let program = stage.program.to_str().unwrap();
        let words = ["setpriv", &ids[0], &ids[1], "--clear-groups", "env", "-u", "HOME", program];
        run(stage.command(&[&words[..], &["get"]].concat(), None), FR)
    };
    let output = get();
    assert_eq!(both(&output), answer_with(FR, KEY));

    let sudo = |word: &str| {
        let mut command = command(stage, &[word]);
        command.env("HOME", "/nonexistent/root").env("SUDO_UID", UID.to_string());
        run(command, "")
    };
    let output = sudo("install");
    assert_eq!(stage.stable(&both(&output)), all_ready(NEW));
    assert!(home.join(".docker/config.json").exists());
    assert!(sudo("uninstall").status.success());
    assert!(!home.join(".docker").exists());

    // Root starts no getent from PATH. Another user does, after the system's.
    write_getent(stage, "exit 2");
    let evil = stage.directory.join("bin/getent");
    let touched = stage.directory.join("tmp/touched");
    fs::write(&evil, format!("#!/bin/sh\necho >{}; {knows_ada}\n", touched.display())).unwrap();
    fs::set_permissions(&evil, fs::Permissions::from_mode(0o755)).unwrap();
    let cause = "is not in the user database, so the home directory is unknown";
    refuses(&sudo("install"), &format!("user ID {UID} {cause}"));
    assert!(!touched.exists());

    write_getent(stage, "exec sleep 60");
    let cause = "is not in /etc/passwd, and /usr/bin/getent does not answer within 5 s, so the home \
                 directory is unknown";
    refuses(&sudo("install"), &format!("user ID {UID} {cause}"));
    assert!(!home.join(".docker").exists());
    let output = get();
    assert_eq!(both(&output), "credentials not found in native keychain\n");
}

#[track_caller]
fn refuses(output: &Output, cause: &str) {
    assert!(!output.status.success());
    let hint = "add --docker-config /root/.docker to install for root";
    assert_eq!(both(output), format!("error: {cause}\nhint: {hint}\n"));
}

fn installs_itself(stage: &Stage) {
    bare(stage);
    let output = run(command(stage, &["install"]), "");
    assert!(output.status.success(), "{}", both(&output));
    let installed = stage.directory.join("bin/docker-credential-scw");
    assert_eq!(fs::read(&installed).unwrap(), fs::read(&stage.program).unwrap());
    assert!(is_static(&installed));
    let answer = run(stage.command(&["docker-credential-scw", "get"], Some(KEY)), FR);
    assert_eq!(both(&answer), answer_with(FR, KEY));
}
