//! `list`: every known host that `get` would answer.

use std::collections::{BTreeMap, BTreeSet};

use super::{ActionError, Done};
use crate::keys::{KeyError, KeyLookup};
use crate::protocol::wire;
use crate::registry_host::RegistryHost;

/// The known hosts are today's registries and those that were logged in to. Where something is
/// broken, the hosts that work nonetheless are listed; if there are none, it is the answer. A file
/// that cannot be read is always the answer: a list made without it may lack hosts.
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
