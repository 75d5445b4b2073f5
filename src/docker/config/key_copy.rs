//! A `config.json` with keys in it, for programs that ask no credential helper.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::protocol::wire::USERNAME;
use crate::registry_host::RegistryHost;
use crate::secret_key::SecretKey;

/// A registry and its key take less than this many bytes of the file.
const LOGIN_SIZE: usize = 160;

/// Returns a `config.json` of one line with these logins, as `docker login` without a credential
/// store writes them.
#[expect(
    clippy::disallowed_methods,
    reason = "the answer of `docker-config` and `kubernetes-secret`"
)]
pub(crate) fn config_with_keys(logins: &[(RegistryHost, SecretKey)]) -> Zeroizing<Vec<u8>> {
    // Large enough: growing would leave a copy of a key in memory.
    let mut text = Zeroizing::new(Vec::with_capacity(64 + LOGIN_SIZE * logins.len()));
    text.extend_from_slice(b"{\"auths\":{");
    for (at, (host, key)) in logins.iter().enumerate() {
        let separator = if at > 0 { "," } else { "" };
        text.extend_from_slice(format!("{separator}\"{host}\":{{\"auth\":\"").as_bytes());
        let login = Zeroizing::new(format!("{USERNAME}:{}", key.expose()));
        text.extend_from_slice(&base64_of(login.as_bytes()));
        text.extend_from_slice(b"\"}");
    }
    text.extend_from_slice(b"}}");
    text
}

/// Encodes a secret in base64, on one line.
pub(crate) fn base64_of(secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let size = base64::encoded_len(secret.len(), true).unwrap_or_default();
    // With space for a line end: growing would leave a copy in memory.
    let mut encoded = Zeroizing::new(Vec::with_capacity(size + 1));
    encoded.resize(size, 0);
    // The slice has the size that the encoder asks for.
    let written = STANDARD.encode_slice(secret, &mut encoded).unwrap_or_default();
    encoded.truncate(written);
    encoded
}
