//! Who dials, and how it ends.

use super::bench::{Bench, Place};
use super::drive::drive;
use super::peer::Peer;
use super::row::{End, Row};
use crate::skip::skipped;
use crate::world::{World, walled};
use std::thread;
use std::time::{Duration, Instant};

const PEER: &str = "198.51.100.7:4242";
const DIAL: &str = "{c} {marks} tcp 198.51.100.7 4242";

fn dials(row: Row) -> Row {
    row.heard("tcp dialled").reports("tcp", PEER)
}

#[test]
pub(super) fn descent() {
    drive(&[
        dials(Row::new("thread", "{c} {marks} in-a-thread 198.51.100.7 4242")),
        dials(Row::new("orphan", "{c} {marks} orphan 198.51.100.7 4242")).answers("orphan ok"),
        dials(Row::bash("child", &format!("{DIAL}; true"))).by(DIAL),
        dials(Row::bash("grandchild", &format!("bash -c '{DIAL}; true'; true"))).by(DIAL),
        dials(Row::bash("no environment", &format!("env -i {DIAL}; true"))).by(DIAL),
        dials(Row::bash("background", &format!("{DIAL} & wait"))).by(DIAL),
        dials(Row::bash("new session", &format!("setsid --wait {DIAL}; true"))).by(DIAL),
    ]);
}

/// The command's own end is kept, and the report says the rest.
#[test]
pub(super) fn ends() {
    drive(&[
        dials(Row::bash("own code", &format!("{DIAL}; exit 5"))).by(DIAL).ends(End::Code(5)),
        dials(Row::bash("death", &format!("{DIAL}; kill -TERM $$"))).by(DIAL).ends(End::Signal(15)),
    ]);
}

/// A network of its own inside has no way out either, and the attempt is seen all the same. So the
/// control is the same command without that network.
#[test]
pub(super) fn in_a_further_network() {
    drive(&[dials(Row::bash(
        "further network",
        &format!(
            "if [ {{dir}} = furthernetwork_bare ]; then {DIAL}; else unshare -rn {DIAL}; fi; true"
        ),
    ))
    .by(DIAL)
    .answers("connect 101")]);
}

/// What is left behind lives on, cut off; it is not waited for, and not reported.
#[test]
pub(super) fn left_behind() {
    let Some(peer) = Peer::open() else { return };
    let row = Row::new("left behind", "{c} {marks} left-behind {world}/done 198.51.100.7 4242");
    for world in walled(World::with_empty_cache) {
        let bench = Bench::new(&peer, &world, &row);
        if bench.missing().is_some() {
            return skipped("what is left behind: no program in C");
        }
        bench.prepare(Place::Guard);
        for place in [Place::Bare, Place::Guard] {
            bench.forget();
            let ran = bench.run(place);
            assert_eq!(ran.code(), Some(0), "{place:?}: {ran:#?}");
            let end = Instant::now() + Duration::from_secs(10);
            while !world.has("done") && Instant::now() < end {
                thread::sleep(Duration::from_millis(5));
            }
            assert!(world.has("done"), "{place:?}: it never came to dial");
            world.remove("done");
            match place {
                Place::Bare => assert!(peer.hears("tcp dialled"), "control"),
                Place::Guard => assert_eq!(peer.packets(), [""; 0], "{ran:#?}"),
            }
        }
    }
}
