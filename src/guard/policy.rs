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
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Unix sockets of the world outside.
    pub unix_sockets: UnixSockets,
    /// The environment variables that are kept of each process in the record.
    pub variables: &'static [&'static str],
}
