//! The go command: where it is, which version, how its command line reads, and starting it.
//!
//! This room decides nothing: it tells what an argument list says, and runs what it is given.

mod args;
mod ask;
mod find;
mod flags;
mod process;
#[cfg(unix)]
mod signals;
mod verbs;

pub use args::{Flag, Invocation};
pub use find::{FindError, Go, find};
pub use flags::flag_names;
pub use process::{Command, Ended};
pub use verbs::{VERBS, is_group};
