//! A real Secret Service: gnome-keyring on the scenario's own session bus.

pub mod unavailable;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Scenario;
use crate::registry::{Auth, Registry, docker_image};
use crate::stage::{FR, KEY, NL, OTHER_KEY, Stage, answer_with, both, run};

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

/// Starts a keyring in the session in which `command` runs, and waits until it is on the bus.
pub fn start_daemon(
    command: &dyn Fn(&[&str]) -> Command,
    options: &[&str],
    password: &str,
) -> Child {
    use std::io::Write as _;
    let words = ["gnome-keyring-daemon", "--foreground", "--components=secrets"];
    let mut daemon = command(&[&words, options].concat());
    daemon.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut daemon = daemon.spawn().unwrap();
    daemon.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    // A question to the service itself would make the bus start a second daemon, which is locked.
    wait_for("the keyring", || {
        let has_owner = command(&[
            "dbus-send",
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.DBus",
            "/",
            "org.freedesktop.DBus.NameHasOwner",
            "string:org.freedesktop.secrets",
        ]);
        let dbus_printed = run(has_owner, "").stdout;
        String::from_utf8_lossy(&dbus_printed).contains("boolean true")
    });
    daemon
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
        let options: Vec<_> =
            options.iter().copied().filter(|option| *option != "--start").collect();
        self.keyring = Some(start_daemon(&|words| self.command(words), &options, password));
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
    assert_eq!(session.call("get", FR), answer_with(FR, KEY));
    assert_eq!(session.call("get", NL), NOT_FOUND);
    assert_eq!(session.call("list", ""), format!("{{\"{FR}\":\"nologin\"}}\n"));
    assert_eq!(session.call("store", &login(FR, OTHER_KEY)), "");
    assert_eq!(session.call("get", FR), answer_with(FR, OTHER_KEY));
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
    assert_eq!(session.call("get", FR), answer_with(FR, KEY));
    // The image exists: if it does not, docker may print the same message as for a refused key.
    let push = format!("skopeo copy {} docker://{FR}/ns/app:1", docker_image(stage));
    stage.ok(&push, Some(KEY));
    let output = docker(&format!("docker manifest inspect {FR}/ns/app:1"), "");
    assert!(output.status.success(), "{}", both(&output));
    let docker_printed = both(&output);
    assert!(docker_printed.contains("application/vnd.docker.distribution.manifest.v2+json"));
    let output = docker(&format!("docker logout {FR}"), "");
    assert!(output.status.success(), "{}", both(&output));
    assert_eq!(session.call("get", FR), NOT_FOUND);
    let docker_wrote = stage.docker_config();
    assert!(!docker_wrote.contains("auth\""), "{docker_wrote}");
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
    assert_eq!(session.call("get", FR), answer_with(FR, KEY));
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
    assert_eq!(session.call("get", FR), answer_with(FR, KEY));
    for n in ["1", "2"] {
        let attributes = ["service", "docker-credential-scw", "username", FR, "n", n];
        let words = [&["secret-tool", "store", "--label=a copy"], attributes.as_slice()].concat();
        assert!(run(session.command(&words), OTHER_KEY).status.success());
    }
    // On both streams.
    let error = "docker-credential-scw: cannot read the key stored for rg.fr-par.scw.cloud: the \
                 keyring holds more than one key for this registry; set SCW_SECRET_KEY, or remove \
                 the stored key with `docker logout rg.fr-par.scw.cloud`\n";
    assert_eq!(session.call("get", FR), error.repeat(2));
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
    assert_eq!(session.call("get", FR), answer_with(FR, KEY));
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
                let is_key = answer == answer_with(&host(n), key);
                assert!(answer == NOT_FOUND || is_key, "{}: {answer}", host(n));
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
