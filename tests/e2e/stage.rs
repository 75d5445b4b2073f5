//! The stage of a scenario: namespaces, host names that lead to this machine, a private home
//! directory.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::canary::Canaries;

pub const SCENARIO_VARIABLE: &str = "E2E_SCENARIO";
const DIRECTORY_VARIABLE: &str = "E2E_DIRECTORY";
const PROGRAM_VARIABLE: &str = "DOCKER_CREDENTIAL_SCW";
const BUILT_VARIABLE: &str = "E2E_BUILT";

/// The variable for updating snapshots.
pub const UPDATE_VARIABLE: &str = "UPDATE_SNAPSHOTS";

/// The variable for injecting all faults instead of some.
pub const ALL_FAULTS_VARIABLE: &str = "E2E_ALL_FAULTS";

pub const FR: &str = "rg.fr-par.scw.cloud";
pub const NL: &str = "rg.nl-ams.scw.cloud";
/// The host names that lead to this machine.
const HOSTS: [&str; 5] =
    [FR, NL, "rg.pl-waw.scw.cloud", "rg.it-mil.scw.eu", "registry.example.org"];

pub const KEY: &str = "c0ffee00-cafe-4bad-8bed-5ec2e7ca4a41";
pub const OTHER_KEY: &str = "deadbeef-cafe-4bad-8bed-5ec2e7ca4a42";
pub const WRONG_KEY: &str = "0bad0bad-cafe-4bad-8bed-5ec2e7ca4a43";

/// Required by some scenarios: an unoptimised program has other figures.
pub const RELEASE_BUILD: &str = "a release build in $DOCKER_CREDENTIAL_SCW";

/// Required by scenarios about what the system's C library does otherwise.
pub const STATIC_BUILD: &str = "a static build in $DOCKER_CREDENTIAL_SCW";

/// Returns whether a program needs no loader, whose path is near the start of the file otherwise.
pub fn is_static(program: &Path) -> bool {
    let content = fs::read(program).unwrap();
    !content[..4096].windows(4).any(|part| part == b"/ld-")
}

/// Returns why a scenario cannot run here, if so.
pub fn missing(needs: &[&str]) -> Option<String> {
    let is_there = |name: &str| match name {
        RELEASE_BUILD => std::env::var_os(PROGRAM_VARIABLE).is_some(),
        STATIC_BUILD => std::env::var_os(PROGRAM_VARIABLE).is_some_and(|it| is_static(it.as_ref())),
        name => is_on_path(name),
    };
    let missing: Vec<_> =
        ["unshare", "ip"].iter().chain(needs).filter(|name| !is_there(name)).copied().collect();
    if !missing.is_empty() {
        return Some(format!("missing: {}", missing.join(", ")));
    }
    let allowed = Command::new("unshare").args(["-mnp", "--fork", "true"]).output();
    let allowed = allowed.is_ok_and(|output| output.status.success());
    (!allowed).then(|| "namespaces need root".to_owned())
}

fn is_on_path(name: &str) -> bool {
    !all_on_path(name).is_empty()
}

/// All programs of this name on PATH, in order. A program with two paths is listed once.
pub fn all_on_path(name: &str) -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = Vec::<PathBuf>::new();
    for program in std::env::split_paths(&path).map(|dir| dir.join(name)) {
        let is_same = |other: &PathBuf| other.canonicalize().ok() == program.canonicalize().ok();
        if program.is_file() && !found.iter().any(is_same) {
            found.push(program);
        }
    }
    found
}

/// Runs the scenario in a new process with new mount, network and process namespaces. `docker` is
/// the one on its PATH.
pub fn play_in_namespaces(scenario: &str, docker: Option<&Path>) -> Result<(), String> {
    play(scenario, docker).map_err(|error| error.to_string())?
}

fn play(scenario: &str, docker: Option<&Path>) -> io::Result<Result<(), String>> {
    // Some scenarios run the program as another user, who may not enter the build directory, for
    // example in root's home.
    let directory = tempfile::tempdir()?;
    fs::set_permissions(directory.path(), world_accessible())?;
    let built = std::env::var_os(PROGRAM_VARIABLE)
        .unwrap_or_else(|| env!("CARGO_BIN_EXE_docker-credential-scw").into());
    let program = directory.path().join("docker-credential-scw");
    fs::copy(&built, &program)?;
    fs::set_permissions(&program, world_accessible())?;
    let stage = directory.path().join("stage");
    fs::create_dir(&stage)?;
    let mut path = OsString::new();
    if let Some(docker) = docker {
        let clients = directory.path().join("clients");
        fs::create_dir(&clients)?;
        symlink(docker, clients.join("docker"))?;
        path.push(clients);
        path.push(":");
    }
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let output = Command::new("unshare")
        .args(["-mnp", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", "--"])
        .arg(std::env::current_exe()?)
        .env_clear()
        .env("PATH", path)
        .env(SCENARIO_VARIABLE, scenario)
        .env(DIRECTORY_VARIABLE, stage)
        .env(PROGRAM_VARIABLE, program)
        .env(BUILT_VARIABLE, built)
        .envs(std::env::var_os(ALL_FAULTS_VARIABLE).map(|all| (ALL_FAULTS_VARIABLE, all)))
        .envs(std::env::var_os(UPDATE_VARIABLE).map(|update| (UPDATE_VARIABLE, update)))
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        print!("{}", String::from_utf8_lossy(&output.stdout));
        return Ok(Ok(()));
    }
    Ok(Err(format!("{}\n{}", output.status, String::from_utf8_lossy(&output.stderr))))
}

fn world_accessible() -> fs::Permissions {
    fs::Permissions::from_mode(0o755)
}

/// A machine with the helper on PATH and no credentials stored.
pub struct Stage {
    /// The directory for all files of this scenario.
    pub directory: PathBuf,
    /// A copy of the program under test that all users can run.
    pub program: PathBuf,
    /// The original program under test, for its memory budget: the system maps more of a file that
    /// was just copied.
    pub built: PathBuf,
    authority: CertifiedIssuer<'static, KeyPair>,
    canaries: Canaries,
}

impl Stage {
    pub fn set_up() -> Self {
        let variable = |name| PathBuf::from(std::env::var_os(name).expect(name));
        let directory = variable(DIRECTORY_VARIABLE);
        let program = variable(PROGRAM_VARIABLE);
        let built = variable(BUILT_VARIABLE);
        sh("ip link set lo up");
        let hosts = directory.join("hosts");
        fs::write(&hosts, format!("127.0.0.1 localhost {}\n", HOSTS.join(" "))).unwrap();
        bind(&hosts, "/etc/hosts");
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        fs::write(directory.join("ca.pem"), authority.pem()).unwrap();
        bind(&directory.join("ca.pem"), "/etc/ssl/certs/ca-certificates.crt");
        for path in [
            "/run",
            "/var/lib/containers",
            "/var/lib/docker",
            "/var/lib/containerd",
            // uninstall also reads root's config.
            "/root/.docker",
        ] {
            if Path::new(path).is_dir() {
                sh(&format!("mount -t tmpfs tmpfs {path}"));
            }
        }
        // Docker would use these as the default store.
        for name in ["docker-credential-pass", "docker-credential-secretservice"] {
            for dir in ["/usr/bin", "/usr/local/bin"] {
                let path = Path::new(dir).join(name);
                if path.exists() {
                    bind(Path::new("/dev/null"), &path.to_string_lossy());
                }
            }
        }
        let stage = Self { directory, program, built, authority, canaries: Canaries::watch() };
        fs::create_dir(stage.home()).unwrap();
        fs::create_dir(stage.directory.join("bin")).unwrap();
        fs::create_dir(stage.directory.join("tmp")).unwrap();
        stage.install_as("docker-credential-scw");
        stage.register(&[(FR, "scw"), (NL, "scw")]);
        fs::create_dir_all(stage.home().join(".config/containers")).unwrap();
        let policy = r#"{"default":[{"type":"insecureAcceptAnything"}]}"#;
        fs::write(stage.home().join(".config/containers/policy.json"), policy).unwrap();
        stage
    }

    pub fn home(&self) -> PathBuf {
        self.directory.join("home")
    }

    /// Installs the program on PATH under this name.
    pub fn install_as(&self, name: &str) {
        symlink(&self.program, self.directory.join("bin").join(name)).unwrap();
    }

    /// Writes Docker's `config.json` with these `credHelpers`.
    pub fn register(&self, helpers: &[(&str, &str)]) {
        let entries: Vec<_> =
            helpers.iter().map(|(host, helper)| format!("\"{host}\":\"{helper}\"")).collect();
        let dir = self.home().join(".docker");
        fs::create_dir_all(&dir).unwrap();
        let text = format!("{{\"credHelpers\":{{{}}}}}", entries.join(","));
        fs::write(dir.join("config.json"), text).unwrap();
    }

    pub fn docker_config(&self) -> String {
        fs::read_to_string(self.home().join(".docker/config.json")).unwrap()
    }

    /// The `credHelpers` in Docker's `config.json`.
    pub fn helpers(&self) -> serde_json::Map<String, serde_json::Value> {
        let config: serde_json::Value = serde_json::from_str(&self.docker_config()).unwrap();
        config["credHelpers"].as_object().unwrap().clone()
    }

    /// Replaces what differs between runs: the scenario's paths.
    pub fn stable(&self, text: &str) -> String {
        text.replace(self.home().to_str().unwrap(), "~")
            .replace(self.directory.to_str().unwrap(), "STAGE")
            .replace(self.program.to_str().unwrap(), "PROGRAM")
    }

    /// Writes Scaleway's `config.yaml`, the only file that may contain keys.
    pub fn scaleway_config(&self, text: &str) {
        let dir = self.home().join(".config/scw");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("config.yaml"), text).unwrap();
        fs::set_permissions(dir.join("config.yaml"), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// A certificate of the stage's authority for all host names, and its private key, in PEM
    /// format.
    pub fn certificate(&self) -> (String, String) {
        self.certificate_with(|_| {})
    }

    /// A certificate with one change.
    pub fn certificate_with(&self, change: impl Fn(&mut CertificateParams)) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(HOSTS.map(str::to_owned).to_vec()).unwrap();
        change(&mut params);
        (params.signed_by(&key, &self.authority).unwrap().pem(), key.serialize_pem())
    }

    pub fn authority(&self) -> &CertifiedIssuer<'static, KeyPair> {
        &self.authority
    }

    /// A command of the stage's user. `key` is set in the environment.
    pub fn command(&self, words: &[&str], key: Option<&str>) -> Command {
        let mut path = OsString::from(self.directory.join("bin"));
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut command = Command::new("env");
        command.args(words).env_clear().env("PATH", path).env("HOME", self.home());
        command.env("TMPDIR", self.directory.join("tmp"));
        command.env("STORAGE_DRIVER", "vfs").env("BUILDAH_ISOLATION", "chroot");
        command.env("DOCKER_BUILDKIT", "0");
        if let Some(key) = key {
            command.env("SCW_SECRET_KEY", key);
        }
        command.current_dir(&self.directory).stdin(Stdio::null());
        command
    }

    /// Runs a command line (no quotes). It must succeed.
    #[track_caller]
    pub fn ok(&self, line: &str, key: Option<&str>) -> String {
        let output = self.output(line, key, "");
        assert!(output.status.success(), "{line}\n{}", both(&output));
        both(&output)
    }

    /// Runs a command line (no quotes). It must fail.
    #[track_caller]
    pub fn fails(&self, line: &str, key: Option<&str>) -> String {
        let output = self.output(line, key, "");
        assert!(!output.status.success(), "{line} succeeded\n{}", both(&output));
        both(&output)
    }

    /// Runs a command line (no quotes) with this standard input.
    #[track_caller]
    pub fn output(&self, line: &str, key: Option<&str>, stdin: &str) -> Output {
        let words: Vec<_> = line.split_whitespace().collect();
        run(self.command(&words, key), stdin)
    }

    /// Starts a daemon and waits until `ready` returns true.
    pub fn start(&self, words: &[&str], ready: impl Fn() -> bool) -> Daemon {
        let log = fs::File::create(self.directory.join(format!("{}.log", words[0]))).unwrap();
        let mut command = self.command(words, None);
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let daemon = Daemon(command.spawn().unwrap());
        let start = Instant::now();
        while !ready() {
            if start.elapsed() > Duration::from_secs(30) {
                let log = fs::read_to_string(self.directory.join(format!("{}.log", words[0])));
                panic!("{} is not ready:\n{}", words[0], log.unwrap());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon
    }

    /// Checks that keys are only in `config.yaml`: in no other file, and in no arguments.
    pub fn search_for_canaries(&self) {
        let roots = [
            self.directory.as_path(),
            Path::new("/run"),
            Path::new("/var/lib/containers"),
            Path::new("/var/lib/docker"),
            Path::new("/root/.docker"),
        ];
        self.canaries.search(&roots, &self.home().join(".config/scw/config.yaml"));
    }
}

/// A daemon. Killed at the end of the scenario.
pub struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a command with this standard input.
#[track_caller]
pub fn run(mut command: Command, stdin: &str) -> Output {
    use std::io::Write as _;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(stdin.as_bytes())
        .or_else(|error| {
            // A command may ignore its input.
            if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
        })
        .unwrap();
    child.wait_with_output().unwrap()
}

pub fn both(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat())
        .into_owned()
}

/// The helper's own lines in what a client or `login` prints.
pub fn our_lines(output: &Output) -> String {
    both(output)
        .lines()
        .filter(|line| line.starts_with("docker-credential-scw: "))
        .fold(String::new(), |text, line| text + line + "\n")
}

/// The line with which `get` answers.
pub fn answer_with(host: &str, key: &str) -> String {
    format!("{{\"ServerURL\":\"{host}\",\"Username\":\"nologin\",\"Secret\":\"{key}\"}}\n")
}

/// Mounts a file over one of the machine's, for this scenario only.
pub fn bind(from: &Path, to: &str) {
    sh(&format!("mount --bind {} {to}", from.display()));
}

#[track_caller]
fn sh(line: &str) {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    assert!(output.status.success(), "{line}: {}", both(&output));
}
