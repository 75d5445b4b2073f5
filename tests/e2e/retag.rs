//! `retag` at a real registry: the digest stays the same, also that of an index with several images.

use std::fs;
use std::process::Output;

use serde_json::{Value, json};

use crate::Scenario;
use crate::doctor::sound;
use crate::registry::{BOTH, Registry, docker_image, sha256};
use crate::stage::{FR, KEY, Stage, WRONG_KEY, both};
use crate::tls_server::{Response, TlsServer};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "retag_gives_the_same_digest_another_tag",
        needs: &["docker-registry", "skopeo"],
        play: real_registry,
    },
    Scenario { name: "retag_explains_what_a_registry_refuses", needs: &[], play: refusals },
    Scenario { name: "retag_says_that_a_web_page_is_the_answer", needs: &[], play: web_pages },
];

/// A run's exit code, standard output and standard error.
fn parts(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn retag(stage: &Stage, arguments: &str, key: Option<&str>) -> (Option<i32>, String, String) {
    parts(&stage.output(&format!("docker-credential-scw retag {arguments}"), key, ""))
}

fn digest(stage: &Stage, image: &str) -> String {
    let manifest = stage.output(&format!("skopeo inspect --raw docker://{image}"), None, "");
    assert!(manifest.status.success(), "{}", both(&manifest));
    format!("sha256:{}", sha256(&manifest.stdout))
}

/// Writes an OCI index that holds the image of [`docker_image`] as its only one.
fn index(stage: &Stage, image: &str) -> String {
    let manifest = fs::read(stage.directory.join("image/manifest.json")).unwrap();
    let digest = digest(stage, image);
    let directory = stage.directory.join("index");
    fs::create_dir_all(&directory).unwrap();
    for entry in fs::read_dir(stage.directory.join("image")).unwrap().flatten() {
        fs::copy(entry.path(), directory.join(entry.file_name())).unwrap();
    }
    fs::write(directory.join(format!("{}.manifest.json", &digest[7..])), &manifest).unwrap();
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.list.v2+json",
        "manifests": [{
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "size": manifest.len(),
            "digest": digest,
            "platform": {"architecture": "amd64", "os": "linux"},
        }],
    });
    fs::write(directory.join("manifest.json"), index.to_string()).unwrap();
    format!("dir:{}", directory.display())
}

fn real_registry(stage: &Stage) {
    sound(stage);
    for auth in BOTH {
        let _registry = Registry::start(stage, auth, KEY);
        let app = format!("{FR}/ns/app");
        stage.ok(&format!("skopeo copy {} docker://{app}:1.2", docker_image(stage)), None);
        stage.ok(
            &format!(
                "skopeo copy --all {} docker://{app}:list",
                index(stage, &format!("{app}:1.2"))
            ),
            None,
        );
        let (image, list) =
            (digest(stage, &format!("{app}:1.2")), digest(stage, &format!("{app}:list")));
        assert_ne!(image, list);

        // With and without the registry's name; several tags; none of them was there.
        let done = retag(stage, &format!("{app}:1.2 ns/app:stable ns/app:1"), None);
        let expected = format!("{app}:stable is now {image}\n{app}:1 is now {image}\n");
        assert_eq!(done, (Some(0), expected, String::new()));
        assert_eq!(digest(stage, &format!("{app}:stable")), image);

        // A tag that exists moves, and moves back by the digest that was printed.
        let done = retag(stage, "ns/app:list ns/app:stable", None);
        let expected = format!("{app}:stable is now {list} (was {image})\n");
        assert_eq!(done, (Some(0), expected, String::new()));
        assert_eq!(digest(stage, &format!("{app}:stable")), list);
        let done = retag(stage, &format!("ns/app@{image} ns/app:stable -o json"), None);
        let expected = json!([{
            "image": format!("{app}:stable"),
            "digest": image,
            "previous_digest": list,
            "changed": true,
        }]);
        assert_eq!((done.0, &done.2), (Some(0), &String::new()));
        assert_eq!(serde_json::from_str::<Value>(&done.1).unwrap(), expected);

        let done = retag(stage, "ns/app:1.2 ns/app:stable", None);
        let expected = format!("{app}:stable is already {image}\n");
        assert_eq!(done, (Some(0), expected, String::new()));

        // OCI's manifest, too.
        let copy = format!("skopeo copy --format oci {}", docker_image(stage));
        stage.ok(&format!("{copy} docker://{app}:oci"), None);
        let oci = digest(stage, &format!("{app}:oci"));
        assert_ne!(oci, image);
        let done = retag(stage, "ns/app:oci ns/app:oci-stable", None);
        let expected = format!("{app}:oci-stable is now {oci}\n");
        assert_eq!(done, (Some(0), expected, String::new()));
        assert_eq!(digest(stage, &format!("{app}:oci-stable")), oci);

        let done = retag(stage, "ns/app:1.3 ns/app:stable", None);
        let expected = format!(
            "error: cannot tag {app}:1.3: the image ns/app has no tag 1.3\n\
             hint: run `docker-credential-scw doctor {app}:1.3 --push`\n"
        );
        assert_eq!(done, (Some(1), String::new(), expected));
        let done = retag(stage, "ns/app:1.2 ns/app:stable", Some(WRONG_KEY));
        let expected = format!(
            "error: cannot tag {app}:1.2: the key is not known (from variable SCW_SECRET_KEY)\n\
             hint: run `docker-credential-scw doctor {app}:1.2 --push`\n"
        );
        assert_eq!(done, (Some(1), String::new(), expected));
        assert_eq!(digest(stage, &format!("{app}:stable")), image);
    }
}

/// The image's media type depends on the tag.
fn media_type(tag: &str) -> &'static str {
    match tag {
        "old" => "application/vnd.docker.distribution.manifest.v1+prettyjws",
        _ => "application/vnd.oci.image.manifest.v1+json",
    }
}

fn refusals(stage: &Stage) {
    sound(stage);
    let _server = TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 443), |request| {
        let (path, _) = request.target.split_once('?').unwrap_or((&request.target, ""));
        match path.strip_prefix("/v2/ns/app/manifests/") {
            // The registry wants no token: the key itself is accepted.
            _ if request.authorization.is_none() => {
                Response::json(401, "{}").with("WWW-Authenticate", "Basic realm=\"r\"")
            }
            Some("tampered") => Response::json(200, "{}")
                .of_type(media_type("tampered"))
                .with("Docker-Content-Digest", format!("sha256:{}", "0".repeat(64))),
            Some("read-only") if request.method == "PUT" => Response::json(403, "{}"),
            Some("changed") if request.method == "PUT" => Response::json(201, "{}")
                .with("Docker-Content-Digest", format!("sha256:{}", "1".repeat(64))),
            Some("full") if request.method == "PUT" => Response::json(507, "{}"),
            Some("new" | "read-only" | "changed" | "full") => Response::json(404, "{}"),
            Some(tag) => Response::json(200, "{}").of_type(media_type(tag)),
            None => Response::json(200, "{}"),
        }
    });
    let app = format!("{FR}/ns/app");
    let doctor = |tag: &str| format!("run `docker-credential-scw doctor {app}:{tag} --push`");
    for (arguments, code, cause, hint) in [
        (
            "ns/app:old ns/app:new",
            1,
            format!(
                "cannot tag {app}:old: its manifest has the format \
                 application/vnd.docker.distribution.manifest.v1+prettyjws, which \
                 retag does not support"
            ),
            "pull the image and push it again with a current client".to_owned(),
        ),
        (
            "ns/app:tampered ns/app:new",
            1,
            format!(
                "cannot tag {app}:tampered: the registry reports another digest than the manifest \
                 has"
            ),
            doctor("tampered"),
        ),
        (
            "ns/app:1 ns/app:changed",
            1,
            format!(
                "cannot tag {app}:changed: the registry reports another digest than the manifest \
                 has"
            ),
            doctor("changed"),
        ),
        (
            "ns/app:1 ns/app:read-only",
            1,
            format!(
                "cannot tag {app}:read-only: access denied: the key (from profile default) may not \
                 push it, or there is no such namespace (the registry does not say which)"
            ),
            doctor("read-only"),
        ),
        (
            "ns/app:1 ns/app:full",
            1,
            format!("cannot tag {app}:full: unexpected answer: status 507"),
            doctor("full"),
        ),
        (
            "ns/app:1 ns/other:1",
            2,
            format!(
                "{FR}/ns/other:1 is a different image from {app}:1, so layers would have to be \
                 copied"
            ),
            format!("skopeo copy --all docker://{app}:1 docker://{FR}/ns/other:1"),
        ),
        (
            "ns/app:1 rg.nl-ams.scw.cloud/ns/app:1",
            2,
            "rg.nl-ams.scw.cloud/ns/app:1 is in nl-ams, but --region is fr-par".to_owned(),
            "omit --region, or the registry".to_owned(),
        ),
    ] {
        let expected = format!("error: {cause}\nhint: {hint}\n");
        assert_eq!(retag(stage, arguments, None), (Some(code), String::new(), expected));
    }
}

/// A filter's page is not the registry's answer, whatever its status is: for the manifest, for the
/// digest of the new tag, and for the change.
fn web_pages(stage: &Stage) {
    sound(stage);
    let _server = TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 443), |request| {
        let page = |status| Response::json(status, "<html></html>").of_type("text/html");
        match request.target.strip_prefix("/v2/ns/app/manifests/") {
            _ if request.authorization.is_none() => {
                Response::json(401, "{}").with("WWW-Authenticate", "Basic realm=\"r\"")
            }
            Some("page-401") => page(401),
            Some("page-403") => page(403),
            Some("page-404") => page(404),
            Some("filtered") if request.method == "PUT" => page(403),
            Some("filtered" | "new") => Response::json(404, "{}"),
            Some(tag) => Response::json(200, "{}").of_type(media_type(tag)),
            None => Response::json(200, "{}"),
        }
    });
    for (arguments, tag, status) in [
        ("ns/app:page-401 ns/app:new", "page-401", 401),
        ("ns/app:page-403 ns/app:new", "page-403", 403),
        ("ns/app:page-404 ns/app:new", "page-404", 404),
        ("ns/app:1 ns/app:page-401", "page-401", 401),
        ("ns/app:1 ns/app:page-404", "page-404", 404),
        ("ns/app:1 ns/app:filtered", "filtered", 403),
    ] {
        let image = format!("{FR}/ns/app:{tag}");
        let expected = format!(
            "error: cannot tag {image}: a web page (status {status}) instead of an answer\n\
             hint: run `docker-credential-scw doctor {image} --push`\n"
        );
        assert_eq!(retag(stage, arguments, None), (Some(1), String::new(), expected));
    }
}
