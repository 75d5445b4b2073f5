//! Commands that messages tell people to type.

use std::path::{Path, PathBuf};

use super::program_path::absolute;
use crate::cli::Place;
use crate::helper_name::HelperName;
use crate::printable::shell_word;
use crate::program_name::HELPER;
use crate::system::environment::Environment;
use crate::system::program_file::{Found, inspect};

/// Directories in which sudo finds programs, whatever the PATH of the invoking user is.
const SUDO_DIRECTORIES: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Writes commands for the place that a run of `install` or `uninstall` is about, so that they
/// work when they are typed.
pub(super) struct Commands<'a> {
    pub(super) environment: &'a Environment,
    pub(super) place: &'a Place,
    /// The content of the program that runs.
    pub(super) own: &'a [u8],
    /// Programs that this run removes, which no command can start with.
    pub(super) removed: &'a [PathBuf],
}

impl Commands<'_> {
    /// Returns the command with these `words`, such as `uninstall --all`, for the same config.
    pub(super) fn command(&self, words: &str, profile: Option<&str>, needs_root: bool) -> String {
        let directory = self.place.docker_config.as_deref();
        self.command_for(directory, words, profile, needs_root)
    }

    /// Returns the command for the config in `directory`; `None` means the user's usual one.
    pub(super) fn command_for(
        &self,
        directory: Option<&Path>,
        words: &str,
        profile: Option<&str>,
        needs_root: bool,
    ) -> String {
        let is_under_sudo = self.environment.is_under_sudo();
        let is_root = self.environment.uid() == Some(0);
        let adds_sudo = !cfg!(windows) && (is_under_sudo || (needs_root && !is_root));
        let program = self.program(profile, adds_sudo && !is_under_sudo);
        let path_of = |path: &Path| absolute(path).to_string_lossy().into_owned();
        let options = [
            ("--profile", profile.map(str::to_owned)),
            ("--path", self.place.path.as_deref().map(path_of)),
            ("--docker-config", directory.map(path_of)),
        ];
        let mut parts = Vec::new();
        parts.extend(adds_sudo.then(|| "sudo".to_owned()));
        parts.extend([program, words.to_owned()]);
        for (name, value) in options {
            parts.extend(value.map(|value| format!("{name} {}", shell_word(&value))));
        }
        parts.join(" ")
    }

    /// The program as the first word of a command: its plain name if a shell finds it, else the name
    /// bound to `profile`, else the path of the running program. Under sudo a name is only found in
    /// the usual directories, so the path is used for others.
    fn program(&self, profile: Option<&str>, by_sudo: bool) -> String {
        let stays = |path: &PathBuf| !self.removed.contains(path);
        let bound = profile.map(|profile| HelperName::of_profile(Some(profile)).program());
        for name in [HELPER.to_owned()].into_iter().chain(bound) {
            let found = self.environment.find_program(&name).filter(stays);
            let is_ours = |path: &PathBuf| {
                matches!(inspect(path, self.own), Ok(Found::Same | Found::OtherVersion))
            };
            let Some(path) = found.filter(is_ours) else { continue };
            let is_usual = path.parent().is_some_and(|parent| {
                SUDO_DIRECTORIES.iter().any(|usual| parent == Path::new(usual))
            });
            let word =
                if by_sudo && !is_usual { path.to_string_lossy().into_owned() } else { name };
            return shell_word(&word);
        }
        let running = self.environment.program_file().filter(stays);
        running.map_or_else(|| HELPER.to_owned(), |path| shell_word(&path.to_string_lossy()))
    }
}
