//! `lock`: what is bound to go.sum.

use super::args::{Arguments, LockArgs};
use super::output::Output;
use super::wrapped::request;
use crate::profile::GoEnv;
use crate::report::Exit;
use crate::run::{Failure, Outcome, Scene, Surroundings, Target, cache_key, gather};

pub(super) fn run(
    arguments: &Arguments,
    _: &LockArgs,
    surroundings: Surroundings,
    output: &Output,
) -> Result<Outcome, Failure> {
    let scene = gather(surroundings, &request(arguments, Target::Nothing))?;
    let (goos, goarch) = platform(&scene);
    let key =
        cache_key(scene.project.as_ref(), scene.go.as_ref(), &goos, &goarch, &scene.profile.name);
    let context = |error: anyhow::Error| Failure::config(error.context("making the cache key"));
    output.data(&format!("{}\n", key.map_err(context)?))?;
    Ok(Outcome::Own(Exit::Ok))
}

/// What a build under the profile would be for: GOOS and GOARCH of the profile's environment, else
/// the user's, else this machine's.
fn platform(scene: &Scene) -> (String, String) {
    let env = GoEnv::new(&scene.profile, &scene.user);
    let value = |name: &str, host: Option<&str>| match (env.get(name), scene.user.get(name)) {
        (Some(value), _) => value.to_string_lossy().into_owned(),
        (None, Some((value, _))) => value.to_string_lossy().into_owned(),
        (None, None) => host.unwrap_or_default().to_owned(),
    };
    let host = crate::gomod::platform::host();
    (value("GOOS", host.map(|host| host.0)), value("GOARCH", host.map(|host| host.1)))
}
