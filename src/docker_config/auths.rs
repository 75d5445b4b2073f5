//! `auths`: logins in plain text, which Docker and podman use before they ask a helper.

use std::ops::Range;

use base64::Engine as _;
use zeroize::Zeroizing;

use super::document::{AUTHS, ConfigDocument, member, same_name};
use super::json_text::{Member, Object, replaced};
use crate::registry_host::{RegistryHost, ServerUrl};
use crate::secret_key::SecretKey;

/// A login in plain text to one of our registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainTextLogin {
    /// The key under `auths`, as it stands there.
    pub server: String,
    /// The registry that it is for.
    pub host: RegistryHost,
    /// Its secret key, if what stands there is one.
    pub key: Option<SecretKey>,
}

impl ConfigDocument {
    /// The logins to our registries that stand there in plain text.
    pub fn plain_text_logins(&self) -> Vec<PlainTextLogin> {
        let Some(root) = self.root() else { return Vec::new() };
        let Some(auths) = member(&root, AUTHS).and_then(|member| root.object_of(member)) else {
            return Vec::new();
        };
        let login = |entry: &Member| {
            let host = ServerUrl::parse(&entry.key)?.host;
            let login = auths.object_of(entry)?;
            let text = |name| {
                let found = login.members_where(|key| same_name(key, name));
                let text = login.string_of(found.last()?)?;
                (!text.is_empty()).then(|| Zeroizing::new(text))
            };
            let (auth, password) = (text("auth"), text("password"));
            let holds_secret = [&auth, &password].iter().any(|text| text.is_some())
                || ["identitytoken", "registrytoken"].iter().any(|name| text(name).is_some());
            let key = match (auth, password) {
                (Some(auth), _) => password_of(&auth),
                (None, password) => password,
            };
            let key = key.and_then(|key| SecretKey::parse(&key).ok());
            holds_secret.then(|| PlainTextLogin { server: entry.key.clone(), host, key })
        };
        auths.members.iter().filter_map(login).collect()
    }

    /// The document without these entries of `auths`.
    #[must_use]
    pub fn without_logins(&self, servers: &[String]) -> Self {
        let mut document = self.clone();
        for server in servers {
            let Some(root) = document.root() else { break };
            let Some(auths) = member(&root, AUTHS).and_then(|member| root.object_of(member)) else {
                break;
            };
            if let Some(at) = auths.members.iter().position(|entry| entry.key == *server) {
                document = Self::of(auths.without(at));
            }
        }
        document
    }

    /// The text with every value blanked out that may be a secret, for people to look at.
    pub fn redacted(&self) -> String {
        let mut text = self.content().unwrap_or_default().to_owned();
        for key in [AUTHS, "HttpHeaders"] {
            let spans: Vec<_> = {
                let Some(root) = Object::at(&text, 0) else { break };
                let found = root.members_where(|name| same_name(name, key));
                found.iter().map(|member| member.value_span.clone()).collect()
            };
            for span in spans.into_iter().rev() {
                text = redact_values(&text, span, 2);
            }
        }
        text
    }
}

/// The password in the base64 of `user:password`.
fn password_of(auth: &str) -> Option<Zeroizing<String>> {
    let decoded = base64::engine::general_purpose::STANDARD.decode(auth.trim()).ok();
    let decoded = Zeroizing::new(decoded?);
    let text = str::from_utf8(&decoded).ok()?.trim_end_matches('\0');
    Some(Zeroizing::new(text.split_once(':')?.1.to_owned()))
}

/// Blanks out the values of the object at `span`, and of the objects that are its values.
fn redact_values(text: &str, span: Range<usize>, levels: usize) -> String {
    let Some(object) = Object::at(text, span.start).filter(|_| levels > 0) else {
        return replaced(text, span, "\"...\"");
    };
    let mut text = text.to_owned();
    for member in object.members.iter().rev() {
        text = redact_values(&text, member.value_span.clone(), levels - 1);
    }
    text
}
