//! The supervisor is killed while its children dial.

use super::bench::{Bench, Place};

use super::peer::Peer;
use super::row::Row;
use crate::skip::skipped;
use crate::world::{World, walled};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Two that dial for some seconds, a child and a grandchild.
const SCRIPT: &str = "bash -c '{c} {marks} again-and-again 198.51.100.7 4242; true' & \
    {c} {marks} again-and-again 198.51.100.7 4242 & wait";

#[test]
fn nobody_gets_out_and_nothing_hangs() {
    let Some(peer) = Peer::open() else { return };
    let row = Row::bash("killed", SCRIPT);
    for world in walled(World::with_empty_cache) {
        let bench = Bench::new(&peer, &world, &row);
        if bench.missing().is_some() {
            return skipped("the killed supervisor: no program in C");
        }
        bench.prepare(Place::Guard);
        let packets = kill_it_in(Place::Bare, &bench);
        assert!(packets.contains(&"tcp 198.51.100.7:4242".to_owned()), "control: {packets:?}");
        assert_eq!(kill_it_in(Place::Guard, &bench), [""; 0], "{}", bench.title());
    }
}

/// What has come over the cable after the kill, when the last of the children is gone.
fn kill_it_in(place: Place, bench: &Bench) -> Vec<String> {
    bench.forget();
    let mut supervisor = bench.start(place);
    assert!(within_seconds(10, || bench.marks().len() == 2), "{place:?}: they do not start");
    thread::sleep(Duration::from_millis(100)); // until they are in the midst of it
    supervisor.kill().unwrap();
    supervisor.wait().unwrap();
    drop(supervisor);
    if place == Place::Bare {
        bench.peer.packets(); // what was sent before
    }
    let gone = || bench.marks().iter().all(|pid| !Path::new(&format!("/proc/{pid}")).exists());
    assert!(within_seconds(20, gone), "{}: they hang", bench.title());
    bench.peer.packets()
}

fn within_seconds(seconds: u64, done: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        if done() {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    done()
}
