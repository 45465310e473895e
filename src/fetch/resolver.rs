//! Resolves the name of a host once: ureq asks for it before every request, on connections that are open
//! too, and a checksum database is asked for hundreds of small files.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Authority;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::{Error, Timeout};

/// The addresses of the hosts that were asked for.
#[derive(Debug, Default)]
pub(super) struct Once {
    resolver: DefaultResolver,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    addresses: HashMap<Authority, ResolvedSocketAddrs>,
    failures: HashMap<Authority, Failure>,
}

/// When a name was not resolved, and whether that took too long.
#[derive(Debug, Clone, Copy)]
struct Failure(Instant, Option<Timeout>);

impl Failure {
    fn of(error: &Error) -> Failure {
        let timeout = if let Error::Timeout(timeout) = error { Some(*timeout) } else { None };
        Failure(Instant::now(), timeout)
    }
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
        // Held while it is resolved: those who ask for the same at the same time wait for one answer,
        // also for one that fails, which can take long.
        let begun = Instant::now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(addresses) = known.addresses.get(host) {
            return Ok(addresses.clone());
        }
        match known.failures.get(host) {
            Some(Failure(at, Some(timeout))) if *at >= begun => {
                return Err(Error::Timeout(*timeout));
            }
            Some(Failure(at, None)) if *at >= begun => return Err(Error::HostNotFound),
            _ => {}
        }
        let resolved = self.resolver.resolve(uri, config, timeout);
        match &resolved {
            Ok(addresses) => drop(known.addresses.insert(host.clone(), addresses.clone())),
            Err(error) => drop(known.failures.insert(host.clone(), Failure::of(error))),
        }
        resolved
    }
}
