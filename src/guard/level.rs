//! The name of the wall that stands, as reports print it.

use std::fmt;

/// How the wall was built. All levels cut the same things; the name says what else changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A network namespace of its own; nothing else about the command's rights changes.
    Netns,
    /// A network namespace inside a user namespace. That of an ordinary user maps only the caller's
    /// own ids: set-uid programs run without their set-uid right, and other users' files show as
    /// owned by nobody. That of root maps every id where root may do so.
    NetnsUserns,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Netns => "netns",
            Level::NetnsUserns => "netns+userns",
        })
    }
}
