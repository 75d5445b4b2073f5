//! Edits of Docker's config.json.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::docker::config::ConfigDocument;
use crate::helper_name::HelperName;
use crate::registry_host::RegistryHost;

/// Installing and uninstalling returns the same bytes, and changes no other value in between. The
/// first byte of `data` selects what is installed, the rest is the file.
pub fn docker_config(data: &[u8]) {
    let Some((selection, content)) = data.split_first() else { return };
    let Ok(before) = ConfigDocument::parse(Some(content)) else { return };
    logins(&before);
    let helper = HelperName::of_profile((selection & 1 == 1).then_some("prod"));
    let count = usize::from(selection >> 1 & 7);
    let hosts: Vec<_> = RegistryHost::known().take(count).collect();
    // A `credsStore` with this whitespace was added by an earlier `install`, so `uninstall` removes it.
    let has_mark = before.content().is_some_and(|text| text.contains(":\t "));
    let is_undone_exactly = !has_mark
        && !before.cred_helpers().iter().any(|(host, value)| {
            value.scw_helper() == Some(&helper)
                || hosts.iter().any(|known| known.to_string() == *host)
        });
    // Like `install`: a store is only added to a config without credentials.
    let is_empty = !before.contains_auth() && !before.has_creds_store() && !hosts.is_empty();
    let store = (is_empty && selection & 16 == 16).then_some("secretservice");
    let entries: Vec<_> = hosts.iter().map(|host| (host.clone(), helper.clone())).collect();
    let after = before.with_helpers(&entries, store);
    let text = after.content().unwrap_or_default();
    let parsed = ConfigDocument::parse(Some(text.as_bytes()));
    let parsed = parsed.unwrap_or_else(|error| panic!("install wrote {text:?}: {error}"));
    for host in &hosts {
        let entry = parsed.cred_helper(host);
        assert_eq!(entry.as_ref().and_then(|entry| entry.scw_helper()), Some(&helper), "{text:?}");
    }
    assert_eq!(others(before.content(), store), others(Some(text), store), "{text:?}");
    let back = parsed.without_helper(&helper);
    if is_undone_exactly {
        let back = back.content().unwrap_or_default();
        assert_eq!(back, before.content().unwrap_or_default(), "after {text:?}");
    } else {
        let text = back.content().unwrap_or_default();
        assert!(ConfigDocument::parse(Some(text.as_bytes())).is_ok(), "uninstall wrote {text:?}");
    }
}

/// The text of every value but `credHelpers`, and but a `credsStore` that was added. Not as numbers, of
/// which some are too large for any type. `None` if a name has half a surrogate pair, which Docker accepts.
fn others(text: Option<&str>, store: Option<&str>) -> Option<BTreeMap<String, String>> {
    let text = text.filter(|text| !text.trim().is_empty()).unwrap_or("{}");
    let object: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).ok()?;
    let is_other = |name: &String| {
        let is_added = store.is_some() && name.eq_ignore_ascii_case("credsStore");
        !name.eq_ignore_ascii_case("credHelpers") && !is_added
    };
    let others = object.into_iter().filter(|(name, _)| is_other(name));
    Some(others.map(|(name, value)| (name, value.get().to_owned())).collect())
}

/// Removing plaintext logins leaves a valid document without them.
fn logins(before: &ConfigDocument) {
    let logins = before.plaintext_logins();
    let left = before.without_logins(&logins);
    let text = left.content().unwrap_or_default();
    let left = ConfigDocument::parse(Some(text.as_bytes()));
    let left = left.unwrap_or_else(|error| panic!("logins were removed to {text:?}: {error}"));
    assert!(left.plaintext_logins().is_empty(), "{text:?}");
}
