//! The user who ran `sudo`, and acting as that user.
//!
//! `sudo docker-credential-scw install` does two jobs. Only one of them needs root: writing the
//! program to one of root's directories. The other concerns the user's files: Docker's config, keys,
//! keyring and podman's files. As root, it could follow the user's links into root's files. So the
//! process gives up root's rights first, in three steps:
//!
//! 1. it starts itself again with the user's environment ([`reexec_as`]), so that no process of the
//!    user has one of root's variables, such as a secret key;
//! 2. it starts the child process that still runs as root ([`root_child`]);
//! 3. it switches to the user for good (`act_as`), before it reads any of their files.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::explain::Explain;
#[cfg(unix)]
use crate::sudo::{root_child, users_config};
use crate::system::environment::Environment;
#[cfg(unix)]
use crate::system::users::user_by_id;
use crate::system::users::{InvokingUser, UnknownUser};

/// The first argument after [`reexec_as`]. The user ID follows.
const AS_USER: &str = "__as-user";

/// The variables that a command for the user keeps. The others belong to root: they name root's
/// directories and session, or contain secrets. `sudo` drops the last two by default, so they are
/// only set if the user asked for it.
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
    /// The user database does not have the user ID.
    #[error(transparent)]
    UnknownUser(#[from] UnknownUser),
    /// The process could not switch to the user.
    #[error("cannot switch to user {name}: {error}")]
    Refused {
        /// The user's login name.
        name: String,
        /// The system's error.
        error: io::Error,
    },
    /// A process could not be started.
    #[error("cannot start this program again as {name}: {error}")]
    Start {
        /// The user's login name.
        name: String,
        /// The system's error.
        error: io::Error,
    },
    /// There is no safe way to set a user's groups on this system.
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

/// Returns the user that `install` or `uninstall` has to act as, if it is not the process's user.
///
/// Under `sudo`, that is the user who ran it. If `named`, a directory for Docker's config, is
/// given, it is the owner of that directory or of a directory or link on the way to it: root never
/// writes to a directory that another user can change.
///
/// # Errors
/// Returns [`ActAsError::UnknownUser`] if the user is not in the user database.
#[cfg(unix)]
pub(crate) fn user_to_act_as(
    environment: &Environment,
    named: Option<&Path>,
) -> Result<Option<InvokingUser>, ActAsError> {
    let invoking = environment.invoking_user();
    Ok(match named {
        Some(directory) if !matches!(invoking, Ok(None)) => {
            let owner = crate::system::files::non_root_owner_on_path(directory);
            owner.map(user_by_id).transpose()?
        }
        _ => invoking?,
    })
}

/// Starts this program again, still as root, with the user's environment and the same arguments.
/// Returns only on failure.
#[cfg(unix)]
pub(crate) fn reexec_as(
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

/// Creates a command that runs this program with these arguments. Root starts it, and it switches
/// to the user and their environment before it does anything else.
///
/// # Errors
/// Returns [`ActAsError`] if the program cannot be started this way.
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
    let program = environment.reexec_path().ok_or_else(missing)?;
    let mut command = std::process::Command::new(program);
    command.arg(AS_USER).arg(user.uid.to_string()).args(words).env_clear();
    for name in KEPT_VARIABLES {
        command.envs(environment.variable(name).map(|value| (name, value)));
    }
    command.env("HOME", &user.home).env("USER", &user.name).env("LOGNAME", &user.name);
    command.envs(session_of(user).map(|directory| ("XDG_RUNTIME_DIR", directory)));
    Ok(command)
}

/// Other systems have no such directory.
#[cfg(not(unix))]
fn session_of(_: &InvokingUser) -> Option<PathBuf> {
    None
}

/// The directory of the user's login session, if it exists and belongs to the user.
#[cfg(unix)]
fn session_of(user: &InvokingUser) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    let directory = PathBuf::from(format!("/run/user/{}", user.uid));
    let metadata = directory.symlink_metadata().ok()?;
    (metadata.is_dir() && metadata.uid() == user.uid).then_some(directory)
}

/// Starts the process: as itself, as the invoking user of `sudo`, or as the child that runs as
/// root. Returns the command line to run; `None` if it was the child, whose work is done then.
///
/// # Errors
/// Returns an error if the process cannot switch to the user. Nothing was done then.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "a child's answer to this program, without any key")]
pub fn begin(args: Vec<OsString>) -> Result<Option<(Vec<OsString>, Environment)>, ActAsError> {
    let environment = Environment::of_process();
    if args.get(1).is_some_and(|word| word == root_child::WORD) {
        root_child::serve(&environment, &mut io::stdin().lock(), &mut io::stdout());
        return Ok(None);
    }
    if args.get(1).is_none_or(|word| word != AS_USER) {
        return Ok(Some((args, environment)));
    }
    let uid = args.get(2).and_then(|word| word.to_str()?.parse().ok());
    let user = user_by_id(uid.unwrap_or(u32::MAX))?;
    let refused = |error| ActAsError::Start { name: user.name.clone(), error };
    let child = root_child::start(&environment).map_err(refused)?;
    act_as(&user).map_err(|error| ActAsError::Refused { name: user.name.clone(), error })?;
    let mut words = args;
    words.drain(1..3);
    if words.get(1).is_some_and(|word| word == users_config::WORD) {
        drop(child);
        // A closed pipe is not an error.
        let _ = users_config::print(&environment, &mut io::stdout());
        return Ok(None);
    }
    Ok(Some((words, environment.with_root_child(child))))
}

/// Starts the process.
#[cfg(not(unix))]
pub fn begin(args: Vec<OsString>) -> Result<Option<(Vec<OsString>, Environment)>, ActAsError> {
    Ok(Some((args, Environment::of_process())))
}

/// Switches to the user: first all groups, then the group, then the user, because each step still
/// needs root. Checks that the process cannot switch back.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn act_as(user: &InvokingUser) -> io::Result<()> {
    use nix::unistd::{Gid, Uid, initgroups, setgid, setuid};
    let name = std::ffi::CString::new(user.name.as_str())?;
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    initgroups(&name, gid)?;
    setgid(gid)?;
    setuid(uid)?;
    let can_return = setuid(Uid::from_raw(0)).is_ok() || setgid(Gid::from_raw(0)).is_ok();
    if uid.is_root() || Uid::effective() != uid || (can_return && user.gid != 0) {
        return Err(io::Error::other("the process could become root again"));
    }
    Ok(())
}

/// macOS resolves groups itself, and no library sets them safely.
#[cfg(all(unix, target_vendor = "apple"))]
fn act_as(_: &InvokingUser) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::system::clock::SystemClock;
    use crate::system::environment::{FixedSurroundings, Terminals};
    use crate::system::keyring::SystemKeyring;

    #[test]
    fn a_command_for_the_user_keeps_the_two_variables_that_sudo_passes_on() {
        let kept = [("SCW_CONFIG_PATH", "/a.yaml"), ("DOCKER_CONFIG", "/b"), ("TERM", "dumb")];
        let dropped = [
            ("SCW_SECRET_KEY", "x"),
            ("SCW_PROFILE", "prod"),
            ("HOME", "/root"),
            ("XDG_CONFIG_HOME", "/root/.config"),
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/0/bus"),
        ];
        let variables = kept.into_iter().chain(dropped);
        let environment = Environment::fixed(FixedSurroundings {
            program_file: Some("/bin/docker-credential-scw".into()),
            terminals: Terminals::default(),
            uid: Some(0),
            invoking_user: None,
            variables: variables.map(|(name, value)| (name.into(), value.into())).collect(),
            home: None,
            root_home: None,
            state_dir: None,
            keyring: Box::new(SystemKeyring { has_session: false, can_prompt: false, turns: None }),
            clock: Arc::new(SystemClock),
        });
        let user =
            InvokingUser { uid: 1234, gid: 100, name: "ada".into(), home: "/home/ada".into() };
        let command = command_as(&user, &environment, &["install".into()]).unwrap();
        let variables: BTreeMap<_, _> = command
            .get_envs()
            .map(|(name, value)| (name.to_str().unwrap(), value.unwrap().to_str().unwrap()))
            .collect();
        let own = [("HOME", "/home/ada"), ("LOGNAME", "ada"), ("USER", "ada")];
        assert_eq!(variables, kept.into_iter().chain(own).collect());
    }
}
