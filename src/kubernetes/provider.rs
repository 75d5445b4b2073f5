//! Asking the program as the kubelet does.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::program_name::HELPER;
use crate::protocol::kubelet::API_VERSION;
use crate::protocol::wire::USERNAME;
use crate::system::process::{self, AskError, AskingTime};

/// The kubelet waits a minute. A program that takes longer than this slows every pod.
const DEADLINE: Duration = Duration::from_secs(10);

/// Why a provider has no answer. The texts follow the program's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProviderFault {
    #[error(transparent)]
    Asking(#[from] AskError),
    /// The line that it prints for callers.
    #[error("{0}")]
    Broken(String),
    #[error("fails without a reason")]
    Fails,
    #[error("answers with something else than a CredentialProviderResponse")]
    NotAResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    api_version: String,
    kind: String,
    #[serde(default)]
    auth: BTreeMap<String, Login>,
}

/// What is read of a login: the password is not copied.
#[derive(Deserialize)]
struct Login {
    username: String,
}

/// Asks for the credentials of an image, with these variables and no others, as a system service
/// has few. Returns whether there are any for its registry.
///
/// # Errors
/// Returns [`ProviderFault`] if the kubelet would get no answer.
pub(crate) fn has_login(
    program: &Path,
    env: &[(String, String)],
    host: &str,
    time: &AskingTime,
) -> Result<bool, ProviderFault> {
    let command = |word: Option<&str>| {
        let mut command = Command::new(program);
        command.args(word).env_clear().envs(env.iter().map(|(name, value)| (name, value)));
        command
    };
    let image = format!("{host}/my-ns/my-app");
    let request = serde_json::json!({
        "apiVersion": API_VERSION,
        "kind": "CredentialProviderRequest",
        "image": image,
    });
    let request = request.to_string();
    let answer = process::answer_of(command(None), request.as_bytes(), DEADLINE, time)?;
    if !answer.success {
        // The reason is on standard error for the kubelet, and on standard output for Docker.
        let answer = process::answer_of(command(Some("get")), host.as_bytes(), DEADLINE, time)?;
        let words = String::from_utf8_lossy(&answer.stdout);
        let reason = words.trim().strip_prefix(&format!("{HELPER}: "));
        return Err(reason.map_or(ProviderFault::Fails, |line| ProviderFault::Broken(line.into())));
    }
    match serde_json::from_slice::<Response>(&answer.stdout) {
        Ok(response)
            if response.api_version == API_VERSION
                && response.kind == "CredentialProviderResponse" =>
        {
            Ok(response.auth.get(host).is_some_and(|login| login.username == USERNAME))
        }
        _ => Err(ProviderFault::NotAResponse),
    }
}
