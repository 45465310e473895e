//! What of the cage watches, beside the wall that holds.

/// What watches: without it the wall holds all the same, and the record says less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// Whether the name servers are our own, so that names are seen; else why not.
    pub names: Watched,
    /// Whether calls that reach out are seen one by one, so that processes are known; else why not.
    pub calls: Watched,
}

/// Whether something is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// It is.
    Yes,
    /// It is not, for this reason.
    No(String),
}

impl Default for Watched {
    fn default() -> Watched {
        Watched::No("there is no cage".to_owned())
    }
}

impl Watched {
    /// Whether it is.
    pub fn is_yes(&self) -> bool {
        *self == Watched::Yes
    }
}
