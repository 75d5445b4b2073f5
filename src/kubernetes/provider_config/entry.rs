//! The entry that `install --kubelet` writes.

use crate::program_name::CREDENTIAL_PROVIDER;
use crate::protocol::kubelet::{API_VERSION, CACHE_DURATION};
use crate::registry_host::RegistryHost;

/// Patterns for regions that Scaleway opens later. `*` is one label, so none matches another host.
const PATTERNS: [&str; 2] = ["rg.*.scw.cloud", "rg.*.scw.eu"];

/// The first lines of a new file.
pub(super) const HEAD: [&str; 3] =
    ["apiVersion: kubelet.config.k8s.io/v1", "kind: CredentialProviderConfig", "providers:"];

/// The entry of this program in a `CredentialProviderConfig`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Variables that the kubelet sets.
    pub(crate) env: Vec<(&'static str, String)>,
}

impl Entry {
    /// The lines of the entry, indented as the others of its list.
    pub(crate) fn lines(&self, indentation: &str) -> Vec<String> {
        let mut lines = vec![
            format!("- name: {CREDENTIAL_PROVIDER}"),
            format!("  apiVersion: {API_VERSION}"),
            "  matchImages:".to_owned(),
        ];
        let known: Vec<_> = RegistryHost::known().map(|host| host.to_string()).collect();
        let images = known.iter().map(String::as_str).chain(PATTERNS);
        lines.extend(images.map(|image| format!("    - {image}")));
        lines.push(format!("  defaultCacheDuration: {CACHE_DURATION}"));
        if !self.env.is_empty() {
            lines.push("  env:".to_owned());
        }
        for (name, value) in &self.env {
            lines.push(format!("    - name: {name}"));
            // JSON's quotes are YAML's.
            lines.push(format!("      value: {}", serde_json::Value::from(value.as_str())));
        }
        lines.into_iter().map(|line| format!("{indentation}{line}")).collect()
    }
}
