//! What names the program: config files of Docker and podman, and other names of the program itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::CommandError;
use super::config_file::{Person, change_config_of_root, read_config, read_config_of_root};
use super::refusals::Refusals;
use crate::cli::{RegionChoice, UninstallOptions, named_regions};
use crate::credential_helper::is_ours;
use crate::docker_config::{
    ConfigDocument, NotEditable, docker_config_path, podman_auth_paths, podman_auth_paths_of_root,
};
use crate::environment::Environment;
use crate::files::UpdateError;
use crate::registry_host::RegistryHost;

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
    /// Reads the file; a missing one is empty.
    pub(super) fn read(&self) -> Result<ConfigDocument, UpdateError<NotEditable>> {
        match self.whose {
            Whose::Roots => read_config_of_root(&self.path),
            Whose::Edited | Whose::Users => read_config(&self.path),
        }
    }

    /// Changes the file, and returns whether that made a difference.
    pub(super) fn change(
        &self,
        person: &Person<'_>,
        edit: impl Fn(&ConfigDocument) -> ConfigDocument,
    ) -> Result<bool, UpdateError<NotEditable>> {
        match self.whose {
            Whose::Roots => change_config_of_root(&self.path, edit),
            Whose::Edited | Whose::Users => person.change(&self.path, edit),
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
}

/// A config that cannot be read, and the reason.
pub(super) struct Unreadable {
    pub(super) file: ConfigFile,
    pub(super) error: UpdateError<NotEditable>,
}

/// Which entries of configs are to be undone.
pub(super) struct Scope {
    /// The helper; `None` for all of this program's.
    helper: Option<String>,
    /// The registries; `None` for all.
    hosts: Option<Vec<RegistryHost>>,
}

impl Scope {
    pub(super) fn of(options: &UninstallOptions) -> Self {
        let is_everywhere = options.region.contains(&RegionChoice::All);
        let regions = named_regions(&options.region).filter(|_| !is_everywhere);
        let hosts = regions.map(|regions| {
            regions.iter().flat_map(|region| RegistryHost::of_region(region)).collect()
        });
        Self { helper: (!options.all).then(|| options.place.helper()), hosts }
    }

    /// Everything of this program's is to be undone, in every config.
    fn is_all(&self) -> bool {
        self.helper.is_none()
    }

    pub(super) fn has_host(&self, host: &RegistryHost) -> bool {
        self.hosts.as_ref().is_none_or(|hosts| hosts.contains(host))
    }

    /// The config without the entries that are to be undone.
    pub(super) fn without(&self, config: &ConfigDocument) -> ConfigDocument {
        config.without_entries(&|host, helper| {
            let is_meant = match &self.helper {
                Some(name) => name == helper,
                None => is_ours(helper),
            };
            let has_host = || RegistryHost::from_host(host).is_some_and(|it| self.has_host(&it));
            is_meant && (self.hosts.is_none() || has_host())
        })
    }
}

/// Reads every config that may name a helper of this program: those that can be read, with what is to
/// be undone in them, and the others.
///
/// # Errors
/// The config that the command is about cannot be read.
pub(super) fn read_configs(
    refusals: &mut Refusals,
    scope: &Scope,
    person: &Person<'_>,
    process: &Environment,
) -> Result<(Vec<Config>, Vec<Unreadable>), CommandError> {
    let (mut configs, mut unreadable) = (Vec::new(), Vec::new());
    for file in config_files(person, process) {
        let is_edited = file.whose == Whose::Edited;
        let before = match file.read() {
            Err(error) if !is_edited => {
                unreadable.push(Unreadable { file, error });
                continue;
            }
            read => refusals.check(read)?,
        };
        let Some(before) = before else { continue };
        let is_changed = is_edited || scope.is_all();
        let after = if is_changed { scope.without(&before) } else { before.clone() };
        configs.push(Config { file, before, after });
    }
    Ok((configs, unreadable))
}

/// The config files of the invoking user and of root that may name helpers, the one that the command
/// is about first. A file that is reached in two ways is there once.
fn config_files(person: &Person<'_>, process: &Environment) -> Vec<ConfigFile> {
    let dockers = |path, whose| ConfigFile { path, whose, is_dockers: true };
    let podmans = |path, whose| ConfigFile { path, whose, is_dockers: false };
    let mut files = vec![dockers(person.docker_config.clone(), Whose::Edited)];
    let mut add_users = |environment: &Environment| {
        files.extend(docker_config_path(environment, None).map(|path| dockers(path, Whose::Users)));
        let paths = podman_auth_paths(environment).into_iter();
        files.extend(paths.map(|path| podmans(path, Whose::Users)));
    };
    // With --docker-config the command is about root's environment, also under sudo.
    match process.invoker() {
        Ok(Some(invoker)) => add_users(&process.of_invoker(&invoker)),
        _ => add_users(person.environment()),
    }
    if let Some(home) = process.root_home() {
        files.push(dockers(home.join(".docker/config.json"), Whose::Roots));
        // A test's environment is not that of this machine.
        if process.user_number().is_some() {
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
    pub(super) hosts: BTreeMap<String, Vec<String>>,
    /// The one that is named in `credsStore`.
    pub(super) store: Option<String>,
}

/// The helpers of this program that a config names.
pub(super) fn helpers_in(config: &ConfigDocument) -> NamedHelpers {
    let mut named = NamedHelpers::default();
    for (host, helper) in config.cred_helpers().into_iter().filter(|(_, helper)| is_ours(helper)) {
        named.hosts.entry(helper).or_default().push(host);
    }
    named.store = config.creds_store().filter(|store| is_ours(store));
    named
}
