//! The go command: where it is, which version, how its command line reads, and starting it.
//!
//! This room decides nothing: it tells what an argument list says, and runs what it is given.

mod args;
mod ask;
mod find;
mod flags;
mod ourselves;
mod process;
mod program_end;
pub mod shim;
#[cfg(unix)]
mod signals;
mod verbs;

pub use args::{Flag, Invocation};
pub use find::{FindError, Go, Search, Source, find, on_path};
pub use flags::flag_names;
pub use ourselves::Kin;
pub use process::{Command, Ended};
pub use program_end::ProgramEnd;
pub(crate) use signals::ignored_signals;
pub use verbs::{VERBS, is_group};

/// What a file is to the program at `this_program`: a go command, that program, or a script that
/// starts it.
pub fn kin(file: &std::path::Path, this_program: &std::path::Path) -> Kin {
    ourselves::kin(file, this_program)
}
