//! The programs that pull images: Docker, and those that share its config.

use clap::ValueEnum;

/// One of the programs that log in to registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ContainerClient {
    /// Docker's command line.
    #[default]
    Docker,
    /// Podman.
    Podman,
    /// containerd's nerdctl.
    Nerdctl,
    /// Buildah.
    Buildah,
    /// Skopeo.
    Skopeo,
}

impl ContainerClient {
    /// All of them, the commonest first.
    pub const ALL: [Self; 5] =
        [Self::Docker, Self::Podman, Self::Nerdctl, Self::Buildah, Self::Skopeo];

    /// The program's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Nerdctl => "nerdctl",
            Self::Buildah => "buildah",
            Self::Skopeo => "skopeo",
        }
    }

    /// It has its own files for logins (`auth.json`) and reads them before Docker's config; given a
    /// key, it writes the key into one of them in plain text, whatever helper Docker's config names
    /// (containers/image, `pkg/docker/config`).
    pub fn has_auth_files(self) -> bool {
        matches!(self, Self::Podman | Self::Buildah | Self::Skopeo)
    }
}
