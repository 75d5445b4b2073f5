//! Debian's docker-registry over TLS under Scaleway's names.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpStream;

use crate::stage::{Daemon, Stage, run};
use crate::token_server::TokenServer;

/// How the registry finds out who is asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `WWW-Authenticate: Basic`.
    Htpasswd,
    /// `WWW-Authenticate: Bearer`, as the real service does.
    Token,
}

pub const BOTH: [Auth; 2] = [Auth::Htpasswd, Auth::Token];

/// A registry on port 443 of `address`, which takes one key.
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
                // `-i` takes the password from standard input: it is a key here.
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

/// Writes an image of one small layer as an OCI layout, for `skopeo copy oci:…`.
pub fn oci_layout(stage: &Stage) -> String {
    let directory = stage.directory.join("image");
    let blobs = directory.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let blob = |bytes: &[u8]| {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        let mut hex = String::new();
        for byte in digest.as_ref() {
            write!(hex, "{byte:02x}").unwrap();
        }
        fs::write(blobs.join(&hex), bytes).unwrap();
        (hex, bytes.len())
    };
    // An empty tar archive.
    let (layer, layer_size) = blob(&[0; 1024]);
    let (config, config_size) = blob(
        format!(
            r#"{{"architecture":"amd64","os":"linux","rootfs":{{"type":"layers","diff_ids":["sha256:{layer}"]}}}}"#
        )
        .as_bytes(),
    );
    let (manifest, manifest_size) = blob(
        format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{config}","size":{config_size}}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:{layer}","size":{layer_size}}}]}}"#
        )
        .as_bytes(),
    );
    fs::write(
        directory.join("index.json"),
        format!(
            r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{manifest}","size":{manifest_size}}}]}}"#
        ),
    )
    .unwrap();
    fs::write(directory.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    format!("oci:{}", directory.display())
}
