//! The token endpoint of a registry with `WWW-Authenticate: Bearer`.

use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{CertificateParams, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use crate::canary::base64;
use crate::stage::{FR, Stage};
use crate::tls_server::{Response, TlsServer};

/// Issues tokens in exchange for the key, until the scenario's process ends.
pub struct TokenServer {
    pub realm: String,
}

struct Signer {
    key: EcdsaKeyPair,
    /// The certificate of the signing key, in the format of the `x5c` header.
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
        let signer = Signer {
            key: EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, &SystemRandom::new()).unwrap(),
            certificate: base64(certificate.der()),
            authorization: format!("Basic {}", base64(format!("nologin:{key}").as_bytes())),
        };
        let server = TlsServer::start(stage, stage.certificate(), (address, 0), move |request| {
            let is_public = request.authorization.is_none() && is_public(&request.target);
            if is_public || request.authorization.as_deref() == Some(&signer.authorization) {
                Response::json(200, &format!(r#"{{"token":"{}"}}"#, signer.token(&request.target)))
            } else {
                Response::json(401, r#"{"details":"incorrect username or password"}"#)
            }
        });
        Self { realm: format!("https://{FR}:{}/token", server.port) }
    }
}

/// Returns whether a request is to pull from the public namespace only.
fn is_public(target: &str) -> bool {
    let target = target.replace("%3A", ":").replace("%2F", "/");
    target.matches("scope=").count() == 1
        && target.contains("scope=repository:public/")
        && target.contains(":pull")
        && !target.contains("push")
}

impl Signer {
    /// A token for all requested scopes.
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
