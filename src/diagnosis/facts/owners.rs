//! Files and directories of the user that belong to another user, usually to root after a `sudo`.

use std::path::{Path, PathBuf};

use crate::docker::config::docker_config_path;
use crate::scaleway::config::ScalewayConfig;
use crate::system::environment::Environment;
use crate::system::files::{self, Access};

/// A path below the home directory that belongs to another user, so that the user lacks a right to
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignPath {
    pub(crate) path: PathBuf,
    /// The other user's name.
    pub(crate) owner: String,
    pub(crate) is_directory: bool,
    pub(crate) access: Access,
}

/// Such paths, and the user who should own them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Owners {
    pub(crate) user: String,
    pub(crate) foreign: Vec<ForeignPath>,
}

impl Owners {
    /// Inspects the files and directories that pulls and `install` need.
    pub(crate) fn gather(environment: &Environment) -> Self {
        Self::of(environment, needed(environment))
    }

    /// Inspects the paths that lead to `path`, which is Docker's config, and it.
    pub(crate) fn on_the_way_to(path: &Path, environment: &Environment) -> Self {
        Self::of(environment, path.parent().into_iter().chain([path]).map(Path::to_owned))
    }

    fn of(environment: &Environment, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let (Some(user), Some(home)) = (environment.uid(), environment.home()) else {
            return Self::default();
        };
        // Root may do everything.
        if user == 0 {
            return Self::default();
        }
        let paths = paths.into_iter().filter(|path| path.starts_with(&home));
        let foreign = paths.filter_map(|path| foreign(&path, user)).collect();
        // chown takes a number as well as a name.
        let user = files::user_name(user).unwrap_or_else(|| user.to_string());
        Self { user, foreign }
    }

    /// Returns whether a path that leads to `path` belongs to another user and cannot be read.
    pub(crate) fn hide(&self, path: &Path) -> bool {
        let hides = |it: &ForeignPath| it.is_unreadable() && path.starts_with(&it.path);
        self.foreign.iter().any(hides)
    }
}

impl ForeignPath {
    /// Returns whether the user cannot read it, or what is in it.
    pub(crate) fn is_unreadable(&self) -> bool {
        !self.access.read || (self.is_directory && !self.access.enter)
    }
}

fn needed(environment: &Environment) -> Vec<PathBuf> {
    let files = [docker_config_path(environment, None), ScalewayConfig::path_to_write(environment)];
    let mut paths = Vec::new();
    for file in files.into_iter().flatten() {
        paths.extend(file.parent().map(Path::to_owned));
        paths.push(file);
    }
    if let Some(directory) = environment.state_dir() {
        let names = files::names_in(&directory);
        let files: Vec<_> = names.iter().map(|name| directory.join(name)).collect();
        paths.push(directory);
        paths.extend(files);
    }
    paths
}

fn foreign(path: &Path, user: u32) -> Option<ForeignPath> {
    let access = Access::of(path, user)?;
    let owner = access.owner.filter(|owner| *owner != user)?;
    let is_directory = path.is_dir();
    let is_enough = access.read && access.write && (access.enter || !is_directory);
    (!is_enough).then(|| ForeignPath {
        path: path.to_owned(),
        owner: files::user_name(owner).unwrap_or_else(|| format!("user number {owner}")),
        is_directory,
        access,
    })
}
