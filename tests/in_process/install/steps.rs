//! The steps of a run, planned and done, and what is reported if one fails.

use std::fs;
use std::os::unix::fs::symlink;

use docker_credential_scw::Exit;
use docker_credential_scw::system::keyring::KeyringError;

use super::docker_store::{STORE, answer_with, with_store};
use super::{AUTH_FILE, CONFIG, install, run, uninstall, user, with_login};
use crate::support::{FR, KEY_A};

/// The steps of a report, as `ACTION TARGET STATUS`.
fn steps(text: &str) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(text).unwrap();
    let word = |step: &serde_json::Value, field: &str| step[field].as_str().unwrap().to_owned();
    let steps = report["steps"].as_array().unwrap().iter();
    let in_words = |step| ["action", "target", "status"].map(|field| word(step, field)).join(" ");
    steps.map(in_words).collect()
}

const STEPS: [&str; 4] = [
    "keep-key rg.fr-par.scw.cloud",
    "install-program ~/bin/docker-credential-scw",
    "change-config ~/.docker/config.json",
    "remove-plaintext-credentials ~/.docker/config.json",
];

#[test]
fn a_dry_run_has_the_same_steps_as_the_run() {
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(FR, KEY_A));
    let with = |status: [&str; 4]| -> Vec<String> {
        STEPS.iter().zip(status).map(|(step, status)| format!("{step} {status}")).collect()
    };
    let planned = with(["planned"; 4]);
    assert_eq!(steps(&install(&world, &["--dry-run", "--yes", "-o", "json"])), planned);
    let asked = with(["needs-consent", "planned", "planned", "needs-consent"]);
    assert_eq!(steps(&install(&world, &["--dry-run", "-o", "json"])), asked);
    let screen = install(&world, &["--dry-run", "--yes", "region=fr-par"]);
    assert_eq!(
        screen,
        "\
Would copy the key for rg.fr-par.scw.cloud from ~/.docker/config.json to the keyring
Would install ~/bin/docker-credential-scw
Would change ~/.docker/config.json:
--- ~/.docker/config.json
+++ ~/.docker/config.json
@@ -1,1 +1,1 @@
-{\"auths\": ...}
+{\"auths\": ..., \"credHelpers\": {\"rg.fr-par.scw.cloud\": \"scw\"}}
Would remove the plaintext credentials for rg.fr-par.scw.cloud from ~/.docker/config.json
"
    );
    assert_eq!(steps(&install(&world, &["--yes", "-o", "json"])), with(["done"; 4]));
    let text = uninstall(&world, &["--yes", "-o", "json"]);
    let expected = [
        "change-config ~/.docker/config.json done",
        "remove-program ~/bin/docker-credential-scw done",
        "forget-key rg.fr-par.scw.cloud done",
    ];
    assert_eq!(steps(&text), expected);
}

#[test]
fn a_refused_key_keeps_the_credentials_and_dockers_login() {
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(FR, KEY_A));
    let world = world.file(AUTH_FILE, with_login(FR, KEY_A));
    world.keyring.fails_with(KeyringError::Locked);
    let text = install(&world, &["--yes", "region=fr-par", "-o", "json"]);
    let expected = [
        "keep-key rg.fr-par.scw.cloud failed",
        "install-program ~/bin/docker-credential-scw done",
        "change-config ~/.docker/config.json unchanged",
        "remove-plaintext-credentials ~/.docker/config.json skipped",
        "remove-plaintext-credentials ~/.config/containers/auth.json skipped",
    ];
    assert_eq!(steps(&text), expected);
    assert_eq!(world.read(CONFIG), with_login(FR, KEY_A));
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_A));
    assert_eq!(
        install(&world, &["--yes", "region=fr-par"]),
        "\
~/bin/docker-credential-scw is there already
~/.docker/config.json is left unchanged
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud; their key is kept nowhere else \
and cannot be stored: the keyring is locked
  -> docker-credential-scw save-key
  -> docker-credential-scw install --yes
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman uses \
before the helper; their key is kept nowhere else and cannot be stored: the keyring is locked
  -> docker-credential-scw save-key
  -> docker-credential-scw install --yes
! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; the helper has no key
  -> docker-credential-scw save-key
  -> docker-credential-scw install --force --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered

Fix what is marked !, then run install again.
"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_after_a_step_names_what_was_done_before() {
    // No directory can be created in /proc.
    let world = user().set("SCW_SECRET_KEY", "").file(AUTH_FILE, with_login(FR, KEY_A));
    symlink("/proc/none/docker", world.path(".docker")).unwrap();
    let outcome = run(&world, "install", &["--yes", "region=fr-par"]);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, ""));
    assert_eq!(
        outcome.stderr.replace(world.home.path().to_str().unwrap(), "~"),
        "error: copied the key for rg.fr-par.scw.cloud to the keyring, installed \
         ~/bin/docker-credential-scw, but cannot create the directory /proc/none/docker: No such file or directory (os error \
         2)\n"
    );
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_A));
}

#[test]
fn every_question_comes_before_the_first_change() {
    /// Answers yes to each question, and checks that nothing has changed.
    struct Answers(std::path::PathBuf, Vec<u8>);
    impl std::io::Read for Answers {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            assert_eq!(fs::read_dir(self.0.join("bin"))?.count(), 1, "nothing is installed");
            assert_eq!(fs::read_to_string(self.0.join(CONFIG))?, STORE);
            buffer[0] = self.1.pop().unwrap();
            Ok(1)
        }
    }
    let world = with_store(STORE, &answer_with(KEY_A)).on_a_terminal();
    let world = world.file(AUTH_FILE, with_login(FR, KEY_A));
    let path = world.path("bin").display().to_string();
    let words = ["docker-credential-scw", "install", "--path", &path, "--region", "fr-par"];
    let args: Vec<std::ffi::OsString> = words.iter().map(Into::into).collect();
    let mut answers = Answers(world.path(""), b"\ny\ny".to_vec());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let environment = world.environment();
    docker_credential_scw::run(&args, &environment, &mut answers, &mut stdout, &mut stderr);
    let shown = |text: Vec<u8>| {
        String::from_utf8(text).unwrap().replace(world.home.path().to_str().unwrap(), "~")
    };
    assert_eq!(
        shown(stderr),
        "Docker's credential store pass has the key for rg.fr-par.scw.cloud. Copy it to the keyring? \
         [y/N] ~/.config/containers/auth.json has plaintext credentials for rg.fr-par.scw.cloud. The \
         helper has the same key. Delete it from auth.json? [y/N] "
    );
    let stdout = shown(stdout);
    assert_eq!(
        stdout,
        "\
Copied the key for rg.fr-par.scw.cloud from Docker's credential store pass to the keyring
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
Removed the plaintext credentials for rg.fr-par.scw.cloud from ~/.config/containers/auth.json

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     keyring   cannot read the key stored for rg.fr-par.scw.cloud: \
there is no keyring in this session (no D-Bus session bus); set SCW_SECRET_KEY, or remove the \
stored key with `docker logout rg.fr-par.scw.cloud`

Fix this, then run install again.
"
    );
}
