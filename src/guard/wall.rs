//! The choice of the wall: made once, early, by really trying it.

use super::{Cage, Level, NoWall, Policy, system};

/// A wall that can be raised.
#[derive(Debug)]
pub struct Wall {
    level: Level,
    network: system::Network,
}

/// Chooses and prepares the wall.
///
/// Must run while the process has one thread: without the rights to make a network namespace
/// directly, the process moves into a user namespace of its own, which the kernel allows to a
/// single thread only. That move is made only after a forked child has shown that all of it
/// works, so a refusal leaves this process as it was.
///
/// # Errors
///
/// [`NoWall`] with the step that failed, also where the process already has several threads and
/// would need the user namespace.
pub fn prepare() -> Result<Wall, NoWall> {
    let (level, network) = system::choose()?;
    Ok(Wall { level, network })
}

impl Wall {
    /// Which wall this is.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Starts the cage thread, which leaves the caller's network and sets up its own.
    ///
    /// Returns at once: the work goes on beside the caller, and [`Cage::ready`] waits for it.
    pub fn raise(self, policy: Policy) -> Cage {
        Cage::start(self.level, self.network, policy)
    }
}
