//! The name of the wall that stands, as reports print it.

use std::fmt;

/// How the wall was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A network namespace of its own; nothing else about the command's rights changes.
    Netns,
    /// A network namespace inside a user namespace. That of an ordinary user maps only the caller's
    /// own ids: set-uid programs run without their set-uid right, and other users' files show as
    /// owned by nobody. That of root maps every id where root may do so.
    NetnsUserns,
    /// No namespace: the calls that take an address are looked at one by one, and refused where they
    /// lead beyond this machine. It holds against programs that reach out, not against one that
    /// changes the arguments of a call while they are looked at. Without CAP_SYS_ADMIN the command
    /// has `no_new_privs`: set-uid programs run without their set-uid right.
    Seccomp,
    /// A filter refuses every socket but those of this machine's files and the kernel's own. The
    /// command has no loopback either, and what it tried is neither seen nor counted.
    Deny,
    /// A guard around this one has cut the network already, and watches. What was tried stands in its
    /// record, not in ours.
    Outer,
}

impl Level {
    /// Whether it is a network namespace, which holds every protocol, call and ABI.
    pub fn is_namespace(self) -> bool {
        matches!(self, Level::Netns | Level::NetnsUserns)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Netns => "netns",
            Level::NetnsUserns => "netns+userns",
            Level::Seccomp => "seccomp-notify",
            Level::Deny => "seccomp-deny",
            Level::Outer => "outer",
        })
    }
}
