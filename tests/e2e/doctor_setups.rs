//! The table of set-ups, played by an ordinary user: `doctor` finds the problems, its commands are
//! typed into a shell as they were printed, those with `sudo` run as root, and `doctor` is content.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::Scenario;
use crate::doctor_setups_of_root as roots;
use crate::setups::report::{checks_of, commands_of, problems_of};
use crate::setups::{GROUPS, KEY, KeyringState, Machine, Setup};
use crate::stage::{Stage, all_on_path, both, run};
use crate::sudo::{GID, UID, give, give_to, set_up};

const NEEDS: &[&str] = &["setpriv", "mount", "umount"];

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "doctor_fixes_of_the_helpers_file_work_when_typed",
        needs: NEEDS,
        play: |stage| play(stage, &["program", "rights"]),
    },
    Scenario {
        name: "doctor_fixes_of_configs_work_when_typed",
        needs: NEEDS,
        play: |stage| play(stage, &["configs", "podman"]),
    },
    Scenario {
        name: "doctor_fixes_of_variables_keys_and_clients_work_when_typed",
        needs: NEEDS,
        play: |stage| play(stage, &["variables", "keys", "clients"]),
    },
    Scenario {
        name: "doctor_finds_nothing_wrong_with_healthy_machines",
        needs: NEEDS,
        play: |stage| play(stage, &["healthy"]),
    },
    Scenario {
        name: "doctor_fixes_with_sudo_work_when_typed",
        needs: NEEDS,
        play: |stage| play_group(stage, "roots", roots::SETUPS),
    },
];

fn play(stage: &Stage, groups: &[&str]) {
    for (name, setups) in GROUPS.iter().filter(|(name, _)| groups.contains(name)) {
        play_group(stage, name, setups);
    }
}

fn play_group(stage: &Stage, group: &str, setups: &[Setup]) {
    static PREPARED: std::sync::Once = std::sync::Once::new();
    PREPARED.call_once(|| {
        set_up(stage);
    });
    let (mut wrong, mut text) = (Vec::new(), String::new());
    for setup in setups {
        let mut scene = Scene::prepare(stage, setup);
        // Only the tests in process have a keyring that obeys.
        if scene.machine.keyring == KeyringState::Works && scene.machine.stored.is_none() {
            text += &scene.play(setup, &mut wrong);
        }
        scene.end();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if group == "roots" {
        matches_snapshot("doctor/roots.txt", &text);
    }
}

/// Screens with `sudo` are kept next to those of the tests in process.
fn matches_snapshot(name: &str, text: &str) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/in_process/snapshots");
    if std::env::var_os(crate::stage::UPDATE_VARIABLE).is_some() {
        fs::write(directory.join(name), text).unwrap();
    }
    let kept = fs::read_to_string(directory.join(name)).unwrap_or_default();
    assert_eq!(text, kept, "{name} differs: UPDATE_SNAPSHOTS=1 takes it over");
}

struct Scene<'a> {
    stage: &'a Stage,
    machine: Machine,
}

impl<'a> Scene<'a> {
    fn prepare(stage: &'a Stage, setup: &Setup) -> Self {
        let home = stage.home();
        fs::remove_dir_all(&home).unwrap();
        fs::create_dir(&home).unwrap();
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "mode=755", "tmpfs", "/usr/local/bin"])
            .status();
        assert!(status.unwrap().success());
        let machine = Machine::new(&home);
        give(&home);
        let mut scene = Self { stage, machine };
        let program = stage.program.display();
        let bin = scene.machine.shown("bin");
        let output = scene.as_user(&format!("{program} install --path {bin}"));
        assert!(output.status.success(), "{}", both(&output));
        (setup.prepare)(&mut scene.machine);
        scene.give();
        scene
    }

    /// Gives the home directory to the user, and to others what belongs to them.
    fn give(&self) {
        give(&self.machine.home);
        for (path, user) in &self.machine.owners {
            give_to(&self.machine.path(path), *user, *user);
        }
    }

    fn end(&self) {
        for directory in [PathBuf::from("/usr/local/bin"), self.machine.path("noexec")] {
            let _ = Command::new("umount").arg(directory).output();
        }
    }

    fn play(&mut self, setup: &Setup, wrong: &mut Vec<String>) -> String {
        let mut check = |is_right: bool, what: String| {
            if !is_right {
                wrong.push(format!("{}: {what}", setup.name));
            }
        };
        let report = self.report();
        let screen = self.screen();
        let problems = problems_of(&report);
        check(problems == setup.problems, format!("{problems:?}\n{screen}"));
        let mut text = format!("=== {}\n{screen}", setup.name);
        if let Some(person) = setup.person {
            self.machine.owners.clear();
            (person.does)(&mut self.machine);
            self.give();
            let _ = writeln!(text, "--- by hand: {}", person.what);
        }
        for line in commands_of(&report) {
            let _ = writeln!(text, "--- typed: {}", self.without_paths(&line));
            if let Some(name) = line.strip_prefix("unset ") {
                self.machine.unset(name);
                continue;
            }
            let output = self.type_line(&line);
            check(output.status.success(), format!("{line} fails: {}", both(&output)));
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

    fn doctor(&self, words: &str) -> String {
        let program = self.stage.program.display();
        let output = self.as_user(&format!("{program} doctor --offline {words}"));
        assert!(output.stderr.is_empty(), "{}", both(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn screen(&self) -> String {
        self.without_paths(&self.doctor(""))
    }

    fn without_paths(&self, text: &str) -> String {
        text.replace(&self.stage.program.display().to_string(), "PROGRAM")
            .replace(&self.machine.home.display().to_string(), "~")
            .replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }

    fn report(&self) -> Vec<Value> {
        checks_of(&self.doctor("-o json"))
    }

    /// Types a line into the user's shell, or into root's where it starts with `sudo`.
    fn type_line(&self, line: &str) -> Output {
        match line.strip_prefix("sudo ") {
            // There is no snapd here.
            Some(line) if line.starts_with("snap remove ") => {
                let name = line.rsplit(' ').next().unwrap();
                self.as_root(&format!("rm {}", self.machine.shown(&format!("bin/{name}"))))
            }
            Some(line) => self.as_root(line),
            None => self.as_user(line),
        }
    }

    /// The line in the user's shell, with the variables of the machine and nothing else.
    fn as_user(&self, line: &str) -> Output {
        let ids = [format!("--reuid={UID}"), format!("--regid={GID}")];
        let mut command = Command::new(&all_on_path("setpriv")[0]);
        command.args([&ids[0], &ids[1], "--init-groups", "/bin/sh", "-c"]).arg(line).env_clear();
        command.envs(&self.machine.variables);
        let own = self.machine.variables.get("PATH").map_or("", String::as_str);
        // The system's clients are not those of the set-up.
        command.env("PATH", format!("{own}:/usr/local/bin:{}", self.tools().display()));
        command.current_dir(&self.machine.home);
        // `save-key` asks for it.
        run(command, if line.contains(" save-key") { KEY } else { "" })
    }

    /// The line as `sudo` starts it: another PATH, none of the user's variables.
    fn as_root(&self, line: &str) -> Output {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]).env_clear();
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("HOME", "/root").env("SUDO_USER", "ada");
        command.env("SUDO_UID", UID.to_string()).env("SUDO_GID", GID.to_string());
        command.current_dir(&self.machine.home);
        run(command, "")
    }

    /// A directory with the programs of the fixes, and no container client.
    fn tools(&self) -> PathBuf {
        let tools = self.stage.directory.join("tools");
        if !tools.exists() {
            fs::create_dir(&tools).unwrap();
            for name in ["chmod", "rm", "mv", "chown", "cat"] {
                std::os::unix::fs::symlink(Path::new("/bin").join(name), tools.join(name)).unwrap();
            }
        }
        tools
    }
}
