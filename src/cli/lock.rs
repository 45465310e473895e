//! `lock`: what is bound to go.sum.

use super::args::{Arguments, LockArgs};
use super::output::Output;
use super::wrapped::request;
use crate::report::Exit;
use crate::run::{Failure, Outcome, Surroundings, Target, cache_key, gather};

pub(super) fn run(
    arguments: &Arguments,
    _: &LockArgs,
    surroundings: Surroundings,
    output: &Output,
) -> Result<Outcome, Failure> {
    let scene = gather(surroundings, &request(arguments, Target::Nothing))?;
    let profile = &scene.profile;
    let (goos, goarch) = &profile.platform;
    let key = cache_key(scene.project.as_ref(), scene.go.as_ref(), goos, goarch, &profile.name);
    let context = |error: anyhow::Error| Failure::config(error.context("making the cache key"));
    output.data(&format!("{}\n", key.map_err(context)?))?;
    Ok(Outcome::Own(Exit::Ok))
}
