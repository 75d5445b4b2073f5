//! Every set-up of the table: `doctor`'s whole screen, and that its fix works when it is typed.
//!
//! Each group is one snapshot file: the screen, what a person does, and what was typed. The tests
//! that run as an ordinary user in namespaces (`tests/e2e`) play the same table with a real `sudo`.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use docker_credential_scw::Exit;
use docker_credential_scw::system::keyring::KeyringError;
use serde_json::Value;

use crate::support::World;
use crate::support::setups::machine::HELPER;
use crate::support::setups::report::{checks_of, commands_of, problems_of};
use crate::support::setups::{GROUPS, KEY, KeyringState, Machine, OTHER_KEY, Setup};
use crate::support::snapshot::matches_snapshot;

#[test]
fn the_helpers_file() {
    play("program");
}

#[test]
fn rights_of_files() {
    play("rights");
}

#[test]
fn dockers_config() {
    play("configs");
}

#[test]
fn podmans_files() {
    play("podman");
}

#[test]
fn variables() {
    play("variables");
}

#[test]
fn sources_of_keys() {
    play("keys");
}

#[test]
fn container_clients() {
    play("clients");
}

#[test]
fn healthy_machines_give_no_false_alarm() {
    play("healthy");
}

#[test]
fn there_are_enough_set_ups_and_each_has_its_own_name() {
    let all: Vec<_> = GROUPS.iter().flat_map(|(_, setups)| *setups).collect();
    let names: BTreeSet<_> = all.iter().map(|setup| setup.name).collect();
    assert_eq!(names.len(), all.len());
    let healthy = all.iter().filter(|setup| setup.problems.is_empty()).count();
    assert!(healthy >= 20 && all.len() - healthy >= 80, "{healthy} of {}", all.len());
}

/// A machine on which the set-up was prepared.
struct Scene {
    world: World,
    machine: Machine,
}

/// One problem or sound thing in a report.
type Check = Value;

#[track_caller]
fn play(group: &str) {
    let (_, setups) = GROUPS.iter().find(|(name, _)| *name == group).unwrap();
    let (mut text, mut wrong) = (String::new(), Vec::new());
    for setup in *setups {
        let mut scene = Scene::prepare(setup);
        text += &scene.play(setup, &mut wrong);
    }
    // All wrong rows at once: a change of wording is one look and one command.
    let found = wrong.join("\n");
    assert!(wrong.is_empty(), "{found}");
    matches_snapshot(&format!("doctor/{group}.txt"), &text);
}

impl Scene {
    fn prepare(setup: &Setup) -> Self {
        let world = World::new();
        let mut machine = Machine::new(world.home.path());
        let mut scene = Self { world: Self::world(world, &machine), machine };
        // A copy that is there already costs install no flushing to disk.
        fs::copy(&scene.world.program_file, scene.machine.path(HELPER)).unwrap();
        let path = format!("--path={}", scene.machine.shown("bin"));
        assert_eq!(scene.world.run(&["install", &path], "").exit, Exit::Success);
        machine = scene.machine;
        (setup.prepare)(&mut machine);
        assert!(machine.owners.is_empty(), "only the tests in namespaces give files away");
        scene = Self { world: Self::world(scene.world, &machine), machine };
        if let Some((host, key)) = scene.machine.stored {
            scene.world.keyring.is_well();
            assert_eq!(scene.world.store(host, key).exit, Exit::Success);
            scene.apply();
        }
        scene
    }

    /// The world with the machine's variables and keyring.
    fn world(mut world: World, machine: &Machine) -> World {
        world.forget_variables();
        for (name, value) in &machine.variables {
            world = world.set(name, value);
        }
        world.uid = Some(nix::unistd::Uid::effective().as_raw());
        match machine.keyring {
            KeyringState::Works => world.keyring.is_well(),
            KeyringState::Locked => world.keyring.fails_with(KeyringError::Locked),
            KeyringState::Absent => {
                let why = "no D-Bus session bus".to_owned();
                world.keyring.fails_with(KeyringError::Absent(why));
            }
        }
        world
    }

    /// Takes over what changed on the machine.
    fn apply(&mut self) {
        let world = std::mem::replace(&mut self.world, World::new());
        self.world = Self::world(world, &self.machine);
    }

    /// Plays one set-up, and returns its part of the snapshot. What is not as expected goes to `wrong`.
    fn play(&mut self, setup: &Setup, wrong: &mut Vec<String>) -> String {
        let mut check = |is_right: bool, what: String| {
            if !is_right {
                wrong.push(format!("{}: {what}", setup.name));
            }
        };
        let screen = self.screen();
        let report = self.report();
        let problems = problems_of(&report);
        check(problems == setup.problems, format!("{problems:?}\n{screen}"));
        for one in &report {
            let is_sound = one["status"] == "ok";
            check(
                is_sound == one["remedy"].is_null(),
                format!("a fix for each problem only: {one}"),
            );
        }
        let mut text = format!("=== {}\n{screen}", setup.name);
        if setup.problems.is_empty() {
            return text + "\n";
        }
        if let Some(person) = setup.person {
            (person.does)(&mut self.machine);
            self.apply();
            text += &format!("--- by hand: {}\n", person.what);
        }
        for line in commands_of(&report) {
            text += &format!("--- typed: {}\n", self.without_paths(&line));
            if let Err(why) = self.type_line(&line) {
                check(false, format!("{line} fails: {why}"));
            }
        }
        let after = self.report();
        let left = setup.left.map_or(&[][..], |(left, _)| left);
        check(problems_of(&after) == left, format!("after the fix:\n{}", self.screen()));
        text += &setup.left.map_or_else(
            || "--- then doctor is content\n\n".to_owned(),
            |(left, why)| format!("--- left: {}, as {why}\n\n", left.join(", ")),
        );
        text
    }

    fn run(&self, words: &[&str]) -> String {
        let outcome = self.world.run(&[&["doctor", "--offline"], words].concat(), "");
        assert_eq!(outcome.stderr, "");
        for key in [KEY, OTHER_KEY] {
            assert!(!outcome.stdout.contains(&key[..8]), "{}", outcome.stdout);
        }
        outcome.stdout
    }

    /// The screen, the same on every machine: `sudo` is a matter of who runs the tests.
    fn screen(&self) -> String {
        self.without_paths(&self.run(&[]))
    }

    fn without_paths(&self, text: &str) -> String {
        let program = self.world.program_file.display().to_string();
        let home = self.machine.home.display().to_string();
        text.replace(&program, "PROGRAM")
            .replace(&home, "~")
            .replace(env!("CARGO_PKG_VERSION"), "VERSION")
            .replace("→ sudo ", "→ ")
            .trim_start_matches("sudo ")
            .to_owned()
    }

    fn report(&self) -> Vec<Check> {
        checks_of(&self.run(&["-o", "json"]))
    }

    /// Types a command as it was printed.
    fn type_line(&mut self, line: &str) -> Result<(), String> {
        let line = line.strip_prefix("sudo ").unwrap_or(line);
        let words = words_of(line);
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let is = |start: &[&str]| words.starts_with(start);
        if words[0].rsplit('/').next() == Some("docker-credential-scw") {
            return self.type_helper(&words[1..]);
        }
        if is(&["unset"]) {
            self.machine.unset(words[1]);
            self.apply();
            return Ok(());
        }
        if is(&["docker", "logout"]) {
            // Docker asks the helper to erase.
            let outcome = self.world.erase(words[2]);
            return if outcome.exit == Exit::Success { Ok(()) } else { Err(outcome.stdout) };
        }
        if is(&["snap", "remove"]) {
            self.machine.remove(&format!("bin/{}", words[2]));
            return Ok(());
        }
        let path = format!("{}:/usr/bin:/bin", self.machine.shown("bin"));
        let output = Command::new("/bin/sh")
            .args(["-c", line])
            .env_clear()
            .env("PATH", path)
            .current_dir(&self.machine.home)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(stderr) }
    }

    /// Runs this program's own command. `install` and `uninstall` always get a directory: without
    /// one they may mean /usr/local/bin, also where the program is in place under another name. In
    /// the namespaces they are typed as printed.
    fn type_helper(&self, words: &[&str]) -> Result<(), String> {
        let path = format!("--path={}", self.machine.shown("bin"));
        let home = self.machine.home.to_str().unwrap();
        let mut words = words.to_vec();
        if matches!(words[0], "install" | "uninstall") {
            match words.iter().position(|word| *word == "--path") {
                None => words.push(&path),
                Some(at) => assert!(words[at + 1].starts_with(home), "{words:?}"),
            }
        }
        // `save-key` asks for it.
        let stdin = if words[0] == "save-key" { KEY } else { "" };
        let outcome = if words[0] == "logout" {
            // Through a client that asks the helper to erase.
            let at = words.iter().position(|word| *word == "--region").unwrap();
            self.world.erase(&format!("rg.{}.scw.cloud", words[at + 1]))
        } else {
            self.world.run(&words, stdin)
        };
        if outcome.exit == Exit::Success { Ok(()) } else { Err(format!("{outcome:?}")) }
    }
}

/// The words of a line as a shell reads them: single quotes are the only ones that `doctor` writes.
fn words_of(line: &str) -> Vec<String> {
    let script = "for word in \"$@\"; do printf '%s\\n' \"$word\"; done";
    let output =
        Command::new("/bin/sh").args(["-c", &format!("set -- {line}\n{script}")]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
