//! How calls are made: TLS, deadlines, connections and buffers.

use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Proxy};

use super::addresses::Addresses;

/// The `User-Agent` header.
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// The deadline for the name lookup, and for the connection.
pub(super) const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

/// How many connections to one host are kept for the next call: as many as make calls in parallel.
const IDLE_CONNECTIONS: usize = 8;

/// How much of a response is read at once, in bytes. A page of a hundred items takes 33 kB.
const READ_AT_ONCE: usize = 64 * 1024;

/// The maximum size of a response's header, in bytes: less than what is read at once. A header that fills the
/// buffer would look like a lost connection.
const HEADER_LIMIT: usize = READ_AT_ONCE / 2;

/// How much of a request is written at once, in bytes. Its longest header, such as a token, has to fit.
const WRITTEN_AT_ONCE: usize = 64 * 1024;

/// Creates an agent that follows no redirects and returns an answer for every status.
pub(super) fn agent(proxy: Option<Proxy>, deadline: Duration, addresses: Addresses) -> Agent {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy)
        .user_agent(USER_AGENT)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_idle_connections_per_host(IDLE_CONNECTIONS)
        .timeout_resolve(Some(CONNECT_DEADLINE))
        .timeout_connect(Some(CONNECT_DEADLINE))
        .timeout_global(Some(deadline))
        .max_response_header_size(HEADER_LIMIT)
        .input_buffer_size(READ_AT_ONCE)
        .output_buffer_size(WRITTEN_AT_ONCE)
        .build();
    Agent::with_parts(config, DefaultConnector::new(), addresses)
}
