//! What the caller wants of a cage.

use super::Address;

/// What becomes of unix sockets on which somebody outside the cage listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnixSockets {
    /// They work, and each is noted.
    #[default]
    Note,
    /// They are refused, and each is a violation.
    Deny,
}

/// The weakest wall that will do. Each holds more than the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weakest {
    /// A filter that lets no program make a socket that could leave this machine. Loopback is gone as
    /// well, and what was tried is neither seen nor counted.
    Deny,
    /// Calls that reach out are refused one by one.
    Seccomp,
    /// A network namespace.
    #[default]
    Netns,
}

/// What the caller wants of a cage.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The weakest wall that will do.
    pub weakest: Weakest,
    /// Unix sockets of the world outside.
    pub unix_sockets: UnixSockets,
    /// TCP services of the world outside that are reached from the cage, and nothing else is. Names
    /// are resolved outside, before the command starts.
    pub allow: Vec<Address>,
    /// Where the world outside reaches a server in the cage that listens on the same port. Only a
    /// network namespace needs it: elsewhere the command's servers are the machine's own.
    pub publish: Vec<Address>,
    /// The environment variables that are kept of each process in the record.
    pub variables: Vec<&'static str>,
    /// Whether calls that reach out are seen one by one. A command has at most one that watches its
    /// calls: without, it may have a watch of its own, and the record has numbers only.
    pub watch_calls: bool,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            weakest: Weakest::default(),
            unix_sockets: UnixSockets::default(),
            allow: Vec::new(),
            publish: Vec::new(),
            variables: Vec::new(),
            watch_calls: true,
        }
    }
}
