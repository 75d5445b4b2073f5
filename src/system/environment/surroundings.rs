//! What the environment reads from: a trait with one implementation for the process and one for
//! tests.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use directories::{BaseDirs, ProjectDirs};

use crate::program_name::HELPER;
use crate::system::clock::{Clock, SystemClock};
use crate::system::keyring::{Keyring, SystemKeyring};
use crate::system::users::{InvokingUser, UnknownUser, home_from_getent, invoking_user};
use crate::system::{signals, streams};

/// Access to everything outside the program that can differ between runs.
///
/// [`Environment`](super::Environment) reads each value only when it is needed: a `get` that finds
/// its key in a variable reads nothing else.
pub(super) trait Surroundings: Send + Sync {
    /// The variable's value, even if it is empty.
    fn variable(&self, name: &str) -> Option<OsString>;
    /// All variables for a child process; `None` if the child inherits them.
    fn variables_for_child(&self) -> Option<&BTreeMap<OsString, OsString>>;
    /// The home directory in the system's user database.
    fn home(&self) -> Option<PathBuf>;
    /// The home directory that `getent` says, in builds that do not ask directory services
    /// themselves. `on_path` is the `getent` on `PATH`.
    fn home_from_getent(&self, on_path: Option<PathBuf>) -> Option<PathBuf>;
    /// Root's home directory; `None` on systems without root.
    fn root_home(&self) -> Option<PathBuf>;
    /// The directory for the program's state. `default` is the one by the XDG specification.
    fn state_dir(&self, default: Option<PathBuf>) -> Option<PathBuf>;
    /// The user ID; `None` on systems without user IDs.
    fn uid(&self) -> Option<u32>;
    /// The user who ran `sudo`, if the process runs as root because of it. `number` is the value of
    /// `SUDO_UID`.
    fn invoking_user(&self, number: Option<u32>) -> Result<Option<InvokingUser>, UnknownUser>;
    /// The program's own file.
    fn program_file(&self) -> Option<PathBuf>;
    /// A path to the program's own file that works even if the user may not enter its directory.
    fn reexec_path(&self) -> Option<PathBuf>;
    /// Returns which of the standard streams are terminals.
    fn terminals(&self) -> Terminals;
    /// Returns whether standard input is a terminal. One system call, because `get` needs it.
    fn is_stdin_terminal(&self) -> bool;
    /// Returns whether standard output was closed when the process started.
    fn is_stdout_closed(&self) -> bool;
    /// The width of the terminal in columns; `None` without a terminal.
    fn terminal_width(&self) -> Option<usize>;
    /// The clock.
    fn clock(&self) -> Arc<dyn Clock>;
    /// The system's keyring.
    fn keyring(&self, session: KeyringSession) -> Box<dyn Keyring + '_>;
    /// Starts handling Ctrl-C; see [`signals::watch`].
    fn watch_signals(&self);
    /// Returns whether the process can switch to another user (see `sudo`).
    #[cfg(unix)]
    fn may_change_user(&self) -> bool;
}

/// What the variables say about the user's session and files. The keyring needs it.
#[derive(Debug, Clone)]
pub(super) struct KeyringSession {
    /// There may be a session bus.
    pub(super) exists: bool,
    /// A dialog can be shown on a display.
    pub(super) can_prompt: bool,
    /// See [`SystemKeyring::turns`].
    pub(super) turns: Option<PathBuf>,
}

/// Which of the three streams are terminals.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminals {
    /// Standard input: the user can answer prompts.
    pub stdin: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

/// The surroundings of the process.
pub(super) struct OfProcess;

impl Surroundings for OfProcess {
    fn variable(&self, name: &str) -> Option<OsString> {
        #[expect(clippy::disallowed_methods, reason = "the one place where variables are read")]
        std::env::var_os(name)
    }

    fn variables_for_child(&self) -> Option<&BTreeMap<OsString, OsString>> {
        None
    }

    fn home(&self) -> Option<PathBuf> {
        BaseDirs::new().map(|dirs| dirs.home_dir().to_owned())
    }

    fn home_from_getent(&self, on_path: Option<PathBuf>) -> Option<PathBuf> {
        home_from_getent(on_path)
    }

    #[cfg(unix)]
    fn root_home(&self) -> Option<PathBuf> {
        let root = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(0)).ok()??;
        Some(root.dir)
    }

    #[cfg(not(unix))]
    fn root_home(&self) -> Option<PathBuf> {
        None
    }

    fn state_dir(&self, default: Option<PathBuf>) -> Option<PathBuf> {
        if cfg!(any(target_os = "macos", windows)) {
            let dirs = ProjectDirs::from("", "", HELPER)?;
            return Some(dirs.data_local_dir().to_owned());
        }
        default
    }

    #[cfg(unix)]
    fn uid(&self) -> Option<u32> {
        Some(nix::unistd::Uid::effective().as_raw())
    }

    #[cfg(not(unix))]
    fn uid(&self) -> Option<u32> {
        None
    }

    fn invoking_user(&self, number: Option<u32>) -> Result<Option<InvokingUser>, UnknownUser> {
        invoking_user(number)
    }

    fn program_file(&self) -> Option<PathBuf> {
        std::env::current_exe().ok()
    }

    fn reexec_path(&self) -> Option<PathBuf> {
        // This link opens the file itself, without using its path (proc(5)).
        let link = Path::new("/proc/self/exe");
        if cfg!(target_os = "linux") && link.exists() {
            return Some(link.to_owned());
        }
        self.program_file()
    }

    #[expect(clippy::disallowed_methods, reason = "asks whether the streams are terminals")]
    fn terminals(&self) -> Terminals {
        Terminals {
            stdin: std::io::stdin().is_terminal(),
            stdout: std::io::stdout().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
        }
    }

    fn is_stdin_terminal(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    fn is_stdout_closed(&self) -> bool {
        streams::is_stdout_closed()
    }

    fn terminal_width(&self) -> Option<usize> {
        terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    fn keyring(&self, session: KeyringSession) -> Box<dyn Keyring + '_> {
        let KeyringSession { exists, can_prompt, turns } = session;
        Box::new(SystemKeyring { has_session: exists, can_prompt, turns })
    }

    fn watch_signals(&self) {
        signals::watch();
    }

    #[cfg(unix)]
    fn may_change_user(&self) -> bool {
        true
    }
}

/// Fixed surroundings, for tests.
pub struct FixedSurroundings {
    /// The program's own file.
    pub program_file: Option<PathBuf>,
    /// Whether standard input, output and error are terminals.
    pub terminals: Terminals,
    /// The user ID.
    pub uid: Option<u32>,
    /// The user who ran `sudo`.
    pub invoking_user: Option<InvokingUser>,
    /// Every environment variable that is set.
    pub variables: BTreeMap<OsString, OsString>,
    /// The home directory if no variable names one.
    pub home: Option<PathBuf>,
    /// The home directory of root.
    pub root_home: Option<PathBuf>,
    /// The directory for the program's state.
    pub state_dir: Option<PathBuf>,
    /// The keyring.
    pub keyring: Box<dyn Keyring>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Surroundings for FixedSurroundings {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(OsStr::new(name)).cloned()
    }

    fn variables_for_child(&self) -> Option<&BTreeMap<OsString, OsString>> {
        Some(&self.variables)
    }

    fn home(&self) -> Option<PathBuf> {
        self.home.clone()
    }

    /// Fixed surroundings start no program.
    fn home_from_getent(&self, _: Option<PathBuf>) -> Option<PathBuf> {
        None
    }

    fn root_home(&self) -> Option<PathBuf> {
        self.root_home.clone()
    }

    fn state_dir(&self, _: Option<PathBuf>) -> Option<PathBuf> {
        self.state_dir.clone()
    }

    fn uid(&self) -> Option<u32> {
        self.uid
    }

    fn invoking_user(&self, _: Option<u32>) -> Result<Option<InvokingUser>, UnknownUser> {
        Ok(self.invoking_user.clone())
    }

    fn program_file(&self) -> Option<PathBuf> {
        self.program_file.clone()
    }

    fn reexec_path(&self) -> Option<PathBuf> {
        self.program_file()
    }

    fn terminals(&self) -> Terminals {
        self.terminals
    }

    fn is_stdin_terminal(&self) -> bool {
        self.terminals.stdin
    }

    fn is_stdout_closed(&self) -> bool {
        false
    }

    fn terminal_width(&self) -> Option<usize> {
        None
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    fn keyring(&self, _: KeyringSession) -> Box<dyn Keyring + '_> {
        Box::new(self.keyring.as_ref())
    }

    /// The test process has its own handlers.
    fn watch_signals(&self) {}

    #[cfg(unix)]
    fn may_change_user(&self) -> bool {
        false
    }
}
