//! Debian's docker-registry over TLS, with Scaleway's host names.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpStream;

use crate::stage::{Daemon, Stage, run};
use crate::token_server::TokenServer;

/// How the registry authenticates requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `WWW-Authenticate: Basic`.
    Htpasswd,
    /// `WWW-Authenticate: Bearer`, like the real service.
    Token,
}

pub const BOTH: [Auth; 2] = [Auth::Htpasswd, Auth::Token];

/// A registry on port 443 of `address` that accepts one key.
pub struct Registry {
    _daemon: Daemon,
    _tokens: Option<TokenServer>,
}

impl Registry {
    pub fn start(stage: &Stage, auth: Auth, key: &str) -> Self {
        Self::start_at(stage, auth, key, "127.0.0.1")
    }

    pub fn start_at(stage: &Stage, auth: Auth, key: &str, address: &str) -> Self {
        let directory = stage.directory.join(format!("registry-{address}"));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir(&directory).unwrap();
        let (certificate, private_key) = stage.certificate();
        let file = |name: &str, text: &str| {
            fs::write(directory.join(name), text).unwrap();
            directory.join(name).display().to_string()
        };
        let certificate = file("certificate.pem", &certificate);
        let private_key = file("key.pem", &private_key);
        let (auth, tokens) = match auth {
            Auth::Htpasswd => {
                // `-i` reads the password from standard input, because it is a key.
                let words = ["htpasswd", "-niB", "-C", "4", "nologin"];
                let output = run(stage.command(&words, None), key);
                assert!(output.status.success());
                let path = file("htpasswd", &String::from_utf8(output.stdout).unwrap());
                (format!("  htpasswd: {{realm: test, path: {path}}}\n"), None)
            }
            Auth::Token => {
                let tokens = TokenServer::start(stage, key, address);
                let bundle = file("token-ca.pem", &stage.authority().pem());
                let auth = format!(
                    "  token: {{realm: \"{}\", service: registry, issuer: tests, rootcertbundle: {bundle}}}\n",
                    tokens.realm
                );
                (auth, Some(tokens))
            }
        };
        let config = format!(
            "version: 0.1\nlog: {{level: info}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http: {{addr: \"{address}:443\", tls: {{certificate: {certificate}, key: {private_key}}}}}\n\
             auth:\n{auth}",
            directory.join("data").display()
        );
        let config = file("config.yml", &config);
        let address = format!("{address}:443");
        let daemon = stage
            .start(&["docker-registry", "serve", &config], || TcpStream::connect(&address).is_ok());
        Self { _daemon: daemon, _tokens: tokens }
    }
}

/// An empty gzipped tar archive: two blocks of zeros.
const EMPTY_LAYER: [u8; 32] = [
    31, 139, 8, 0, 0, 9, 110, 136, 0, 255, 98, 24, 5, 163, 96, 20, 140, 88, 0, 8, 0, 0, 255, 255,
    46, 175, 181, 239, 0, 4, 0, 0,
];

/// Writes an image with one empty layer to a directory, for `skopeo copy dir:…`. Its manifest is
/// Docker's schema 2, which all clients read: docker 20.10 does not support OCI manifests.
pub fn docker_image(stage: &Stage) -> String {
    let directory = stage.directory.join("image");
    fs::create_dir_all(&directory).unwrap();
    let descriptor = |media_type: &str, bytes: &[u8]| {
        let digest = sha256(bytes);
        fs::write(directory.join(&digest), bytes).unwrap();
        serde_json::json!({
            "mediaType": format!("application/vnd.docker.{media_type}"),
            "digest": format!("sha256:{digest}"),
            "size": bytes.len(),
        })
    };
    let config = serde_json::json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "history": [{"created_by": "tests"}],
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", sha256(&[0; 1024]))]},
    });
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": descriptor("container.image.v1+json", config.to_string().as_bytes()),
        "layers": [descriptor("image.rootfs.diff.tar.gzip", &EMPTY_LAYER)],
    });
    fs::write(directory.join("manifest.json"), manifest.to_string()).unwrap();
    fs::write(directory.join("version"), "Directory Transport Version: 1.1\n").unwrap();
    format!("dir:{}", directory.display())
}

pub fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}
