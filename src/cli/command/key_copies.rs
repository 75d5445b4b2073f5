//! What `docker-config` and `kubernetes-secret` were asked for.

use clap::ValueEnum;

use super::{ProfileChoice, Registries};

/// Which key is copied, and for which registries.
#[derive(Debug)]
pub(crate) struct KeyCopy {
    pub(crate) registries: Registries,
    /// The profile that has the key and the default region.
    pub(crate) profile: ProfileChoice,
    pub(crate) key: CopiedKey,
}

/// Where the key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CopiedKey {
    /// From the sources: the profile's key, or the one that `get` answers.
    LookedUp,
    /// From standard input.
    FromStdin,
}

/// `docker-config`.
#[derive(Debug)]
pub(crate) struct DockerConfig {
    pub(crate) copy: KeyCopy,
    pub(crate) format: DockerConfigFormat,
}

/// How `docker-config` prints the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum DockerConfigFormat {
    /// The file's text.
    #[default]
    Json,
    /// The file's text in base64, on one line.
    Base64,
}

/// `kubernetes-secret`.
#[derive(Debug)]
pub(crate) struct KubernetesSecret {
    /// The Secret's name, by Kubernetes' rules.
    pub(crate) name: String,
    /// The Secret's namespace; `None` means kubectl's.
    pub(crate) namespace: Option<String>,
    pub(crate) copy: KeyCopy,
    pub(crate) format: ManifestFormat,
}

/// How `kubernetes-secret` prints the Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ManifestFormat {
    /// YAML.
    #[default]
    Yaml,
    /// JSON.
    Json,
}
