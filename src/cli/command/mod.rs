//! What a command line asks for, as plain values: validated, converted once, and without clap.
//!
//! Combinations that the command line does not allow cannot be expressed here.

mod doctor;
mod install;
mod key_copies;
mod login;
mod prune;
mod regions;
mod registry;

use clap::ValueEnum;
pub(crate) use clap_complete::Shell;

pub(crate) use self::doctor::{Connection, Doctor, DoctorScope, KubeletDoctor};
pub(crate) use self::install::{
    ChangeOptions, Install, InstallTarget, KubeletInstall, KubeletPaths, KubeletUninstall, Preset,
    Uninstall, UninstallScope,
};
pub(crate) use self::key_copies::{
    CopiedKey, DockerConfig, DockerConfigFormat, KeyCopy, KubernetesSecret, ManifestFormat,
};
pub(crate) use self::login::{Login, LoginKey, LoginTarget, SaveKey};
pub(crate) use self::prune::{
    Age, ImagePrune, NamespacePrune, PruneOptions, PruneRule, TagPrune, Trigger,
};
pub(crate) use self::regions::{Regions, Registries};
pub(crate) use self::registry::{
    Account, Deletion, ImageCommand, ImageList, ImageUpdate, ItemSelection, ListQuery,
    NamespaceCommand, NamespaceCreate, NamespaceList, NamespaceOwner, NamespaceUpdate, Order,
    OrderField, Output, OwnerFilter, Retag, TagCommand, TagDeletion, TagList, Usage, Visibility,
};

/// A command with its arguments.
#[derive(Debug)]
pub(crate) enum Command {
    /// `install`.
    Install(Install),
    /// `install --kubelet`.
    KubeletInstall(KubeletInstall),
    /// `uninstall`.
    Uninstall(Uninstall),
    /// `uninstall --kubelet`.
    KubeletUninstall(KubeletUninstall),
    /// `doctor`.
    Doctor(Doctor),
    /// `doctor --kubelet`.
    KubeletDoctor(KubeletDoctor),
    /// `login`.
    Login(Login),
    /// `logout`.
    Logout(LoginTarget),
    /// `save-key`.
    SaveKey(SaveKey),
    /// `docker-config`.
    DockerConfig(DockerConfig),
    /// `kubernetes-secret`.
    KubernetesSecret(KubernetesSecret),
    /// `namespace`.
    Namespace(NamespaceCommand),
    /// `image`.
    Image(ImageCommand),
    /// `tag`.
    Tag(TagCommand),
    /// `retag`.
    Retag(Retag),
    /// `usage`.
    Usage(Usage),
    /// `completion`.
    CompletionScript(Shell),
    /// `completion --profiles`, which the scripts run.
    CompletionProfiles,
}

impl Command {
    /// The target of `install` and `uninstall`, whose files belong to the invoking user. The kubelet's
    /// files are root's.
    #[cfg(unix)]
    pub(crate) fn install_target(&self) -> Option<&InstallTarget> {
        match self {
            Self::Install(install) => Some(&install.target),
            Self::Uninstall(uninstall) => Some(&uninstall.target),
            _ => None,
        }
    }
}

/// How a command prints its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people.
    #[default]
    Human,
    /// For scripts.
    Json,
}

/// Whether a command changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It does.
    Apply,
    /// It prints what it would change: `--dry-run`.
    DryRun,
}

impl Mode {
    /// Returns the mode for `--dry-run`.
    pub(super) fn of_dry_run(is_dry_run: bool) -> Self {
        if is_dry_run { Self::DryRun } else { Self::Apply }
    }

    /// Returns whether nothing is changed.
    pub(crate) fn is_dry_run(self) -> bool {
        self == Self::DryRun
    }
}

/// The profile of `config.yaml` that a command works with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProfileChoice {
    /// The profile that `--profile` names.
    pub(crate) named: Option<String>,
    /// The profile in the name that the program was started under.
    pub(crate) bound: Option<String>,
}

impl ProfileChoice {
    /// Returns the profile to use; `None` means the usual one. `--profile` comes first.
    pub(crate) fn chosen(&self) -> Option<&str> {
        self.named.as_deref().or(self.bound.as_deref())
    }

    /// Returns the profile in the program's name.
    pub(crate) fn bound(&self) -> Option<&str> {
        self.bound.as_deref()
    }
}
