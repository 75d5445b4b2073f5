//! `kubernetes-secret`: a Secret with the key in it, on standard output.

use serde::Serialize;
use zeroize::Zeroizing;

use super::print;
use crate::cli::kubernetes::{KubernetesSecretOptions, ManifestFormat};
use crate::commands::CommandError;
use crate::docker::config::{base64_of, config_with_keys};
use crate::exit::Exit;
use crate::system::environment::Environment;
use crate::terminal::Console;

/// Everything of a Secret but its data takes less than this many bytes.
const FRAME_SIZE: usize = 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Secret<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'a>,
    r#type: &'static str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    labels: Labels,
}

#[derive(Serialize)]
struct Labels {
    #[serde(rename = "app.kubernetes.io/managed-by")]
    managed_by: &'static str,
}

#[derive(Serialize)]
struct Data<'a> {
    /// A `config.json` in base64.
    #[serde(rename = ".dockerconfigjson")]
    config: &'a str,
}

/// Prints a Secret with the keys of the chosen registries.
///
/// # Errors
/// Returns [`CommandError`] if a registry has no key, or a source of keys is broken.
pub(in crate::commands) fn kubernetes_secret(
    options: &KubernetesSecretOptions,
    environment: &Environment,
    bound_profile: Option<&str>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    print(&options.copy, environment, bound_profile, console, |logins| {
        let config = base64_of(&config_with_keys(logins));
        // Base64 is ASCII.
        let secret = secret(options, str::from_utf8(&config).unwrap_or_default());
        match options.output {
            ManifestFormat::Yaml => as_yaml(&secret),
            ManifestFormat::Json => as_json(&secret),
        }
    })
}

fn secret<'a>(options: &'a KubernetesSecretOptions, config: &'a str) -> Secret<'a> {
    Secret {
        api_version: "v1",
        kind: "Secret",
        metadata: Metadata {
            name: &options.name,
            namespace: options.namespace.as_deref(),
            labels: Labels { managed_by: env!("CARGO_PKG_NAME") },
        },
        r#type: "kubernetes.io/dockerconfigjson",
        data: Data { config },
    }
}

/// Names are in quotes: `1.5` and `null` are names in Kubernetes, but no texts in YAML.
fn as_yaml(secret: &Secret<'_>) -> Zeroizing<Vec<u8>> {
    let Secret { metadata, data, .. } = secret;
    let namespace = metadata.namespace.map(|name| format!("  namespace: \"{name}\"\n"));
    let frame = format!(
        "apiVersion: {}\nkind: {}\nmetadata:\n  name: \"{}\"\n{}  labels:\n    \
         app.kubernetes.io/managed-by: {}\ntype: {}\ndata:\n  .dockerconfigjson: ",
        secret.api_version,
        secret.kind,
        metadata.name,
        namespace.unwrap_or_default(),
        metadata.labels.managed_by,
        secret.r#type,
    );
    let mut text = Zeroizing::new(Vec::with_capacity(FRAME_SIZE + data.config.len()));
    text.extend_from_slice(frame.as_bytes());
    text.extend_from_slice(data.config.as_bytes());
    text
}

fn as_json(secret: &Secret<'_>) -> Zeroizing<Vec<u8>> {
    // Large enough, so that it never grows and leaves a copy of the key behind.
    let mut text = Zeroizing::new(Vec::with_capacity(FRAME_SIZE + secret.data.config.len()));
    // Writing texts to memory cannot fail.
    let _ = serde_json::to_writer_pretty(&mut *text, secret);
    text
}
