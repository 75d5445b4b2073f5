//! Whose files and directories are, and whose turn it is to change them.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::Duration;

use super::{create_private_dir, wait_for_lock};
use crate::environment::Owner;

/// How long a run waits for others that change files in the same directory.
pub(super) const LOCK_PATIENCE: Duration = Duration::from_secs(60);

/// Makes a directory and those above it that are missing, each for `owner` only.
pub(super) fn make_directory(directory: &Path, owner: Option<Owner>) -> io::Result<()> {
    let missing: Vec<_> = directory.ancestors().take_while(|dir| !dir.exists()).collect();
    create_private_dir(directory)?;
    missing.into_iter().try_for_each(|made| set_owner(made, owner))
}

/// The directory itself is locked, so that no lock file is left behind; `None` if it was removed
/// while we waited for up to `patience`. Where a file system knows no such lock, the look before the renaming has to do.
#[cfg(unix)]
pub(super) fn lock_directory(directory: &Path, patience: Duration) -> io::Result<Option<File>> {
    use std::os::unix::fs::MetadataExt as _;
    let file = match File::open(directory) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match wait_for_lock(&file, patience) {
        Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(error),
        _ => {}
    }
    let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
    let held = identity(file.metadata()?);
    Ok(std::fs::metadata(directory).is_ok_and(|now| identity(now) == held).then_some(file))
}

/// Windows opens no directory as a file: a lock file beside it, which is gone with its last handle.
#[cfg(windows)]
pub(super) fn lock_directory(directory: &Path, patience: Duration) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false).custom_flags(FILE_FLAG_DELETE_ON_CLOSE);
    let file = options.open(directory.join(".docker-credential-scw-lock"))?;
    wait_for_lock(&file, patience)?;
    Ok(Some(file))
}

#[cfg(unix)]
pub(super) fn keep_owner(file: &File, before: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let now = file.metadata()?;
    let (uid, gid) = (before.uid(), before.gid());
    if (now.uid(), now.gid()) == (uid, gid) { Ok(()) } else { fchown(file, Some(uid), Some(gid)) }
}

#[cfg(not(unix))]
pub(super) fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// It has the mode of the directories that are made here.
#[cfg(unix)]
pub(super) fn is_private(directory: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    directory.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o7777 == 0o700)
}

#[cfg(not(unix))]
pub(super) fn is_private(_: &Path) -> bool {
    true
}

#[cfg(unix)]
pub(super) fn set_owner(path: &Path, owner: Option<Owner>) -> io::Result<()> {
    owner.map_or(Ok(()), |owner| std::os::unix::fs::chown(path, Some(owner.uid), Some(owner.gid)))
}

#[cfg(not(unix))]
pub(super) fn set_owner(_: &Path, _: Option<Owner>) -> io::Result<()> {
    Ok(())
}

/// Who beside root and `user` may put another program in the place of one in this directory, or, if it
/// `is_above` that one, of what leads there; in words, and `None` if nobody may.
#[cfg(unix)]
pub fn who_else_may_write(directory: &Path, user: Option<u32>, is_above: bool) -> Option<String> {
    use nix::unistd::{Gid, Group, Uid, User};
    use std::os::unix::fs::MetadataExt as _;
    const STICKY: u32 = 0o1000;
    let metadata = std::fs::metadata(directory).ok()?;
    let name_of =
        |uid: u32| User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name);
    let owner = metadata.uid();
    if owner != 0 && user.is_some_and(|user| owner != user) {
        let name = name_of(owner).unwrap_or_else(|| format!("user number {owner}"));
        return Some(format!("{name}, who owns it"));
    }
    // In a sticky directory nobody replaces what is somebody else's, but new names are free, and may
    // come earlier on PATH.
    if is_above && metadata.mode() & STICKY != 0 {
        return None;
    }
    if metadata.mode() & 0o002 != 0 {
        return Some("everybody".to_owned());
    }
    if metadata.mode() & 0o020 == 0 {
        return None;
    }
    let group = Group::from_gid(Gid::from_raw(metadata.gid())).ok().flatten()?;
    let own = user.and_then(name_of);
    let is_other = |name: &&String| Some(*name) != own.as_ref() && *name != "root";
    let members: Vec<_> = group.mem.iter().filter(is_other).map(String::as_str).collect();
    (!members.is_empty()).then(|| format!("the group {} ({})", group.name, members.join(", ")))
}

/// Elsewhere the system's own rights are not looked into.
#[cfg(not(unix))]
pub fn who_else_may_write(_: &Path, _: Option<u32>, _: bool) -> Option<String> {
    None
}

/// Others than its owner may read this file.
#[cfg(unix)]
pub fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

/// Elsewhere the system's own rights are not looked into.
#[cfg(not(unix))]
pub fn is_readable_by_others(_: &Path) -> bool {
    false
}
