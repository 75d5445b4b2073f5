//! What `doctor` was asked for.

use super::{KubeletPaths, OutputFormat};
use crate::registry::ImageName;
use crate::registry::token_exchange::Purpose;
use crate::registry_host::RegistryHost;

/// `doctor`.
#[derive(Debug)]
pub(crate) struct Doctor {
    pub(crate) scope: DoctorScope,
    pub(crate) output: OutputFormat,
}

/// What `doctor` checks.
#[derive(Debug)]
pub(crate) enum DoctorScope {
    /// Pulls from registries.
    Registries {
        /// The chosen registries; `None` means all.
        chosen: Option<Vec<RegistryHost>>,
        connection: Connection,
    },
    /// One image, and what to do with it.
    Image { image: ImageName, purpose: Purpose },
}

/// Whether `doctor` asks the registries themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connection {
    /// It does.
    Online,
    /// It does not: `--offline`.
    Offline,
}

impl DoctorScope {
    /// Returns the registries that the command line names, if it names any.
    pub(crate) fn chosen_hosts(&self) -> Option<Vec<RegistryHost>> {
        match self {
            Self::Registries { chosen, .. } => chosen.clone(),
            Self::Image { image, .. } => Some(vec![image.host().clone()]),
        }
    }

    /// Returns the image, if it is about one.
    pub(crate) fn image(&self) -> Option<&ImageName> {
        match self {
            Self::Registries { .. } => None,
            Self::Image { image, .. } => Some(image),
        }
    }

    /// Returns whether no registry may be connected to.
    pub(crate) fn is_offline(&self) -> bool {
        matches!(self, Self::Registries { connection: Connection::Offline, .. })
    }
}

/// `doctor --kubelet`.
#[derive(Debug)]
pub(crate) struct KubeletDoctor {
    pub(crate) paths: KubeletPaths,
    pub(crate) output: OutputFormat,
}
