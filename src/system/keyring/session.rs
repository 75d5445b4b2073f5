//! Whether this session can have a keyring.

use std::ffi::OsStr;
use std::path::Path;

/// Returns whether there is a keyring to connect to: always on macOS and Windows, elsewhere if there
/// is a session bus. `address` is `DBUS_SESSION_BUS_ADDRESS`, `runtime_dir` is `XDG_RUNTIME_DIR`.
///
/// The client would start a bus if neither names one.
pub(crate) fn has_session(address: Option<&OsStr>, runtime_dir: Option<&Path>) -> bool {
    if cfg!(any(target_os = "macos", windows)) {
        return true;
    }
    match address {
        Some(address) => !starts_a_program(address),
        None => runtime_dir.is_some_and(|dir| is_socket_of_user(&dir.join("bus"))),
    }
}

/// Returns whether one of the addresses in the list tells the client to start a program: a bus
/// (`autolaunch:`), or any other (`unixexec:`; both in the D-Bus specification).
fn starts_a_program(addresses: &OsStr) -> bool {
    let starts_one = |it: &[u8]| it.starts_with(b"autolaunch") || it.starts_with(b"unixexec");
    addresses.as_encoded_bytes().split(|byte| *byte == b';').any(starts_one)
}

/// Returns whether `path` is a socket that belongs to the user and no symlink. The client ignores
/// any other file.
#[cfg(unix)]
fn is_socket_of_user(path: &Path) -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    let uid = nix::unistd::getuid().as_raw();
    path.symlink_metadata().is_ok_and(|file| file.file_type().is_socket() && file.uid() == uid)
}

#[cfg(not(unix))]
fn is_socket_of_user(_: &Path) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn an_address_is_a_session_unless_it_starts_a_program() {
        let is_session = |address: &str| has_session(Some(OsStr::new(address)), None);
        assert!(is_session("unix:path=/run/user/1000/bus"));
        assert!(is_session("unix:path=/autolaunch:;tcp:host=localhost,port=1"));
        for address in [
            "autolaunch:",
            "autolaunch:scope=*user",
            "unix:path=/x;autolaunch:",
            "unixexec:path=/usr/bin/touch,argv1=/tmp/x",
            "unix:path=/x;unixexec:path=/usr/bin/touch",
        ] {
            assert!(!is_session(address), "{address}");
        }
    }

    #[test]
    fn without_an_address_the_socket_of_the_login_session_is_one() {
        let dir = tempfile::tempdir().unwrap();
        let is_session = || has_session(None, Some(dir.path()));
        let bus = dir.path().join("bus");
        assert!(!has_session(None, None));
        assert!(!is_session());
        fs::create_dir(&bus).unwrap();
        assert!(!is_session());
        fs::remove_dir(&bus).unwrap();
        let socket = dir.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        symlink(&socket, &bus).unwrap();
        assert!(!is_session());
        fs::rename(&socket, &bus).unwrap();
        assert!(is_session());
        // Only root can give the socket to another user.
        if nix::unistd::getuid().is_root() {
            std::os::unix::fs::chown(&bus, Some(1234), None).unwrap();
            assert!(!is_session());
        }
    }
}
