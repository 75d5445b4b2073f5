//! Docker's command line, with and without a daemon.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::registry::{Auth, BOTH, Registry, docker_image};
use crate::stage::{Daemon, FR, KEY, NL, OTHER_KEY, Stage, WRONG_KEY, both, our_lines};
use crate::{Scenario, canary};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "docker_manifest_inspect_through_the_helper",
        needs: &["docker", "docker-registry", "htpasswd", "skopeo"],
        play: manifest_inspect,
    },
    Scenario {
        name: "docker_login_and_logout_with_a_key_in_config_yaml",
        needs: &["docker", "docker-registry", "htpasswd"],
        play: login_and_logout,
    },
    Scenario {
        name: "docker_login_without_a_keyring_says_what_to_do",
        needs: &["docker", "docker-registry", "htpasswd"],
        play: login_without_keyring,
    },
    Scenario {
        name: "docker_push_pull_and_classic_build_with_a_daemon",
        needs: &["docker", "dockerd", "docker-registry", "htpasswd"],
        play: push_pull_build,
    },
    Scenario {
        name: "two_accounts_for_two_regions",
        needs: &["docker", "docker-registry", "htpasswd", "skopeo"],
        play: two_accounts,
    },
    Scenario {
        name: "docker_shows_the_helpers_error_for_a_broken_config",
        needs: &["docker", "docker-registry", "htpasswd"],
        play: broken_configuration,
    },
    Scenario {
        name: "the_canary_search_finds_planted_keys",
        needs: &[],
        play: |stage| canary::finds_what_is_planted(&stage.directory),
    },
];

/// The version of a docker client, for example `28.2.2`.
pub fn version_of(docker: &Path) -> String {
    let output = Command::new(docker).arg("--version").output();
    let text = output.map_or_else(|error| error.to_string(), |output| both(&output));
    // "Docker version 28.2.2, build e6534b4"
    let version = text.split_whitespace().nth(2).map(|word| word.trim_end_matches(','));
    version.unwrap_or("of an unknown version").to_owned()
}

fn manifest_inspect(stage: &Stage) {
    let image = docker_image(stage);
    for auth in BOTH {
        let _registry = Registry::start(stage, auth, KEY);
        stage.ok(&format!("skopeo copy {image} docker://{FR}/ns/app:1"), Some(KEY));
        let docker_printed = stage.ok(&format!("docker manifest inspect {FR}/ns/app:1"), Some(KEY));
        assert!(docker_printed.contains("sha256:"), "{auth:?}: {docker_printed}");
        // With basic authentication, docker prints the same message for a missing image and for a
        // refused key.
        let url = format!("Get \"https://{FR}/v2/ns/app/manifests/1\": ");
        let (with_wrong_key, without_key) = match auth {
            Auth::Htpasswd => (
                format!("no such manifest: {FR}/ns/app:1\n"),
                format!("{url}no basic auth credentials\n"),
            ),
            Auth::Token => {
                let refused = format!("{url}unauthorized: incorrect username or password\n");
                (refused.clone(), refused)
            }
        };
        let line = format!("docker manifest inspect {FR}/ns/app:1");
        assert_eq!(stage.fails(&line, Some(WRONG_KEY)), with_wrong_key);
        assert_eq!(stage.fails(&line, None), without_key);
    }
}

fn login_and_logout(stage: &Stage) {
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    for auth in BOTH {
        let _registry = Registry::start(stage, auth, KEY);
        for server in [FR.to_owned(), format!("https://{FR}"), format!("{FR}/ns")] {
            let line = format!("docker login {server} -u nologin --password-stdin");
            let output = stage.output(&line, None, KEY);
            let docker_printed = both(&output);
            assert!(output.status.success(), "{auth:?}: {docker_printed}");
            assert!(docker_printed.contains("Login Succeeded"));
        }
        let line = format!("docker login {FR} -u nologin --password-stdin");
        assert!(!stage.output(&line, None, WRONG_KEY).status.success());
        // Nothing is stored, because the profile has the same key.
        assert!(!stage.home().join(".local/state").exists());
        stage.ok(&format!("docker logout {FR}"), None);
        stage.ok(&format!("docker logout {FR}"), None);
    }
    assert_eq!(stage.helpers()[FR], "scw");
}

fn login_without_keyring(stage: &Stage) {
    let _registry = Registry::start(stage, Auth::Token, KEY);
    let line = format!("docker login {FR} -u nologin --password-stdin");
    let output = stage.output(&line, None, KEY);
    assert!(!output.status.success());
    let message = format!(
        "docker-credential-scw: cannot store the key for {FR}: there is no keyring in this session (no \
         D-Bus session bus); set SCW_SECRET_KEY, or run `docker-credential-scw save-key`: then no login \
         is needed"
    );
    // Docker puts the helper's line into its own.
    let docker_printed = both(&output);
    assert!(docker_printed.contains(&message), "{docker_printed}");
    let output = stage.output(&line, Some(KEY), KEY);
    assert!(output.status.success(), "{}", both(&output));
    assert_eq!(
        our_lines(&output),
        "docker-credential-scw: the key for rg.fr-par.scw.cloud was not stored: there is no keyring in \
         this session (no D-Bus session bus); variable SCW_SECRET_KEY already has it\n"
    );
}

/// A daemon of docker, and the address for `docker --host`.
pub fn daemon(stage: &Stage) -> (Daemon, String) {
    let at = |path: &str| stage.directory.join(path).display().to_string();
    let socket = at("docker.sock");
    let host = format!("unix://{socket}");
    let (root, exec, pid) = (at("docker-root"), at("docker-exec"), at("docker.pid"));
    let daemon = stage.start(
        &[
            "dockerd",
            "--iptables=false",
            "--bridge=none",
            "--storage-driver=vfs",
            "--data-root",
            &root,
            "--exec-root",
            &exec,
            "--pidfile",
            &pid,
            "--host",
            &host,
        ],
        || Path::new(&socket).exists(),
    );
    (daemon, host)
}

fn push_pull_build(stage: &Stage) {
    let at = |path: &str| stage.directory.join(path).display().to_string();
    let (_daemon, host) = daemon(stage);
    let docker = |line: &str, key| stage.ok(&format!("docker --host {host} {line}"), key);
    fs::write(stage.directory.join("layer.tar"), [0; 10240]).unwrap();
    docker(&format!("import {} {FR}/ns/base:1", at("layer.tar")), None);
    let context = stage.directory.join("context");
    fs::create_dir(&context).unwrap();
    fs::write(context.join("file"), "content").unwrap();
    fs::write(context.join("Dockerfile"), format!("FROM {FR}/ns/base:1\nCOPY file /\n")).unwrap();
    for auth in BOTH {
        let _registry = Registry::start(stage, auth, KEY);
        docker(&format!("push {FR}/ns/base:1"), Some(KEY));
        docker(&format!("rmi {FR}/ns/base:1"), None);
        stage.fails(&format!("docker --host {host} pull {FR}/ns/base:1"), None);
        stage.fails(&format!("docker --host {host} pull {FR}/ns/base:1"), Some(WRONG_KEY));
        docker(&format!("pull {FR}/ns/base:1"), Some(KEY));
        docker(&format!("rmi {FR}/ns/base:1"), None);
        // The build itself pulls the base image.
        docker(&format!("build -t {FR}/ns/app:1 {}", context.display()), Some(KEY));
        docker(&format!("push {FR}/ns/app:1"), Some(KEY));
        let login = format!("docker --host {host} login {FR} -u nologin --password-stdin");
        let output = stage.output(&login, Some(KEY), KEY);
        assert!(output.status.success(), "{auth:?}: {}", both(&output));
        docker(&format!("logout {FR}"), None);
    }
}

fn two_accounts(stage: &Stage) {
    stage.install_as("docker-credential-scw-prod");
    stage.install_as("docker-credential-scw-dev");
    stage.register(&[(FR, "scw-prod"), (NL, "scw-dev")]);
    stage.scaleway_config(&format!(
        "profiles:\n  prod:\n    secret_key: {KEY}\n  dev:\n    secret_key: {OTHER_KEY}\n"
    ));
    let image = docker_image(stage);
    for (host, key) in [(FR, KEY), (NL, OTHER_KEY)] {
        // One registry at a time, because both names lead to the same server. The environment's key
        // must not matter.
        let _registry = Registry::start(stage, Auth::Token, key);
        stage.ok(&format!("skopeo copy {image} docker://{host}/ns/app:1"), Some(WRONG_KEY));
        stage.ok(&format!("docker manifest inspect {host}/ns/app:1"), Some(WRONG_KEY));
    }
}

fn broken_configuration(stage: &Stage) {
    stage.scaleway_config("secret_key: SCW12345678901234567\n");
    let _registry = Registry::start(stage, Auth::Token, KEY);
    let docker_printed = stage.fails(&format!("docker manifest inspect {FR}/ns/app:1"), None);
    // Docker puts the helper's line into its own.
    let message = "docker-credential-scw: ~/.config/scw/config.yaml line 1: secret_key of profile \
                   \"default\" holds an access key (they begin with SCW), not a secret key; use the \
                   secret key (a UUID) of that API key";
    assert!(stage.stable(&docker_printed).contains(message), "{docker_printed}");
}
