//! The user who ran `sudo`, and the user database.

#[cfg(unix)]
mod getent;

use std::path::PathBuf;

use crate::system::process::AskError;

/// The user that a command acts as although root started it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokingUser {
    /// The user ID.
    pub uid: u32,
    /// The ID of the user's primary group.
    pub gid: u32,
    /// The login name.
    pub name: String,
    /// The home directory.
    pub home: PathBuf,
}

/// Why a user is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownUser {
    /// The user database does not have this user ID.
    #[error("user ID {0} is not in the user database, so the home directory is unknown")]
    NotInDatabase(u32),
    /// `getent`, which knows the users of directory services, does not answer.
    #[error(
        "user ID {uid} is not in /etc/passwd, and {} {error}, so the home directory is unknown",
        .program.display()
    )]
    NoAnswer {
        /// The user ID.
        uid: u32,
        /// The program that was asked.
        program: PathBuf,
        /// Why it gave no answer.
        error: AskError,
    },
}

/// Whether this build's C library finds users in `/etc/passwd` only.
#[cfg(unix)]
const KNOWS_LOCAL_USERS_ONLY: bool =
    cfg!(all(target_os = "linux", any(target_env = "musl", target_feature = "crt-static")));

/// Returns the user with the ID in `SUDO_UID` if this process runs as root.
///
/// # Errors
/// Returns [`UnknownUser`] if the user database does not have the ID.
#[cfg(unix)]
pub(super) fn invoking_user(number: Option<u32>) -> Result<Option<InvokingUser>, UnknownUser> {
    if !nix::unistd::Uid::effective().is_root() {
        return Ok(None);
    }
    number.filter(|uid| *uid != 0).map(user_by_id).transpose()
}

/// Other systems do not support `sudo` here.
#[cfg(not(unix))]
pub(super) fn invoking_user(_: Option<u32>) -> Result<Option<InvokingUser>, UnknownUser> {
    Ok(None)
}

/// Finds a user in the user database. Safe for root: starts no program from `PATH`.
///
/// # Errors
/// Returns [`UnknownUser`] if the user database does not have the ID.
#[cfg(unix)]
pub(crate) fn user_by_id(uid: u32) -> Result<InvokingUser, UnknownUser> {
    use nix::unistd::{Uid, User};
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => {
            Ok(InvokingUser { uid, gid: user.gid.as_raw(), name: user.name, home: user.dir })
        }
        _ if KNOWS_LOCAL_USERS_ONLY => getent::user(uid, getent::PLACES.map(PathBuf::from)),
        _ => Err(UnknownUser::NotInDatabase(uid)),
    }
}

/// Finds the home directory of the process's user where the C library does not know it. `on_path` is
/// the `getent` on `PATH`, for systems that have none in the usual places.
#[cfg(unix)]
pub(super) fn home_from_getent(on_path: Option<PathBuf>) -> Option<PathBuf> {
    let uid = nix::unistd::Uid::effective();
    let on_path = on_path.filter(|_| !uid.is_root());
    let places = getent::PLACES.map(PathBuf::from).into_iter().chain(on_path);
    let user = KNOWS_LOCAL_USERS_ONLY.then(|| getent::user(uid.as_raw(), places).ok())?;
    user.map(|user| user.home)
}

/// Other systems have no such program.
#[cfg(not(unix))]
pub(super) fn home_from_getent(_: Option<PathBuf>) -> Option<PathBuf> {
    None
}
