//! podman, buildah and skopeo.

use std::fs;

use crate::Scenario;
use crate::registry::{Auth, BOTH, Registry, docker_image};
use crate::stage::{FR, KEY, Stage, WRONG_KEY};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "podman_login_push_pull_logout",
        needs: &["podman", "docker-registry", "htpasswd"],
        play: podman,
    },
    Scenario {
        name: "buildah_push_pull_login_logout",
        needs: &["buildah", "docker-registry", "htpasswd"],
        play: buildah,
    },
    Scenario {
        name: "skopeo_copy_inspect_login_logout",
        needs: &["skopeo", "docker-registry", "htpasswd"],
        play: skopeo,
    },
    Scenario {
        name: "skopeo_shows_the_helpers_error_for_a_broken_config",
        needs: &["skopeo", "docker-registry", "htpasswd"],
        play: broken_configuration,
    },
];

fn login_stores_nothing_and_logout_succeeds(stage: &Stage, client: &str) {
    let client_printed = stage.ok(&format!("{client} login {FR}"), Some(KEY)).to_lowercase();
    assert!(client_printed.contains("already logged in"), "{client_printed}");
    stage.fails(&format!("{client} login {FR}"), Some(WRONG_KEY));
    // With a registered helper, logout runs `erase`, which must not fail.
    stage.ok(&format!("{client} logout {FR}"), Some(KEY));
}

fn podman(stage: &Stage) {
    fs::write(stage.directory.join("layer.tar"), [0; 10240]).unwrap();
    let layer = stage.directory.join("layer.tar").display().to_string();
    stage.ok(&format!("podman import {layer} {FR}/ns/app:1"), None);
    for auth in BOTH {
        let _registry = Registry::start(stage, auth, KEY);
        login_stores_nothing_and_logout_succeeds(stage, "podman");
        stage.ok(&format!("podman push {FR}/ns/app:1"), Some(KEY));
        stage.fails(&format!("podman pull {FR}/ns/app:1"), Some(WRONG_KEY));
        stage.fails(&format!("podman pull {FR}/ns/app:1"), None);
        stage.ok(&format!("podman rmi {FR}/ns/app:1"), None);
        stage.ok(&format!("podman pull {FR}/ns/app:1"), Some(KEY));
    }
}

fn buildah(stage: &Stage) {
    fs::write(stage.directory.join("file"), "content").unwrap();
    // Set a name. The generated one cannot be read from the output, which may contain warnings
    // about missing network plugins.
    stage.ok("buildah from --name container scratch", None);
    stage.ok(&format!("buildah copy container {}/file /", stage.directory.display()), None);
    stage.ok(&format!("buildah commit container {FR}/ns/app:1"), None);
    for auth in BOTH {
        let _registry = Registry::start(stage, auth, KEY);
        login_stores_nothing_and_logout_succeeds(stage, "buildah");
        stage.ok(&format!("buildah push {FR}/ns/app:1"), Some(KEY));
        stage.fails(&format!("buildah push {FR}/ns/app:1"), Some(WRONG_KEY));
        stage.ok(&format!("buildah rmi {FR}/ns/app:1"), None);
        stage.ok(&format!("buildah pull {FR}/ns/app:1"), Some(KEY));
    }
}

fn skopeo(stage: &Stage) {
    let image = docker_image(stage);
    for auth in BOTH {
        let _registry = Registry::start(stage, auth, KEY);
        login_stores_nothing_and_logout_succeeds(stage, "skopeo");
        stage.ok(&format!("skopeo copy {image} docker://{FR}/ns/a/b:1"), Some(KEY));
        let skopeo_printed = stage.ok(&format!("skopeo inspect docker://{FR}/ns/a/b:1"), Some(KEY));
        assert!(skopeo_printed.contains("sha256:"), "{skopeo_printed}");
        stage.fails(&format!("skopeo inspect docker://{FR}/ns/a/b:1"), Some(WRONG_KEY));
        stage.fails(&format!("skopeo inspect docker://{FR}/ns/a/b:1"), None);
        let back = stage.directory.join(format!("back-{auth:?}")).display().to_string();
        stage.ok(&format!("skopeo copy docker://{FR}/ns/a/b:1 oci:{back}"), Some(KEY));
    }
}

fn broken_configuration(stage: &Stage) {
    let _registry = Registry::start(stage, Auth::Token, KEY);
    let key = Some("SCW12345678901234567");
    let skopeo_printed = stage.fails(&format!("skopeo inspect docker://{FR}/ns/app:1"), key);
    // skopeo puts the helper's line into its own.
    let message = "docker-credential-scw: the variable SCW_SECRET_KEY holds an access key (they begin \
                   with SCW), not a secret key; use the secret key (a UUID) of that API key, or unset \
                   SCW_SECRET_KEY to use another source";
    assert!(skopeo_printed.contains(message), "{skopeo_printed}");
    assert!(!skopeo_printed.contains("SCW1234"), "{skopeo_printed}");
}
