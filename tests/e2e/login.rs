//! `login` and `logout` with real clients and a real registry.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::Scenario;
use crate::keyring::{Keyring, Session};
use crate::registry::{Auth, BOTH, Registry};
use crate::stage::{FR, KEY, OTHER_KEY, Stage, WRONG_KEY, both, our_lines};

const ALL: &[&str] = &["docker", "podman", "buildah", "skopeo", "docker-registry", "htpasswd"];

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "login_through_a_registered_helper_adds_no_plaintext",
        needs: ALL,
        play: with_helper,
    },
    Scenario { name: "login_without_a_helper_suggests_install", needs: ALL, play: without_helper },
    Scenario { name: "login_with_old_plaintext_credentials", needs: ALL, play: leftover },
    Scenario {
        name: "login_with_a_typed_key_keeps_it_in_the_keyring",
        needs: ALL_AND_KEYRING,
        play: with_keyring,
    },
];

const ALL_AND_KEYRING: &[&str] =
    &["docker", "podman", "docker-registry", "htpasswd", "dbus-daemon", "gnome-keyring-daemon"];

const CLIENTS: [&str; 4] = ["docker", "podman", "buildah", "skopeo"];

/// The file in which podman, buildah and skopeo keep root's credentials.
const PODMANS: &str = "/run/containers/0/auth.json";

fn run_helper(stage: &Stage, words: &str, key: Option<&str>, stdin: &str) -> Output {
    stage.output(&format!("docker-credential-scw {words}"), key, stdin)
}

/// The files to which these clients write credentials.
fn login_files(stage: &Stage) -> Vec<PathBuf> {
    vec![
        stage.home().join(".docker/config.json"),
        stage.home().join(".config/containers/auth.json"),
        PODMANS.into(),
    ]
}

/// Whether a client has written credentials as plaintext.
fn has_login(file: &Path) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.contains("\"auth\"")
}

fn with_helper(stage: &Stage) {
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    for auth in BOTH {
        let registry = Registry::start(stage, auth, KEY);
        for client in CLIENTS {
            let login = format!("login --program {client}");
            let output = run_helper(stage, &login, None, "");
            assert_eq!(output.status.code(), Some(0), "{client}: {}", both(&output));
            // A key that the registry refuses.
            let wrong = run_helper(stage, &login, Some(WRONG_KEY), "");
            assert!(!wrong.status.success(), "{client}: {}", both(&wrong));
            // A key that cannot be stored is not used either.
            let typed = format!("{login} --secret-key-stdin");
            let output = run_helper(stage, &typed, None, OTHER_KEY);
            assert!(!output.status.success(), "{client}: {}", both(&output));
            // Docker logs in before it asks the helper to store the key.
            if client != "docker" {
                assert_eq!(
                    both(&output),
                    "error: cannot store the key for rg.fr-par.scw.cloud: there is no keyring in \
                     this session (no D-Bus session bus)\n\
                     hint: set SCW_SECRET_KEY, or run `docker-credential-scw save-key`: then no \
                     login is needed\n"
                );
            }
            assert!(!login_files(stage).iter().any(|file| has_login(file)), "{client}");
            let output = run_helper(stage, &format!("logout --program {client}"), None, "");
            assert!(output.status.success(), "{client}: {}", both(&output));
            assert_eq!(
                stage.stable(&our_lines(&output)),
                "docker-credential-scw: the helper still answers for rg.fr-par.scw.cloud, with the \
                 key of profile default: logging out does not touch that\n",
            );
        }
        drop(registry);
        for client in CLIENTS {
            let down = run_helper(stage, &format!("login --program {client}"), None, "");
            assert!(!down.status.success(), "{client}: {}", both(&down));
        }
    }
    assert!(!stage.home().join(".local/state/docker-credential-scw/stored-hosts.json").exists());
}

fn without_helper(stage: &Stage) {
    fs::remove_dir_all(stage.home().join(".docker")).unwrap();
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    let _registry = Registry::start(stage, Auth::Token, KEY);
    for client in CLIENTS {
        let output = run_helper(stage, &format!("login --program {client}"), None, "");
        assert_eq!(output.status.code(), Some(0), "{client}: {}", both(&output));
        let (file, order) = match client {
            "docker" => ("~/.docker/config.json", String::new()),
            _ => (PODMANS, format!(", which {client} uses before the helper")),
        };
        assert_eq!(
            stage.stable(&our_lines(&output)),
            format!(
                "docker-credential-scw: {file}: plaintext credentials for \
                 rg.fr-par.scw.cloud{order}; to fix it: docker-credential-scw install --yes\n"
            ),
        );
        assert!(login_files(stage).iter().any(|file| has_login(file)), "{client}");
        let output = run_helper(stage, &format!("logout --program {client}"), None, "");
        assert_eq!(output.status.code(), Some(0), "{client}: {}", both(&output));
        assert!(!login_files(stage).iter().any(|file| has_login(file)), "{client}");
        let wrong = run_helper(stage, &format!("login --program {client}"), Some(WRONG_KEY), "");
        assert!(!wrong.status.success(), "{client}: {}", both(&wrong));
    }
}

fn leftover(stage: &Stage) {
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    let _registry = Registry::start(stage, Auth::Htpasswd, KEY);
    let file = Path::new(PODMANS);
    for client in ["podman", "buildah", "skopeo"] {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let text = format!("{{\"auths\":{{\"{FR}\":{{\"auth\":\"bm9sb2dpbjpvbGQ=\"}}}}}}");
        fs::write(file, &text).unwrap();
        let output = run_helper(stage, &format!("login --program {client}"), None, "");
        // The old copy takes precedence over the helper. The client refuses it, and `login` says
        // why.
        assert!(!output.status.success(), "{client}: {}", both(&output));
        assert_eq!(
            our_lines(&output),
            format!(
                "docker-credential-scw: /run/containers/0/auth.json: plaintext credentials for \
                 rg.fr-par.scw.cloud, which {client} uses before the helper; to fix it: \
                 docker-credential-scw install --yes\n"
            ),
        );
        assert_eq!(fs::read_to_string(file).unwrap(), text, "{client}");
        fs::remove_file(file).unwrap();
    }
}

fn with_keyring(stage: &Stage) {
    let _registry = Registry::start(stage, Auth::Token, KEY);
    let script = format!(
        "set -e
        # A wrong key is not kept, and an older one comes back.
        ! echo {WRONG_KEY} | docker-credential-scw login --program podman --secret-key-stdin
        ! echo {FR} | docker-credential-scw get
        echo {KEY} | docker-credential-scw login --program podman --secret-key-stdin
        [[ $(echo {FR} | docker-credential-scw get) == *{KEY}* ]]
        ! echo {WRONG_KEY} | docker-credential-scw login --program podman --secret-key-stdin
        [[ $(echo {FR} | docker-credential-scw get) == *{KEY}* ]]
        # Interrupted once the key is stored: what was there before comes back.
        docker-credential-scw logout --program podman
        mkdir slow
        printf '#!/bin/sh\nsleep 1\nexec %s \"$@\"\n' \"$(command -v docker-credential-scw)\" >slow/docker-credential-scw
        chmod 755 slow/docker-credential-scw
        echo {KEY} | PATH=$PWD/slow:$PATH timeout -s INT 1.5 docker-credential-scw login --program podman --secret-key-stdin && exit 1
        ! echo {FR} | docker-credential-scw get
        echo {KEY} | docker-credential-scw login --program podman --secret-key-stdin
        docker-credential-scw login --program docker
        docker-credential-scw logout --program podman
        ! echo {FR} | docker-credential-scw get
        "
    );
    // The key is in the script's standard input, never in arguments.
    let session = Session::start(stage, &Keyring::Unlocked);
    let output = crate::stage::run(session.command(&["bash"]), &script);
    assert!(output.status.success(), "{}", both(&output));
    assert!(!login_files(stage).iter().any(|file| has_login(file)));
}
