//! A keyring that is locked, missing, or does not answer in time.

use std::io::Read as _;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{Keyring, NEEDS, NOT_FOUND, Session, login};
use crate::Scenario;
use crate::stage::{FR, KEY, NL, Stage, WRONG_KEY, answer_with, both, run};

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "keyring_locked_without_a_prompt", needs: NEEDS, play: locked },
    Scenario { name: "keyring_bus_without_a_service", needs: &["dbus-daemon"], play: no_service },
    Scenario { name: "keyring_bus_that_never_answers", needs: &[], play: silent_bus },
    Scenario { name: "keyring_service_that_is_frozen", needs: NEEDS, play: frozen_service },
];

fn locked(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Locked);
    let start = Instant::now();
    let answer = session.call("get", FR);
    let error = "docker-credential-scw: cannot read the key stored for rg.fr-par.scw.cloud: the \
                 keyring is locked; unlock the keyring, set SCW_SECRET_KEY, or remove the stored key \
                 with `docker logout rg.fr-par.scw.cloud`\n";
    assert_eq!(answer, error.repeat(2));
    assert_eq!(
        session.call("erase", FR),
        "docker-credential-scw: the key stored for rg.fr-par.scw.cloud is no longer used, but is \
         still in the keyring: the keyring is locked; the next login or logout that can open the \
         keyring removes it\n"
    );
    assert_eq!(session.call("get", FR), NOT_FOUND);
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

fn no_service(stage: &Stage) {
    let session = Session::start(stage, &Keyring::None);
    let answer = session.call("store", &login(FR, KEY));
    // dbus-daemon's reason in parentheses.
    assert_eq!(
        answer,
        "docker-credential-scw: cannot store the key for rg.fr-par.scw.cloud: there is no keyring in \
         this session (The name org.freedesktop.secrets was not provided by any .service files); set \
         SCW_SECRET_KEY, or run `docker-credential-scw save-key`: then no login is needed\n"
    );
    assert_eq!(session.call("get", FR), NOT_FOUND);
}

/// The error of `get` and `list` if the keyring does not answer.
fn unread(host: &str) -> String {
    format!(
        "docker-credential-scw: cannot read the key stored for {host}: the keyring did not answer \
         within 5 s; unlock the keyring, set SCW_SECRET_KEY, or remove the stored key with `docker \
         logout {host}`\n"
    )
}

/// The error of `store` if the keyring does not answer.
fn not_stored(host: &str) -> String {
    format!(
        "docker-credential-scw: cannot store the key for {host}: the keyring did not answer within \
         5 s; set SCW_SECRET_KEY, or run `docker-credential-scw save-key`: then no login is needed\n"
    )
}

/// A socket that accepts connections and never responds.
fn silent_bus(stage: &Stage) {
    let path = stage.directory.join("bus");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1]);
            held.push(stream);
        }
    });
    for runtime_dir in [false, true] {
        let call = |action: &str, request: &str, key: Option<&str>| {
            let mut command = stage.command(&["docker-credential-scw", action], key);
            if runtime_dir {
                command.env("XDG_RUNTIME_DIR", &stage.directory);
            } else {
                let address = format!("unix:path={}", path.display());
                command.env("DBUS_SESSION_BUS_ADDRESS", address);
            }
            let start = Instant::now();
            let output = run(command, request);
            assert!(start.elapsed() < Duration::from_secs(8), "{action}: {:?}", start.elapsed());
            output
        };
        // Hosts that were stored while the keyring worked.
        let state_dir = stage.home().join(".local/state/docker-credential-scw");
        std::fs::create_dir_all(&state_dir).unwrap();
        let hosts = ["aa-abc", "bb-abc", "cc-abc", "dd-abc", "ee-abc"]
            .map(|region| format!("\"rg.{region}.scw.cloud\":\"stored\""));
        let list = state_dir.join("stored-hosts.json");
        std::fs::write(&list, format!("{{{}}}", hosts.join(","))).unwrap();
        assert_eq!(both(&call("list", "", None)), unread("rg.aa-abc.scw.cloud"));
        std::fs::remove_file(list).unwrap();

        let refused = call("store", &login(FR, KEY), None);
        assert!(!refused.status.success());
        assert_eq!(both(&refused), not_stored(FR));
        assert_eq!(both(&call("get", FR, None)), NOT_FOUND);
        assert_eq!(both(&call("list", "", None)), "{}\n");
        let noted = call("store", &login(FR, KEY), Some(KEY));
        assert!(noted.status.success(), "{}", both(&noted));
        assert_eq!(both(&call("get", FR, Some(WRONG_KEY))), answer_with(FR, WRONG_KEY));
        assert!(call("erase", FR, None).status.success());
    }
}

fn frozen_service(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    assert_eq!(session.call("store", &login(FR, KEY)), "");
    let pid = session.keyring.as_ref().unwrap().id().to_string();
    assert!(Command::new("kill").args(["-STOP", &pid]).status().unwrap().success());
    let start = Instant::now();
    // On both streams.
    assert_eq!(session.call("get", FR), unread(FR).repeat(2));
    assert_eq!(session.call("store", &login(NL, KEY)), not_stored(NL));
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert!(Command::new("kill").args(["-CONT", &pid]).status().unwrap().success());
    assert_eq!(session.call("get", FR), answer_with(FR, KEY));
}
