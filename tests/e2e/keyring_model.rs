//! Random sequences of the protocol's actions against the model, with the real program, real keyrings,
//! and the commands `login` and `logout`.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::Scenario;
use crate::keepassxc::KeePassXc;
use crate::keyring::{Keyring, Session};
use crate::protocol_model::{
    Config, Fault, HOSTS, Machine, Model, Reply, Server, Step, Variables, check, random_steps,
};
use crate::stage::{KEY, OTHER_KEY, Stage, run};

const NEEDS: &[&str] = &["dbus-daemon", "gnome-keyring-daemon", "secret-tool"];
const KEEPASSXC: &[&str] =
    &["dbus-daemon", "dbus-send", "keepassxc", "keepassxc-cli", "secret-tool"];

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "keyring_model_of_the_protocol", needs: NEEDS, play: unlocked },
    Scenario { name: "keyring_model_while_it_is_locked", needs: NEEDS, play: locked },
    Scenario { name: "keyring_model_with_keepassxc", needs: KEEPASSXC, play: keepassxc },
];

const HELPER: &str = "docker-credential-scw";

/// A keyring on a session bus.
pub trait Service {
    /// Starts it without entries, and unlocked.
    fn reset(&mut self);
    fn lock(&mut self);
    fn unlock(&mut self);
    fn command(&self, words: &[&str]) -> Command;
}

struct GnomeKeyring<'a> {
    session: Session<'a>,
    stage: &'a Stage,
}

impl Service for GnomeKeyring<'_> {
    fn reset(&mut self) {
        let _ = fs::remove_dir_all(self.stage.home().join(".local/share/keyrings"));
        self.session.unlock();
    }

    fn lock(&mut self) {
        self.session.lock();
    }

    fn unlock(&mut self) {
        self.session.unlock();
    }

    fn command(&self, words: &[&str]) -> Command {
        self.session.command(words)
    }
}

struct RealKeyring<'s, S> {
    service: &'s RefCell<S>,
    stage: &'s Stage,
}

impl<'s, S: Service> RealKeyring<'s, S> {
    /// Removes what the sequence before has left.
    fn new(service: &'s RefCell<S>, stage: &'s Stage) -> Self {
        for path in [".config/scw", ".local/state/docker-credential-scw"] {
            let _ = fs::remove_dir_all(stage.home().join(path));
        }
        service.borrow_mut().reset();
        Self { service, stage }
    }

    fn command(&self, variables: Variables, words: &[&str]) -> Command {
        let mut command = self.service.borrow().command(words);
        if let Some(key) = variables.key {
            command.env("SCW_SECRET_KEY", key);
        }
        if variables.names_profile {
            command.env("SCW_PROFILE", "dev");
        }
        command
    }
}

impl<S: Service> Machine for RealKeyring<'_, S> {
    fn call(&mut self, variables: Variables, action: &str, request: &str) -> Reply {
        let bound = format!("{HELPER}-dev");
        let name = if variables.is_bound { &bound } else { HELPER };
        let output = run(self.command(variables, &[name, action]), request);
        let home = self.stage.home().display().to_string();
        let shown = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace(&home, "~");
        Reply {
            succeeds: output.status.success(),
            stdout: shown(&output.stdout),
            stderr: shown(&output.stderr),
        }
    }

    fn login(&mut self, variables: Variables, host: &str, key: &str) -> bool {
        let words = [HELPER, "login", "--program", "podman", "--secret-key-stdin", host];
        run(self.command(variables, &words), key).status.success()
    }

    fn logout(&mut self, variables: Variables, host: &str) -> bool {
        let words = [HELPER, "logout", "--program", "podman", host];
        run(self.command(variables, &words), "").status.success()
    }

    fn write_config(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.stage.scaleway_config(text),
            None => {
                let _ = fs::remove_dir_all(self.stage.home().join(".config/scw"));
            }
        }
    }

    fn lock(&mut self, is_locked: bool) {
        if is_locked {
            self.service.borrow_mut().lock();
        } else {
            self.service.borrow_mut().unlock();
        }
    }

    fn lose_entry(&mut self, host: &str) {
        let words = ["secret-tool", "clear", "service", HELPER, "username", host];
        run(self.command(Variables::default(), &words), "");
    }
}

/// Prepares the programs that the steps start.
fn prepare(stage: &Stage) {
    stage.install_as("docker-credential-scw-dev");
    // The client only asks whether the helper answers, which `login` does before it.
    let podman = stage.directory.join("bin/podman");
    fs::write(&podman, "#!/bin/sh\ncat >/dev/null\n").unwrap();
    fs::set_permissions(&podman, fs::Permissions::from_mode(0o755)).unwrap();
    stage.register(&HOSTS.map(|host| (host, "scw")));
}

fn with_gnome_keyring(stage: &Stage, seeds: std::ops::Range<u64>, count: usize, locks: bool) {
    prepare(stage);
    let session = Session::start(stage, &Keyring::Unlocked);
    let service = RefCell::new(GnomeKeyring { session, stage });
    let model = Model::new(Fault::LockedButListed);
    for seed in seeds {
        let steps = random_steps(seed, count, true, locks);
        check(seed, &model, &steps, || RealKeyring::new(&service, stage));
    }
    let _ = fs::remove_dir_all(stage.home().join(".config/scw"));
}

fn unlocked(stage: &Stage) {
    with_gnome_keyring(stage, 1000..1020, 40, false);
}

fn locked(stage: &Stage) {
    with_gnome_keyring(stage, 2000..2010, 30, true);
}

/// While it is locked, each call waits for a dialog until the deadline. So the steps with a locked
/// keyring are few, and not random.
fn keepassxc(stage: &Stage) {
    prepare(stage);
    let service = RefCell::new(KeePassXc::new(stage));
    let model = Model::new(Fault::Silent);
    for seed in 3000..3006 {
        let steps = random_steps(seed, 30, true, false);
        check(seed, &model, &steps, || RealKeyring::new(&service, stage));
    }
    let [first, second] = [HOSTS[0], HOSTS[1]].map(|host| Server { host, spelling: 0 });
    let steps = [
        Step::Store(first, KEY),
        Step::Lock(true),
        Step::Get(first),
        Step::Get(second),
        Step::Store(second, OTHER_KEY),
        Step::Config(Some(Config { root: Some(OTHER_KEY), dev: None, is_dev_active: false })),
        Step::List,
        Step::Erase(first),
        Step::Get(first),
        Step::Lock(false),
        Step::Get(first),
        Step::Store(second, KEY),
        Step::Config(None),
        Step::Get(first),
        Step::List,
    ];
    check(0, &model, &steps, || RealKeyring::new(&service, stage));
}
