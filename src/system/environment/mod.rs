//! The environment that the program runs in: variables, directories, streams, keyring.
//!
//! Only this module reads them from the process. So a test can replace them without a child process
//! and without global state.

mod surroundings;
mod variables;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::program_name::HELPER;
use crate::system::clock::Clock;
use crate::system::keyring::{Keyring, has_session};
use crate::system::process::AnsweringChild;
use crate::system::users::{InvokingUser, UnknownUser};

pub use surroundings::{FixedSurroundings, Terminals};
use surroundings::{KeyringSession, OfProcess, Surroundings};
pub use variables::VARIABLES;
use variables::VARIABLES_WITH_IDS;

/// The environment of the process, or of a test.
pub struct Environment {
    surroundings: Box<dyn Surroundings>,
    root_child: Option<AnsweringChild>,
    /// Scaleway's config.yaml, where a command names it.
    scaleway_config: OnceLock<OsString>,
    /// Kept, because `getent` may be slow.
    home_from_getent: OnceLock<Option<PathBuf>>,
    invoking_user: OnceLock<Result<Option<InvokingUser>, UnknownUser>>,
}

impl Environment {
    /// The environment of the process. Each variable is read when it is needed.
    pub fn of_process() -> Self {
        Self::of(Box::new(OfProcess))
    }

    /// A fixed environment, for tests.
    pub fn fixed(surroundings: FixedSurroundings) -> Self {
        Self::of(Box::new(surroundings))
    }

    fn of(surroundings: Box<dyn Surroundings>) -> Self {
        Self {
            surroundings,
            root_child: None,
            scaleway_config: OnceLock::new(),
            home_from_getent: OnceLock::new(),
            invoking_user: OnceLock::new(),
        }
    }

    /// The variable's value; `None` if it is unset or empty.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        debug_assert!(VARIABLES.contains(&name), "{name} is not in VARIABLES");
        if name == "SCW_CONFIG_PATH"
            && let Some(path) = self.scaleway_config.get()
        {
            return Some(path.clone());
        }
        self.surroundings.variable(name).filter(|value| !value.is_empty())
    }

    /// Reads Scaleway's config from this file, whatever `SCW_CONFIG_PATH` is.
    pub(crate) fn set_scaleway_config(&self, path: &Path) {
        // A command sets it once.
        let _ = self.scaleway_config.set(path.as_os_str().to_owned());
    }

    /// The values of all [`VARIABLES`] that are set, except those with IDs.
    pub(crate) fn values_without_ids(&self) -> impl Iterator<Item = OsString> {
        let names = VARIABLES.iter().filter(|name| !VARIABLES_WITH_IDS.contains(name));
        names.filter_map(|name| self.variable(name))
    }

    /// The path in a variable.
    pub fn path_variable(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(PathBuf::from)
    }

    /// The user's home directory: `HOME` (`USERPROFILE` on Windows), otherwise the one in the user
    /// database, otherwise the one that `getent` says.
    pub fn home(&self) -> Option<PathBuf> {
        // The library also reads HOME first, but then looks up more directories.
        let variable = if cfg!(unix) { self.path_variable("HOME") } else { None };
        variable.or_else(|| self.surroundings.home()).or_else(|| self.home_from_getent())
    }

    fn home_from_getent(&self) -> Option<PathBuf> {
        let ask = || self.surroundings.home_from_getent(self.find_program("getent"));
        self.home_from_getent.get_or_init(ask).clone()
    }

    /// Root's home directory in the user database; `None` on systems without root.
    pub fn root_home(&self) -> Option<PathBuf> {
        self.surroundings.root_home()
    }

    /// The directory for the program's state: `$XDG_STATE_HOME/docker-credential-scw`, by default
    /// in `~/.local/state`. On macOS and Windows, in the user's local application data.
    pub fn state_dir(&self) -> Option<PathBuf> {
        // The XDG specification requires relative paths to be ignored.
        let named = self.path_variable("XDG_STATE_HOME").filter(|dir| dir.is_absolute());
        let parent = named.or_else(|| Some(self.home()?.join(".local/state")));
        self.surroundings.state_dir(parent.map(|parent| parent.join(HELPER)))
    }

    /// The user ID; `None` on systems without user IDs.
    pub fn uid(&self) -> Option<u32> {
        self.surroundings.uid()
    }

    /// The program's own file.
    pub fn program_file(&self) -> Option<PathBuf> {
        self.surroundings.program_file()
    }

    /// Returns which of the standard streams are terminals.
    pub fn terminals(&self) -> Terminals {
        self.surroundings.terminals()
    }

    /// Returns whether standard input is a terminal, with one system call.
    pub(crate) fn is_stdin_terminal(&self) -> bool {
        self.surroundings.is_stdin_terminal()
    }

    /// Returns whether standard output was closed when the process started.
    pub fn is_stdout_closed(&self) -> bool {
        self.surroundings.is_stdout_closed()
    }

    /// The clock.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.surroundings.clock()
    }

    /// The width of standard output in columns: `COLUMNS`, otherwise the terminal's. `None` if
    /// neither is known.
    pub fn terminal_width(&self) -> Option<usize> {
        let named = self.variable("COLUMNS").and_then(|text| text.to_str()?.parse().ok());
        named.or_else(|| self.surroundings.terminal_width()).filter(|width| *width > 0)
    }

    /// The user who ran `sudo`, if the process runs as root because of it.
    ///
    /// # Errors
    /// Returns [`UnknownUser`] if the user is not in the user database.
    pub fn invoking_user(&self) -> Result<Option<InvokingUser>, UnknownUser> {
        let number = || self.variable("SUDO_UID")?.to_str()?.parse().ok();
        let find = || self.surroundings.invoking_user(number());
        self.invoking_user.get_or_init(find).clone()
    }

    /// Returns whether the command was run with `sudo`. Also true after the process has switched to
    /// the invoking user.
    pub(crate) fn is_under_sudo(&self) -> bool {
        self.root_child.is_some() || !matches!(self.invoking_user(), Ok(None))
    }

    /// Returns whether the process can switch to another user. False in tests.
    #[cfg(unix)]
    pub(crate) fn may_change_user(&self) -> bool {
        self.surroundings.may_change_user()
    }

    /// Adds the child process that still runs as root.
    #[cfg(unix)]
    #[must_use]
    pub(crate) fn with_root_child(mut self, child: AnsweringChild) -> Self {
        self.root_child = Some(child);
        self
    }

    /// The child process that still runs as root, while this one runs as the invoking user.
    pub(crate) fn root_child(&self) -> Option<&AnsweringChild> {
        self.root_child.as_ref()
    }

    /// A path to the program's own file that works even if the user may not enter its directory.
    /// Under `sudo`, the program may be in root's home directory.
    pub(crate) fn reexec_path(&self) -> Option<PathBuf> {
        self.surroundings.reexec_path()
    }

    /// All variables for a child process; `None` if the child inherits them.
    pub fn variables_for_child(&self) -> Option<&BTreeMap<OsString, OsString>> {
        self.surroundings.variables_for_child()
    }

    /// Starts handling Ctrl-C: runs the registered cleanup, then exits.
    pub(crate) fn watch_signals(&self) {
        self.surroundings.watch_signals();
    }

    /// The absolute path of the program that a shell would start for this name. Skips empty and
    /// relative entries of PATH, so that a file in the current directory is never started
    /// (CVE-2019-15752, CVE-2025-15558).
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        let dirs = std::env::join_paths(self.program_dirs()).ok()?;
        which::which_in(name, Some(dirs), "/").ok()
    }

    /// The absolute directories on PATH, in order.
    pub fn program_dirs(&self) -> Vec<PathBuf> {
        let path = self.variable("PATH").unwrap_or_default();
        std::env::split_paths(&path).filter(|dir| dir.is_absolute()).collect()
    }

    /// The system's keyring.
    pub fn keyring(&self) -> Box<dyn Keyring + '_> {
        self.surroundings.keyring(KeyringSession {
            exists: has_session(
                self.variable("DBUS_SESSION_BUS_ADDRESS").as_deref(),
                self.path_variable("XDG_RUNTIME_DIR").as_deref(),
            ),
            can_prompt: self.can_prompt(),
            turns: self.state_dir().map(|dir| dir.join("keyring.lock")),
        })
    }

    fn can_prompt(&self) -> bool {
        cfg!(any(target_os = "macos", windows))
            || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| self.variable(name).is_some())
    }
}
