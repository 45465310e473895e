//! Resolves the name of a host once: ureq asks for it before every request, on connections that are open
//! too, and a checksum database is asked for hundreds of small files.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Authority;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The addresses of the hosts that were asked for.
#[derive(Debug, Default)]
pub(super) struct Once {
    resolver: DefaultResolver,
    known: Mutex<HashMap<Authority, ResolvedSocketAddrs>>,
}

impl Resolver for Once {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let Some(host) = uri.authority() else {
            return self.resolver.resolve(uri, config, timeout);
        };
        // Held while it is resolved: those who ask for the same at the same time wait for one answer.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(addresses) = known.get(host) {
            return Ok(addresses.clone());
        }
        let addresses = self.resolver.resolve(uri, config, timeout)?;
        known.insert(host.clone(), addresses.clone());
        Ok(addresses)
    }
}
