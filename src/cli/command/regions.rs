//! The regions and registries that a command is about.

use crate::registry_host::RegistryHost;

/// The regions that a command is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Regions {
    /// The command's default: `--region` was not given.
    #[default]
    Default,
    /// Every region with a registry, and other regions that were named with `all`.
    All(Vec<String>),
    /// These regions, each once.
    Named(Vec<String>),
}

impl Regions {
    /// Returns the regions that `--region` names; `None` if it was not given.
    pub(crate) fn named(&self) -> Option<&[String]> {
        match self {
            Self::Default => None,
            Self::All(regions) | Self::Named(regions) => Some(regions),
        }
    }

    /// Returns the registries of the regions that `--region` names; `None` if it was not given.
    pub(crate) fn hosts(&self) -> Option<Vec<RegistryHost>> {
        let hosts = |region: &String| RegistryHost::of_region(region);
        self.named().map(|regions| regions.iter().flat_map(hosts).collect())
    }
}

/// The registries that a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Registries {
    /// Those of the default region: of `SCW_DEFAULT_REGION`, or the profile's.
    OfDefaultRegion,
    /// These, each once.
    Named(Vec<RegistryHost>),
}

impl From<Regions> for Registries {
    fn from(regions: Regions) -> Self {
        regions.hosts().map_or(Self::OfDefaultRegion, Self::Named)
    }
}
