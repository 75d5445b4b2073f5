//! What `install` and `uninstall` were asked for.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Mode, OutputFormat, Regions};
use crate::helper_name::HelperName;

/// `install`.
#[derive(Debug)]
pub(crate) struct Install {
    pub(crate) target: InstallTarget,
    /// By default, every region.
    pub(crate) regions: Regions,
    pub(crate) options: ChangeOptions,
}

/// `uninstall`.
#[derive(Debug)]
pub(crate) struct Uninstall {
    pub(crate) target: InstallTarget,
    pub(crate) scope: UninstallScope,
    /// Also forget the keys that logins stored.
    pub(crate) purge: bool,
    pub(crate) options: ChangeOptions,
}

/// What `uninstall` undoes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UninstallScope {
    /// Every helper of this program: `--all`.
    Everything,
    /// The helper of the target. By default, in every region.
    Helper(Regions),
}

/// The helper that is installed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstallTarget {
    /// The profile that the helper is bound to: of `--profile`, or of the program's name.
    pub(crate) profile: Option<String>,
    /// The program's directory; `None` means where PATH finds it, or the usual one.
    pub(crate) path: Option<PathBuf>,
    /// The directory of Docker's config; `None` means the user's usual one.
    pub(crate) docker_config: Option<PathBuf>,
}

impl InstallTarget {
    /// The helper's name in Docker's config: `scw`, or `scw-prod` for a profile.
    pub(crate) fn helper(&self) -> HelperName {
        HelperName::of_profile(self.profile.as_deref())
    }
}

/// How a change is made and reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChangeOptions {
    pub(crate) mode: Mode,
    /// Replace other entries and programs, and write files in place.
    pub(crate) force: bool,
    /// Every question is answered with yes.
    pub(crate) yes: bool,
    pub(crate) output: OutputFormat,
}

/// `install --kubelet`.
#[derive(Debug)]
pub(crate) struct KubeletInstall {
    pub(crate) paths: KubeletPaths,
    /// The profile that the kubelet's entry names.
    pub(crate) profile: Option<String>,
    pub(crate) options: ChangeOptions,
}

/// `uninstall --kubelet`.
#[derive(Debug)]
pub(crate) struct KubeletUninstall {
    pub(crate) paths: KubeletPaths,
    pub(crate) options: ChangeOptions,
}

/// The kubelet's paths, as far as they were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KubeletPaths {
    /// The directory of credential providers.
    pub(crate) bin_dir: Option<PathBuf>,
    /// The credential provider config.
    pub(crate) config: Option<PathBuf>,
    /// The distribution that has the paths that are not named.
    pub(crate) preset: Option<Preset>,
}

/// A distribution of Kubernetes whose default paths are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Preset {
    /// k3s.
    K3s,
    /// RKE2.
    Rke2,
}

impl Preset {
    /// The value of `--preset`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::K3s => "k3s",
            Self::Rke2 => "rke2",
        }
    }
}
