//! The JSON of tokens and of a registry's errors: what a token allows, and what does not exist.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// Whether a token allows an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grant {
    Given,
    Withheld,
    /// The token does not list permissions.
    NotTold,
}

/// The permissions in a token (distribution specification, "token scope").
#[derive(Deserialize)]
struct Claims {
    access: Vec<Access>,
}

#[derive(Deserialize)]
struct Access {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    actions: Vec<String>,
}

/// Returns whether `token` allows `action` on `repository`. A token endpoint may give a token for
/// less than it was asked for.
///
/// The signature is not verified: the result is only reported and grants nothing.
pub(super) fn grant(token: &str, repository: &str, action: &str) -> Grant {
    let claims = token.split('.').nth(1).and_then(|claims| {
        let json = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
        serde_json::from_slice::<Claims>(&json).ok()
    });
    let Some(claims) = claims else { return Grant::NotTold };
    let is_given = claims.access.iter().any(|access| {
        access.kind == "repository"
            && access.name == repository
            && access.actions.iter().any(|given| given == action || given == "*")
    });
    if is_given { Grant::Given } else { Grant::Withheld }
}

/// The tags of an image, as `tags/list` names them.
#[derive(Deserialize)]
struct Tags {
    tags: Option<Vec<String>>,
}

/// Returns the tags in an answer to `tags/list`, or none if it cannot be parsed.
pub(super) fn tags(body: &[u8]) -> Vec<String> {
    serde_json::from_slice::<Tags>(body).ok().and_then(|tags| tags.tags).unwrap_or_default()
}

/// Returns whether an error of Scaleway's API says that a namespace is not there.
pub(super) fn is_about_namespace(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct NotFound {
        resource: String,
    }
    serde_json::from_slice::<NotFound>(body)
        .is_ok_and(|error| matches!(error.resource.as_str(), "namespace" | "registry_namespace"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_tells_what_it_allows() {
        let pull = r#"{"access":[{"type":"repository","name":"ns/app","actions":["pull"]}]}"#;
        let all = r#"{"access":[{"type":"repository","name":"ns/app","actions":["*"]}]}"#;
        for (token, action, expected) in [
            (token(pull), "pull", Grant::Given),
            (token(pull), "push", Grant::Withheld),
            (token(all), "push", Grant::Given),
            (token(&pull.replace("ns/app", "ns/other")), "pull", Grant::Withheld),
            (token(&pull.replace("repository", "registry")), "pull", Grant::Withheld),
            (token(r#"{"access":[]}"#), "pull", Grant::Withheld),
            (token("{}"), "pull", Grant::NotTold),
            (token("no json"), "pull", Grant::NotTold),
            ("opaque".to_owned(), "pull", Grant::NotTold),
            ("a.%.c".to_owned(), "pull", Grant::NotTold),
        ] {
            assert_eq!(grant(&token, "ns/app", action), expected, "{token}");
        }
    }

    #[test]
    fn tags_and_missing_namespaces_are_read_from_json_only() {
        assert_eq!(tags(br#"{"name":"ns/app","tags":["1","2"]}"#), ["1", "2"]);
        assert!(tags(br#"{"name":"ns/app","tags":null}"#).is_empty());
        assert!(tags(b"<html>").is_empty());
        assert!(is_about_namespace(br#"{"type":"not_found","resource":"namespace"}"#));
        assert!(!is_about_namespace(br#"{"type":"not_found","resource":"image"}"#));
        assert!(!is_about_namespace(b"namespace"));
    }
}
