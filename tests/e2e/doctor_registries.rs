//! What `doctor` finds between this machine and a registry. Here: whether an image can be pulled or
//! pushed.

pub mod credentials;
pub mod hops;

use serde_json::Value;

use crate::Scenario;
use crate::canary::base64;
use crate::doctor::{challenge, forward_443, read, sound};
use crate::registry::{Auth, Registry, docker_image};
use crate::stage::{FR, KEY, Stage, WRONG_KEY};
use crate::tls_server::{Request, Response, TlsServer};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "doctor_checks_an_image_at_a_real_registry",
        needs: &["docker-registry", "skopeo"],
        play: real_image,
    },
    Scenario { name: "doctor_distinguishes_images", needs: &[], play: images },
];

/// The registry checks of `doctor` with these options.
#[track_caller]
fn doctor(stage: &Stage, options: &str, key: Option<&str>) -> (bool, Vec<Value>) {
    let line = format!("docker-credential-scw doctor -o json {options}");
    read(&stage.output(&line, key, ""))
}

/// The only registry check.
#[track_caller]
fn one(stage: &Stage, options: &str, key: Option<&str>) -> Value {
    let (_, checks) = doctor(stage, options, key);
    assert_eq!(checks.len(), 1, "{checks:?}");
    checks[0].clone()
}

#[track_caller]
fn assert_check(check: &Value, id: &str, found: &str, remedy: Option<&str>) {
    assert_eq!(
        (check["id"].as_str(), check["found"].as_str(), check["remedy"].as_str()),
        (Some(id), Some(found), remedy),
        "{check}"
    );
}

fn real_image(stage: &Stage) {
    sound(stage);
    let _registry = Registry::start(stage, Auth::Token, KEY);
    let image = format!("{FR}/ns/app");
    let copy = format!("skopeo copy {} docker://{image}:1.2", docker_image(stage));
    stage.ok(&copy, Some(KEY));

    let check = one(stage, &format!("{image}:1.2"), None);
    assert_eq!(check["subject"], format!("{image}:1.2"));
    let found = "it can be pulled with the key (from profile default); it is private";
    assert_check(&check, "image", found, None);

    let check = one(stage, &format!("{image}:1.3"), None);
    let found = "the image ns/app has no tag 1.3";
    assert_check(&check, "image-no-tag", found, Some("did you mean 1.2?"));
    stage.fails(&format!("skopeo inspect docker://{image}:1.3"), None);
    let check = one(stage, &image, None);
    let found = "the image ns/app has no tag latest";
    let remedy = format!("docker-credential-scw tag list {image}");
    assert_check(&check, "image-no-tag", found, Some(&remedy));
    stage.fails(&format!("skopeo inspect docker://{image}"), None);

    let check = one(stage, &format!("{FR}/ns/other:1"), None);
    assert_check(
        &check,
        "image-missing",
        "there is no image ns/other (the registry does not say whether its namespace exists)",
        Some(
            "check the name and the region; `docker-credential-scw image list --region all` shows \
             every image",
        ),
    );

    let check = one(stage, &format!("{image}:new --push"), None);
    assert_check(&check, "image", "it can be pushed with the key (from profile default)", None);
    let tags = stage.ok(&format!("skopeo list-tags docker://{image}"), None);
    let tags: Value = serde_json::from_str(&tags).unwrap();
    assert_eq!(tags["Tags"], serde_json::json!(["1.2"]));

    let check = one(stage, &format!("{image}:1.2"), Some(WRONG_KEY));
    assert_check(
        &check,
        "registry-wrong-key",
        "the key is not known (from variable SCW_SECRET_KEY)",
        Some(
            "create an API key in Scaleway's console (IAM, API keys) and set SCW_SECRET_KEY to its \
             secret key",
        ),
    );
    assert_eq!(check["subject"], FR);
}

/// A token for these actions on `ns/app`, as a registry issues it.
fn token(actions: &str) -> Response {
    let claims = if actions.is_empty() {
        r#"{"access":[]}"#.to_owned()
    } else {
        format!(r#"{{"access":[{{"type":"repository","name":"ns/app","actions":[{actions}]}}]}}"#)
    };
    let claims = base64(claims.as_bytes()).replace('+', "-").replace('/', "_");
    let claims = claims.trim_end_matches('=');
    Response::json(200, &format!(r#"{{"token":"e30.{claims}.c2ln"}}"#))
}

fn web_page(status: u16) -> Response {
    let headers = vec![("Content-Type", "text/html; charset=utf-8".to_owned())];
    Response { status, headers, body: String::new() }
}

/// A registry with a public and a private image. The key gives access to both.
fn answer(request: &Request) -> Response {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let has_key = request.authorization.as_deref().is_some_and(|it| it.starts_with("Basic "));
    let bearer = request.authorization.as_deref().and_then(|it| it.strip_prefix("Bearer "));
    match path {
        "/token" if query.contains("gone-ns") => {
            Response::json(404, r#"{"type":"not_found","resource":"namespace"}"#)
        }
        "/token" if query.contains("opaque") => Response::json(200, r#"{"token":"opaque"}"#),
        "/token" if has_key && query.contains("ns%2Fapp") => token(r#""pull""#),
        "/token" if has_key => token(""),
        "/token" if query.contains("public") => token(r#""anonymous""#),
        "/token" => Response::json(401, "{}"),
        "/v2/" if bearer.is_some() => Response::json(200, "{}"),
        "/v2/ns/public/manifests/latest" | "/v2/ns/app/manifests/latest" if bearer.is_some() => {
            Response::json(200, "")
        }
        "/v2/ns/forbidden/manifests/latest" => Response::json(403, ""),
        "/v2/ns/odd/manifests/latest" => Response::json(500, ""),
        "/v2/ns/page/manifests/latest" => web_page(403),
        "/v2/ns/page-404/manifests/latest" => web_page(404),
        _ => challenge(&format!("https://{}/token", request.host)),
    }
}

fn images(stage: &Stage) {
    sound(stage);
    let server = TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 0), answer);
    let _forward = forward_443(server.port);
    let pull = |image: &str| one(stage, &format!("{FR}/{image}"), None);
    let private = "it can be pulled with the key (from profile default); it is private";
    assert_check(&pull("ns/app"), "image", private, None);
    let asked = server.asked();
    let scope =
        "/token?service=registry%20and%20more&account=nologin&scope=repository%3Ans%2Fapp%3Apull";
    assert!(asked.iter().any(|request| request.target == scope), "{asked:?}");
    assert_check(&pull("ns/public"), "image", "it can be pulled; it is public", None);
    let see = "give the key's owner the permission set ContainerRegistryReadOnly in Scaleway's \
               console (IAM)";
    let push = "give the key's owner the permission set ContainerRegistryFullAccess in Scaleway's \
                console (IAM)";
    let denied = "access denied: the key (from profile default) may not pull it, or there is no \
                  such namespace (the registry does not say which)";
    for image in ["ns/forbidden", "ns/not-mine"] {
        assert_check(&pull(image), "image-denied", denied, Some(see));
    }
    assert_check(
        &pull("gone-ns/app"),
        "image-no-namespace",
        "there is no namespace gone-ns in this registry",
        Some(
            "check the name and the region; `docker-credential-scw image list --region all` shows \
             every image",
        ),
    );
    let (id, found) = ("registry-odd", "unexpected answer: status 500");
    let again =
        "try again; if this persists, check https://status.scaleway.com and any proxy in between";
    assert_check(&pull("ns/odd"), id, found, Some(again));

    let fix = "a proxy, a filter or a login page answers: allow this machine to reach \
               rg.fr-par.scw.cloud:443";
    for (image, status) in [("ns/page", 403), ("ns/page-404", 404)] {
        let found = format!("a web page (status {status}) instead of an answer");
        assert_check(&pull(image), "registry-web-page", &found, Some(fix));
    }

    let denied = denied.replace("may not pull it", "may not push it");
    let pushed = one(stage, &format!("--push {FR}/ns/app"), None);
    assert_check(&pushed, "image-denied", &denied, Some(push));
    let pushed = one(stage, &format!("--push {FR}/ns/opaque"), None);
    let found =
        "the key is accepted (from profile default); whether it may push shows only when pushing";
    assert_check(&pushed, "image", found, None);
    let asked = server.asked();
    assert!(!asked.iter().any(|request| request.target.contains("/blobs/")), "{asked:?}");
    assert!(asked.iter().any(|request| request.target.ends_with("%2Fapp%3Apull%2Cpush")));

    stage.scaleway_config("");
    assert_check(&pull("ns/public"), "image", "it can be pulled; it is public", None);
    assert_check(
        &pull("ns/app"),
        "image-needs-key",
        "it is private, or does not exist, and there is no key to try",
        Some(
            "give the helper a key: set SCW_SECRET_KEY, or add a profile to Scaleway's config.yaml",
        ),
    );
}
