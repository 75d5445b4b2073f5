//! Owners and permissions of files, and locks on directories.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::Duration;

use super::{private_dir_builder, wait_for_lock};

/// How long to wait for other runs that change files in the same directory.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// Creates a directory and its missing parents, accessible only to their owner. Returns how many of
/// the innermost directories this call created. If another program creates one at the same time,
/// that one and its parents do not count.
pub(super) fn make_directory(directory: &Path) -> io::Result<usize> {
    let missing: Vec<_> = directory.ancestors().take_while(|dir| !dir.exists()).collect();
    let mut made = 0;
    for missing in missing.into_iter().rev() {
        match private_dir_builder().create(missing) {
            Ok(()) => made += 1,
            Err(error)
                if error.kind() == io::ErrorKind::AlreadyExists
                    && std::fs::metadata(missing)?.is_dir() =>
            {
                made = 0;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(made)
}

/// Locks the directory itself, so that no lock file remains. Waits for up to `timeout`. Returns
/// `None` if the directory was removed meanwhile. If the file system does not support locks, the
/// comparison before the rename has to suffice.
#[cfg(unix)]
pub(super) fn lock_directory(directory: &Path, timeout: Duration) -> io::Result<Option<File>> {
    use std::os::unix::fs::MetadataExt as _;
    let file = match File::open(directory) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match wait_for_lock(&file, timeout) {
        Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(error),
        _ => {}
    }
    let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
    let held = identity(file.metadata()?);
    Ok(std::fs::metadata(directory).is_ok_and(|now| identity(now) == held).then_some(file))
}

/// Locks a file in the directory, because Windows cannot open a directory as a file. Windows
/// deletes the lock file when its last handle is closed.
#[cfg(windows)]
pub(super) fn lock_directory(directory: &Path, timeout: Duration) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false).custom_flags(FILE_FLAG_DELETE_ON_CLOSE);
    let file = options.open(directory.join(".docker-credential-scw-lock"))?;
    wait_for_lock(&file, timeout)?;
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

/// Returns the first user other than root who owns a directory or link on the way to `path`,
/// starting at the root of the file system. Ignores missing parts of the path.
#[cfg(unix)]
pub fn non_root_owner_on_path(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let named = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = named.ancestors().find_map(|part| part.canonicalize().ok());
    let parts = |path: &Path| path.ancestors().map(Path::to_owned).collect::<Vec<_>>();
    let ways = [Some(named), real].into_iter().flatten();
    let owner =
        |part: std::path::PathBuf| part.symlink_metadata().map(|metadata| metadata.uid()).ok();
    ways.flat_map(|way| parts(&way).into_iter().rev()).filter_map(owner).find(|uid| *uid != 0)
}

/// Other systems do not run this program as another user.
#[cfg(not(unix))]
pub fn non_root_owner_on_path(_: &Path) -> Option<u32> {
    None
}

/// The owner of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileRights {
    /// The owner's user ID; `None` if it cannot be determined, or on systems without owners.
    pub owner: Option<u32>,
}

impl FileRights {
    /// Inspects the file itself, without following links.
    pub fn of(path: &Path) -> Self {
        #[cfg(unix)]
        let owner = {
            use std::os::unix::fs::MetadataExt as _;
            path.symlink_metadata().ok().map(|metadata| metadata.uid())
        };
        #[cfg(not(unix))]
        let owner = path.symlink_metadata().ok().and(None);
        Self { owner }
    }
}

/// A user's rights to a file or directory, and its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The owner's user ID; `None` on systems without owners.
    pub owner: Option<u32>,
    /// Whether the user may read it.
    pub read: bool,
    /// Whether the user may write to it.
    pub write: bool,
    /// Whether the user may execute the file or enter the directory.
    pub enter: bool,
}

impl Access {
    /// Returns the rights of `user`; `None` if the file does not exist or cannot be inspected.
    #[cfg(unix)]
    pub fn of(path: &Path, user: u32) -> Option<Self> {
        use nix::unistd::{AccessFlags, Uid, access};
        use std::os::unix::fs::MetadataExt as _;
        let metadata = std::fs::metadata(path).ok()?;
        let owner = metadata.uid();
        // Only for this process does the system consider groups and access lists.
        let has = |flag: AccessFlags, bit: u32| {
            if Uid::effective().as_raw() == user {
                return access(path, flag).is_ok();
            }
            let mode = metadata.mode();
            (if owner == user { mode >> 6 } else { mode }) & bit != 0
        };
        Some(Self {
            owner: Some(owner),
            read: has(AccessFlags::R_OK, 4),
            write: has(AccessFlags::W_OK, 2),
            enter: has(AccessFlags::X_OK, 1),
        })
    }

    /// Not implemented for other systems: their permissions work differently.
    #[cfg(not(unix))]
    pub fn of(path: &Path, _: u32) -> Option<Self> {
        path.exists().then_some(Self { owner: None, read: true, write: true, enter: true })
    }
}

/// Returns the user's login name, if the user database has it.
#[cfg(unix)]
pub fn user_name(uid: u32) -> Option<String> {
    use nix::unistd::{Uid, User};
    User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name)
}

/// Other systems have no user IDs.
#[cfg(not(unix))]
pub fn user_name(_: u32) -> Option<String> {
    None
}

/// Returns whether this process may execute the file.
pub fn may_execute(path: &Path) -> bool {
    #[cfg(unix)]
    return nix::unistd::access(path, nix::unistd::AccessFlags::X_OK).is_ok();
    #[cfg(not(unix))]
    return path.is_file();
}

/// Returns whether the file system is mounted with `noexec`: the file is executable for all users,
/// and still not for this process (access(2)).
pub fn is_on_noexec(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = path.metadata().map_or(0, |metadata| metadata.permissions().mode());
        mode & 0o111 == 0o111 && !may_execute(path)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// A user or group, other than root and the user, that may write to a file or directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherWriter {
    /// Another user, who owns the file.
    Owner(String),
    /// A group with other members.
    Group(String, Vec<String>),
    /// Every user.
    Everybody,
}

impl std::fmt::Display for OtherWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Owner(name) => write!(f, "{name}, who owns it,"),
            Self::Group(name, members) => write!(f, "the group {name} ({})", members.join(", ")),
            Self::Everybody => f.write_str("everybody"),
        }
    }
}

/// Returns who else than root and `user` may change the file at `path`, or replace files in the
/// directory at `path`. `is_above` marks a parent directory.
#[cfg(unix)]
pub fn other_writer(path: &Path, user: Option<u32>, is_above: bool) -> Option<OtherWriter> {
    use nix::unistd::{Gid, Group, Uid, User};
    use std::os::unix::fs::MetadataExt as _;
    const STICKY: u32 = 0o1000;
    let metadata = std::fs::metadata(path).ok()?;
    let name_of =
        |uid: u32| User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name);
    let owner = metadata.uid();
    if owner != 0 && user.is_some_and(|user| owner != user) {
        let name = name_of(owner).unwrap_or_else(|| format!("user ID {owner}"));
        return Some(OtherWriter::Owner(name));
    }
    // In a sticky directory users cannot replace each other's files. They can still add a new one,
    // which may come earlier on PATH.
    if is_above && metadata.mode() & STICKY != 0 {
        return None;
    }
    if metadata.mode() & 0o002 != 0 {
        return Some(OtherWriter::Everybody);
    }
    if metadata.mode() & 0o020 == 0 {
        return None;
    }
    let group = Group::from_gid(Gid::from_raw(metadata.gid())).ok().flatten()?;
    let user_name = user.and_then(name_of);
    let is_other = |name: &&String| Some(*name) != user_name.as_ref() && *name != "root";
    let members: Vec<_> = group.mem.iter().filter(is_other).cloned().collect();
    (!members.is_empty()).then(|| OtherWriter::Group(group.name.clone(), members))
}

/// Not implemented for other systems: their permissions work differently.
#[cfg(not(unix))]
pub fn other_writer(_: &Path, _: Option<u32>, _: bool) -> Option<OtherWriter> {
    None
}

/// Returns whether other users may read the file; `None` if that is unknown.
#[cfg(unix)]
pub fn is_readable_by_others(path: &Path) -> Option<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().ok().map(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

/// Not implemented for other systems: their permissions work differently.
#[cfg(not(unix))]
pub fn is_readable_by_others(_: &Path) -> Option<bool> {
    None
}
