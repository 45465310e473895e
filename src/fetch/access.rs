//! What the user has set about reaching places in a network: passwords, and proxies in the way.

use super::detour::Detour;
use super::netrc::{NetrcLine, parse_netrc};

/// The user's passwords, and the HTTP proxies of the environment.
#[derive(Debug, Clone, Default)]
pub struct Access {
    pub(super) netrc: Vec<NetrcLine>,
    pub(super) detour: Detour,
}

impl Access {
    /// By the text of the user's netrc file, where that may be used, and by the variables of the
    /// environment, of which an empty one is none.
    pub fn new(netrc: Option<&str>, variable: &dyn Fn(&str) -> Option<String>) -> Access {
        let netrc = netrc.map(parse_netrc).unwrap_or_default();
        Access { netrc, detour: Detour::new(variable) }
    }
}
