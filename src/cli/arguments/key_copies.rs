//! The command line of `docker-config` and `kubernetes-secret`.

use clap::Args;

use super::options::{KeyProfileOption, RegionsOption};
use crate::cli::command::{
    CopiedKey, DockerConfig, DockerConfigFormat, KeyCopy, KubernetesSecret, ManifestFormat,
    ProfileChoice, Regions,
};
use crate::cli::kubernetes_names::{namespace, object_name};

pub(super) const DOCKER_CONFIG_EXAMPLES: &str = "\
Examples:
  docker-credential-scw docker-config
  docker-credential-scw docker-config --region nl-ams,pl-waw --profile prod
  docker-credential-scw docker-config -o base64
  pass show scaleway | docker-credential-scw docker-config --secret-key-stdin

For kaniko, GitLab's DOCKER_AUTH_CONFIG, Tekton, Nomad and other programs that
use no credential helper. If the helper can be installed, use install instead.
The output has a copy of the key in base64. Print it again after a key rotation.
The key is looked up as for get. Without --region, the region is
SCW_DEFAULT_REGION, then the profile's, then fr-par.
";

pub(super) const KUBERNETES_SECRET_EXAMPLES: &str = "\
Examples:
  docker-credential-scw kubernetes-secret | kubectl apply -f -
  docker-credential-scw kubernetes-secret my-key --namespace web --region all
  docker-credential-scw kubernetes-secret --profile prod -o json
  docker-credential-scw kubernetes-secret --secret-key-stdin <key.txt

Prints a Secret of the type kubernetes.io/dockerconfigjson, for imagePullSecrets
of a pod or a ServiceAccount. It has a copy of the key in base64. Create it
again after a rotation.
The key is looked up as for get. Without --region, the region is
SCW_DEFAULT_REGION, then the profile's, then fr-par.
";

/// The arguments of `docker-config`.
#[derive(Debug, Args)]
pub(super) struct DockerConfigArguments {
    #[command(flatten)]
    copy: CopyArguments,
    /// Output format: json or base64
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    output: DockerConfigFormat,
}

/// The arguments of `kubernetes-secret`.
#[derive(Debug, Args)]
pub(super) struct KubernetesSecretArguments {
    /// Name of the Secret
    #[arg(
        value_name = "NAME",
        default_value = "scaleway-registry",
        value_parser = object_name
    )]
    name: String,
    /// Namespace of the Secret [default: kubectl's]
    #[arg(long, value_name = "NAMESPACE", value_parser = namespace)]
    namespace: Option<String>,
    #[command(flatten)]
    copy: CopyArguments,
    /// Output format: yaml or json
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    output: ManifestFormat,
}

/// Which key is copied, and for which registries.
#[derive(Debug, Args)]
struct CopyArguments {
    #[command(flatten)]
    regions: RegionsOption,
    #[command(flatten)]
    key: KeyProfileOption,
    /// Read the key from standard input
    #[arg(long)]
    secret_key_stdin: bool,
}

impl DockerConfigArguments {
    pub(super) fn into_docker_config(self, bound_profile: Option<&str>) -> DockerConfig {
        DockerConfig { copy: self.copy.into_copy(bound_profile), format: self.output }
    }
}

impl KubernetesSecretArguments {
    pub(super) fn into_secret(self, bound_profile: Option<&str>) -> KubernetesSecret {
        KubernetesSecret {
            name: self.name,
            namespace: self.namespace,
            copy: self.copy.into_copy(bound_profile),
            format: self.output,
        }
    }
}

impl CopyArguments {
    fn into_copy(self, bound_profile: Option<&str>) -> KeyCopy {
        KeyCopy {
            registries: Regions::from(self.regions).into(),
            profile: ProfileChoice {
                named: self.key.profile,
                bound: bound_profile.map(str::to_owned),
            },
            key: if self.secret_key_stdin { CopiedKey::FromStdin } else { CopiedKey::LookedUp },
        }
    }
}
