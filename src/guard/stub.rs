//! The guard where there are no network namespaces: the same doors, and a refusal behind each.

use super::{Attempt, Leftover, Leftovers, NoWall, Policy, Record, Standing, UnixSockets};
use std::io;
use std::process::Command;

pub(super) fn choose() -> Result<Network, NoWall> {
    Err(refusal())
}

pub(super) fn enclose(
    network: Network,
    _: &Policy,
    _: Outside,
) -> Result<(Enclosure, Standing), NoWall> {
    match network {}
}

pub(super) fn look_outside(_: &Policy) -> Outside {
    Outside
}

fn refusal() -> NoWall {
    let error = io::Error::new(io::ErrorKind::Unsupported, "no network namespaces on this system");
    NoWall::new("cut the network", error)
}

/// Never made: there is none.
#[derive(Clone, Copy, Debug)]
pub(super) enum Network {}

impl Network {
    pub(super) fn refused(&self) -> Option<&NoWall> {
        match *self {}
    }
}

/// Nothing is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outside;

/// Never made: nothing is watched.
pub(super) enum Enclosure {}

impl Enclosure {
    pub(super) fn record(&mut self) -> Result<Record, NoWall> {
        match *self {}
    }
}

/// Never needed: who is left behind is looked for behind a wall.
pub(super) struct Orphans;

impl Orphans {
    pub(super) fn adopt() -> Orphans {
        Orphans
    }

    pub(super) fn reap(&self) -> bool {
        false
    }

    pub(super) fn settle(&self, _: &Leftovers) -> Vec<Leftover> {
        Vec::new()
    }
}

pub(super) fn die_with_parent(_: &mut Command) {}

pub(super) fn as_started(_: &mut Command) {}

#[allow(clippy::unnecessary_wraps)] // the same door as where it can fail
pub(super) fn seal_descriptors(_: UnixSockets) -> io::Result<Vec<Attempt>> {
    Ok(Vec::new()) // without a wall there is nothing to carry past it
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard;

    /// `cargo test` with the cfg is the only way to here, so nothing of the wall passes for tested.
    #[test]
    fn every_door_of_the_stub_is_harmless() {
        let refusal = guard::prepare().unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "cannot cut the network: no network namespaces on this system"
        );
        assert_eq!(guard::seal_descriptors(UnixSockets::Deny).unwrap(), []);
        let orphans = Orphans::adopt();
        assert!(!orphans.reap());
        assert_eq!(orphans.settle(&Leftovers { end: true, ..Leftovers::default() }), []);
        let mut command = Command::new("cargo");
        guard::prepare_child(&mut command);
        assert!(command.arg("--version").output().unwrap().status.success());
    }
}
