//! What is as it should be with the keys; `diagnosis` judges the rest.

use std::fmt::Write as _;
use std::path::Path;

use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::keys::{HostKey, Keys};
use crate::diagnosis::problems::keys::is_asked;
use crate::diagnosis::problems::{Scope, grouped, in_words};
use crate::diagnosis::{Check, Section};
use crate::keys::KeySource;
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;
use crate::system::keyring::KeyringError;

/// Where the key of each registry comes from.
pub(super) fn sources(facts: &Facts, keys: &Keys, scope: &Scope) -> Vec<Check> {
    let file = keys.config.as_ref().map(|config| config.path.as_path());
    let of_host = |key: &HostKey| -> Option<(RegistryHost, String)> {
        let is_shown = scope.has(&key.host) && is_asked(facts, key) && key.other_fault.is_none();
        let found = key.key.as_ref().ok()?.as_ref().filter(|_| is_shown)?;
        let mut words = format!("from {}", with_file(&found.source, file));
        if !key.hidden.is_empty() {
            let hidden: Vec<_> = key.hidden.iter().map(|source| with_file(source, file)).collect();
            let _ = write!(words, "; it hides {}", hidden.join(" and "));
        }
        Some((key.host.clone(), words))
    };
    let found = grouped(keys.hosts.iter().filter_map(of_host));
    let check =
        |(hosts, words): (Vec<_>, String)| Check::ok(Section::Key, "key", in_words(&hosts), words);
    found.into_iter().map(check).collect()
}

/// Scaleway's config.yaml, and the keyring.
pub(super) fn places(facts: &Facts, keys: &Keys) -> Vec<Check> {
    let ok = |id, subject: String, found: String| Check::ok(Section::Key, id, subject, found);
    let mut checks = Vec::new();
    if let Some(config) =
        keys.config.as_ref().filter(|config| config.is_readable_by_others == Some(false))
    {
        let found = "readable by its owner only".to_owned();
        checks.push(ok("config-yaml", printable_path(&config.path), found));
    }
    let found = match &facts.keyring {
        Ok(()) => Some("it answers".to_owned()),
        Err(KeyringError::Absent(why)) if keys.stored.is_empty() => {
            Some(format!("none here ({why}); it is needed only to keep the key of a login"))
        }
        Err(_) => None,
    };
    checks.extend(found.map(|found| ok("keyring", "keyring".to_owned(), found)));
    checks
}

/// A source, and the file that it is in.
fn with_file(source: &KeySource, file: Option<&Path>) -> String {
    match (source.profile(), file) {
        (Some(_), Some(file)) => format!("the {source} in {}", printable_path(file)),
        _ => format!("the {source}"),
    }
}
