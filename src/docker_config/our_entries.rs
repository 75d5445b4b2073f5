//! The entries of this program in Docker's config, and undoing them.

use serde::{Deserialize, Serialize};

use super::document::ConfigDocument;
use crate::credential_helper::is_ours;
use crate::registry_host::RegistryHost;

/// Which of this program's entries are meant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OurEntries {
    /// The helper; `None` for all of this program's.
    helper: Option<String>,
    /// The registries; `None` for all.
    hosts: Option<Vec<String>>,
}

impl OurEntries {
    /// The entries for `helper` (all of this program's if `None`) and `hosts` (all if `None`).
    pub fn new(helper: Option<String>, hosts: Option<Vec<RegistryHost>>) -> Self {
        let names = |hosts: Vec<RegistryHost>| hosts.iter().map(ToString::to_string).collect();
        Self { helper, hosts: hosts.map(names) }
    }

    /// Returns whether the entries of all of this program's helpers are meant.
    pub fn is_of_all_helpers(&self) -> bool {
        self.helper.is_none()
    }

    /// Returns whether the entries of this registry are meant.
    pub fn has_host(&self, host: &RegistryHost) -> bool {
        self.hosts.as_ref().is_none_or(|hosts| hosts.contains(&host.to_string()))
    }

    /// Returns the config without these entries.
    pub fn without(&self, config: &ConfigDocument) -> ConfigDocument {
        config.without_entries(&|host, helper| {
            let is_meant =
                self.helper.as_deref().map_or_else(|| is_ours(helper), |it| it == helper);
            let has_host = || RegistryHost::from_host(host).is_some_and(|it| self.has_host(&it));
            is_meant && (self.hosts.is_none() || has_host())
        })
    }
}

impl ConfigDocument {
    /// Returns a document with this program's entries and nothing else: what another user may see of
    /// somebody's config.
    #[must_use]
    pub fn only_ours(&self) -> Self {
        let mut entries = self.cred_helpers();
        entries.retain(|(_, helper)| is_ours(helper));
        let store = self.creds_store().filter(|store| is_ours(store));
        Self::default().with_helpers(&entries, store.as_deref())
    }
}
