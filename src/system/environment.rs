//! What the program finds around it: variables, directories, the system's keyring.
//!
//! This is the one place where they are read from the process, so that a test can give its own
//! and needs neither a process nor global state.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;

use directories::{BaseDirs, ProjectDirs};

use crate::program_name::HELPER;
use crate::sudo::invoking_user::{self, ActAsError, InvokingUser};
use crate::sudo::root_child::RootChild;
use crate::system::clock::{Clock, SystemClock};
use crate::system::keyring::{Keyring, SystemKeyring};
use crate::system::streams;

/// Variables, directories and keyring, of the process or given by a test.
pub struct Environment {
    given: Option<Given>,
    root_child: Option<RootChild>,
}

/// Every variable that the program reads.
///
/// Their values are searched for keys that must not be shown, so a variable that is missing here
/// is a mistake, which every test that reads it finds.
pub const VARIABLES: [&str; 41] = [
    "SCW_SECRET_KEY",
    "SCW_TOKEN",
    "SCALEWAY_TOKEN",
    "SCW_PROFILE",
    "SCW_CONFIG_PATH",
    "SCW_API_URL",
    "SCW_DEFAULT_REGION",
    "SCW_DEFAULT_PROJECT_ID",
    "SCW_DEFAULT_ORGANIZATION_ID",
    "DOCKER_CONFIG",
    "DOCKER_AUTH_CONFIG",
    "REGISTRY_AUTH_FILE",
    "HOME",
    "PATH",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "SUDO_UID",
    "TERM",
    "COLUMNS",
    "NO_COLOR",
    "TZ",
    "LANGUAGE",
    "LC_ALL",
    "LC_COLLATE",
    "LC_MESSAGES",
    "LC_NUMERIC",
    "LC_TIME",
    "LC_CTYPE",
    "LANG",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Those of [`VARIABLES`] whose values are UUIDs, and no keys.
const VARIABLES_WITH_IDS: [&str; 2] = ["SCW_DEFAULT_PROJECT_ID", "SCW_DEFAULT_ORGANIZATION_ID"];

/// The surroundings that a test gives.
pub struct Given {
    /// The program's own file.
    pub program_file: Option<PathBuf>,
    /// Whether standard input, output and error are terminals.
    pub terminals: Terminals,
    /// The user's number.
    pub user_number: Option<u32>,
    /// The user behind `sudo`.
    pub invoking_user: Option<InvokingUser>,
    /// Every environment variable that is set.
    pub variables: BTreeMap<OsString, OsString>,
    /// The home directory where no variable names one.
    pub home: Option<PathBuf>,
    /// The home directory of root.
    pub root_home: Option<PathBuf>,
    /// The program's own state directory.
    pub state_dir: Option<PathBuf>,
    /// The keyring.
    pub keyring: Box<dyn Keyring>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Which of the three streams are terminals.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminals {
    /// Standard input: somebody may be asked.
    pub stdin: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

impl Environment {
    /// The process's own. Variables are read when they are asked for, not before.
    pub fn of_process() -> Self {
        Self { given: None, root_child: None }
    }

    /// It is the process's own, and not given by a test or made for somebody else.
    pub fn is_of_process(&self) -> bool {
        self.given.is_none()
    }

    /// A test's.
    pub fn given(given: Given) -> Self {
        Self { given: Some(given), root_child: None }
    }

    /// The variable's value; `None` if it is unset or empty, which Scaleway's SDK takes for the
    /// same.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        debug_assert!(VARIABLES.contains(&name), "{name} is not in VARIABLES");
        let value = match &self.given {
            Some(given) => given.variables.get(OsStr::new(name)).cloned(),
            #[expect(clippy::disallowed_methods, reason = "the one place where variables are read")]
            None => std::env::var_os(name),
        };
        value.filter(|value| !value.is_empty())
    }

    /// The values of all [`VARIABLES`] that are set and do not hold an ID.
    pub(crate) fn values_without_ids(&self) -> impl Iterator<Item = OsString> {
        let names = VARIABLES.iter().filter(|name| !VARIABLES_WITH_IDS.contains(name));
        names.filter_map(|name| self.variable(name))
    }

    /// A directory or file named by a variable.
    pub fn path_variable(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(PathBuf::from)
    }

    /// The user's home directory: `HOME` (`USERPROFILE` on Windows), else what the system's user
    /// database says.
    pub fn home(&self) -> Option<PathBuf> {
        // What the library would do first, without all else that it looks up at the same time.
        let variable = if cfg!(unix) { self.path_variable("HOME") } else { None };
        variable.or_else(|| match &self.given {
            Some(given) => given.home.clone(),
            None => BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()),
        })
    }

    /// The home directory of root, by the user database; `None` where there is no such user.
    pub fn root_home(&self) -> Option<PathBuf> {
        match &self.given {
            Some(given) => given.root_home.clone(),
            #[cfg(unix)]
            None => {
                let root = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(0)).ok()??;
                Some(root.dir)
            }
            #[cfg(not(unix))]
            None => None,
        }
    }

    /// Where the program keeps what it has to remember: `$XDG_STATE_HOME/docker-credential-scw`, by
    /// default below `~/.local/state`; on macOS and Windows below the user's local application data.
    pub fn state_dir(&self) -> Option<PathBuf> {
        if let Some(given) = &self.given {
            return given.state_dir.clone();
        }
        if cfg!(any(target_os = "macos", windows)) {
            let dirs = ProjectDirs::from("", "", HELPER)?;
            return Some(dirs.data_local_dir().to_owned());
        }
        // The specification wants relative paths ignored.
        let named = self.path_variable("XDG_STATE_HOME").filter(|dir| dir.is_absolute());
        Some(named.or_else(|| Some(self.home()?.join(".local/state")))?.join(HELPER))
    }

    /// The number of the user whose environment this is; `None` where users have none.
    pub fn user_number(&self) -> Option<u32> {
        match &self.given {
            Some(given) => given.user_number,
            #[cfg(unix)]
            None => Some(nix::unistd::Uid::effective().as_raw()),
            #[cfg(not(unix))]
            None => None,
        }
    }

    /// The program's own file.
    pub fn program_file(&self) -> Option<PathBuf> {
        match &self.given {
            Some(given) => given.program_file.clone(),
            None => std::env::current_exe().ok(),
        }
    }

    /// Which of the streams are terminals.
    pub fn terminals(&self) -> Terminals {
        match &self.given {
            Some(given) => given.terminals,
            None => Terminals {
                stdin: std::io::stdin().is_terminal(),
                stdout: std::io::stdout().is_terminal(),
                stderr: std::io::stderr().is_terminal(),
            },
        }
    }

    /// Returns whether standard input is a terminal: one question to the system, for `get`.
    pub(crate) fn is_stdin_terminal(&self) -> bool {
        match &self.given {
            Some(given) => given.terminals.stdin,
            None => std::io::stdin().is_terminal(),
        }
    }

    /// Returns whether standard output was closed when the process started.
    pub fn is_stdout_closed(&self) -> bool {
        self.is_of_process() && streams::is_stdout_closed()
    }

    /// The time, and a way to let it pass.
    pub fn clock(&self) -> Arc<dyn Clock> {
        match &self.given {
            Some(given) => Arc::clone(&given.clock),
            None => Arc::new(SystemClock),
        }
    }

    /// How many characters a line of standard output holds: what `COLUMNS` says, else the terminal;
    /// `None` if that is not known.
    pub fn terminal_width(&self) -> Option<usize> {
        let named = self.variable("COLUMNS").and_then(|text| text.to_str()?.parse().ok());
        let asked = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        named
            .or_else(|| if self.is_of_process() { asked() } else { None })
            .filter(|width| *width > 0)
    }

    /// The user who typed `sudo`, where the process runs as root because of that.
    ///
    /// # Errors
    /// Returns [`ActAsError::UnknownUser`] if the user database does not have them.
    pub fn invoking_user(&self) -> Result<Option<InvokingUser>, ActAsError> {
        match &self.given {
            Some(given) => Ok(given.invoking_user.clone()),
            None => invoking_user::behind_sudo(self),
        }
    }

    /// Returns whether the command was typed with `sudo`: the process is root's because of that, or
    /// it was and acts as the user now.
    pub(crate) fn is_under_sudo(&self) -> bool {
        self.root_child.is_some() || !matches!(self.invoking_user(), Ok(None))
    }

    /// The same environment, with the child that keeps root's rights.
    #[must_use]
    pub fn with_root_child(mut self, child: RootChild) -> Self {
        self.root_child = Some(child);
        self
    }

    /// The child that keeps root's rights, while the process acts as the user behind `sudo`.
    pub(crate) fn root_child(&self) -> Option<&RootChild> {
        self.root_child.as_ref()
    }

    /// The program's own file in a form that can be read and started even where the user may not
    /// enter its directory: under `sudo`, the program may be below root's home.
    pub(crate) fn own_executable(&self) -> Option<PathBuf> {
        // Opens the file itself, not the path to it (proc(5)).
        let own = PathBuf::from("/proc/self/exe");
        if self.is_of_process() && cfg!(target_os = "linux") && own.exists() {
            return Some(own);
        }
        self.program_file()
    }

    /// Every variable, for a child that shall have this environment and not the process's; `None`
    /// if they are the same.
    pub fn variables_for_child(&self) -> Option<&BTreeMap<OsString, OsString>> {
        self.given.as_ref().map(|given| &given.variables)
    }

    /// The program of that name that a shell would start, as an absolute path. Empty and relative
    /// entries of PATH are skipped: what stands in the current directory is no program of the
    /// user's choice (CVE-2019-15752, CVE-2025-15558).
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        let dirs = std::env::join_paths(self.program_dirs()).ok()?;
        which::which_in(name, Some(dirs), "/").ok()
    }

    /// The directories on PATH that count, in order.
    pub fn program_dirs(&self) -> Vec<PathBuf> {
        let path = self.variable("PATH").unwrap_or_default();
        std::env::split_paths(&path).filter(|dir| dir.is_absolute()).collect()
    }

    /// The system's keyring.
    pub fn keyring(&self) -> Box<dyn Keyring + '_> {
        match &self.given {
            Some(given) => Box::new(given.keyring.as_ref()),
            None => Box::new(SystemKeyring {
                has_session: self.has_keyring_session(),
                can_prompt: self.can_prompt(),
            }),
        }
    }

    /// Where the Secret Service is used, it is on the session bus: the one that a variable names,
    /// or the one of the login session.
    fn has_keyring_session(&self) -> bool {
        let bus_of_login = || self.path_variable("XDG_RUNTIME_DIR").map(|dir| dir.join("bus"));
        cfg!(any(target_os = "macos", windows))
            || self.variable("DBUS_SESSION_BUS_ADDRESS").is_some()
            || bus_of_login().is_some_and(|bus| bus.exists())
    }

    fn can_prompt(&self) -> bool {
        cfg!(any(target_os = "macos", windows))
            || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| self.variable(name).is_some())
    }
}
