//! A user's machine for tests: a home directory, variables and a keyring. The program runs in the
//! test process.

pub mod api_stub;
pub mod kubelet;
pub mod protocol_model;
#[cfg(unix)]
pub mod setups;
pub mod snapshot;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use docker_credential_scw::secret_key::SecretKey;
use docker_credential_scw::system::clock::Clock;
use docker_credential_scw::system::environment::{Environment, FixedSurroundings, Terminals};
use docker_credential_scw::system::keyring::{Keyring, KeyringError};
use docker_credential_scw::system::users::InvokingUser;
use docker_credential_scw::{Exit, run};

pub const FR: &str = "rg.fr-par.scw.cloud";
pub const NL: &str = "rg.nl-ams.scw.cloud";

pub const KEY_A: &str = "aaaaaaaa-1111-4111-8111-aaaaaaaaaaa1";
pub const KEY_B: &str = "bbbbbbbb-2222-4222-8222-bbbbbbbbbbb2";
pub const KEY_C: &str = "cccccccc-3333-4333-8333-ccccccccccc3";

/// What `list` prints if there is a key for every registry.
pub const LIST_OF_ALL: &str = "{\"rg.fr-par.scw.cloud\":\"nologin\",\"rg.it-mil.scw.cloud\":\"nologin\",\
    \"rg.it-mil.scw.eu\":\"nologin\",\"rg.nl-ams.scw.cloud\":\"nologin\",\
    \"rg.pl-waw.scw.cloud\":\"nologin\"}\n";

pub const NOT_FOUND: &str = "credentials not found in native keychain\n";

/// A user's machine.
#[must_use]
pub struct World {
    pub home: tempfile::TempDir,
    variables: BTreeMap<OsString, OsString>,
    pub keyring: MemoryKeyring,
    arg0: String,
    has_state_dir: bool,
    has_home: bool,
    pub program_file: PathBuf,
    /// The user ID.
    pub uid: Option<u32>,
    /// Root's home directory.
    pub root_home: Option<PathBuf>,
    /// The user who ran sudo.
    pub invoking_user: Option<InvokingUser>,
    terminals: Terminals,
    pub clock: Arc<TestClock>,
}

/// The result of a run.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub exit: Exit,
    pub stdout: String,
    pub stderr: String,
}

impl World {
    pub fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            variables: BTreeMap::new(),
            keyring: MemoryKeyring::default(),
            arg0: "docker-credential-scw".to_owned(),
            has_state_dir: true,
            has_home: true,
            program_file: env!("CARGO_BIN_EXE_docker-credential-scw").into(),
            uid: None,
            invoking_user: None,
            root_home: None,
            terminals: Terminals::default(),
            clock: Arc::default(),
        }
    }

    pub fn set(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Unsets all variables.
    pub fn forget_variables(&mut self) {
        self.variables.clear();
    }

    /// Unsets a variable.
    pub fn unset(&mut self, name: &str) {
        self.variables.remove(OsStr::new(name));
    }

    /// The value of a variable that was set.
    pub fn variable(&self, name: &str) -> String {
        self.variables[OsStr::new(name)].to_str().unwrap().to_owned()
    }

    pub fn started_as(mut self, arg0: &str) -> Self {
        arg0.clone_into(&mut self.arg0);
        self
    }

    /// Attaches all streams to a terminal.
    pub fn on_a_terminal(mut self) -> Self {
        self.terminals = Terminals { stdin: true, stdout: true, stderr: true };
        self
    }

    /// Attaches standard input and output to a terminal, and standard error to a file.
    pub fn on_a_terminal_but_for_stderr(mut self) -> Self {
        self.terminals = Terminals { stdin: true, stdout: true, stderr: false };
        self
    }

    /// A path below the home directory, with the system's separators.
    pub fn path(&self, path: &str) -> PathBuf {
        let path = if cfg!(windows) { path.replace('/', "\\") } else { path.to_owned() };
        self.home.path().join(path)
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// Removes the home directory from the user database.
    pub fn homeless(mut self) -> Self {
        self.has_home = false;
        self
    }

    pub fn without_state_dir(mut self) -> Self {
        self.has_state_dir = false;
        self
    }

    /// Writes `~/.config/scw/config.yaml`.
    pub fn config(self, text: impl AsRef<[u8]>) -> Self {
        self.file(".config/scw/config.yaml", text)
    }

    pub fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub fn state_dir(&self) -> PathBuf {
        self.path(".local/state/docker-credential-scw")
    }

    /// Replaces what differs between runs and machines: the program's file, its version and the home
    /// directory.
    pub fn shown(&self, text: &str) -> String {
        let home = self.home.path().to_str().unwrap();
        text.replace(self.program_file.to_str().unwrap(), "PROGRAM")
            .replace(home, "~")
            .replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }

    pub fn environment(&self) -> Environment {
        let surroundings = FixedSurroundings {
            variables: self.variables.clone(),
            program_file: Some(self.program_file.clone()),
            terminals: self.terminals,
            uid: self.uid,
            invoking_user: self.invoking_user.clone(),
            home: self.has_home.then(|| self.home.path().to_owned()),
            root_home: self.root_home.clone(),
            state_dir: self.has_state_dir.then(|| self.state_dir()),
            keyring: Box::new(self.keyring.clone()),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
        };
        Environment::fixed(surroundings)
    }

    pub fn run(&self, words: &[&str], stdin: impl AsRef<[u8]>) -> Outcome {
        let args: Vec<OsString> =
            [self.arg0.as_str()].iter().chain(words).map(OsString::from).collect();
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut stdin = stdin.as_ref();
        let exit = run(&args, &self.environment(), &mut stdin, &mut stdout, &mut stderr);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Outcome { exit, stdout: text(stdout), stderr: text(stderr) }
    }

    pub fn get(&self, server_url: impl AsRef<[u8]>) -> Outcome {
        self.run(&["get"], server_url)
    }

    pub fn store(&self, server_url: &str, secret: &str) -> Outcome {
        let request =
            format!(r#"{{"ServerURL":"{server_url}","Username":"nologin","Secret":"{secret}"}}"#);
        self.run(&["store"], request)
    }

    pub fn erase(&self, server_url: &str) -> Outcome {
        self.run(&["erase"], server_url)
    }

    /// The secret that `get` returns for `server_url`. Panics if it returns none.
    pub fn key_for(&self, server_url: &str) -> String {
        let outcome = self.get(server_url);
        assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{outcome:?}");
        let answer: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(answer["ServerURL"], server_url.trim());
        assert_eq!(answer["Username"], "nologin");
        assert_eq!(answer.as_object().unwrap().len(), 3);
        answer["Secret"].as_str().unwrap().to_owned()
    }

    /// The content of the list of hosts with a stored key.
    pub fn stored_hosts(&self) -> String {
        std::fs::read_to_string(self.state_dir().join("stored-hosts.json")).unwrap_or_default()
    }
}

impl Outcome {
    pub fn success() -> Self {
        Self { exit: Exit::Success, stdout: String::new(), stderr: String::new() }
    }

    pub fn failure(stdout: &str) -> Self {
        Self { exit: Exit::Failure, stdout: stdout.to_owned(), stderr: String::new() }
    }

    /// The single line that an action prints for an error, without the program's name.
    #[track_caller]
    pub fn our_line(&self) -> &str {
        assert_eq!(self.exit, Exit::Failure, "{self:?}");
        let line = self.stdout.strip_suffix('\n').expect("a complete line");
        assert!(!line.contains('\n'), "more than one line: {line}");
        line.strip_prefix("docker-credential-scw: ")
            .expect("a line that starts with the program's name")
    }
}

/// Parses the error of a command as `CAUSE; HINT`: the cause on the first line, and the hint, if
/// any, on the second.
#[track_caller]
pub fn cause_and_hint(stderr: &str) -> String {
    let lines: Vec<_> = stderr.strip_suffix('\n').expect("a complete line").split('\n').collect();
    let part = |line: &str, label: &str| line.strip_prefix(label).map(str::to_owned);
    let parts = match lines.as_slice() {
        [cause] => part(cause, "error: "),
        [cause, hint] => part(cause, "error: ")
            .and_then(|cause| Some(format!("{cause}; {}", part(hint, "hint: ")?))),
        _ => None,
    };
    parts.unwrap_or_else(|| panic!("not a cause and a hint: {stderr}"))
}

/// Replaces what differs between runs: temporary directories, local ports, and Windows' separators.
pub fn stable(text: &str) -> String {
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() };
    let temporary = std::env::temp_dir().display().to_string().replace('\\', "/");
    let start = format!("{}/.tmp", temporary.trim_end_matches('/'));
    let text = with_placeholder(&text, &start, "~", |c| c.is_ascii_alphanumeric());
    with_placeholder(&text, "127.0.0.1:", "127.0.0.1:PORT", |c| c.is_ascii_digit())
}

/// Replaces `start` and the characters that follow it.
fn with_placeholder(
    text: &str,
    start: &str,
    placeholder: &str,
    follows: fn(char) -> bool,
) -> String {
    let mut parts = text.split(start);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        replaced += placeholder;
        replaced += part.trim_start_matches(follows);
    }
    replaced
}

/// A clock that starts at noon on 21 November 2026. Pauses take no time.
#[derive(Default)]
pub struct TestClock(Mutex<Vec<Duration>>);

impl TestClock {
    /// All pauses so far.
    pub fn pauses(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        let waited: Duration = self.0.lock().unwrap().iter().sum();
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_262_400) + waited
    }

    fn pause(&self, duration: Duration) {
        self.0.lock().unwrap().push(duration);
    }
}

/// Inspects the entries of a keyring.
type Inspect = Box<dyn Fn(&BTreeMap<String, SecretKey>) + Send>;

/// A keyring in memory that counts its calls and can fail.
#[derive(Clone, Default)]
pub struct MemoryKeyring(Arc<Mutex<MemoryKeyringState>>);

#[derive(Default)]
pub struct MemoryKeyringState {
    pub entries: BTreeMap<String, SecretKey>,
    pub calls: usize,
    pub fails_with: Option<KeyringError>,
    /// Only the next call fails.
    pub fails_once: Option<KeyringError>,
    /// Runs before a key is stored.
    pub before_store: Option<Inspect>,
}

impl MemoryKeyring {
    pub fn state(&self) -> MutexGuard<'_, MemoryKeyringState> {
        self.0.lock().unwrap()
    }

    pub fn fails_with(&self, error: KeyringError) {
        self.state().fails_with = Some(error);
    }

    pub fn is_well(&self) {
        self.state().fails_with = None;
    }

    fn called(&self) -> Result<MutexGuard<'_, MemoryKeyringState>, KeyringError> {
        let mut state = self.state();
        state.calls += 1;
        if let Some(error) = state.fails_once.take() {
            return Err(error);
        }
        state.fails_with.clone().map_or(Ok(state), Err)
    }
}

impl Keyring for MemoryKeyring {
    fn check(&self) -> Result<(), KeyringError> {
        match &self.state().fails_with {
            Some(error @ KeyringError::Absent(_)) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    fn key(&self, host: &str) -> Result<Option<SecretKey>, KeyringError> {
        Ok(self.called()?.entries.get(host).cloned())
    }

    fn store(&self, host: &str, key: &SecretKey) -> Result<(), KeyringError> {
        let mut state = self.called()?;
        if let Some(inspect) = &state.before_store {
            inspect(&state.entries);
        }
        state.entries.insert(host.to_owned(), key.clone());
        Ok(())
    }

    fn remove(&self, host: &str) -> Result<(), KeyringError> {
        self.called()?.entries.remove(host);
        Ok(())
    }
}
