//! What of the cage watches, beside the wall that holds.

use super::{Address, Level, NoWall};
use std::io;

/// A cage that stands.
#[derive(Debug)]
pub struct Standing {
    /// Which wall it is.
    pub level: Level,
    /// Why it is not a network namespace, where it is none.
    pub weaker: Option<NoWall>,
    /// What watches in it.
    pub watch: Watch,
    /// The doors of the policy that could not be opened.
    pub closed: Vec<ClosedDoor>,
}

/// A door that could not be opened: nothing goes through it.
#[derive(Debug)]
pub struct ClosedDoor {
    /// The list of the policy that it is from.
    pub list: DoorList,
    /// As the policy has it.
    pub address: Address,
    /// Why.
    pub error: io::Error,
}

/// The lists of doors that a policy has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorList {
    /// [`super::Policy::allow`]
    Allow,
    /// [`super::Policy::publish`]
    Publish,
}

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
