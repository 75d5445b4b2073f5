//! Faults in `install --kubelet` and `uninstall --kubelet`: the kubelet's configuration is the old or
//! the new one, it never names a program that is not there, and the next run finishes the work.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::Scenario;
use crate::fault_injection::{Action, State, play};
use crate::kubelet_model::Kubelet;
use crate::stage::{KEY, Stage, both, run};

const NEEDS: &[&str] = &["strace", "timeout"];

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "faults_in_install_kubelet", needs: NEEDS, play: install },
    Scenario { name: "faults_in_install_kubelet_on_a_new_node", needs: NEEDS, play: on_a_new_node },
    Scenario { name: "faults_in_uninstall_kubelet", needs: NEEDS, play: uninstall },
    Scenario { name: "faults_in_uninstall_kubelet_to_the_end", needs: NEEDS, play: to_the_end },
];

const PROVIDER: &str = "scw-credential-provider";

/// A configuration with another provider, and comments.
const OTHERS: &str = "\
# The nodes' providers.
apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
- name: other-provider # ours
  matchImages: [\"other.example.com\"]
  defaultCacheDuration: 0s
  apiVersion: credentialprovider.kubelet.k8s.io/v1
";

/// The files of a node: the kubelet's configuration and the program.
#[derive(Clone, PartialEq, Eq)]
struct Files {
    config: Option<Vec<u8>>,
    program: Option<Vec<u8>>,
}

fn bin_dir(stage: &Stage) -> PathBuf {
    stage.home().join("providers")
}

fn config(stage: &Stage) -> PathBuf {
    stage.home().join("kubelet/providers.yaml")
}

fn read(stage: &Stage) -> Files {
    Files {
        config: fs::read(config(stage)).ok(),
        program: fs::read(bin_dir(stage).join(PROVIDER)).ok(),
    }
}

fn put(path: &Path, content: Option<&[u8]>, mode: u32) {
    let Some(content) = content else { return };
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn words(stage: &Stage, command: &str) -> Vec<String> {
    let (bin_dir, config) = (bin_dir(stage), config(stage));
    let words = [command, "--kubelet", "--bin-dir", bin_dir.to_str().unwrap(), "--config"];
    let program = stage.program.display().to_string();
    let words = words.into_iter().map(str::to_owned);
    [program].into_iter().chain(words).chain([config.display().to_string()]).collect()
}

/// Plays a command's faults between the files before and after it.
fn between(stage: &Stage, command: &str, old: &Files, new: &Files) {
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    let reset = || {
        for directory in [bin_dir(stage), config(stage).parent().unwrap().to_owned()] {
            let _ = fs::remove_dir_all(directory);
        }
        // The directory of the configuration is the kubelet's, and stays.
        fs::create_dir(config(stage).parent().unwrap()).unwrap();
        if old.config.is_some() {
            fs::create_dir(bin_dir(stage)).unwrap();
        }
        put(&config(stage), old.config.as_deref(), 0o600);
        put(&bin_dir(stage).join(PROVIDER), old.program.as_deref(), 0o755);
    };
    let look = || state(&read(stage), old, new);
    let words = words(stage, command);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let command = || stage.command(&words, None);
    let action =
        Action { command: &command, stdin: "", has_threads: false, reset: &reset, state: &look };
    play(stage, &action);
}

fn state(found: &Files, old: &Files, new: &Files) -> Result<State, String> {
    if found.config != old.config && found.config != new.config {
        let text = found.config.clone().map(String::from_utf8);
        return Err(format!("the configuration is neither the old nor the new one: {text:?}"));
    }
    if found.program != old.program && found.program != new.program {
        return Err("the program is neither the old nor the new one".to_owned());
    }
    if let Some(config) = &found.config {
        let kubelet = Kubelet::start(str::from_utf8(config).unwrap())?;
        let names_it = kubelet.providers.iter().any(|provider| provider.name == PROVIDER);
        if names_it && found.program.is_none() {
            return Err("the configuration names a program that is not there".to_owned());
        }
    }
    Ok(if found == new {
        State::New
    } else if found == old {
        State::Old
    } else {
        State::Between
    })
}

/// The files after `install --kubelet` on a node with this configuration.
fn installed(stage: &Stage, old: Option<&str>) -> Files {
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    put(&config(stage), old.map(str::as_bytes), 0o600);
    let words = words(stage, "install");
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let output = run(stage.command(&words, None), "");
    assert!(output.status.success(), "{}", both(&output));
    read(stage)
}

fn without(config: Option<&str>) -> Files {
    Files { config: config.map(Into::into), program: None }
}

fn install(stage: &Stage) {
    let new = installed(stage, Some(OTHERS));
    between(stage, "install", &without(Some(OTHERS)), &new);
}

fn on_a_new_node(stage: &Stage) {
    let new = installed(stage, None);
    between(stage, "install", &without(None), &new);
}

fn uninstall(stage: &Stage) {
    let old = installed(stage, Some(OTHERS));
    between(stage, "uninstall", &old, &without(Some(OTHERS)));
}

/// Without other providers, the whole file is removed.
fn to_the_end(stage: &Stage) {
    let old = installed(stage, None);
    between(stage, "uninstall", &old, &without(None));
}
