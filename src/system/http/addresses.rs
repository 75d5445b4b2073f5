//! The addresses of hosts, looked up once for many calls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long addresses are used. Commands that run for longer notice when a host moves.
const KEPT: Duration = Duration::from_secs(60);

/// Looks up names as `ureq` does by default, and keeps the addresses. `ureq` looks a name up for every direct
/// call, also if it then reuses a connection, and starts a thread for that.
#[derive(Debug, Clone, Default)]
pub(super) struct Addresses {
    /// By host and port.
    known: Arc<Mutex<HashMap<String, (Instant, ResolvedSocketAddrs)>>>,
}

impl Addresses {
    /// Forgets all addresses: a call failed, and the next one may need others.
    pub(super) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn find(&self, host: &str) -> Option<ResolvedSocketAddrs> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, addresses) = known.get(host)?;
        (since.elapsed() < KEPT).then(|| addresses.clone())
    }
}

impl Resolver for Addresses {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri
            .scheme()
            .zip(uri.authority())
            .and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority));
        if let Some(addresses) = host.as_ref().and_then(|host| self.find(host)) {
            return Ok(addresses);
        }
        // Without the lock: the lookups of several hosts do not wait for each other.
        let addresses = DefaultResolver::default().resolve(uri, config, timeout)?;
        if let Some(host) = host {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(host, (Instant::now(), addresses.clone()));
        }
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use ureq::config::Config;
    use ureq::unversioned::resolver::Resolver as _;
    use ureq::unversioned::transport::NextTimeout;

    use super::Addresses;

    #[test]
    fn addresses_are_kept_by_host_and_port() {
        let addresses = Addresses::default();
        let resolved = |url: &str| {
            let uri = url.parse().unwrap();
            let found = addresses.resolve(&uri, &Config::default(), NextTimeout::default());
            found.unwrap().first().copied().unwrap().to_string()
        };
        let known = || {
            let mut known: Vec<_> = addresses.known.lock().unwrap().keys().cloned().collect();
            known.sort();
            known
        };
        for path in ["a", "b?c=d"] {
            let url = format!("http://user:password@127.0.0.1:8080/{path}");
            assert_eq!(resolved(&url), "127.0.0.1:8080");
            assert_eq!(known(), ["127.0.0.1:8080"]);
        }
        assert_eq!(resolved("http://127.0.0.1/"), "127.0.0.1:80");
        assert_eq!(resolved("https://127.0.0.1/"), "127.0.0.1:443");
        assert_eq!(known(), ["127.0.0.1:443", "127.0.0.1:80", "127.0.0.1:8080"]);
        assert!(addresses.find("127.0.0.1:80").is_some());
        addresses.forget();
        assert!(addresses.find("127.0.0.1:80").is_none());
    }
}
