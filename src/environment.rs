//! What the program finds around it: variables, directories, the system's keyring.
//!
//! This is the one place where they are read from the process, so that a test can give its own
//! and needs neither a process nor global state.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use directories::{BaseDirs, ProjectDirs};

use crate::keyring::{Keyring, SystemKeyring};

/// Variables, directories and keyring, of the process or given by a test.
pub struct Environment {
    given: Option<Given>,
}

/// The surroundings that a test gives.
pub struct Given {
    /// Every environment variable that is set.
    pub variables: BTreeMap<OsString, OsString>,
    /// The home directory where no variable names one.
    pub home: Option<PathBuf>,
    /// The program's own state directory.
    pub state_dir: Option<PathBuf>,
    /// The keyring.
    pub keyring: Box<dyn Keyring>,
}

impl Environment {
    /// The process's own. Variables are read when they are asked for, not before.
    pub fn of_process() -> Self {
        Self { given: None }
    }

    /// A test's.
    pub fn given(given: Given) -> Self {
        Self { given: Some(given) }
    }

    /// The variable's value; `None` if it is unset or empty, which Scaleway's SDK takes for the
    /// same.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        let value = match &self.given {
            Some(given) => given.variables.get(OsStr::new(name)).cloned(),
            #[expect(clippy::disallowed_methods, reason = "the one place where variables are read")]
            None => std::env::var_os(name),
        };
        value.filter(|value| !value.is_empty())
    }

    /// A directory or file named by a variable.
    pub fn path_variable(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(PathBuf::from)
    }

    /// The user's home directory: `HOME` (`USERPROFILE` on Windows), else what the system's user
    /// database says.
    pub fn home(&self) -> Option<PathBuf> {
        match &self.given {
            Some(given) => self.path_variable("HOME").or_else(|| given.home.clone()),
            None => BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()),
        }
    }

    /// Where the program keeps what it has to remember: on Linux
    /// `$XDG_STATE_HOME/docker-credential-scw`, by default below `~/.local/state`; on macOS and
    /// Windows below the user's local application data.
    pub fn state_dir(&self) -> Option<PathBuf> {
        if let Some(given) = &self.given {
            return given.state_dir.clone();
        }
        let dirs = ProjectDirs::from("", "", "docker-credential-scw")?;
        Some(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
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
