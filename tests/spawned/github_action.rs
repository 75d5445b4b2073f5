//! The shell of the GitHub Action, with releases in a directory and stand-ins for `curl` and `gh`.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::{FR, KEY, PROGRAM, answer_with, run, shown};

const TARGET: &str = "x86_64-unknown-linux-musl";

/// Copies a release's file instead of downloading it.
const CURL: &str = "#!/bin/sh\n\
    while [ $# -gt 1 ]; do [ \"$1\" = -o ] && out=$2; shift; done\n\
    cp \"$RELEASES/${1#https://github.example/ada/helper/releases/download/}\" \"$out\"\n";

/// Records each request, and accepts it by default.
const GH: &str = "#!/bin/sh\necho \"$@\" >>\"$GH_LOG\"\nexit ${GH_EXIT:-0}\n";

/// A release of the program under test. Packing it takes a while, so that is done once.
fn release() -> &'static tempfile::TempDir {
    static RELEASE: OnceLock<tempfile::TempDir> = OnceLock::new();
    RELEASE.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let name = format!("docker-credential-scw-{}-{TARGET}", env!("CARGO_PKG_VERSION"));
        fs::create_dir_all(directory.path().join(&name)).unwrap();
        fs::copy(PROGRAM, directory.path().join(&name).join("docker-credential-scw")).unwrap();
        let line = format!(
            "tar -cf - {name} | gzip -1 >{name}.tar.gz && rm -r {name} && \
             sha256sum {name}.tar.gz >SHA256SUMS"
        );
        let mut command = Command::new("sh");
        let made = command.args(["-c", &line]).current_dir(directory.path()).status().unwrap();
        assert!(made.success());
        directory
    })
}

/// A runner with one release.
struct Runner(tempfile::TempDir);

impl Runner {
    fn new() -> Self {
        let runner = Self(tempfile::tempdir().unwrap());
        for directory in ["home/.docker/buildx", "temp", "tools", "empty"] {
            fs::create_dir_all(runner.path(directory)).unwrap();
        }
        for (name, text) in [("curl", CURL), ("gh", GH)] {
            let path = runner.path("tools").join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(runner.path("home/.docker/config.json"), r#"{"psFormat": "table"}"#).unwrap();
        fs::create_dir_all(runner.release()).unwrap();
        for entry in fs::read_dir(release().path()).unwrap().map(Result::unwrap) {
            fs::copy(entry.path(), runner.release().join(entry.file_name())).unwrap();
        }
        runner
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn release(&self) -> PathBuf {
        self.path(concat!("releases/v", env!("CARGO_PKG_VERSION")))
    }

    /// Runs the action with these variables, and returns its exit code and output.
    fn act(&self, variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/github-action");
        let mut command = Command::new("bash");
        command.arg(script).env_clear().current_dir(self.path("empty"));
        let tools = self.path("tools");
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", tools.display()));
        for (name, path) in [
            ("HOME", "home"),
            ("RUNNER_TEMP", "temp"),
            ("GITHUB_ENV", "env"),
            ("GITHUB_PATH", "added-path"),
            ("RELEASES", "releases"),
            ("GH_LOG", "gh.log"),
        ] {
            command.env(name, self.path(path));
        }
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        command.env("GITHUB_SERVER_URL", "https://github.example").env("REPOSITORY", "ada/helper");
        command.env("SECRET_KEY", KEY).env("REGION", "fr-par,nl-ams");
        command.env("VERSION", env!("CARGO_PKG_VERSION")).envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shown(&run(command, b""))
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }
}

/// What is printed after the masks.
fn without_masks(stdout: &str) -> String {
    stdout
        .lines()
        .filter(|line| !line.starts_with("::add-mask::"))
        .fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn the_next_steps_have_the_program_the_config_and_the_key() {
    let runner = Runner::new();
    let (code, stdout, stderr) = runner.act(&[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    let directory = runner.path("temp/docker-credential-scw");
    let shown = directory.display();
    assert_eq!(
        runner.read("env"),
        format!("DOCKER_CONFIG={shown}/docker\nSCW_CONFIG_PATH={shown}/config.yaml\n")
    );
    assert_eq!(runner.read("added-path"), format!("{shown}/bin\n"));
    let config = fs::read_to_string(directory.join("docker/config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["psFormat"], "table");
    let helpers = config["credHelpers"].as_object().unwrap();
    let hosts: Vec<_> = helpers.keys().map(String::as_str).collect();
    assert_eq!(hosts, [FR, "rg.nl-ams.scw.cloud"]);
    assert!(directory.join("docker/buildx").is_dir(), "builders are still found");

    let mut get = Command::new(directory.join("bin/docker-credential-scw"));
    get.arg("get").env_clear().env("SCW_CONFIG_PATH", directory.join("config.yaml"));
    get.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let answer = (Some(0), answer_with(KEY), String::new());
    assert_eq!(crate::shown(&run(get, FR.as_bytes())), answer);
    let log = format!(
        "attestation verify docker-credential-scw-{}-{TARGET}.tar.gz --repo ada/helper\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(runner.read("gh.log"), log);
}

#[test]
fn the_key_is_masked_before_anything_else_is_printed_and_is_private() {
    let runner = Runner::new();
    let (code, stdout, _) = runner.act(&[("SECRET_KEY", &format!("  {KEY}\n"))]);
    assert_eq!(code, Some(0), "{stdout}");
    let mut lines = stdout.lines();
    assert_eq!(lines.next(), Some(format!("::add-mask::{KEY}").as_str()));
    let encoded = "bm9sb2dpbjphYWFhYWFhYS0xMTExLTQxMTEtODExMS1hYWFhYWFhYWFhYTE=";
    assert_eq!(lines.next(), Some(format!("::add-mask::{encoded}").as_str()));
    assert!(!without_masks(&stdout).contains(KEY));
    let mode = |path: &str| runner.path(path).metadata().unwrap().permissions().mode() & 0o077;
    assert_eq!(mode("temp/docker-credential-scw"), 0);
    assert_eq!(mode("temp/docker-credential-scw/config.yaml"), 0);
}

/// Every file and directory with a hash of its content, but for what the runner empties (`temp`), its own files
/// for a step's result, and the log of the stand-in.
fn snapshot(runner: &Runner) -> BTreeMap<PathBuf, Option<u64>> {
    let own = ["temp", "env", "added-path", "gh.log"].map(|name| runner.path(name));
    let (mut found, mut left) = (BTreeMap::new(), vec![runner.path("")]);
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if own.contains(&path) {
                continue;
            }
            if path.is_dir() {
                left.push(path.clone());
            }
            let mut hasher = DefaultHasher::new();
            let content = fs::read(&path).ok();
            found.insert(
                path,
                content.map(|content| {
                    content.hash(&mut hasher);
                    hasher.finish()
                }),
            );
        }
    }
    found
}

#[test]
fn when_the_runner_has_emptied_its_temporary_directory_nothing_is_left() {
    for (variables, code) in [(&[][..], 0), (&[("GH_EXIT", "1")], 1), (&[("SECRET_KEY", "x")], 1)] {
        let runner = Runner::new();
        // Programs that ask for a temporary directory get one that is watched.
        fs::create_dir(runner.path("tmp")).unwrap();
        let tmp = runner.path("tmp").display().to_string();
        let before = snapshot(&runner);
        let variables = [variables, &[("TMPDIR", tmp.as_str())]].concat();
        assert_eq!(runner.act(&variables).0, Some(code), "{variables:?}");
        assert_eq!(snapshot(&runner), before, "{variables:?}");
        let kept: Vec<_> = fs::read_dir(runner.path("temp")).unwrap().collect();
        assert_eq!(kept.len(), 1, "one directory");
    }
    let runner = Runner::new();
    runner.act(&[]);
    let below = fs::read_dir(runner.path("temp/docker-credential-scw")).unwrap();
    let mut below: Vec<_> = below.map(|entry| entry.unwrap().file_name()).collect();
    below.sort();
    assert_eq!(below, ["bin", "config.yaml", "docker"], "the download is gone");
}

#[test]
fn a_release_that_is_not_what_it_should_be_is_not_installed() {
    let archive = format!("docker-credential-scw-{}-{TARGET}.tar.gz", env!("CARGO_PKG_VERSION"));
    let error = |message: String| format!("::error::docker-credential-scw: {message}\n");
    let refused = |runner: &Runner, variables: &[(&str, &str)], message: String| {
        let (code, stdout, _) = runner.act(variables);
        assert_eq!((code, without_masks(&stdout)), (Some(1), error(message)));
        assert!(!runner.path("temp/docker-credential-scw/bin/docker-credential-scw").exists());
        assert_eq!((runner.read("env"), runner.read("added-path")), Default::default());
    };
    let runner = Runner::new();
    let message = format!("{archive} has no provenance of ada/helper");
    refused(&runner, &[("GH_EXIT", "1")], message);
    fs::write(runner.release().join(&archive), "something else").unwrap();
    refused(&runner, &[], format!("{archive} does not have the checksum of the release"));
    fs::write(runner.release().join("SHA256SUMS"), format!("{}  other.tar.gz\n", "0".repeat(64)))
        .unwrap();
    refused(&runner, &[], format!("SHA256SUMS has no line for {archive}"));
    let missing =
        "cannot download https://github.example/ada/helper/releases/download/v9.9.9/SHA256SUMS";
    refused(&runner, &[("VERSION", "v9.9.9")], missing.to_owned());
    refused(&runner, &[("VERSION", "../x")], "the input version is not a version".to_owned());
    let platform = "there is no release for Linux on ARM".to_owned();
    refused(&runner, &[("RUNNER_ARCH", "ARM")], platform);
    refused(&runner, &[("SECRET_KEY", " \n")], "the input secret-key is empty".to_owned());
}

#[test]
fn what_is_not_a_secret_key_is_an_error() {
    let runner = Runner::new();
    let (code, stdout, stderr) = runner.act(&[("SECRET_KEY", "SCWXXXXXXXXXXXXXXXXX")]);
    let error = "::error::docker-credential-scw: the input secret-key is not a secret key\n";
    assert_eq!((code, without_masks(&stdout).as_str()), (Some(1), error));
    assert_eq!(
        stderr,
        "error: standard input holds an access key (they begin with SCW), not a secret key\n\
         hint: use the secret key (a UUID) of that API key\n"
    );
    assert_eq!(runner.read("env"), "");
}

#[test]
fn the_default_version_is_this_one() {
    let action =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    let (_, version) = action.split_once("\n  version:\n").unwrap();
    let (_, default) = version.split_once("default: ").unwrap();
    assert_eq!(default.lines().next(), Some(env!("CARGO_PKG_VERSION")));
}
