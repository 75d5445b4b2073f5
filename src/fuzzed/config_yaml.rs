//! Scaleway's config.yaml: reading it, and saving a key in it.

use std::path::Path;

use super::KEY;
use crate::scaleway::config::{ChosenBy, KeyEdit, OTHERS, ScalewayConfig};
use crate::secret_key::SecretKey;

/// A key that is saved is read again from the same profile, and saving it again changes nothing. The
/// first byte of `data` selects the profile, the rest is the file.
pub fn config_yaml(data: &[u8]) {
    let Some((selection, content)) = data.split_first() else { return };
    let Ok(text) = str::from_utf8(content) else { return };
    let path = Path::new("config.yaml");
    if let Ok(config) = ScalewayConfig::read(path, text, &OTHERS) {
        if let Err(error) = config.default_key() {
            assert!(!error.to_string().contains(char::is_control), "{error:?}");
        }
        assert!(config.profile_names().count() <= text.len());
    }
    let profile = if selection & 1 == 0 { "default" } else { "prod" };
    let key = SecretKey::parse(KEY).expect("a key");
    let edit = KeyEdit { profile, key: &key, force: selection & 2 == 2 };
    let Ok(Some(saved)) = edit.apply(path, text) else { return };
    let config = ScalewayConfig::read(path, &saved, &[]);
    let config = config.unwrap_or_else(|error| panic!("save-key wrote {:?}: {error}", *saved));
    let found = config.named_key(profile, ChosenBy::Variable);
    let found = found.ok().flatten().map(|found| found.key);
    assert!(found.is_some_and(|found| found.value() == key.value()), "{:?}", *saved);
    assert!(matches!(edit.apply(path, &saved), Ok(None)), "{:?}", *saved);
}
