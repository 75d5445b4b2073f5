//! The user who ran `sudo`, and the user database.

use std::path::PathBuf;

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

/// The user database does not have this user ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("user ID {0} is not in the user database, so the home directory is unknown")]
pub struct UnknownUser(pub u32);

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

/// Finds a user in the user database.
///
/// # Errors
/// Returns [`UnknownUser`] if the user database does not have the ID.
#[cfg(unix)]
pub(crate) fn user_by_id(uid: u32) -> Result<InvokingUser, UnknownUser> {
    use nix::unistd::{Uid, User};
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten().ok_or(UnknownUser(uid))?;
    Ok(InvokingUser { uid, gid: user.gid.as_raw(), name: user.name, home: user.dir })
}
