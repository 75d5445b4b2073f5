//! Edits of differently written files.

use std::path::Path;

use super::KeyEdit;
use crate::scaleway::config::{ChosenBy, ScalewayConfig};
use crate::secret_key::SecretKey;

const KEY: &str = "aaaaaaaa-1111-4111-8111-aaaaaaaaaaa1";

/// Returns `text` with the key; `None` if the edit was refused.
fn edited(text: &str, profile: &str) -> Option<String> {
    let key = SecretKey::parse(KEY).unwrap();
    let edit = KeyEdit { profile, key: &key, force: true };
    edit.apply(Path::new("f"), text).ok().map(|new| new.unwrap().to_string())
}

/// Combines many ways to write the parts of a file. Either the edit is refused, or only one piece
/// of the file is new and the profile has the key.
#[test]
fn every_other_byte_is_unchanged_in_any_file() {
    let roots = [
        "",
        "# c\n",
        "---\n",
        "a: 1\n",
        "secret_key: tbd # x\n",
        "'secret_key' : \"t\"\n",
        "access_key: SCWX\nsecret_key:\n",
        "b: &b\n  secret_key: x\n<<: *b\n",
        "? a\n: b\n",
        "s: 'it''s\n\n  é'\n",
        "\u{feff}# é\nsecret_key: &k t\nk: *k\n",
        "t: !!str ü #\n",
    ];
    let profiles = [
        "",
        "profiles:\n",
        "profiles: {}\n",
        "profiles: ~\n",
        "profiles: {prod: {secret_key: t}}\n",
        "profiles:\n- a\n",
        "profiles:\n  prod:\n",
        "profiles:\n  prod: {}\n",
        "profiles:\n    dev: &d\n        a: |+\n            x\n\n    prod:\n        <<: *d\n        b: 1\n",
        "profiles:\n  'prod': # p\n    # q\n    b: [1,\n     2]\n  dev:\n    secret_key: t\n",
        "profiles:\n  prod: &p {secret_key: t, b: 1}\n  dev: *p\n",
        "? profiles\n: prod:\n    b: 1\n",
        "profiles:\n  prod:\n    secret_key: a\n    secret_key: b\n",
        "profiles:\n  prod:\n    secret_key: |\n      t\n",
    ];
    let (mut changed, mut refusals) = (0, 0);
    for (root, profile) in roots.iter().flat_map(|root| profiles.map(|profile| (root, profile))) {
        for end in ["", "# end", "...\n", "---\nz: 1\n"] {
            let text = format!("{root}{profile}{end}");
            for text in [text.replace('\n', "\r\n"), text] {
                for name in ["default", "prod"] {
                    match edited(&text, name) {
                        Some(new) => check(&text, &new, name),
                        None => refusals += 1,
                    }
                    changed += 1;
                }
            }
        }
    }
    assert!(refusals * 2 < changed, "{refusals} of {changed} were refused");
}

#[track_caller]
fn check(text: &str, new: &str, profile: &str) {
    let same = |(old, new): &(char, char)| old == new;
    let rest = new.replacen(KEY, "", 1);
    assert!(!rest.contains(KEY), "{text:?}: {new:?}");
    let ends = text.chars().rev().zip(rest.chars().rev());
    let end = ends.take_while(same).count();
    let (old, rest) = (text.chars().count() - end, rest.chars().count() - end);
    let starts = text.chars().take(old).zip(new.chars().take(rest));
    let start = starts.take_while(same).count();
    let gone: String = text.chars().take(old).skip(start).collect();
    assert!(!gone.contains('\n'), "{text:?}: {new:?}: {gone:?} is gone");
    let is_mixed = new.contains("\r\n") && new.replace("\r\n", "").contains('\n');
    assert!(!is_mixed, "{text:?}: {new:?}");
    let config = ScalewayConfig::read(Path::new("f"), new, &[]).unwrap();
    let key = config.named_key(profile, ChosenBy::Argument).unwrap().unwrap().key;
    assert_eq!(key, SecretKey::parse(KEY).unwrap(), "{text:?}: {new:?}");
}
