//! The command line of what hands the key to clusters and CI.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{RegionChoice, profile_name, region_or_all};
use crate::key_text::keys_in;

/// The longest name of an object in Kubernetes, in bytes.
const NAME_LIMIT: usize = 253;

/// The longest name of a namespace in Kubernetes, in bytes.
const LABEL_LIMIT: usize = 63;

pub(super) const DOCKER_CONFIG_EXAMPLES: &str = "\
Examples:
  docker-credential-scw docker-config
  docker-credential-scw docker-config --region nl-ams,pl-waw --profile prod
  docker-credential-scw docker-config -o base64
  pass show scaleway | docker-credential-scw docker-config --secret-key-stdin

For kaniko, GitLab's DOCKER_AUTH_CONFIG, Tekton, Nomad and others that use no
credential helper. If the helper can be installed, use install instead.
The output has a copy of the key in base64. Create it again after a rotation.
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

/// Which kubelet `install`, `uninstall` and `doctor` are about.
#[derive(Debug, Clone, Default, Args)]
pub struct KubeletOptions {
    /// Act on the kubelet instead of Docker
    #[arg(long)]
    pub kubelet: bool,
    /// Directory of the kubelet's credential providers
    #[arg(long, value_name = "DIR", requires = "kubelet")]
    pub bin_dir: Option<PathBuf>,
    /// The kubelet's credential provider config
    #[arg(long, value_name = "FILE", requires = "kubelet")]
    pub config: Option<PathBuf>,
    /// Use the default paths of k3s or rke2
    #[arg(
        long,
        value_enum,
        value_name = "NAME",
        requires = "kubelet",
        hide_possible_values = true
    )]
    pub preset: Option<Preset>,
}

/// A distribution of Kubernetes whose default paths are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// k3s.
    K3s,
    /// RKE2.
    Rke2,
}

/// Which key is copied, and for which registries.
#[derive(Debug, Clone, Args)]
pub struct KeyCopy {
    /// Regions, or all
    #[arg(long, value_name = "REGION", value_parser = region_or_all, value_delimiter = ',')]
    pub region: Vec<RegionChoice>,
    /// Profile of config.yaml that has the key
    #[arg(long, value_name = "NAME", value_parser = profile_name)]
    pub profile: Option<String>,
    /// Read the key from standard input
    #[arg(long)]
    pub secret_key_stdin: bool,
}

/// The arguments of `docker-config`.
#[derive(Debug, Clone, Args)]
pub struct DockerConfigOptions {
    #[command(flatten)]
    /// The key.
    pub copy: KeyCopy,
    /// Output format: json or base64
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub output: DockerConfigFormat,
}

/// How `docker-config` prints the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum DockerConfigFormat {
    /// The file's text.
    #[default]
    Json,
    /// The file's text in base64, on one line.
    Base64,
}

/// The arguments of `kubernetes-secret`.
#[derive(Debug, Clone, Args)]
pub struct KubernetesSecretOptions {
    /// Name of the Secret
    #[arg(
        value_name = "NAME",
        default_value = "scaleway-registry",
        value_parser = object_name
    )]
    pub name: String,
    /// Namespace of the Secret [default: kubectl's]
    #[arg(long, value_name = "NAMESPACE", value_parser = namespace)]
    pub namespace: Option<String>,
    #[command(flatten)]
    /// The key.
    pub copy: KeyCopy,
    /// Output format: yaml or json
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub output: ManifestFormat,
}

/// How `kubernetes-secret` prints the Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ManifestFormat {
    /// YAML.
    #[default]
    Yaml,
    /// JSON.
    Json,
}

/// Reads the name of an object by Kubernetes' rule (a DNS-1123 subdomain).
fn object_name(text: &str) -> Result<String, String> {
    let is_name = text.len() <= NAME_LIMIT && text.split('.').all(is_label);
    checked(text, is_name, "lower-case letters, digits, - and ., up to 253 characters")
}

/// Reads the name of a namespace by Kubernetes' rule (a DNS-1123 label).
fn namespace(text: &str) -> Result<String, String> {
    let is_name = text.len() <= LABEL_LIMIT && is_label(text);
    checked(text, is_name, "lower-case letters, digits and -, up to 63 characters")
}

fn checked(text: &str, is_name: bool, form: &str) -> Result<String, String> {
    if !is_name {
        return Err(format!("a name has {form}, and begins and ends with a letter or a digit"));
    }
    // The answer is not filtered, so a key in a wrong place would be shown.
    if !keys_in(text.as_bytes()).is_empty() {
        return Err("this looks like a secret key, which is never an argument".to_owned());
    }
    Ok(text.to_owned())
}

fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-') && text.bytes().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::{namespace, object_name};

    #[test]
    fn names_follow_the_rules_of_kubernetes() {
        let long = "z".repeat(253);
        for name in ["a", "scaleway-registry", "1.5", "a.b-c.d", "a--b", &long] {
            assert_eq!(object_name(name).as_deref(), Ok(name));
        }
        let too_long = "z".repeat(254);
        for name in ["", "A", "-a", "a-", "a.", ".a", "a..b", "a_b", "a b", "é", "a/b", &too_long]
        {
            assert!(object_name(name).is_err(), "{name}");
        }
        let longest = "z".repeat(63);
        for name in ["a", "kube-system", "7", &longest] {
            assert_eq!(namespace(name).as_deref(), Ok(name));
        }
        let too_long = "z".repeat(64);
        for name in ["", "a.b", "-a", "a-", "A", &too_long] {
            assert!(namespace(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_key_is_not_a_name() {
        let refused = Err("this looks like a secret key, which is never an argument".to_owned());
        let key = "11111111-2222-3333-4444-555555555555";
        assert_eq!(object_name(key), refused);
        assert_eq!(object_name(&format!("my-{key}")), refused);
        assert_eq!(namespace(&key.replace('-', "")), refused);
    }
}
