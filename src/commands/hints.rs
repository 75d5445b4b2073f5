//! What to do about errors of lower layers that name no option: these are the options of `install`
//! and `uninstall`, the commands that change the program and Docker's config.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::docker::config::NotEditable;
use crate::explain::Explain as _;
use crate::printable::printable_path;
use crate::shell::Shell;
use crate::sudo::invoking_user::ActAsError;
use crate::system::files::{self, UpdateError};
use crate::system::program_file::ProgramError;

/// What to do where the program's file cannot be read, put in its place or removed.
pub(super) fn for_program(error: &ProgramError) -> Option<String> {
    let other_directory = "name another directory with --path";
    Some(match error {
        ProgramError::NoDirectory(directory) => {
            let sudo = if can_be_made(directory) { "" } else { "sudo " };
            let word = Shell::NATIVE.word(&printable_path(directory));
            format!("create it with `{sudo}mkdir -p {word}`, or {other_directory}")
        }
        ProgramError::NotADirectory(_) | ProgramError::NotRoots(_) => other_directory.to_owned(),
        ProgramError::NoPermission(_) if cfg!(windows) => {
            "name a directory of your own with --path".to_owned()
        }
        ProgramError::NoPermission(_) => "use sudo, or name a directory of your own with --path, \
             such as ~/.local/bin"
            .to_owned(),
        ProgramError::NotReadable(_) if cfg!(windows) => other_directory.to_owned(),
        ProgramError::NotReadable(_) => format!("use sudo, or {other_directory}"),
        ProgramError::Directory(_) => format!("remove it, or {other_directory}"),
        ProgramError::Foreign(_) => {
            "check what it is, then remove it or replace it with --force".to_owned()
        }
        ProgramError::Io { error, .. } if error.kind() == ErrorKind::ReadOnlyFilesystem => {
            other_directory.to_owned()
        }
        ProgramError::Io { error, .. } => return for_full_disk(error),
        _ => return error.hint(),
    })
}

/// What to do where Docker's config, or another such file, cannot be read or changed.
pub(super) fn for_config(error: &UpdateError<NotEditable>) -> Option<String> {
    match error {
        UpdateError::OnlyInPlace { .. } => Some(
            "write over it with --force; a crash meanwhile would leave half of the file".to_owned(),
        ),
        UpdateError::Io { error, .. } if error.kind() == ErrorKind::ReadOnlyFilesystem => {
            Some("name another directory with --docker-config".to_owned())
        }
        _ => error.hint(),
    }
}

/// What to do where the command cannot act as the user who ran `sudo`.
pub(super) fn for_acting_as_user(error: &ActAsError) -> Option<String> {
    match error {
        ActAsError::UnknownUser(_) => {
            Some("add --docker-config /root/.docker to install for root".to_owned())
        }
        ActAsError::Unsupported => Some(
            "run the command without sudo and with --path, or add --docker-config to install for \
             root"
                .to_owned(),
        ),
        _ => error.hint(),
    }
}

/// Returns whether the user may make the directory, and those above it that are missing.
fn can_be_made(directory: &Path) -> bool {
    let existing = directory.ancestors().find(|above| above.exists());
    cfg!(windows) || existing.is_some_and(|above| files::may_write(above).is_ok())
}

fn for_full_disk(error: &io::Error) -> Option<String> {
    let hint = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some disk space, then try again",
        ErrorKind::FileTooLarge => "raise the limit on the size of files (`ulimit -f`)",
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::PathBuf;

    use super::{for_acting_as_user, for_config, for_program};
    use crate::docker::config::{ConfigDocument, NotEditable};
    use crate::sudo::invoking_user::ActAsError;
    use crate::system::files::UpdateError;
    use crate::system::program_file::ProgramError;
    use crate::system::users::UnknownUser;

    fn broken() -> NotEditable {
        ConfigDocument::parse(Some(b"{")).unwrap_err()
    }

    #[cfg(unix)]
    #[test]
    fn each_kind_of_trouble_with_the_program_has_its_hint() {
        let home = tempfile::tempdir().unwrap();
        let path = || home.path().join("a b/bin");
        let io = |kind: ErrorKind| ProgramError::Io {
            what: "write".into(),
            path: path(),
            error: kind.into(),
        };
        let make = format!(
            "create it with `mkdir -p '{}'`, or name another directory with --path",
            path().display()
        );
        for (error, hint) in [
            (ProgramError::NoDirectory(path()), Some(make.as_str())),
            (ProgramError::NotADirectory(path()), Some("name another directory with --path")),
            (
                ProgramError::NoPermission(path()),
                Some("use sudo, or name a directory of your own with --path, such as ~/.local/bin"),
            ),
            (ProgramError::NotRoots(path()), Some("name another directory with --path")),
            (
                ProgramError::NotReadable(path()),
                Some("use sudo, or name another directory with --path"),
            ),
            (
                ProgramError::Directory(path()),
                Some("remove it, or name another directory with --path"),
            ),
            (
                ProgramError::Foreign(path()),
                Some("check what it is, then remove it or replace it with --force"),
            ),
            (io(ErrorKind::ReadOnlyFilesystem), Some("name another directory with --path")),
            (io(ErrorKind::StorageFull), Some("free some disk space, then try again")),
            (
                io(ErrorKind::FileTooLarge),
                Some("raise the limit on the size of files (`ulimit -f`)"),
            ),
            // The system's words are no hint.
            (io(ErrorKind::IsADirectory), None),
            (ProgramError::Own(ErrorKind::NotFound.into()), None),
        ] {
            assert_eq!(for_program(&error).as_deref(), hint, "{error}");
        }
    }

    #[test]
    fn each_kind_of_trouble_with_a_config_has_its_hint() {
        let path = || PathBuf::from("config.json");
        let io = |kind: ErrorKind| UpdateError::Io {
            what: "write".into(),
            path: path(),
            error: kind.into(),
        };
        for (error, hint) in [
            (
                UpdateError::Refused { path: path(), error: broken() },
                Some("fix that place in the file, then try again"),
            ),
            (io(ErrorKind::PermissionDenied), Some("check who owns it and its directory")),
            (
                io(ErrorKind::ReadOnlyFilesystem),
                Some("name another directory with --docker-config"),
            ),
            (io(ErrorKind::QuotaExceeded), Some("free some disk space, then try again")),
            (io(ErrorKind::TimedOut), Some("wait until the other run ends, then try again")),
            (io(ErrorKind::IsADirectory), None),
            (
                UpdateError::OnlyInPlace { path: path(), error: ErrorKind::ResourceBusy.into() },
                Some("write over it with --force; a crash meanwhile would leave half of the file"),
            ),
            (UpdateError::KeepsChanging { path: path() }, Some("try again later")),
        ] {
            assert_eq!(for_config(&error).as_deref(), hint, "{error}");
        }
    }

    #[test]
    fn a_user_who_is_not_known_can_install_for_root() {
        assert_eq!(
            for_acting_as_user(&ActAsError::UnknownUser(UnknownUser::NotInDatabase(7))).as_deref(),
            Some("add --docker-config /root/.docker to install for root")
        );
        assert_eq!(
            for_acting_as_user(&ActAsError::Unsupported).as_deref(),
            Some(
                "run the command without sudo and with --path, or add --docker-config to install \
                 for root"
            )
        );
    }
}
