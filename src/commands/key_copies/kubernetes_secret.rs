//! `kubernetes-secret`: a Secret with the key in it, on standard output.

use zeroize::Zeroizing;

use super::print;
use crate::cli::command::{KubernetesSecret, ManifestFormat};
use crate::commands::CommandError;
use crate::docker::config::{base64_of, config_with_keys};
use crate::exit::Exit;
use crate::system::environment::Environment;
use crate::terminal::Console;

const TYPE: &str = "kubernetes.io/dockerconfigjson";

/// The label by which a user finds what this program made.
const MANAGED_BY: &str = env!("CARGO_PKG_NAME");

/// Prints a Secret with the keys of the chosen registries.
///
/// # Errors
/// Returns [`CommandError`] if a registry has no key, or a source of keys is broken.
pub(in crate::commands) fn kubernetes_secret(
    secret: &KubernetesSecret,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    print(&secret.copy, environment, console, |logins| {
        let config = base64_of(&config_with_keys(logins));
        let (before, after) = match secret.format {
            ManifestFormat::Yaml => around_data_in_yaml(secret),
            ManifestFormat::Json => around_data_in_json(secret),
        };
        // Large enough that it never grows: growing would leave a copy of the key in memory.
        let size = before.len() + config.len() + after.len() + 1;
        let mut text = Zeroizing::new(Vec::with_capacity(size));
        text.extend_from_slice(before.as_bytes());
        text.extend_from_slice(&config);
        text.extend_from_slice(after.as_bytes());
        text
    })
}

/// The text before and after the data. Names are in quotes: `1.5` and `null` are names in Kubernetes,
/// but no texts in YAML. No name has a character that has to be escaped.
fn around_data_in_yaml(secret: &KubernetesSecret) -> (String, &'static str) {
    let name = &secret.name;
    let namespace = secret.namespace.as_ref().map(|name| format!("  namespace: \"{name}\"\n"));
    let namespace = namespace.unwrap_or_default();
    let before = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"{name}\"\n{namespace}  labels:\n    \
         app.kubernetes.io/managed-by: {MANAGED_BY}\ntype: {TYPE}\ndata:\n  .dockerconfigjson: "
    );
    (before, "")
}

fn around_data_in_json(secret: &KubernetesSecret) -> (String, &'static str) {
    let name = &secret.name;
    let namespace =
        secret.namespace.as_ref().map(|name| format!("    \"namespace\": \"{name}\",\n"));
    let namespace = namespace.unwrap_or_default();
    let before = format!(
        "{{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Secret\",\n  \"metadata\": {{\n    \
         \"name\": \"{name}\",\n{namespace}    \"labels\": {{\n      \
         \"app.kubernetes.io/managed-by\": \"{MANAGED_BY}\"\n    }}\n  }},\n  \
         \"type\": \"{TYPE}\",\n  \"data\": {{\n    \".dockerconfigjson\": \""
    );
    (before, "\"\n  }\n}")
}
