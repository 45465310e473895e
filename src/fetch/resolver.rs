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
pub(super) struct Once<R = DefaultResolver> {
    resolver: R,
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

impl<R: Resolver> Resolver for Once<R> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::try_on_threads;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use ureq::Agent;

    /// Takes its time, and finds nothing.
    #[derive(Debug, Default)]
    struct Slow(AtomicUsize);

    impl Resolver for Slow {
        fn resolve(
            &self,
            _: &Uri,
            _: &Config,
            timeout: NextTimeout,
        ) -> Result<ResolvedSocketAddrs, Error> {
            self.0.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(200));
            Err(Error::Timeout(timeout.reason))
        }
    }

    #[test]
    fn those_who_wait_for_one_answer_wait_once() {
        let (once, config) = (Once::<Slow>::default(), Agent::config_builder().build());
        let uri = Uri::from_static("https://host.invalid/x");
        let ask = |_: &usize| match once.resolve(&uri, &config, NextTimeout::default()) {
            Err(Error::Timeout(_)) => Ok(()),
            other => Err(format!("{other:?}")),
        };
        assert_eq!(try_on_threads(8, &[0; 8], ask).map(drop), Ok(()));
        // Whoever comes too late to have waited begins anew.
        let asked = once.resolver.0.load(Ordering::Relaxed);
        assert!(asked < 8, "{asked}");
    }
}
