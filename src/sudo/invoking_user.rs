//! The user who typed `sudo`, and acting as that user.
//!
//! `sudo docker-credential-scw install` does two jobs. Only one of them needs root: the program's
//! file in a directory of root's. Everything else concerns the user: their Docker config, keys,
//! keyring and podman's files. Doing that with root's rights would follow the user's links into
//! root's files, so the process gives these rights up first, in three steps:
//!
//! 1. it starts itself again with an environment of the user's ([`start_again`]), so that no
//!    variable of root's, such as a secret key, is in any process that runs as the user;
//! 2. it starts the child that keeps root's rights ([`root_child`]);
//! 3. it becomes the user for good (`act_as`), before it reads any file of theirs.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::explain::Explain;
#[cfg(unix)]
use crate::sudo::{root_child, users_config};
use crate::system::environment::Environment;
#[cfg(unix)]
use crate::system::users::user_with_number;
use crate::system::users::{InvokingUser, UnknownUser};

/// The first word of the command line after [`start_again`]; the user's number follows.
const AS_USER: &str = "__as-user";

/// Variables that a command for the user keeps. All others stay with root: they lead to root's own
/// directories and session, or hold secrets. The last two are there only if `sudo` was told to pass
/// them, as it drops them otherwise.
const KEPT_VARIABLES: [&str; 15] = [
    "PATH",
    "TERM",
    "COLUMNS",
    "NO_COLOR",
    "TZ",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_COLLATE",
    "LC_MESSAGES",
    "LC_NUMERIC",
    "LC_TIME",
    "SCW_CONFIG_PATH",
    "DOCKER_CONFIG",
];

/// Why a command cannot act as the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActAsError {
    /// The user database does not have the number.
    #[error(transparent)]
    UnknownUser(#[from] UnknownUser),
    /// The rights of root could not be given up.
    #[error("cannot become user {name}: {error}")]
    Refused {
        /// The user's login name.
        name: String,
        /// The system's words.
        error: io::Error,
    },
    /// A process could not be started.
    #[error("cannot start this program again as {name}: {error}")]
    Start {
        /// The user's login name.
        name: String,
        /// The system's words.
        error: io::Error,
    },
    /// This system has no safe way to take over a user's groups.
    #[error("sudo is not supported on this system")]
    Unsupported,
}

impl Explain for ActAsError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unsupported => Some("run the command without sudo".to_owned()),
            Self::UnknownUser(_) | Self::Refused { .. } | Self::Start { .. } => None,
        }
    }
}

/// Returns the user for whom `install` or `uninstall` has to act, if that is not the process's.
///
/// Under `sudo` that is the user who typed it. With `named`, a directory of Docker's config, it is
/// the user to whom that directory, or a directory or link on the way to it, belongs: root writes
/// nothing below a directory that somebody else can change.
///
/// # Errors
/// Returns [`ActAsError::UnknownUser`] if the user database does not have them.
#[cfg(unix)]
pub fn concerned(
    environment: &Environment,
    named: Option<&Path>,
) -> Result<Option<InvokingUser>, ActAsError> {
    let invoking = environment.invoking_user();
    Ok(match named {
        Some(directory) if !matches!(invoking, Ok(None)) => {
            let owner = crate::system::files::user_who_owns_way_to(directory);
            owner.map(user_with_number).transpose()?
        }
        _ => invoking?,
    })
}

/// Starts this program again, still as root, with the user's environment and the words of its
/// command line. Returns only if that failed.
#[cfg(unix)]
pub fn start_again(
    user: &InvokingUser,
    environment: &Environment,
    args: &[OsString],
) -> ActAsError {
    use std::os::unix::process::CommandExt as _;
    match command_as(user, environment, args.get(1..).unwrap_or_default()) {
        Ok(mut command) => {
            if let Some(name) = args.first() {
                command.arg0(name);
            }
            ActAsError::Start { name: user.name.clone(), error: command.exec() }
        }
        Err(error) => error,
    }
}

/// This program with these words, to be started by root: it becomes the user's process, with an
/// environment of theirs, before it does anything.
///
/// # Errors
/// Returns [`ActAsError`] where that cannot be done.
pub(crate) fn command_as(
    user: &InvokingUser,
    environment: &Environment,
    words: &[OsString],
) -> Result<std::process::Command, ActAsError> {
    if cfg!(any(target_vendor = "apple", not(unix))) {
        return Err(ActAsError::Unsupported);
    }
    let missing =
        || ActAsError::Start { name: user.name.clone(), error: io::ErrorKind::NotFound.into() };
    let program = environment.own_executable().ok_or_else(missing)?;
    let mut command = std::process::Command::new(program);
    command.arg(AS_USER).arg(user.uid.to_string()).args(words).env_clear();
    for name in KEPT_VARIABLES {
        command.envs(environment.variable(name).map(|value| (name, value)));
    }
    command.env("HOME", &user.home).env("USER", &user.name).env("LOGNAME", &user.name);
    command.envs(session_of(user).map(|directory| ("XDG_RUNTIME_DIR", directory)));
    Ok(command)
}

/// There is none elsewhere.
#[cfg(not(unix))]
fn session_of(_: &InvokingUser) -> Option<PathBuf> {
    None
}

/// The directory of the user's login session, if there is one and it is theirs.
#[cfg(unix)]
fn session_of(user: &InvokingUser) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    let directory = PathBuf::from(format!("/run/user/{}", user.uid));
    let metadata = directory.symlink_metadata().ok()?;
    (metadata.is_dir() && metadata.uid() == user.uid).then_some(directory)
}

/// Begins the process: as itself, as the user behind `sudo`, or as root's child of such a process.
/// Returns the command line to run; `None` if it was the child, whose work is done by then.
///
/// # Errors
/// Returns [`ActAsError`] if the rights of root cannot be given up; nothing was done then.
#[cfg(unix)]
pub fn begin(args: Vec<OsString>) -> Result<Option<(Vec<OsString>, Environment)>, ActAsError> {
    let environment = Environment::of_process();
    if args.get(1).is_some_and(|word| word == root_child::WORD) {
        root_child::serve(&environment, &mut io::stdin().lock(), &mut io::stdout());
        return Ok(None);
    }
    if args.get(1).is_none_or(|word| word != AS_USER) {
        return Ok(Some((args, environment)));
    }
    let number = args.get(2).and_then(|word| word.to_str()?.parse().ok());
    let user = user_with_number(number.unwrap_or(u32::MAX))?;
    let refused = |error| ActAsError::Start { name: user.name.clone(), error };
    let child = root_child::start(&environment).map_err(refused)?;
    act_as(&user).map_err(|error| ActAsError::Refused { name: user.name.clone(), error })?;
    let mut words = args;
    words.drain(1..3);
    if words.get(1).is_some_and(|word| word == users_config::WORD) {
        drop(child);
        // A reader that is gone has no use for it.
        let _ = users_config::print(&environment, &mut io::stdout());
        return Ok(None);
    }
    Ok(Some((words, environment.with_root_child(child))))
}

/// Begins the process.
#[cfg(not(unix))]
pub fn begin(args: Vec<OsString>) -> Result<Option<(Vec<OsString>, Environment)>, ActAsError> {
    Ok(Some((args, Environment::of_process())))
}

/// Becomes the user: all groups, then the group, then the user, as the last step takes the right to
/// do the others. Checks that there is no way back.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn act_as(user: &InvokingUser) -> io::Result<()> {
    use nix::unistd::{Gid, Uid, initgroups, setgid, setuid};
    let name = std::ffi::CString::new(user.name.as_str())?;
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    initgroups(&name, gid)?;
    setgid(gid)?;
    setuid(uid)?;
    let is_back = setuid(Uid::from_raw(0)).is_ok() || setgid(Gid::from_raw(0)).is_ok();
    if uid.is_root() || Uid::effective() != uid || (is_back && user.gid != 0) {
        return Err(io::Error::other("the system keeps a way back to root"));
    }
    Ok(())
}

/// macOS resolves groups on its own, and no library sets them safely.
#[cfg(all(unix, target_vendor = "apple"))]
fn act_as(_: &InvokingUser) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
