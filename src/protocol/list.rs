//! `list`: the hosts that `get` has a key for.

use std::collections::{BTreeMap, BTreeSet};

use super::{ActionError, Done};
use crate::keys::{KeyError, KeyLookup};
use crate::protocol::wire;
use crate::registry_host::RegistryHost;

/// Checks today's registries and those with a stored key. If a source is broken, lists the hosts
/// that still work, and fails if there are none. Always fails if a file cannot be read, because the
/// list could be incomplete.
pub(super) fn list(lookup: &KeyLookup<'_>) -> Result<Done, ActionError> {
    let mut broken = None;
    let mut hosts: BTreeSet<_> = RegistryHost::known().collect();
    match lookup.stored().hosts().map_err(KeyError::from) {
        Ok(stored) => hosts.extend(stored),
        Err(error) if error.is_unreadable_file() => return Err(error.into()),
        Err(error) => broken = Some(error),
    }
    let mut answered = BTreeMap::new();
    for host in hosts {
        match lookup.key_for(&host) {
            Ok(Some(_)) => {
                answered.insert(host.to_string(), wire::USERNAME);
            }
            Ok(None) => {}
            Err(error) if error.is_unreadable_file() => return Err(error.into()),
            Err(error) => broken = broken.or(Some(error)),
        }
    }
    match broken {
        Some(error) if answered.is_empty() => Err(error.into()),
        _ => Ok(Done { answer: wire::list_answer(&answered), note: None }),
    }
}
