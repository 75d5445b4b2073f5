//! What names the program: config files of Docker and podman, and other names of the program itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::CommandError;
use super::refusals::Refusals;
use super::target_config::TargetConfig;
use crate::cli::command::{Regions, Uninstall, UninstallScope};
use crate::docker::config::{
    ConfigDocument, FileChange, HelperEntries, NotEditable, docker_config_path, podman_auth_paths,
    podman_auth_paths_of_root, read_config,
};
use crate::helper_name::HelperName;
use crate::sudo::invoking_user::ActAsError;
use crate::sudo::root_child::RootChild;
use crate::sudo::users_config::UsersConfig;
use crate::system::environment::Environment;
use crate::system::files::{self, UpdateError};

/// Whose config a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The one that the command is about.
    Edited,
    /// The invoking user's.
    Users,
    /// Root's, where root is not the invoking user.
    Roots,
}

/// A file that may name credential helpers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConfigFile {
    pub(super) path: PathBuf,
    pub(super) whose: Whose,
    /// Docker's `config.json`, and not an `auth.json` of podman's.
    pub(super) is_dockers: bool,
}

impl ConfigFile {
    /// Reads the file; a missing one is empty. Of root's files a user sees this program's entries
    /// only, and so does root of the user's.
    fn read(
        &self,
        environment: &Environment,
        of_user: &mut Vec<UsersConfig>,
        is_of_other_user: bool,
    ) -> Result<ConfigDocument, UpdateError<NotEditable>> {
        match (self.whose, RootChild::of(environment)) {
            (Whose::Roots, Some(child)) => child.entries_in(&self.path),
            (Whose::Users, _) if is_of_other_user => {
                // Root opens none of the user's files: a link there could lead anywhere.
                let found = of_user.iter().position(|config| config.path == self.path);
                let found = found.map(|at| of_user.swap_remove(at));
                found.map_or_else(|| Ok(ConfigDocument::default()), UsersConfig::into_entries)
            }
            _ => read_config(&self.path),
        }
    }

    /// Changes the file, and returns whether that made a difference.
    pub(super) fn undo(
        &self,
        target: &TargetConfig<'_>,
        entries: &HelperEntries,
    ) -> Result<bool, UpdateError<NotEditable>> {
        match (self.whose, RootChild::of(target.environment())) {
            (Whose::Roots, Some(child)) => child.undo_entries(&self.path, entries),
            _ => target.change(&self.path, |document| entries.without(document)),
        }
    }

    /// Checks whether the file may be changed; that of root is root's child's to find out.
    pub(super) fn may_be_changed(
        &self,
        environment: &Environment,
    ) -> Result<(), UpdateError<NotEditable>> {
        match (self.whose, RootChild::of(environment)) {
            (Whose::Roots, Some(_)) => Ok(()),
            _ => files::may_update(&self.path),
        }
    }
}

/// A config before and after the change.
pub(super) struct Config {
    pub(super) file: ConfigFile,
    pub(super) before: ConfigDocument,
    pub(super) after: ConfigDocument,
}

impl Config {
    pub(super) fn is_changed(&self) -> bool {
        self.before != self.after
    }

    pub(super) fn change(&self) -> FileChange {
        FileChange::between(&self.before, &self.after)
    }
}

/// A config that cannot be read, and the reason.
pub(super) struct Unreadable {
    pub(super) file: ConfigFile,
    pub(super) error: UpdateError<NotEditable>,
}

/// The entries that are to be undone.
pub(super) fn entries_of(uninstall: &Uninstall) -> HelperEntries {
    match &uninstall.scope {
        UninstallScope::Everything => HelperEntries::new(None, None),
        UninstallScope::Helper(regions) => {
            let hosts = if matches!(regions, Regions::All(_)) { None } else { regions.hosts() };
            HelperEntries::new(Some(uninstall.target.helper()), hosts)
        }
    }
}

/// Reads every config that may name a helper of this program: those that can be read, with what is to
/// be undone in them, and the others.
///
/// # Errors
/// The config that the command is about cannot be read.
pub(super) fn read_configs(
    refusals: &mut Refusals,
    entries: &HelperEntries,
    target: &TargetConfig<'_>,
) -> Result<(Vec<Config>, Vec<Unreadable>), CommandError> {
    let environment = target.environment();
    // For root's config, the process is root's. The user's files are then read as that user.
    let invoking = environment.invoking_user().map_err(ActAsError::from)?;
    let of_user = invoking.as_ref().map(|user| UsersConfig::all_of(user, environment));
    let mut of_user = of_user.transpose()?.unwrap_or_default();
    let is_of_other_user = !of_user.is_empty();
    let (mut configs, mut unreadable) = (Vec::new(), Vec::new());
    for file in config_files(target, &of_user) {
        let is_edited = file.whose == Whose::Edited;
        let before = match file.read(environment, &mut of_user, is_of_other_user) {
            Err(error) if !is_edited => {
                unreadable.push(Unreadable { file, error });
                continue;
            }
            read => refusals.check(read)?,
        };
        let Some(before) = before else { continue };
        // Root changes nothing of the user's.
        let is_users = file.whose == Whose::Users && is_of_other_user;
        let is_changed = is_edited || (entries.is_of_all_helpers() && !is_users);
        let after = if is_changed { entries.without(&before) } else { before.clone() };
        configs.push(Config { file, before, after });
    }
    Ok((configs, unreadable))
}

/// The config files of the invoking user and of root that may name helpers, the one that the command
/// is about first. A file that is reached in two ways is there once.
fn config_files(target: &TargetConfig<'_>, of_user: &[UsersConfig]) -> Vec<ConfigFile> {
    let environment = target.environment();
    let dockers = |path, whose| ConfigFile { path, whose, is_dockers: true };
    let podmans = |path, whose| ConfigFile { path, whose, is_dockers: false };
    let mut files = vec![dockers(target.docker_config.clone(), Whose::Edited)];
    files.extend(of_user.iter().map(|config| ConfigFile {
        path: config.path.clone(),
        whose: Whose::Users,
        is_dockers: config.is_dockers,
    }));
    if of_user.is_empty() {
        files.extend(docker_config_path(environment, None).map(|path| dockers(path, Whose::Users)));
        let paths = podman_auth_paths(environment).into_iter();
        files.extend(paths.map(|path| podmans(path, Whose::Users)));
    }
    if let Some(home) = environment.root_home() {
        files.push(dockers(home.join(".docker/config.json"), Whose::Roots));
        // A test's environment is not that of this machine.
        if environment.uid().is_some() {
            let paths = podman_auth_paths_of_root(&home).into_iter();
            files.extend(paths.map(|path| podmans(path, Whose::Roots)));
        }
    }
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut seen = Vec::new();
    files.retain(|file| {
        let path = real(&file.path);
        let is_new = !seen.contains(&path);
        seen.push(path);
        is_new
    });
    files
}

/// The helpers of this program that a config names, and for what.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct NamedHelpers {
    /// The hosts that each helper is named for in `credHelpers`.
    pub(super) hosts: BTreeMap<HelperName, Vec<String>>,
    /// The one that is named in `credsStore`.
    pub(super) store: Option<HelperName>,
}

/// The helpers of this program that a config names.
pub(super) fn helpers_in(config: &ConfigDocument) -> NamedHelpers {
    let mut named = NamedHelpers::default();
    for (host, helper) in config.cred_helpers() {
        if let Some(helper) = helper.scw_helper() {
            named.hosts.entry(helper.clone()).or_default().push(host);
        }
    }
    named.store = config.creds_store().and_then(|store| store.scw_helper().cloned());
    named
}
