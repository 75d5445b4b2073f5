//! A real Secret Service: gnome-keyring on the scenario's own session bus.

use std::io::Read as _;
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Scenario;
use crate::registry::{Auth, Registry, docker_image};
use crate::stage::{FR, KEY, NL, OTHER_KEY, Stage, WRONG_KEY, both, run};

const NEEDS: &[&str] = &["dbus-daemon", "gnome-keyring-daemon"];
const NOT_FOUND: &str = "credentials not found in native keychain\n";

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "keyring_store_get_list_erase", needs: NEEDS, play: store_get_list_erase },
    Scenario {
        name: "keyring_docker_login_pull_logout",
        needs: &[
            "dbus-daemon",
            "gnome-keyring-daemon",
            "docker",
            "docker-registry",
            "htpasswd",
            "skopeo",
        ],
        play: docker_login,
    },
    Scenario {
        name: "keyring_podman_login_stores_and_logout_removes",
        needs: &["dbus-daemon", "gnome-keyring-daemon", "podman", "docker-registry", "htpasswd"],
        play: podman_login,
    },
    Scenario {
        name: "keyring_with_two_entries_for_one_host",
        needs: DUPLICATES,
        play: two_entries,
    },
    Scenario {
        name: "keyring_entry_of_another_client",
        needs: DUPLICATES,
        play: entry_of_another_client,
    },
    Scenario { name: "keyring_64_stores_at_once_lose_nothing", needs: NEEDS, play: many_at_once },
    Scenario { name: "keyring_locked_without_a_prompt", needs: NEEDS, play: locked },
    Scenario { name: "keyring_bus_without_a_service", needs: &["dbus-daemon"], play: no_service },
    Scenario { name: "keyring_bus_that_never_answers", needs: &[], play: silent_bus },
    Scenario { name: "keyring_service_that_is_frozen", needs: NEEDS, play: frozen_service },
];

const DUPLICATES: &[&str] = &["dbus-daemon", "gnome-keyring-daemon", "secret-tool"];

/// A session bus, optionally with a keyring.
pub struct Session<'a> {
    stage: &'a Stage,
    bus: Child,
    keyring: Option<Child>,
    address: String,
}

pub enum Keyring {
    None,
    Locked,
    Unlocked,
}

impl<'a> Session<'a> {
    pub fn start(stage: &'a Stage, keyring: &Keyring) -> Self {
        let address = format!("unix:path={}", stage.directory.join("bus").display());
        // A bus without service activation, so that only what this test starts is there.
        let config = format!(
            "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
             \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
             <busconfig><type>session</type><listen>{address}</listen>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
             <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>"
        );
        let file = stage.directory.join("bus.conf");
        std::fs::write(&file, config).unwrap();
        let config = format!("--config-file={}", file.display());
        let bus = stage.command(&["dbus-daemon", &config, "--nofork"], None).spawn().unwrap();
        wait_for("the bus", || stage.directory.join("bus").exists());
        let mut session = Self { stage, bus, keyring: None, address };
        if let Keyring::None = keyring {
            return session;
        }
        // The first unlock creates a login keyring with that password.
        session.start_daemon(&["--unlock"], "a password");
        if let Keyring::Locked = keyring {
            assert_eq!(session.call("store", &login(FR, KEY)), "");
            session.stop_daemon();
            session.start_daemon(&["--start"], "");
        }
        session
    }

    fn start_daemon(&mut self, options: &[&str], password: &str) {
        use std::io::Write as _;
        let mut words = vec!["gnome-keyring-daemon", "--foreground", "--components=secrets"];
        words.extend(options.iter().filter(|option| **option != "--start"));
        let mut command = self.command(&words);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        self.keyring = Some(child);
        wait_for("the keyring", || {
            let words = [
                "dbus-send",
                "--session",
                "--print-reply",
                "--dest=org.freedesktop.DBus",
                "/",
                "org.freedesktop.DBus.NameHasOwner",
                "string:org.freedesktop.secrets",
            ];
            let output = self.command(&words).output().unwrap();
            String::from_utf8_lossy(&output.stdout).contains("boolean true")
        });
    }

    /// Locks the keyring, as a user does before leaving.
    pub fn lock(&self) {
        let words = [
            "dbus-send",
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            "array:objpath:/org/freedesktop/secrets/collection/login",
        ];
        let output = run(self.command(&words), "");
        assert!(output.status.success(), "{}", both(&output));
    }

    /// Unlocks the keyring, as the next login of the user does.
    pub fn unlock(&mut self) {
        self.stop_daemon();
        self.start_daemon(&["--unlock"], "a password");
    }

    fn stop_daemon(&mut self) {
        if let Some(mut keyring) = self.keyring.take() {
            let _ = keyring.kill();
            let _ = keyring.wait();
        }
    }

    /// How many files the bus and the keyring have open, once that no longer changes: they close
    /// connections a moment after the calls end.
    pub fn open_files(&self) -> usize {
        let count_of = |id: u32| std::fs::read_dir(format!("/proc/{id}/fd")).unwrap().count();
        let mut counts = Vec::new();
        loop {
            counts.push(self.daemons().map(count_of).sum());
            let last = &counts[counts.len().saturating_sub(10)..];
            if counts.len() >= 10 && last.iter().all(|count| *count == last[0]) {
                return last[0];
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The resident memory of the bus and the keyring, in KiB.
    pub fn memory(&self) -> u64 {
        let resident = |id: u32| {
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
            let (_, rest) = status.split_once("VmRSS:").unwrap();
            rest.split_whitespace().next().unwrap().parse::<u64>().unwrap()
        };
        self.daemons().map(resident).sum()
    }

    fn daemons(&self) -> impl Iterator<Item = u32> {
        [Some(&self.bus), self.keyring.as_ref()].into_iter().flatten().map(Child::id)
    }

    /// The address of the session bus.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = self.stage.command(words, None);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command
    }

    /// Runs an action of the helper. Returns its output on both streams.
    pub fn call(&self, action: &str, request: &str) -> String {
        both(&run(self.command(&["docker-credential-scw", action]), request))
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.stop_daemon();
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

pub fn login(host: &str, key: &str) -> String {
    format!(r#"{{"ServerURL":"{host}","Username":"nologin","Secret":"{key}"}}"#)
}

fn wait_for(what: &str, ready: impl Fn() -> bool) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} is not there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn store_get_list_erase(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    assert_eq!(session.call("get", FR), NOT_FOUND);
    assert_eq!(session.call("list", "unused"), "{}\n");
    assert_eq!(session.call("store", &login(FR, KEY)), "");
    assert!(session.call("get", FR).contains(KEY));
    assert_eq!(session.call("get", NL), NOT_FOUND);
    assert_eq!(session.call("list", ""), format!("{{\"{FR}\":\"nologin\"}}\n"));
    assert_eq!(session.call("store", &login(FR, OTHER_KEY)), "");
    assert!(session.call("get", FR).contains(OTHER_KEY));
    assert_eq!(session.call("erase", FR), "");
    assert_eq!(session.call("erase", FR), "");
    assert_eq!(session.call("get", FR), NOT_FOUND);
    assert_eq!(session.call("list", ""), "{}\n");
}

fn docker_login(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    let _registry = Registry::start(stage, Auth::Token, KEY);
    let docker = |line: &str, stdin: &str| {
        let words: Vec<_> = line.split(' ').collect();
        run(session.command(&words), stdin)
    };
    let output = docker(&format!("docker login {FR} -u nologin --password-stdin"), KEY);
    assert!(output.status.success(), "{}", both(&output));
    assert!(session.call("get", FR).contains(KEY));
    // The image exists: if it does not, docker may print the same message as for a refused key.
    let push = format!("skopeo copy {} docker://{FR}/ns/app:1", docker_image(stage));
    stage.ok(&push, Some(KEY));
    let output = docker(&format!("docker manifest inspect {FR}/ns/app:1"), "");
    assert!(output.status.success(), "{}", both(&output));
    assert!(both(&output).contains("application/vnd.docker.distribution.manifest.v2+json"));
    let output = docker(&format!("docker logout {FR}"), "");
    assert!(output.status.success(), "{}", both(&output));
    assert_eq!(session.call("get", FR), NOT_FOUND);
    assert!(!stage.docker_config().contains("auth\""), "{}", stage.docker_config());
}

/// podman calls `store` if the helper is registered in the file that podman writes.
fn podman_login(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    let _registry = Registry::start(stage, Auth::Htpasswd, KEY);
    let file = stage.home().join(".docker/config.json").display().to_string();
    let podman = |line: &str, stdin: &str| {
        let words: Vec<_> = line.split(' ').collect();
        run(session.command(&words), stdin)
    };
    let line = format!("podman login --authfile {file} -u nologin --password-stdin {FR}");
    let output = podman(&line, KEY);
    assert!(output.status.success(), "{}", both(&output));
    assert!(session.call("get", FR).contains(KEY));
    for _ in 0..2 {
        let output = podman(&format!("podman logout --authfile {file} {FR}"), "");
        assert!(output.status.success(), "{}", both(&output));
    }
    assert_eq!(session.call("get", FR), NOT_FOUND);
}

/// Another program may have created an item with the same attributes.
fn two_entries(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    for n in ["1", "2"] {
        let attributes = ["service", "docker-credential-scw", "username", FR, "n", n];
        let words = [&["secret-tool", "store", "--label=a copy"], attributes.as_slice()].concat();
        let output = run(session.command(&words), OTHER_KEY);
        assert!(output.status.success(), "{}", both(&output));
    }
    assert_eq!(session.call("get", FR), NOT_FOUND, "no key is stored");
    assert_eq!(session.call("store", &login(FR, KEY)), "");
    assert!(session.call("get", FR).contains(KEY));
    for n in ["1", "2"] {
        let attributes = ["service", "docker-credential-scw", "username", FR, "n", n];
        let words = [&["secret-tool", "store", "--label=a copy"], attributes.as_slice()].concat();
        assert!(run(session.command(&words), OTHER_KEY).status.success());
    }
    assert!(session.call("get", FR).contains("more than one key"));
    assert_eq!(session.call("erase", FR), "");
    assert_eq!(session.call("get", FR), NOT_FOUND);
}

/// Other clients of the Secret Service, and earlier versions of this program, add the attribute
/// `xdg:schema`. They and this program find each other's entries.
fn entry_of_another_client(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    let secret_tool = |action: &[&str], stdin: &str| {
        let attributes = ["service", "docker-credential-scw", "username", FR];
        both(&run(session.command(&[&["secret-tool"], action, &attributes].concat()), stdin))
    };
    assert_eq!(session.call("store", &login(FR, OTHER_KEY)), "");
    assert_eq!(secret_tool(&["lookup"], ""), OTHER_KEY);
    assert_eq!(secret_tool(&["clear"], ""), "");
    assert_eq!(session.call("get", FR), NOT_FOUND);

    let label = format!("--label=keyring:{FR}@docker-credential-scw");
    assert_eq!(secret_tool(&["store", &label], KEY), "");
    let answer = session.call("get", FR);
    assert_eq!(
        answer,
        format!("{{\"ServerURL\":\"{FR}\",\"Username\":\"nologin\",\"Secret\":\"{KEY}\"}}\n")
    );
    assert_eq!(session.call("store", &login(FR, OTHER_KEY)), "");
    assert_eq!(secret_tool(&["lookup"], ""), OTHER_KEY);
    assert_eq!(secret_tool(&["search", "--all"], "").matches("attribute.username").count(), 1);
    assert_eq!(session.call("erase", FR), "");
    assert_eq!(secret_tool(&["lookup"], ""), "");
}

fn many_at_once(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    let host = |n: usize| {
        let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
        format!("rg.{}{}-abc.scw.cloud", letter(n / 26), letter(n))
    };
    std::thread::scope(|scope| {
        for n in (1..64).step_by(2) {
            let session = &session;
            scope.spawn(move || assert_eq!(session.call("store", &login(&host(n), KEY)), ""));
        }
    });
    std::thread::scope(|scope| {
        for n in 0..64 {
            let session = &session;
            scope.spawn(move || {
                let done = if n % 2 == 0 {
                    session.call("store", &login(&host(n), OTHER_KEY))
                } else {
                    session.call("erase", &host(n))
                };
                assert_eq!(done, "", "{}", host(n));
            });
            scope.spawn(move || {
                let answer = session.call("get", &host(n));
                let key = if n % 2 == 0 { OTHER_KEY } else { KEY };
                assert!(answer == NOT_FOUND || answer.contains(key), "{}: {answer}", host(n));
            });
        }
    });
    for n in 0..64 {
        let answer = session.call("get", &host(n));
        assert_eq!(answer != NOT_FOUND, n % 2 == 0, "{}: {answer}", host(n));
    }
    let list: serde_json::Value = serde_json::from_str(&session.call("list", "")).unwrap();
    assert_eq!(list.as_object().unwrap().len(), 32);
}

fn locked(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Locked);
    let start = Instant::now();
    let answer = session.call("get", FR);
    assert!(answer.contains("keyring is locked") || answer.contains("did not answer"), "{answer}");
    assert!(answer.contains("docker logout"), "{answer}");
    let erased = session.call("erase", FR);
    assert!(erased.contains("still in the keyring"), "{erased}");
    assert_eq!(session.call("get", FR), NOT_FOUND);
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

fn no_service(stage: &Stage) {
    let session = Session::start(stage, &Keyring::None);
    let answer = session.call("store", &login(FR, KEY));
    assert!(answer.contains("no keyring in this session"), "{answer}");
    assert!(answer.contains("SCW_SECRET_KEY"), "{answer}");
    assert_eq!(session.call("get", FR), NOT_FOUND);
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
        assert!(both(&call("list", "", None)).contains("did not answer within 5 s"));
        std::fs::remove_file(list).unwrap();

        let refused = call("store", &login(FR, KEY), None);
        assert!(!refused.status.success());
        assert!(both(&refused).contains("did not answer within 5 s"), "{}", both(&refused));
        assert_eq!(both(&call("get", FR, None)), NOT_FOUND);
        assert_eq!(both(&call("list", "", None)), "{}\n");
        let noted = call("store", &login(FR, KEY), Some(KEY));
        assert!(noted.status.success(), "{}", both(&noted));
        assert!(both(&call("get", FR, Some(WRONG_KEY))).contains(WRONG_KEY));
        assert!(call("erase", FR, None).status.success());
    }
}

fn frozen_service(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    assert_eq!(session.call("store", &login(FR, KEY)), "");
    let pid = session.keyring.as_ref().unwrap().id().to_string();
    assert!(Command::new("kill").args(["-STOP", &pid]).status().unwrap().success());
    let start = Instant::now();
    let answer = session.call("get", FR);
    assert!(answer.contains("did not answer within 5 s"), "{answer}");
    let answer = session.call("store", &login(NL, KEY));
    assert!(answer.contains("did not answer within 5 s"), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert!(Command::new("kill").args(["-CONT", &pid]).status().unwrap().success());
    assert!(session.call("get", FR).contains(KEY));
}
