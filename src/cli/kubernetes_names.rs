//! Names of objects in Kubernetes, as arguments.

use crate::key_text::keys_in;

/// The longest name of an object in Kubernetes, in bytes.
const NAME_LIMIT: usize = 253;

/// The longest name of a namespace in Kubernetes, in bytes.
const LABEL_LIMIT: usize = 63;

/// Reads the name of an object by Kubernetes' rule (a DNS-1123 subdomain).
pub(super) fn object_name(text: &str) -> Result<String, String> {
    let is_name = text.len() <= NAME_LIMIT && text.split('.').all(is_label);
    checked(text, is_name, "lower-case letters, digits, - and ., up to 253 characters")
}

/// Reads the name of a namespace by Kubernetes' rule (a DNS-1123 label).
pub(super) fn namespace(text: &str) -> Result<String, String> {
    let is_name = text.len() <= LABEL_LIMIT && is_label(text);
    checked(text, is_name, "lower-case letters, digits and -, up to 63 characters")
}

fn checked(text: &str, is_name: bool, form: &str) -> Result<String, String> {
    if !is_name {
        return Err(format!("a name has {form}, and begins and ends with a letter or a digit"));
    }
    // The answer is not filtered, so a key in a wrong place would be shown.
    if !keys_in(text.as_bytes()).is_empty() {
        return Err("this looks like a secret key, which is never an argument".to_owned());
    }
    Ok(text.to_owned())
}

fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-') && text.bytes().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::{namespace, object_name};

    #[test]
    fn names_follow_the_rules_of_kubernetes() {
        let long = "z".repeat(253);
        for name in ["a", "scaleway-registry", "1.5", "a.b-c.d", "a--b", &long] {
            assert_eq!(object_name(name).as_deref(), Ok(name));
        }
        let too_long = "z".repeat(254);
        for name in ["", "A", "-a", "a-", "a.", ".a", "a..b", "a_b", "a b", "é", "a/b", &too_long]
        {
            assert!(object_name(name).is_err(), "{name}");
        }
        let longest = "z".repeat(63);
        for name in ["a", "kube-system", "7", &longest] {
            assert_eq!(namespace(name).as_deref(), Ok(name));
        }
        let too_long = "z".repeat(64);
        for name in ["", "a.b", "-a", "a-", "A", &too_long] {
            assert!(namespace(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_key_is_not_a_name() {
        let refused = Err("this looks like a secret key, which is never an argument".to_owned());
        let key = "11111111-2222-3333-4444-555555555555";
        assert_eq!(object_name(key), refused);
        assert_eq!(object_name(&format!("my-{key}")), refused);
        assert_eq!(namespace(&key.replace('-', "")), refused);
    }
}
