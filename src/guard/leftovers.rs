//! Processes that a command leaves behind: what they are, and what becomes of them.

use super::Process;

/// What is to become of the processes that a command leaves behind.
#[derive(Clone, Copy, Debug)]
pub struct Leftovers {
    /// Whether they are ended: by SIGTERM, and half a second later by SIGKILL. Else they live on.
    pub end: bool,
    /// Which of them are not worth a word, by their command line. Nobody waits for those, unless all
    /// are to be ended, and what they have started goes with them.
    pub overlooked: fn(&[String]) -> bool,
}

impl Default for Leftovers {
    fn default() -> Leftovers {
        Leftovers { end: false, overlooked: |_| false }
    }
}

/// A process that the command has left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftover {
    /// The process. Its parents are those that are left over as well: who started the first of them
    /// has ended.
    pub process: Process,
    /// Whether it was ended, or ends with this process, which is process 1 of its namespace. One that
    /// was not lives on, behind the wall.
    pub ended: bool,
}
