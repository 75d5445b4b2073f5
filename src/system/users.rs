//! Users: who typed `sudo`, and what the user database says about them.

use std::path::PathBuf;

/// A user for whom a command acts that was started by root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokingUser {
    /// The user's number.
    pub uid: u32,
    /// The number of the user's primary group.
    pub gid: u32,
    /// The login name.
    pub name: String,
    /// The home directory.
    pub home: PathBuf,
}

/// The user database does not have this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("user number {0} is not in the user database, so their home directory is unknown")]
pub struct UnknownUser(pub u32);

/// Returns the user with the number in `SUDO_UID` if this process runs as root.
///
/// # Errors
/// Returns [`UnknownUser`] if the user database does not have the number.
#[cfg(unix)]
pub(super) fn invoking_user(number: Option<u32>) -> Result<Option<InvokingUser>, UnknownUser> {
    if !nix::unistd::Uid::effective().is_root() {
        return Ok(None);
    }
    number.filter(|uid| *uid != 0).map(user_with_number).transpose()
}

/// Other systems have no `sudo` of this kind.
#[cfg(not(unix))]
pub(super) fn invoking_user(_: Option<u32>) -> Result<Option<InvokingUser>, UnknownUser> {
    Ok(None)
}

/// Looks a user up in the user database.
///
/// # Errors
/// Returns [`UnknownUser`] if the user database does not have the number.
#[cfg(unix)]
pub(crate) fn user_with_number(uid: u32) -> Result<InvokingUser, UnknownUser> {
    use nix::unistd::{Uid, User};
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten().ok_or(UnknownUser(uid))?;
    Ok(InvokingUser { uid, gid: user.gid.as_raw(), name: user.name, home: user.dir })
}
