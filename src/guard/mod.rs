//! The wall: a command runs with the network cut, and who tried to reach what is recorded.
//!
//! The wall is a network namespace that holds nothing but its own loopback. It is made on one
//! thread of this process, the *cage thread*, and every process started from that thread lives
//! inside, while the other threads keep the caller's network. Nothing else holds anything back: there
//! is simply no route out. Beside it stands a watch, which only looks: a name server of our own, a
//! supervisor to whom calls that reach out are shown, and the kernel's counters for what both missed.
//! Where no namespace is to be had there are weaker walls, each with its own name ([`Level`]).
//!
//! ```no_run
//! use go_offline::guard;
//! use std::process::Command;
//!
//! let wall = guard::prepare()?; // first thing in main: still one thread
//! let mut cage = wall.raise(guard::Policy::default()); // goes on beside us
//! guard::seal_descriptors(guard::UnixSockets::Note)?;
//! cage.ready()?;
//! let (status, record) = cage.run(|| {
//!     let mut command = Command::new("make");
//!     guard::prepare_child(&mut command);
//!     command.status()
//! })?;
//! println!("{:?}, tried to reach {:?}", status?, record.attempts);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it refuses to do: it never claims a wall that does not stand. Where a step fails the
//! answer is a [`NoWall`] with that step, and whether to go on with less, or without, is the caller's
//! decision.
//! What the wall holds against, and what not, is in `docs/guard.md`.

mod level;
pub use level::Level;

mod refusal;
pub use refusal::NoWall;

mod counted;
pub use counted::Counted;

mod attempt;
pub use attempt::{Attempt, Kind, Nature, Process};

mod leftovers;
pub use leftovers::{Leftover, Leftovers};

mod record;
pub use record::Record;

mod address;
pub use address::{Address, NoAddress};

mod policy;
pub use policy::{Policy, UnixSockets, Weakest};

mod watch;
pub use watch::{ClosedDoor, DoorList, Standing, Watch, Watched};

mod wall;
pub use wall::{Wall, prepare};

mod cage;
pub use cage::Cage;

mod child;
pub use child::{as_started, prepare_child, seal_descriptors};

mod echo;
pub use echo::pass_on;

mod signals;
pub use signals::die_by_signal;

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
#[path = "linux/mod.rs"]
mod system;

#[cfg(not(all(target_os = "linux", not(go_offline_stub))))]
#[path = "stub.rs"]
mod system;
