//! `install --kubelet`, `uninstall --kubelet` and `doctor --kubelet`.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use docker_credential_scw::Exit;
use serde_json::{Value, json};

use crate::support::kubelet::{Execution, Kubelet, Provider};
use crate::support::{KEY_A, Outcome, World};

const IMAGES: [&str; 7] = [
    "rg.fr-par.scw.cloud",
    "rg.nl-ams.scw.cloud",
    "rg.pl-waw.scw.cloud",
    "rg.it-mil.scw.cloud",
    "rg.it-mil.scw.eu",
    "rg.*.scw.cloud",
    "rg.*.scw.eu",
];

const OTHER: &str = "\
apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
# Amazon's
- name: ecr-credential-provider
  apiVersion: credentialprovider.kubelet.k8s.io/v1
  matchImages: [\"*.dkr.ecr.*.amazonaws.com\"]
  defaultCacheDuration: 12h0m0s
  env:
  - name: AWS_SECRET_ACCESS_KEY
    value: do-not-show
";

/// The provider's entry in the kubelet's configuration, with each line after `indent`.
fn entry(indent: &str) -> String {
    "\
- name: scw-credential-provider
  apiVersion: credentialprovider.kubelet.k8s.io/v1
  matchImages:
    - rg.fr-par.scw.cloud
    - rg.nl-ams.scw.cloud
    - rg.pl-waw.scw.cloud
    - rg.it-mil.scw.cloud
    - rg.it-mil.scw.eu
    - rg.*.scw.cloud
    - rg.*.scw.eu
  defaultCacheDuration: 5m0s
  env:
    - name: SCW_CONFIG_PATH
      value: \"~/.config/scw/config.yaml\""
        .lines()
        .map(|line| format!("{indent}{line}\n"))
        .collect()
}

/// A configuration that `install` created, with each line after `start`.
fn new_config(start: &str) -> String {
    let head =
        ["apiVersion: kubelet.config.k8s.io/v1", "kind: CredentialProviderConfig", "providers:"];
    let head: String = head.iter().map(|line| format!("{start}{line}\n")).collect();
    head + &entry(&format!("{start}  "))
}

fn node() -> World {
    World::new().config(format!("secret_key: {KEY_A}\n"))
}

fn command(world: &World, command: &str, more: &[&str]) -> Outcome {
    let home = world.home.path().to_str().unwrap();
    let (bin_dir, config) = (format!("{home}/opt/bin"), format!("{home}/etc/providers.yaml"));
    let words = [command, "--kubelet", "--bin-dir", &bin_dir, "--config", &config];
    let mut outcome = world.run(&[&words[..], more].concat(), "");
    outcome.stdout = outcome.stdout.replace(home, "~");
    outcome.stderr = outcome.stderr.replace(home, "~");
    outcome
}

fn install(world: &World, more: &[&str]) -> Outcome {
    command(world, "install", more)
}

fn done(stdout: &str) -> Outcome {
    Outcome { stdout: stdout.to_owned(), ..Outcome::success() }
}

const NEXT: &str = "\nNext:\n  start the kubelet with --image-credential-provider-bin-dir=~/opt/bin \
                    --image-credential-provider-config=~/etc/providers.yaml\n  restart the kubelet\n";

/// Runs a provider as the kubelet does.
fn start(bin_dir: &Path, provider: &Provider, request: &str) -> Execution {
    use std::io::Write as _;
    let mut command = Command::new(bin_dir.join(&provider.name));
    command.args(&provider.args).env_clear().env("PATH", "/usr/bin:/bin");
    command.envs(provider.env.iter().cloned());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Execution { code: output.status.code(), stdout: output.stdout, stderr, time: Duration::ZERO }
}

/// The password that a kubelet with these files has for an image.
fn password(world: &World, image: &str) -> Option<String> {
    let kubelet = Kubelet::start(&world.read("etc/providers.yaml")).unwrap();
    let bin_dir = world.path("opt/bin");
    let run = |provider: &Provider, request: &str| start(&bin_dir, provider, request);
    let mut logins = kubelet.logins(image, &run).unwrap();
    logins.pop().map(|(_, password)| password)
}

#[test]
fn on_a_new_node_both_files_are_made_and_the_kubelet_gets_the_key() {
    let world = node();
    let expected = format!(
        "Installed ~/opt/bin/scw-credential-provider\nAdded the provider to ~/etc/providers.yaml\n{NEXT}"
    );
    assert_eq!(install(&world, &[]), done(&expected));
    for image in ["rg.fr-par.scw.cloud/ns/app", "rg.it-mil.scw.eu/a/b", "rg.aa-new.scw.eu/a/b"] {
        assert_eq!(password(&world, image).as_deref(), Some(KEY_A), "{image}");
    }
    assert_eq!(password(&world, "docker.io/library/debian"), None);
    let mode = |path: &str| world.path(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("opt/bin/scw-credential-provider"), 0o755);
    assert_eq!(mode("etc/providers.yaml"), 0o600);
    let kubelet = Kubelet::start(&world.read("etc/providers.yaml")).unwrap();
    let path = world.path(".config/scw/config.yaml").to_str().unwrap().to_owned();
    let expected = Provider {
        name: "scw-credential-provider".to_owned(),
        match_images: IMAGES.map(str::to_owned).to_vec(),
        default_cache_duration: Duration::from_secs(300),
        args: vec![],
        env: vec![("SCW_CONFIG_PATH".to_owned(), path)],
    };
    assert_eq!(kubelet.providers, [expected]);
    let again = "Unchanged: ~/opt/bin/scw-credential-provider is this program\n\
                 Unchanged: ~/etc/providers.yaml\n";
    assert_eq!(install(&world, &[]), done(again));
}

#[test]
fn uninstall_removes_what_install_made() {
    let world = node();
    install(&world, &[]);
    let expected = "Removed ~/etc/providers.yaml\nRemoved ~/opt/bin/scw-credential-provider\n\
                    ! the kubelet does not start without ~/etc/providers.yaml: remove its options \
                    --image-credential-provider-bin-dir and --image-credential-provider-config \
                    first\n\nNext:\n  restart the kubelet\n";
    let announced = expected.replace("Removed", "Would remove");
    assert_eq!(command(&world, "uninstall", &["--dry-run"]), done(&announced));
    assert_eq!(command(&world, "uninstall", &[]), done(expected));
    assert!(!world.path("etc/providers.yaml").exists());
    assert!(!world.path("opt/bin/scw-credential-provider").exists());
    let nothing = "Unchanged: ~/etc/providers.yaml does not have the provider\n\
                   Unchanged: ~/opt/bin/scw-credential-provider is not there, or not this program\n";
    assert_eq!(command(&world, "uninstall", &[]), done(nothing));
}

#[test]
fn another_provider_stays_byte_for_byte() {
    let world = node().file("etc/providers.yaml", OTHER);
    install(&world, &[]);
    let ours = entry("").replace('~', world.home.path().to_str().unwrap());
    assert_eq!(world.read("etc/providers.yaml"), OTHER.to_owned() + &ours);
    assert_eq!(password(&world, "rg.fr-par.scw.cloud/ns/app").as_deref(), Some(KEY_A));
    let expected = "Removed the provider from ~/etc/providers.yaml\n\
                    Removed ~/opt/bin/scw-credential-provider\n\nNext:\n  restart the kubelet\n";
    assert_eq!(command(&world, "uninstall", &[]), done(expected));
    assert_eq!(world.read("etc/providers.yaml"), OTHER);
}

#[test]
fn a_dry_run_changes_nothing_and_shows_no_line_of_others() {
    let world = node().file("etc/providers.yaml", OTHER);
    let outcome = install(&world, &["--dry-run"]);
    let images: String = IMAGES.iter().map(|image| format!("+     - {image}\n")).collect();
    let expected = format!(
        "Would install ~/opt/bin/scw-credential-provider\n\
         Would add the provider to ~/etc/providers.yaml:\n\
         + - name: scw-credential-provider\n\
         +   apiVersion: credentialprovider.kubelet.k8s.io/v1\n\
         +   matchImages:\n{images}\
         +   defaultCacheDuration: 5m0s\n\
         +   env:\n\
         +     - name: SCW_CONFIG_PATH\n\
         +       value: \"~/.config/scw/config.yaml\"\n{NEXT}"
    );
    assert_eq!(outcome, done(&expected));
    assert_eq!(world.read("etc/providers.yaml"), OTHER);
    assert!(!world.path("opt").exists());
}

#[test]
fn the_result_for_scripts_is_json() {
    let world = node();
    let parsed = |outcome: Outcome| serde_json::from_str::<Value>(&outcome.stdout).unwrap();
    let report = parsed(install(&world, &["-o", "json"]));
    let added = report["added"].as_array().unwrap().len();
    assert_eq!(added, 17);
    let expected = json!({
        "dry_run": false,
        "program": "~/opt/bin/scw-credential-provider",
        "program_before": "nothing",
        "config": "~/etc/providers.yaml",
        "config_changed": true,
        "added": report["added"],
        "refusals": [],
        "findings": [],
        "next": [
            "start the kubelet with --image-credential-provider-bin-dir=~/opt/bin \
             --image-credential-provider-config=~/etc/providers.yaml",
            "restart the kubelet",
        ],
    });
    assert_eq!(report, expected);
    let report = parsed(command(&world, "uninstall", &["-o", "json", "--dry-run"]));
    let expected = json!({
        "dry_run": true,
        "program": "~/opt/bin/scw-credential-provider",
        "program_removed": true,
        "config": "~/etc/providers.yaml",
        "config_changed": true,
        "refusals": [],
        "left": [
            "the kubelet does not start without ~/etc/providers.yaml: remove its options \
             --image-credential-provider-bin-dir and --image-credential-provider-config first",
        ],
        "next": ["restart the kubelet"],
    });
    assert_eq!(report, expected);
}

#[test]
fn a_profile_is_a_variable_of_the_entry() {
    let world = World::new().config(format!("profiles:\n  prod:\n    secret_key: {KEY_A}\n"));
    install(&world, &["--profile", "prod"]);
    assert_eq!(password(&world, "rg.fr-par.scw.cloud/ns/app").as_deref(), Some(KEY_A));
    let variable = "      - name: SCW_PROFILE\n        value: \"prod\"\n";
    assert_eq!(world.shown(&world.read("etc/providers.yaml")), new_config("") + variable);
}

#[test]
fn an_entry_that_was_changed_by_hand_stays_unless_forced() {
    let world = node();
    install(&world, &[]);
    let ours = world.read("etc/providers.yaml");
    let changed = ours.replace("5m0s", "1h0m0s");
    std::fs::write(world.path("etc/providers.yaml"), &changed).unwrap();
    let expected = "Unchanged: ~/opt/bin/scw-credential-provider is this program\n\
                    Unchanged: ~/etc/providers.yaml\n\
                    ! ~/etc/providers.yaml: line 4: the provider has other settings, which were kept\n  \
                    -> sudo env SCW_CONFIG_PATH=~/.config/scw/config.yaml docker-credential-scw install \
                    --kubelet --bin-dir ~/opt/bin --config ~/etc/providers.yaml --force\n";
    assert_eq!(install(&world, &[]), done(expected));
    assert_eq!(world.read("etc/providers.yaml"), changed);
    install(&world, &["--force"]);
    assert_eq!(world.read("etc/providers.yaml"), ours);
}

#[test]
fn without_a_key_the_next_steps_say_how_to_save_one() {
    let world = World::new();
    let outcome = install(&world, &[]);
    let expected = format!(
        "Installed ~/opt/bin/scw-credential-provider\nAdded the provider to ~/etc/providers.yaml\n\
         ! rg.fr-par.scw.cloud: no key\n  -> sudo env SCW_CONFIG_PATH=~/.config/scw/config.yaml \
         docker-credential-scw save-key\n{NEXT}"
    );
    assert_eq!(outcome, done(&expected));
}

#[test]
fn what_is_not_understood_is_an_error_and_nothing_is_changed() {
    let error = |error: &str, hint: &str| Outcome {
        exit: Exit::Failure,
        stdout: String::new(),
        stderr: format!("error: {error}\nhint: {hint}\n"),
    };
    let json = r#"{"apiVersion":"kubelet.config.k8s.io/v1","kind":"CredentialProviderConfig","providers":[]}"#;
    for (text, cause, hint) in [
        (
            "kind: Pod\n",
            "the file is not a CredentialProviderConfig of kubelet.config.k8s.io",
            "name the file that the kubelet has in --image-credential-provider-config",
        ),
        (
            json,
            "line 1 is written with {…} or […], which has no lines to add or remove",
            "edit the provider scw-credential-provider yourself, as docs/kubernetes.md shows it",
        ),
    ] {
        let world = node().file("etc/providers.yaml", text);
        let expected = error(&format!("~/etc/providers.yaml: {cause}"), hint);
        assert_eq!(install(&world, &[]), expected);
        assert_eq!(world.read("etc/providers.yaml"), text);
        assert!(!world.path("opt").exists());
    }
    let world = node().file("etc/providers.yaml/x", "");
    let hint = "name a file in it, as in --config ~/etc/providers.yaml/scw.yaml";
    assert_eq!(install(&world, &[]), error("~/etc/providers.yaml is a directory", hint));
    let world = node().file("opt/bin/scw-credential-provider", "#!/bin/sh\n");
    let expected = error(
        "~/opt/bin/scw-credential-provider is not this program",
        "check what it is, then remove it or replace it with --force",
    );
    assert_eq!(install(&world, &[]), expected);
    let outcome = node().run(&["install", "--kubelet"], "");
    let expected = error(
        "the kubelet's directory of credential providers and its configuration are not known",
        "name both with --bin-dir and --config, as the kubelet has them in \
         --image-credential-provider-bin-dir and --image-credential-provider-config; or add \
         --preset k3s or rke2",
    );
    assert_eq!(outcome, expected);
    let usage = node().run(&["install", "--bin-dir", "/nowhere"], "");
    assert_eq!((usage.exit, usage.stdout.as_str()), (Exit::Usage, ""));
}

#[test]
fn presets_have_the_paths_and_the_services_of_their_distribution() {
    for (preset, restart) in [
        ("k3s", "restart k3s: `systemctl restart k3s`, on an agent `systemctl restart k3s-agent`"),
        (
            "rke2",
            "restart RKE2: `systemctl restart rke2-server`, on an agent `systemctl restart \
             rke2-agent`",
        ),
    ] {
        let world = node();
        let outcome = world.run(&["install", "--kubelet", "--preset", preset, "--dry-run"], "");
        let directory = "/var/lib/rancher/credentialprovider";
        let expected = format!(
            "Would install {directory}/bin/scw-credential-provider\n\
             Would add the provider to {directory}/config.yaml:\n\
             {}\nNext:\n  {restart}\n",
            new_config("+ ")
        );
        assert_eq!((outcome.exit, world.shown(&outcome.stdout)), (Exit::Success, expected));
    }
}

#[test]
fn doctor_finds_a_sound_node_sound() {
    let world = node();
    install(&world, &[]);
    let file = world.path(".config/scw/config.yaml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let expected = "The kubelet\n  \
                    ok   ~/opt/bin/scw-credential-provider: this program\n  \
                    ok   ~/etc/providers.yaml: has the provider, for every registry\n  \
                    ok   ~/.config/scw/config.yaml: found\n  \
                    ok   rg.fr-par.scw.cloud, rg.nl-ams.scw.cloud, rg.pl-waw.scw.cloud, \
                    rg.it-mil.scw.cloud, rg.it-mil.scw.eu, rg.*.scw.cloud, rg.*.scw.eu: answers \
                    with a key\n\nPulls will work.\n";
    assert_eq!(command(&world, "doctor", &[]), done(expected));
}

#[test]
fn doctor_says_what_keeps_pods_from_pulling() {
    let failing = |world: &World| {
        let outcome = command(world, "doctor", &["-o", "json"]);
        assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Failure, ""), "{outcome:?}");
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let checks = report["checks"].as_array().unwrap().iter();
        let failures = checks.filter(|check| check["status"] == "failure").map(|check| {
            let text = |name: &str| check[name].as_str().unwrap_or_default().to_owned();
            (text("id"), text("found"), text("remedy"))
        });
        failures.collect::<Vec<_>>()
    };
    let check =
        |id: &str, found: &str, remedy: &str| (id.to_owned(), found.to_owned(), remedy.to_owned());
    let install_again = "sudo docker-credential-scw install --kubelet --bin-dir ~/opt/bin --config \
                         ~/etc/providers.yaml";
    let world = node();
    assert_eq!(
        failing(&world),
        [
            check("kubelet-program-missing", "not found", install_again),
            check("kubelet-config-missing", "not found", install_again)
        ]
    );
    install(&world, &[]);
    std::fs::write(world.path(".config/scw/config.yaml"), "secret_key: SCWABC\n").unwrap();
    let failures = failing(&world);
    assert_eq!(failures.len(), 7);
    let reason = "no answer: ~/.config/scw/config.yaml line 1: secret_key of profile \"default\" holds an \
                  access key (they begin with SCW), not a secret key; use the secret key (a UUID) of that API key";
    assert_eq!(failures[0].1, reason);
    std::fs::remove_file(world.path(".config/scw/config.yaml")).unwrap();
    let save = "sudo env SCW_CONFIG_PATH=~/.config/scw/config.yaml docker-credential-scw save-key";
    let expected = vec![check("kubelet-key-file-missing", "not found", save)];
    assert_eq!(failing(&world), expected);
}
