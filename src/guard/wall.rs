//! The choice of the wall: made once, early, by really trying it.

use super::{Cage, NoWall, Policy, system};

/// A wall that can be raised.
#[derive(Debug)]
pub struct Wall(system::Network);

/// Chooses and prepares the wall.
///
/// Must run while the process has one thread: without the rights to make a network namespace
/// directly, the process moves into a user namespace of its own, which the kernel allows to a
/// single thread only. That move is made only after a forked child has shown that all of it
/// works, so a refusal leaves this process as it was. Where no namespace is to be had, also because
/// the process has several threads already, a weaker wall may be: [`Policy::weakest`] says whether
/// that will do, and [`super::Cage::ready`] which it became.
///
/// # Errors
///
/// [`NoWall`] where this system has no wall of any kind.
pub fn prepare() -> Result<Wall, NoWall> {
    system::choose().map(Wall)
}

impl Wall {
    /// Why it will be weaker than a network namespace, where that is known already.
    pub fn weaker(&self) -> Option<&NoWall> {
        self.0.refused()
    }

    /// Starts the cage thread, which leaves the caller's network and sets up its own.
    ///
    /// Returns at once: the work goes on beside the caller, and [`Cage::ready`] waits for it.
    pub fn raise(self, policy: Policy) -> Cage {
        Cage::start(self.0, policy)
    }
}
