//! The table of set-ups with real clients as judges: docker and skopeo fail exactly where `doctor`
//! says that pulls will not work, and both pull after its fix.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Output};

use serde_json::Value;

use crate::Scenario;
use crate::registry::{Auth, Registry, docker_image};
use crate::setups::report::commands_of;
use crate::setups::{FR, GROUPS, KEY, KeyringState, Machine, Setup};
use crate::stage::{Stage, all_on_path, both, run};

pub const SCENARIOS: &[Scenario] = &[Scenario {
    name: "docker_and_skopeo_fail_where_doctor_says_so_and_pull_after_its_fix",
    needs: &["docker", "skopeo", "docker-registry"],
    play,
}];

/// The groups that are about how a pull gets its key.
const JUDGED: [&str; 6] = ["program", "rights", "configs", "podman", "variables", "keys"];

/// Set-ups that these judges cannot decide on, and why.
const NOT_JUDGED: &[(&str, &str)] = &[
    ("a version that answers with another key is installed", ONLY_REGISTRY_KNOWS),
    ("Docker uses plaintext credentials with another key", ONLY_REGISTRY_KNOWS),
    ("Docker uses plaintext credentials that hold no key", ONLY_REGISTRY_KNOWS),
    (
        "podman uses plaintext credentials under a name that is unsafe in a shell",
        "they are for another repository than the one that is pulled here",
    ),
    ("skopeo is there instead of podman, and its file is not valid JSON", "its skopeo is a script"),
];

const ONLY_REGISTRY_KNOWS: &str = "only the registry knows whether that key is accepted";

fn play(stage: &Stage) {
    let _registry = Registry::start(stage, Auth::Token, KEY);
    let push = format!("skopeo copy {} docker://{FR}/ns/app:1", docker_image(stage));
    stage.ok(&push, Some(KEY));
    hide_systems_directory(stage);
    let mut wrong = Vec::new();
    let groups = GROUPS.iter().filter(|(name, _)| JUDGED.contains(name));
    for setup in groups.flat_map(|(_, setups)| *setups) {
        if NOT_JUDGED.iter().any(|(name, _)| *name == setup.name) {
            continue;
        }
        judge(stage, setup, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Copies the clients, and puts an empty directory in the place of /usr/local/bin, to which fixes
/// install.
fn hide_systems_directory(stage: &Stage) {
    for name in ["docker", "skopeo"] {
        fs::copy(&all_on_path(name)[0], stage.directory.join(name)).unwrap();
    }
    let status = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "mode=755", "tmpfs", "/usr/local/bin"])
        .status();
    assert!(status.unwrap().success());
}

fn judge(stage: &Stage, setup: &Setup, wrong: &mut Vec<String>) {
    let scene = Scene::prepare(stage, setup);
    let Some(mut scene) = scene else { return };
    let report = scene.report();
    let says = report["pulls_will_work"].as_bool().unwrap();
    let pulls = scene.pulls();
    let agrees = says == pulls.iter().all(|pull| pull.status.success());
    if !agrees {
        let words: Vec<_> = pulls.iter().map(both).collect();
        wrong.push(format!("{}: doctor says {says}, and the clients: {words:#?}", setup.name));
    }
    if let Some(person) = setup.person {
        (person.does)(&mut scene.machine);
    }
    for line in commands_of(report["checks"].as_array().unwrap()) {
        if let Some(name) = line.strip_prefix("unset ") {
            scene.machine.unset(name);
            continue;
        }
        let output = scene.shell(line.strip_prefix("sudo ").unwrap_or(&line));
        if !output.status.success() {
            wrong.push(format!("{}: {line}: {}", setup.name, both(&output)));
        }
    }
    for pull in scene.pulls().iter().filter(|pull| !pull.status.success()) {
        wrong.push(format!("{}: after the fix: {}", setup.name, both(pull)));
    }
}

struct Scene<'a> {
    stage: &'a Stage,
    machine: Machine,
}

impl<'a> Scene<'a> {
    /// `None` for a set-up with a keyring that these tests do not have.
    fn prepare(stage: &'a Stage, setup: &Setup) -> Option<Self> {
        let home = stage.home();
        fs::remove_dir_all(&home).unwrap();
        fs::create_dir(&home).unwrap();
        let _ = fs::remove_file("/usr/local/bin/docker-credential-scw");
        let mut machine = Machine::new(&home);
        for name in ["docker", "skopeo"] {
            let _ = fs::remove_file(machine.path("bin").join(name));
            symlink(stage.directory.join(name), machine.path("bin").join(name)).unwrap();
        }
        let policy = r#"{"default":[{"type":"insecureAcceptAnything"}]}"#;
        machine.write(".config/containers/policy.json", policy);
        let bin = machine.shown("bin");
        let scene = Self { stage, machine };
        let program = stage.program.display();
        let output = scene.shell(&format!("{program} install --path {bin}"));
        assert!(output.status.success(), "{}", both(&output));
        machine = scene.machine;
        (setup.prepare)(&mut machine);
        let is_judged = machine.keyring == KeyringState::Works && machine.stored.is_none();
        is_judged.then_some(Self { stage, machine })
    }

    fn report(&self) -> Value {
        let program = self.stage.program.display();
        let line = format!("{program} doctor --offline --region fr-par -o json");
        let output = self.shell(&line);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", both(&output)))
    }

    /// What each client says of the image.
    fn pulls(&self) -> [Output; 2] {
        let docker = format!("docker manifest inspect {FR}/ns/app:1");
        let skopeo = format!("skopeo inspect docker://{FR}/ns/app:1");
        [docker, skopeo].map(|line| self.shell(&line))
    }

    fn shell(&self, line: &str) -> Output {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]).env_clear().envs(&self.machine.variables);
        let own = self.machine.variables.get("PATH").map_or("", String::as_str);
        command.env("PATH", format!("{own}:/usr/local/bin:/usr/bin:/bin"));
        command.current_dir(&self.machine.home);
        // `save-key` asks for it.
        run(command, if line.contains(" save-key") { KEY } else { "" })
    }
}
