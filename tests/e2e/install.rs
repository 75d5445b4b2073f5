//! `install` and `uninstall` as processes: with clients, concurrently, and where they are refused.

pub mod at_once;
pub mod refused;

use std::fs;
use std::process::{Command, Output};

use crate::Scenario;
use crate::registry::{Auth, Registry, docker_image};
use crate::stage::{FR, KEY, NL, OTHER_KEY, Stage, WRONG_KEY, both, run};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "install_then_clients_pull_without_a_login_and_not_after_uninstall",
        needs: &["docker", "podman", "buildah", "skopeo", "docker-registry", "htpasswd"],
        play: clients,
    },
    Scenario {
        name: "install_two_profiles_for_two_registries_with_different_keys",
        needs: &["skopeo", "docker-registry", "htpasswd"],
        play: two_profiles,
    },
    Scenario {
        name: "install_keeps_pulls_with_dockers_own_login",
        needs: &["docker", "podman", "skopeo", "docker-registry", "htpasswd"],
        play: own_login,
    },
];

/// A machine without registered helpers, with the program in `~/bin`, which is on PATH.
pub fn bare(stage: &Stage) {
    fs::remove_dir_all(stage.home().join(".docker")).unwrap();
    fs::remove_file(stage.directory.join("bin/docker-credential-scw")).unwrap();
}

pub fn command(stage: &Stage, words: &[&str]) -> Command {
    let program = stage.program.display().to_string();
    let path = format!("path={}", stage.directory.join("bin").display());
    stage.command(&[&[program.as_str(), words[0], &path], &words[1..]].concat(), None)
}

/// What `install` prints first on a machine without the helper.
pub const NEW: &str = "Installed STAGE/bin/docker-credential-scw\nCreated ~/.docker/config.json\n";

/// The screen of an `install` that did this, with a key in the profile `default`.
pub fn all_ready(done: &str) -> String {
    format!(
        "{done}\n\
         REGISTRY             HELPER  KEY FROM         STATUS\n\
         rg.fr-par.scw.cloud  scw     profile default  ready\n\
         rg.nl-ams.scw.cloud  scw     profile default  ready\n\
         rg.pl-waw.scw.cloud  scw     profile default  ready\n\
         rg.it-mil.scw.cloud  scw     profile default  ready\n\
         rg.it-mil.scw.eu     scw     profile default  ready\n\
         \n\
         Docker, podman, buildah and skopeo now pull from these without a login.\n"
    )
}

fn install(stage: &Stage, words: &[&str]) -> Output {
    run(command(stage, words), "")
}

#[track_caller]
fn ok(stage: &Stage, words: &[&str]) -> String {
    let output = install(stage, words);
    assert!(output.status.success(), "{words:?}: {}", both(&output));
    stage.stable(&both(&output))
}

fn clients(stage: &Stage) {
    bare(stage);
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    let _registry = Registry::start(stage, Auth::Token, KEY);
    let image = docker_image(stage);
    let push = format!("skopeo copy {image} docker://{FR}/ns/app:1");
    stage.fails(&push, None);
    let screen = ok(stage, &["install"]);
    assert_eq!(screen, all_ready(NEW));
    stage.ok(&push, None);
    let lines = [
        format!("docker manifest inspect {FR}/ns/app:1"),
        format!("podman pull {FR}/ns/app:1"),
        format!("podman push {FR}/ns/app:1"),
        format!("buildah pull --policy always {FR}/ns/app:1"),
        format!("buildah push {FR}/ns/app:1"),
        format!("skopeo inspect docker://{FR}/ns/app:1"),
    ];
    for line in &lines {
        stage.ok(line, None);
    }
    ok(stage, &["uninstall"]);
    for line in &lines {
        stage.fails(line, None);
    }
    assert!(!stage.home().join(".docker/config.json").exists());
}

fn two_profiles(stage: &Stage) {
    bare(stage);
    stage.scaleway_config(&format!(
        "profiles:\n  prod:\n    secret_key: {KEY}\n  dev:\n    secret_key: {OTHER_KEY}\n"
    ));
    ok(stage, &["install", "--profile", "prod", "--region", "fr-par"]);
    ok(stage, &["install", "--profile", "dev", "--region", "nl-ams"]);
    let image = docker_image(stage);
    let push = |host: &str| format!("skopeo copy {image} docker://{host}/ns/app:1");
    {
        let _registry = Registry::start(stage, Auth::Htpasswd, KEY);
        stage.ok(&push(FR), Some(WRONG_KEY));
        stage.fails(&push(NL), None);
    }
    let _registry = Registry::start(stage, Auth::Htpasswd, OTHER_KEY);
    stage.ok(&push(NL), Some(WRONG_KEY));
    stage.fails(&push(FR), None);
    ok(stage, &["uninstall", "--profile", "prod"]);
    assert_eq!(serde_json::json!(stage.helpers()), serde_json::json!({NL: "scw-dev"}));
    ok(stage, &["uninstall", "--profile", "dev"]);
    assert!(!stage.home().join(".docker").exists());
}

fn own_login(stage: &Stage) {
    use base64::Engine as _;
    bare(stage);
    let _registry = Registry::start(stage, Auth::Htpasswd, KEY);
    let image = docker_image(stage);
    let auth = base64::engine::general_purpose::STANDARD.encode(format!("nologin:{KEY}"));
    let config = format!("{{\"auths\": {{\"{FR}\": {{\"auth\": \"{auth}\"}}}}}}");
    let pulls = [
        format!("docker manifest inspect {FR}/ns/app:1"),
        format!("podman pull {FR}/ns/app:1"),
        format!("skopeo inspect docker://{FR}/ns/app:1"),
    ];
    fs::create_dir_all(stage.home().join(".docker")).unwrap();
    fs::write(stage.home().join(".docker/config.json"), config).unwrap();
    stage.ok(&format!("skopeo copy {image} docker://{FR}/ns/app:1"), None);
    // Neither a key nor a keyring.
    let screen = ok(stage, &["install", "--yes"]);
    assert_eq!(
        screen,
        "Installed STAGE/bin/docker-credential-scw\n\
         Changed ~/.docker/config.json\n\
         ! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud; their key is kept \
         nowhere else and cannot be stored: there is no keyring in this session (no D-Bus session \
         bus)\n\
         \x20 -> docker-credential-scw save-key\n\
         \x20 -> docker-credential-scw install --yes\n\
         ! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; the \
         helper has no key\n\
         \x20 -> docker-credential-scw save-key\n\
         \x20 -> docker-credential-scw install --force --region fr-par\n\
         \n\
         REGISTRY             HELPER  KEY FROM  STATUS\n\
         rg.fr-par.scw.cloud  no      -         not registered\n\
         rg.nl-ams.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key\n\
         rg.pl-waw.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key\n\
         rg.it-mil.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key\n\
         rg.it-mil.scw.eu     scw     -         no source has a key; docker-credential-scw save-key\n\
         \n\
         Fix what is marked !, then run install again.\n"
    );
    for line in &pulls {
        stage.ok(line, None);
    }
    ok(stage, &["install", "--force"]);
    for line in &pulls {
        stage.fails(line, None);
    }
    // Once the helper has a key, it takes over.
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    for line in &pulls {
        stage.ok(line, None);
    }
    let screen = ok(stage, &["install", "--yes"]);
    assert_eq!(
        screen,
        all_ready(
            "STAGE/bin/docker-credential-scw is there already\n\
             ~/.docker/config.json names it already\n\
             Removed the plaintext credentials for rg.fr-par.scw.cloud from ~/.docker/config.json\n"
        )
    );
    for line in &pulls {
        stage.ok(line, None);
    }
}
