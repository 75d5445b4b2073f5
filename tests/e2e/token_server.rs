//! The token endpoint of a registry that answers `WWW-Authenticate: Bearer`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{CertificateParams, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::canary::base64;
use crate::stage::{FR, Stage};

/// Serves tokens for whoever has the key, until the scenario's process ends.
pub struct TokenServer {
    pub realm: String,
}

struct Signer {
    key: EcdsaKeyPair,
    /// The certificate of that key, as the `x5c` header has it.
    certificate: String,
    authorization: String,
}

impl TokenServer {
    pub fn start(stage: &Stage, key: &str, address: &str) -> Self {
        let signing_key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["tokens".to_owned()])
            .unwrap()
            .signed_by(&signing_key, stage.authority())
            .unwrap();
        let pkcs8 = signing_key.serialize_der();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let signer = Arc::new(Signer {
            key: EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, &SystemRandom::new()).unwrap(),
            certificate: base64(certificate.der()),
            authorization: format!("Basic {}", base64(format!("nologin:{key}").as_bytes())),
        });
        let (certificate, private_key) = stage.certificate();
        let tls = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(private_key.as_bytes()).unwrap(),
            )
            .unwrap();
        let tls = Arc::new(tls);
        let listener = TcpListener::bind((address, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (tls, signer) = (Arc::clone(&tls), Arc::clone(&signer));
                std::thread::spawn(move || {
                    // A client that hangs up early is its own affair.
                    let _ = serve(stream?, &tls, &signer);
                    Ok::<(), std::io::Error>(())
                });
            }
        });
        Self { realm: format!("https://{FR}:{port}/token") }
    }
}

fn serve(
    mut stream: TcpStream,
    tls: &Arc<rustls::ServerConfig>,
    signer: &Signer,
) -> std::io::Result<()> {
    let mut connection =
        rustls::ServerConnection::new(Arc::clone(tls)).map_err(std::io::Error::other)?;
    let mut stream = rustls::Stream::new(&mut connection, &mut stream);
    let mut reader = BufReader::new(&mut stream);
    let (mut target, mut authorized, mut line) = (String::new(), false, String::new());
    while reader.read_line(&mut line)? > 0 && line.trim() != "" {
        if target.is_empty() {
            line.split(' ').nth(1).unwrap_or_default().clone_into(&mut target);
        }
        if let Some((name, value)) = line.split_once(':') {
            authorized |=
                name.eq_ignore_ascii_case("authorization") && value.trim() == signer.authorization;
        }
        line.clear();
    }
    let (status, body) = if authorized {
        ("200 OK", format!(r#"{{"token":"{}"}}"#, signer.token(&target)))
    } else {
        ("401 Unauthorized", r#"{"details":"incorrect username or password"}"#.to_owned())
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

impl Signer {
    /// A token for every scope that was asked for.
    fn token(&self, target: &str) -> String {
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let query = query.replace("%3A", ":").replace("%2F", "/").replace("%2C", ",");
        let scopes = query.split('&').filter_map(|pair| pair.strip_prefix("scope="));
        let access: Vec<_> = scopes
            .flat_map(|scopes| scopes.split(['+', ' ']))
            .filter_map(|scope| {
                let (kind, rest) = scope.split_once(':')?;
                let (name, actions) = rest.rsplit_once(':')?;
                let actions: Vec<_> = actions.split(',').collect();
                Some(serde_json::json!({"type": kind, "name": name, "actions": actions}))
            })
            .collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let header = serde_json::json!({"typ": "JWT", "alg": "ES256", "x5c": [self.certificate]});
        let claims = serde_json::json!({
            "iss": "tests", "sub": "nologin", "aud": "registry", "jti": "1",
            "iat": now - 10, "nbf": now - 10, "exp": now + 300, "access": access,
        });
        let signed = format!("{}.{}", url64(&header.to_string()), url64(&claims.to_string()));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", to_url64(&base64(signature.as_ref())))
    }
}

fn url64(text: &str) -> String {
    to_url64(&base64(text.as_bytes()))
}

fn to_url64(base64: &str) -> String {
    base64.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
}
