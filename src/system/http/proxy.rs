//! The proxy that the environment names.

use std::fmt;

use ureq::{Proxy, ProxyProtocol};

use super::HttpError;
use crate::system::environment::Environment;

/// A proxy, without the user name and password that the variable may contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyAddress {
    /// The variable that names the proxy.
    pub(crate) variable: &'static str,
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Returns the proxy for https, from the variables that curl reads. The URL in it may contain a
/// password.
pub(super) fn proxy_of(
    environment: &Environment,
) -> Result<Option<(Proxy, ProxyAddress)>, HttpError> {
    let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let address = names.iter().find_map(|name| Some((*name, environment.variable(name)?)));
    let Some((variable, address)) = address else { return Ok(None) };
    let address = address.to_str().ok_or(HttpError::ProxyAddress(variable))?.trim();
    let proxy = Proxy::new(address).map_err(|_| HttpError::ProxyAddress(variable))?;
    // ureq is built without SOCKS support and panics for such a proxy.
    if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
        return Err(HttpError::SocksProxy(variable));
    }
    let address = ProxyAddress { variable, host: proxy.host().to_owned(), port: proxy.port() };
    Ok(Some((proxy, address)))
}

/// Parses `NO_PROXY`: the hosts to connect to directly.
pub(super) fn exceptions_of(environment: &Environment) -> Option<Proxy> {
    let named = ["no_proxy", "NO_PROXY"].iter().find_map(|name| environment.variable(name))?;
    let list = named.to_str()?;
    // The proxy's host does not matter: only the exceptions are used.
    let proxy = Proxy::builder(ProxyProtocol::Http).host("localhost");
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .fold(proxy, |proxy, entry| {
            // `example.com` includes its subdomains, as in curl.
            let below = format!(".{}", entry.trim_start_matches('.'));
            proxy.no_proxy(entry).no_proxy(&below)
        })
        .build()
        .ok()
}
