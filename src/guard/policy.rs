//! What the caller wants of a cage.

/// What becomes of unix sockets on which somebody outside the cage listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnixSockets {
    /// They work, and each is noted.
    #[default]
    Note,
    /// They are refused, and each is a violation.
    Deny,
}

/// What the caller wants of a cage.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Unix sockets of the world outside.
    pub unix_sockets: UnixSockets,
    /// The environment variables that are kept of each process in the record.
    pub variables: Vec<&'static str>,
    /// Whether calls that reach out are seen one by one. A command has at most one that watches its
    /// calls: without, it may have a watch of its own, and the record has numbers only.
    pub watch_calls: bool,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { unix_sockets: UnixSockets::default(), variables: Vec::new(), watch_calls: true }
    }
}
