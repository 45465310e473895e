//! Exit codes: a contract with scripts, so they are a type.

/// Why a process of ours ends, apart from the child's own code. Values follow `sysexits.h`, so
/// that none collides with the go command's 0, 1 and 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All well.
    Ok = 0,
    /// The command line was not understood.
    Usage = 64,
    /// Findings of level deny.
    Findings = 65,
    /// The isolation required is not to be had.
    NoIsolation = 69,
    /// A bug of ours.
    Bug = 70,
    /// A file could not be read or written.
    Io = 74,
    /// Not everything that was asked for could be checked.
    Unchecked = 75,
    /// The network was attempted although the command itself said 0.
    NetworkAttempt = 77,
    /// Bad configuration: a variable, a profile, a missing go command.
    Config = 78,
}

impl Exit {
    /// The number handed to the operating system.
    pub fn code(self) -> u8 {
        self as u8
    }
}
