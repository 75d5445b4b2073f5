//! The `auths` section: plaintext credentials, and empty entries for registries whose credentials
//! are in a store. Podman uses them before the helper of a later file.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use zeroize::Zeroizing;

use super::document::{AUTHS, CRED_HELPERS, CREDS_STORE, ConfigDocument, member, same_name};
use super::json_text::{Member, Object};
use crate::registry_host::{RegistryHost, ServerUrl};
use crate::secret_key::SecretKey;

/// Plaintext credentials for a Scaleway registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaintextLogin {
    /// The key in `auths`, unchanged.
    pub server: String,
    /// The registry.
    pub host: RegistryHost,
    /// The secret key, if the entry contains one.
    pub key: Option<SecretKey>,
}

impl PlaintextLogin {
    /// Returns whether Docker uses this entry: it is the host, with or without a scheme and a path
    /// (`ConvertToHostname` of docker/cli).
    pub fn is_used_by_docker(&self) -> bool {
        let rest = self.server.split_once("://").map_or(self.server.as_str(), |(_, rest)| rest);
        rest.split('/').next() == Some(self.host.to_string().as_str())
    }

    /// Returns whether the entry is for the whole registry, not just for a namespace.
    pub fn is_for_whole_registry(&self) -> bool {
        let rest = self.server.to_ascii_lowercase();
        let rest = rest.strip_prefix("https://").unwrap_or(&rest);
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        // Old versions of Docker appended `v1` or `v2` to the host.
        matches!(path.trim_end_matches('/'), "" | "v1" | "v2")
    }
}

impl ConfigDocument {
    /// The plaintext credentials for Scaleway's registries.
    pub fn plaintext_logins(&self) -> Vec<PlaintextLogin> {
        let found = self.auths().map(|auths| logins_in(&auths)).unwrap_or_default();
        found.into_iter().map(|(_, login)| login).collect()
    }

    fn auths(&self) -> Option<Object<'_>> {
        let root = self.root()?;
        root.object_of(member(&root, AUTHS)?)
    }

    /// The Scaleway registries with an entry in `auths`, even an empty one.
    pub fn hosts_in_auths(&self) -> Vec<RegistryHost> {
        let entries = self.auths().map(|auths| auths.members).unwrap_or_default();
        entries.iter().filter_map(|entry| Some(ServerUrl::parse(&entry.key)?.host)).collect()
    }

    /// Removes those of these credentials that are unchanged.
    #[must_use]
    pub fn without_logins(&self, logins: &[PlaintextLogin]) -> Self {
        let Some(auths) = self.auths().filter(|_| !logins.is_empty()) else { return self.clone() };
        let mut by_server: HashMap<&str, Vec<&PlaintextLogin>> = HashMap::new();
        for login in logins {
            by_server.entry(&login.server).or_default().push(login);
        }
        let is_one = |login: &PlaintextLogin| {
            by_server.get(login.server.as_str()).is_some_and(|those| those.contains(&login))
        };
        let found = logins_in(&auths).into_iter().filter(|(_, login)| is_one(login));
        let places: HashSet<usize> = found.map(|(place, _)| place).collect();
        if places.is_empty() {
            return self.clone();
        }
        Self::of(auths.without_members(|entry| places.contains(&entry.key_span.start)))
    }

    /// The text for printing. Replaces all values except the ones this program edits by `...`,
    /// because they may contain secrets (`auths`, `HttpHeaders`, `proxies`, plugins).
    pub fn redacted(&self) -> String {
        let whole = self.content().unwrap_or_default();
        let Some(root) = self.root() else { return whole.to_owned() };
        let (mut text, mut shown_to) = (String::new(), 0);
        for member in &root.members {
            let is_editable =
                [CRED_HELPERS, CREDS_STORE].iter().any(|name| same_name(&member.key, name));
            let value = whole.get(member.value_span.clone()).unwrap_or_default();
            let is_plain = matches!(value, "{}" | "[]" | "null" | "true" | "false" | "\"\"");
            if !is_editable && !is_plain {
                let before = shown_to..member.value_span.start;
                text.push_str(whole.get(before).unwrap_or_default());
                text.push_str("...");
                shown_to = member.value_span.end;
            }
        }
        text.push_str(whole.get(shown_to..).unwrap_or_default());
        text
    }
}

/// The plaintext credentials in `auths`, each with its position.
fn logins_in(auths: &Object<'_>) -> Vec<(usize, PlaintextLogin)> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for entry in &auths.members {
        *times.entry(&entry.key).or_default() += 1;
    }
    let login = |entry: &Member| {
        let host = ServerUrl::parse(&entry.key)?.host;
        let login = auths.object_of(entry)?;
        let text = |name| {
            let found = login.members_where(|key| same_name(key, name));
            let text = login.string_of(found.last()?)?;
            (!text.is_empty()).then(|| Zeroizing::new(text))
        };
        let (auth, password) = (text("auth"), text("password"));
        let tokens = ["identitytoken", "registrytoken"].map(text);
        let has_token = tokens.iter().any(Option::is_some);
        let holds_secret = auth.is_some() || password.is_some() || has_token;
        let passwords = [auth.and_then(|auth| password_of(&auth)), password];
        let mut passwords = passwords.into_iter().flatten();
        let first = passwords.next();
        // An entry with a second secret, or one of two for the same server, cannot be replaced by
        // one key.
        let is_one_key = !has_token
            && passwords.all(|other| Some(&other) == first.as_ref())
            && times.get(entry.key.as_str()) == Some(&1);
        let key = first.filter(|_| is_one_key).and_then(|key| SecretKey::parse(&key).ok());
        let login = PlaintextLogin { server: entry.key.clone(), host, key };
        holds_secret.then_some((entry.key_span.start, login))
    };
    auths.members.iter().filter_map(login).collect()
}

/// Decodes the password from the base64 of `user:password`.
fn password_of(auth: &str) -> Option<Zeroizing<String>> {
    let decoded = base64::engine::general_purpose::STANDARD.decode(auth.trim()).ok();
    let decoded = Zeroizing::new(decoded?);
    let text = str::from_utf8(&decoded).ok()?.trim_end_matches('\0');
    Some(Zeroizing::new(text.split_once(':')?.1.to_owned()))
}
