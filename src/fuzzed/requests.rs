//! Requests in JSON: `store`, and the kubelet's.

use serde_json::Value;

use super::{KEY, machine_with_key};
use crate::protocol::{kubelet, wire};
use crate::registry_host::ServerUrl;

/// A `store` request is read as any JSON parser reads it.
pub fn store_request(data: &[u8]) {
    let parsed = wire::Credentials::parse(data);
    if let Ok(credentials) = &parsed {
        let url = &credentials.server_url;
        assert!(!url.trim().is_empty() && !url.contains(char::is_control), "{url:?}");
        assert!(!credentials.username.is_empty());
    }
    if let Err(error) = &parsed {
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
    // Trailing data is ignored, so only the first value counts.
    let first = serde_json::Deserializer::from_slice(data).into_iter::<Value>().next();
    let Some(Ok(Value::Object(object))) = first else { return };
    let text = |name: &str| {
        let mut all = object.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        match (all.next(), all.next()) {
            (Some((_, Value::String(text))), None) => Some(text.clone()),
            _ => None,
        }
    };
    let fields = (text("ServerURL"), text("Username"), text("Secret"));
    let (Some(url), Some(username), Some(secret)) = fields else { return };
    let url = wire::server_url(url.as_bytes());
    match (parsed, url) {
        (Ok(credentials), Ok(url)) => {
            assert_eq!((credentials.server_url, credentials.username), (url, username));
            assert_eq!(*credentials.secret, secret);
        }
        (Err(_), Ok(_)) => {
            // A repeated field of another type is refused; `Value` keeps only the last one.
            let repeated = String::from_utf8_lossy(data).to_ascii_lowercase();
            let count = |name| repeated.matches(name).count();
            let is_repeated = ["serverurl", "username", "secret", "\\u"].map(count);
            assert!(
                username.is_empty() || is_repeated.iter().any(|count| *count > 1),
                "a valid request was refused"
            );
        }
        (Ok(_), Err(_)) => panic!("an invalid server URL was accepted"),
        (Err(_), Err(_)) => {}
    }
}

/// The kubelet gets the key only for an image in a registry of Scaleway, under the registry's name.
pub fn kubelet_request(data: &[u8]) {
    let environment = machine_with_key();
    let answer = match kubelet::answer(None, &environment, &mut &*data) {
        Ok(answer) => answer,
        Err(error) => {
            assert!(!error.to_string().contains(KEY));
            return;
        }
    };
    // Fields that are ignored may hold what `Value` refuses, such as half a surrogate pair.
    let Ok(request) = serde_json::from_slice::<Value>(data) else { return };
    let image = request.get("image").and_then(Value::as_str).expect("an image");
    let answer: Value = serde_json::from_slice(&answer).expect("an answer in JSON");
    assert_eq!(answer.get("kind").and_then(Value::as_str), Some("CredentialProviderResponse"));
    let Some(auth) = answer.get("auth").and_then(Value::as_object) else {
        assert!(!answer.to_string().contains(KEY), "the key is outside of auth");
        return;
    };
    assert_eq!(auth.len(), 1);
    for (registry, login) in auth {
        let of_image = image.split('/').next().unwrap_or_default();
        assert_eq!(registry, of_image, "{image}");
        assert!(ServerUrl::parse(registry).is_some_and(|server| !server.plain_http), "{image}");
        assert_eq!(login.get("password").and_then(Value::as_str), Some(KEY));
    }
}
