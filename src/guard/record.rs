//! Everything the guard saw of one command.

use super::{Attempt, Counted, Leftover};

/// Everything the guard saw of one command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// What was tried, in the order of the first time.
    pub attempts: Vec<Attempt>,
    /// What the kernel has counted beyond these: attempts whose author is not known. Where the
    /// calls are not watched (see [`super::Watch`]) these are all of them, address probes included.
    pub unattributed: Counted,
    /// What the command has left behind, the oldest number first.
    pub leftovers: Vec<Leftover>,
}

impl Record {
    /// Whether nothing was tried that makes a command fail.
    pub fn is_clean(&self) -> bool {
        self.unattributed.is_empty() && self.violations().next().is_none()
    }

    /// The attempts that make a command fail.
    pub fn violations(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.violation)
    }

    /// The attempts that are worth a note.
    pub fn notes(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| !attempt.violation)
    }
}
