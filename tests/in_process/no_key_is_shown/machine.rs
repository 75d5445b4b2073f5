//! The machine on which commands run: everything that can be read is there, with keys in it.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docker_credential_scw::secret_key::SecretKey;
use docker_credential_scw::system::keyring::Keyring as _;
use serde_json::{Value, json};

use super::{CANARY, encodings};
use crate::support::api_stub::ApiStub;
use crate::support::{FR, KEY_B, KEY_C, World};

pub(super) fn scaleway_config() -> Value {
    let profile = json!({
        "access_key": "SCWXXXXXXXXXXXXXXXXX",
        "secret_key": KEY_B,
        "default_region": "fr-par",
        "default_zone": "fr-par-1",
        "default_project_id": "11111111-1111-4111-8111-111111111111",
        "default_organization_id": "22222222-2222-4222-8222-222222222222",
    });
    let mut config = profile.clone();
    config["profiles"] = json!({"prod": profile.clone(), "other": profile});
    config["active_profile"] = json!("prod");
    config
}

pub(super) fn docker_config() -> Value {
    let login = STANDARD.encode(format!("nologin:{KEY_B}"));
    json!({
        "auths": {
            FR: {"auth": login},
            "https://rg.nl-ams.scw.cloud": {"username": "nologin", "password": KEY_C},
            "rg.it-mil.scw.cloud": {"identitytoken": "token"},
        },
        "credHelpers": {FR: "scw", "rg.pl-waw.scw.cloud": "other", "RG.fr-par.scw.cloud": "scw-prod"},
        "credsStore": "other",
        "HttpHeaders": {"X": "y"},
    })
}

pub(super) fn podman_config() -> Value {
    json!({
        "auths": {"rg.nl-ams.scw.cloud/my-ns": {"auth": STANDARD.encode(format!("nologin:{KEY_C}"))}},
        "credHelpers": {"rg.nl-ams.scw.cloud": "other"},
    })
}

/// Another program, which answers every request with the key and control characters.
fn script(path: &Path, silent: &[&str]) {
    let silent = if silent.is_empty() { "-".to_owned() } else { silent.join("|") };
    let all = encodings(CANARY).join(" ");
    let text = format!(
        "#!/bin/sh\ncase $1 in {silent}) exec /bin/cat >/dev/null;; esac\n\
         printf 'docker-credential-scw: \\033[2J%s\\n' '{all}'\nexit $CODE\n"
    );
    let code = if silent == "-" { "1" } else { "0" };
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text.replace("$CODE", code)).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// A machine where everything that can be read is there.
pub(super) fn world(stub: &ApiStub) -> World {
    let mut world = World::new();
    world.program_file = world.path("program");
    script(&world.program_file, &[]);
    script(&world.path("bin/docker"), &["login", "logout"]);
    script(&world.path("bin/podman"), &["login", "logout"]);
    script(&world.path("bin/docker-credential-other"), &[]);
    script(&world.path("bin/docker-credential-scw-prod"), &[]);
    // The directory of the program for install and uninstall.
    std::fs::create_dir(world.path("bin/x")).unwrap();
    world.keyring.store(FR, &SecretKey::parse(KEY_C).unwrap()).unwrap();
    let (bin, run) = (world.path("bin"), world.path("run"));
    world
        .set("PATH", bin)
        .set("XDG_RUNTIME_DIR", run)
        .set("SCW_API_URL", &stub.url)
        .set("https_proxy", "http://127.0.0.1:1")
        .config(scaleway_config().to_string())
        .file(".docker/config.json", docker_config().to_string())
        .file("run/containers/auth.json", podman_config().to_string())
        .file(
            ".local/state/docker-credential-scw/stored-hosts.json",
            json!({FR: "stored"}).to_string(),
        )
}
