//! What is left after `uninstall`, and the commands that undo that, too.

use std::path::{Path, PathBuf};

use super::plan::Plan;
use crate::cli::command::{InstallTarget, Regions, UninstallScope};
use crate::commands::CommandError;
use crate::commands::advice::Commands;
use crate::commands::needs::{Need, Needs};
use crate::commands::references::{Config, Whose};
use crate::explain::on_one_line;
use crate::helper_name::{ConfiguredHelper, HelperName};
use crate::printable::printable_path;
use crate::system::files;
use crate::system::program_file::{self, Found};

impl Plan<'_> {
    /// What is left, and how to undo that, too.
    pub(super) fn left(&self) -> Vec<String> {
        let removed: Vec<_> = self.to_remove.iter().map(|program| program.path.clone()).collect();
        let program = &self.program;
        let mut left = Vec::new();
        if matches!(program.found, Found::Foreign | Found::ScwScript) {
            left.push(format!("{} is not this program", printable_path(&program.path)));
        }
        left.extend(self.other_copy(&removed));
        left.extend(self.unreadable_copy());
        let target = &self.wanted.target;
        let commands = Commands::new(self.environment, target, self.files.own(), removed.clone());
        left.extend(self.still_needed(&self.needs(&commands), !removed.is_empty()));
        left.extend(self.without_helper());
        left
    }

    /// What still needs the programs, and how to undo that.
    fn still_needed(&self, needs: &Needs<'_>, is_removed: bool) -> Vec<String> {
        let program = &self.program;
        let is_everything = self.wanted.scope == UninstallScope::Everything;
        let others = self.to_keep.iter().filter(|_| is_everything);
        let mut needed = Vec::new();
        for program in [program].into_iter().chain(others).filter(|it| it.is_this_program()) {
            needed.extend(needs.of(program, &self.to_keep));
        }
        let is_needed = !needed.is_empty();
        for config in self.configs.iter().filter(|config| config.file.whose == Whose::Edited) {
            needed.extend(needs.in_config(config).into_iter().map(|(_, need)| need));
        }
        let mut left: Vec<String> = Vec::new();
        for need in &needed {
            let words = need.in_words();
            if !left.contains(&words) {
                left.push(words);
            }
        }
        if is_needed && self.wanted.scope == UninstallScope::Helper(Regions::Default) {
            left.push(format!("`{}` undoes all of it", needs.undo_all()));
        }
        if needed.is_empty() {
            left.extend(self.needless_plain(needs));
        }
        let home = self.target.environment().home();
        let is_at_home = home.is_some_and(|home| program.path.starts_with(home));
        if is_removed && !is_at_home {
            left.extend(needs.known_to_root().as_ref().map(Need::in_words));
        }
        left
    }

    /// The plain program next to one that is bound to a profile, if no config names it any more.
    fn needless_plain(&self, needs: &Needs<'_>) -> Option<String> {
        let is_bound = !self.program.helper.is_plain();
        let plain = self.to_keep.iter().find(|it| it.helper.is_plain() && it.is_this_program());
        let plain = plain.filter(|plain| is_bound && self.is_removable(plain))?;
        let (path, command) = (printable_path(&plain.path), needs.undo(None));
        Some(format!("{path} is still there, and nothing needs it: `{command}` removes it"))
    }

    /// The program in another directory on PATH, which this `uninstall` does not remove.
    fn other_copy(&self, removed: &[PathBuf]) -> Option<String> {
        let program = &self.program.path;
        let name = program.file_name()?;
        // The same file may be found by several ways.
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let is_other = |path: &PathBuf| {
            matches!(self.files.inspect(path), Ok(Found::Same | Found::OtherVersion))
                && real(path) != real(program)
                && !removed.contains(path)
        };
        let dirs = self.target.environment().program_dirs();
        let found = dirs.iter().map(|directory| directory.join(name)).find(is_other)?;
        let shown = printable_path(&found);
        if program_file::has_manual(&found) {
            return Some(format!("{shown} is still there: remove the package that it came with"));
        }
        let path = found.parent().map(Path::to_owned);
        let target = InstallTarget { path, ..self.wanted.target.clone() };
        let commands = Commands::new(self.environment, &target, self.files.own(), removed.to_vec());
        let needs_root = files::may_write(found.parent()?).is_err();
        let command = commands.command(&["uninstall"], target.profile.as_deref(), needs_root);
        Some(format!("{shown} is still there: `{command}` removes it"))
    }

    /// A file with the program's name in another directory on PATH that cannot be read.
    fn unreadable_copy(&self) -> Option<String> {
        let name = self.program.path.file_name()?;
        let dirs = self.target.environment().program_dirs();
        let paths = dirs.iter().map(|directory| directory.join(name));
        // Docker does not find a file in a directory that cannot be searched either.
        let mut others = paths
            .filter(|path| *path != self.program.path && path.symlink_metadata().is_ok())
            .filter_map(|path| self.files.inspect(&path).err());
        let error = CommandError::from(others.find(|error| !error.is_absence())?);
        Some(on_one_line(&error))
    }

    /// Registries that have no helper any more, while the plain one serves others.
    fn without_helper(&self) -> Vec<String> {
        let edited = self.configs.iter().find(|config| config.file.whose == Whose::Edited);
        let Some(Config { before, after, .. }) = edited.filter(|config| config.is_changed()) else {
            return Vec::new();
        };
        let is_bound = !self.program.helper.is_plain();
        let is_plain = |(_, helper): &(String, ConfiguredHelper)| {
            helper.scw_helper().is_some_and(HelperName::is_plain)
        };
        let serves = is_bound && after.cred_helpers().iter().any(is_plain);
        let hosts = before.cred_helpers().into_iter().map(|(host, _)| host);
        let kept = after.cred_helpers();
        let lost = hosts.filter(|host| serves && !kept.iter().any(|(it, _)| it == host));
        let mut left: Vec<_> = lost
            .map(|host| format!("{host} has no helper now: install registers it again"))
            .collect();
        if after.cred_helpers().is_empty()
            && let Some(store) = after.creds_store()
        {
            left.push(format!(
                "credsStore {store} stays, as logins to other registries may be in it"
            ));
        }
        left
    }
}
