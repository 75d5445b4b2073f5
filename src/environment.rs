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

use crate::clock::{Clock, SystemClock};
use crate::keyring::{Keyring, SystemKeyring};
use crate::program_name::HELPER;

/// Variables, directories and keyring, of the process or given by a test.
pub struct Environment {
    given: Option<Given>,
}

/// Who owns a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The user's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
}

/// The person who typed a command that runs as root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoker {
    /// Whom new files belong to.
    pub owner: Owner,
    /// Their home directory.
    pub home: PathBuf,
}

/// The surroundings that a test gives.
pub struct Given {
    /// The program's own file.
    pub program_file: Option<PathBuf>,
    /// Whether standard input, output and error are terminals.
    pub terminals: Terminals,
    /// The user's number.
    pub user_number: Option<u32>,
    /// The person behind `sudo`.
    pub invoker: Option<Invoker>,
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
        Self { given: None }
    }

    /// It is the process's own, and not given by a test or made for somebody else.
    pub fn is_of_process(&self) -> bool {
        self.given.is_none()
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

    /// The person who typed `sudo`, where the program runs as root by that.
    ///
    /// # Errors
    /// Their number, if the user database does not know them.
    pub fn invoker(&self) -> Result<Option<Invoker>, u32> {
        match &self.given {
            Some(given) => Ok(given.invoker.clone()),
            None => person_behind_sudo(self),
        }
    }

    /// The environment of `invoker`, as far as it can be told from root's: variables that lead into
    /// root's own directories and session are gone.
    #[must_use]
    pub fn of_invoker(&self, invoker: &Invoker) -> Self {
        let mut variables = match &self.given {
            Some(given) => given.variables.clone(),
            #[expect(clippy::disallowed_methods, reason = "the one place where variables are read")]
            None => std::env::vars_os().collect(),
        };
        variables.retain(|name, _| {
            let name = name.to_string_lossy();
            !name.starts_with("XDG_") && !name.starts_with("SUDO_") && !name.starts_with("DBUS_")
        });
        variables.insert("HOME".into(), invoker.home.clone().into());
        let session = PathBuf::from(format!("/run/user/{}", invoker.owner.uid));
        if session.is_dir() {
            variables.insert("XDG_RUNTIME_DIR".into(), session.into());
        }
        let given = Given {
            variables,
            program_file: self.program_file(),
            terminals: self.terminals(),
            invoker: None,
            user_number: Some(invoker.owner.uid),
            home: Some(invoker.home.clone()),
            root_home: self.root_home(),
            state_dir: Some(invoker.home.join(".local/state").join(HELPER)),
            // Root cannot enter somebody else's session.
            keyring: Box::new(SystemKeyring { has_session: false, can_prompt: false }),
            clock: self.clock(),
        };
        Self { given: Some(given) }
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

#[cfg(unix)]
fn person_behind_sudo(environment: &Environment) -> Result<Option<Invoker>, u32> {
    use nix::unistd::{Uid, User};
    let number = |name| environment.variable(name)?.to_str()?.parse::<u32>().ok();
    let Some(uid) = number("SUDO_UID").filter(|uid| *uid != 0 && Uid::effective().is_root()) else {
        return Ok(None);
    };
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten().ok_or(uid)?;
    let gid = number("SUDO_GID").unwrap_or_else(|| user.gid.as_raw());
    Ok(Some(Invoker { owner: Owner { uid, gid }, home: user.dir }))
}

#[cfg(not(unix))]
fn person_behind_sudo(_: &Environment) -> Result<Option<Invoker>, u32> {
    Ok(None)
}
