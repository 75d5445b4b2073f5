//! Random sequences of the protocol's actions against the model, with the real program, a real
//! gnome-keyring, and the commands `login` and `logout`.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::Scenario;
use crate::keyring::{Keyring, Session};
use crate::protocol_model::{Fault, Machine, Model, Reply, Variables, check, random_steps};
use crate::stage::{Stage, run};

const NEEDS: &[&str] = &["dbus-daemon", "gnome-keyring-daemon", "secret-tool"];

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "keyring_model_of_the_protocol", needs: NEEDS, play: unlocked },
    Scenario { name: "keyring_model_while_it_is_locked", needs: NEEDS, play: locked },
];

const HELPER: &str = "docker-credential-scw";

struct RealKeyring<'s, 'a> {
    session: &'s RefCell<Session<'a>>,
    stage: &'a Stage,
}

impl<'s, 'a> RealKeyring<'s, 'a> {
    /// Removes what the sequence before has left.
    fn new(session: &'s RefCell<Session<'a>>, stage: &'a Stage) -> Self {
        let home = stage.home();
        for path in [".config/scw", ".local/state/docker-credential-scw", ".local/share/keyrings"] {
            let _ = fs::remove_dir_all(home.join(path));
        }
        session.borrow_mut().unlock();
        Self { session, stage }
    }

    fn command(&self, variables: Variables, words: &[&str]) -> Command {
        let mut command = self.session.borrow().command(words);
        if let Some(key) = variables.key {
            command.env("SCW_SECRET_KEY", key);
        }
        if variables.names_profile {
            command.env("SCW_PROFILE", "dev");
        }
        command
    }
}

impl Machine for RealKeyring<'_, '_> {
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
            self.session.borrow().lock();
        } else {
            self.session.borrow_mut().unlock();
        }
    }

    fn lose_entry(&mut self, host: &str) {
        let words = ["secret-tool", "clear", "service", HELPER, "username", host];
        run(self.command(Variables::default(), &words), "");
    }
}

fn compare_sequences(stage: &Stage, seeds: std::ops::Range<u64>, count: usize, locks: bool) {
    stage.install_as("docker-credential-scw-dev");
    // The client only asks whether the helper answers, which `login` does before it.
    let podman = stage.directory.join("bin/podman");
    fs::write(&podman, "#!/bin/sh\ncat >/dev/null\n").unwrap();
    fs::set_permissions(&podman, fs::Permissions::from_mode(0o755)).unwrap();
    stage.register(&crate::protocol_model::HOSTS.map(|host| (host, "scw")));
    let session = RefCell::new(Session::start(stage, &Keyring::Unlocked));
    for seed in seeds {
        let steps = random_steps(seed, count, true, locks);
        check(seed, &Model::new(Fault::LockedButListed), &steps, || {
            RealKeyring::new(&session, stage)
        });
    }
    let _ = fs::remove_dir_all(stage.home().join(".config/scw"));
}

fn unlocked(stage: &Stage) {
    compare_sequences(stage, 1000..1020, 40, false);
}

fn locked(stage: &Stage) {
    compare_sequences(stage, 2000..2010, 30, true);
}
