//! The verb that go calls in place of a program it has built: see `run-network` in docs/profiles.md.

use crate::report::Exit;
use crate::run::{Failure, Outcome, keep};
use std::ffi::OsString;
use std::path::Path;

/// The directory, then the program and its arguments.
pub(super) fn run(words: &[OsString]) -> Result<Outcome, Failure> {
    let Some((dir, words)) = words.split_first() else {
        let error = anyhow::anyhow!("this verb is for the go command, and wants a directory");
        return Err(Failure { exit: Exit::Usage, error });
    };
    keep(Path::new(dir), words).map_err(Failure::io)?;
    Ok(Outcome::Own(Exit::Ok))
}
