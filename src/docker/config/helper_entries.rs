//! Selects this program's entries in Docker's config, and removes them.

use serde::{Deserialize, Serialize};

use super::document::ConfigDocument;
use crate::helper_name::{ConfiguredHelper, HelperName};
use crate::registry_host::RegistryHost;

/// A selection of this program's entries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HelperEntries {
    /// The helper; `None` for all of this program's helpers.
    helper: Option<HelperName>,
    /// The registries; `None` for all registries.
    hosts: Option<Vec<String>>,
}

impl HelperEntries {
    /// Selects the entries for `helper` and `hosts`; `None` means all.
    pub fn new(helper: Option<HelperName>, hosts: Option<Vec<RegistryHost>>) -> Self {
        let names = |hosts: Vec<RegistryHost>| hosts.iter().map(ToString::to_string).collect();
        Self { helper, hosts: hosts.map(names) }
    }

    /// Returns whether the entries of all of this program's helpers are selected.
    pub fn is_of_all_helpers(&self) -> bool {
        self.helper.is_none()
    }

    /// Returns whether the entries of this registry are selected.
    pub fn has_host(&self, host: &RegistryHost) -> bool {
        self.hosts.as_ref().is_none_or(|hosts| hosts.contains(&host.to_string()))
    }

    /// Returns the config without these entries.
    pub fn without(&self, config: &ConfigDocument) -> ConfigDocument {
        config.without_entries(&|host, helper| {
            let is_selected = self
                .helper
                .as_ref()
                .map_or(helper.is_scw_helper(), |it| helper.scw_helper() == Some(it));
            let has_host = || RegistryHost::from_host(host).is_some_and(|it| self.has_host(&it));
            is_selected && (self.hosts.is_none() || has_host())
        })
    }
}

impl ConfigDocument {
    /// Returns a document with only this program's entries: all that another user may see of the
    /// config.
    #[must_use]
    pub fn only_helper_entries(&self) -> Self {
        let entry = |(host, helper): (String, ConfiguredHelper)| {
            Some((host, helper.scw_helper()?.to_string()))
        };
        let entries: Vec<_> = self.cred_helpers().into_iter().filter_map(entry).collect();
        let store = self.creds_store().filter(ConfiguredHelper::is_scw_helper);
        let store = store.map(|store| store.to_string());
        Self::default().with_entries_of(&entries, store.as_deref())
    }
}
