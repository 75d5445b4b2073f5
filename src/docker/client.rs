//! The container clients that pull images: Docker, and others that share its config.

use clap::ValueEnum;

/// A container client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ContainerClient {
    /// Docker.
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
    /// All clients, the most common first.
    pub const ALL: [Self; 5] =
        [Self::Docker, Self::Podman, Self::Nerdctl, Self::Buildah, Self::Skopeo];

    /// The name of the client's program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Nerdctl => "nerdctl",
            Self::Buildah => "buildah",
            Self::Skopeo => "skopeo",
        }
    }

    /// Returns whether the client has its own credential files (`auth.json`) and reads them before
    /// Docker's config. `login` of such a client writes the key to one of them in plaintext, even
    /// if Docker's config names a helper (containers/image, `pkg/docker/config`).
    pub fn has_auth_files(self) -> bool {
        matches!(self, Self::Podman | Self::Buildah | Self::Skopeo)
    }
}
