//! Thirty times the same.

use super::bench::{Bench, Place};
use super::drive::guarded;
use super::judge::judge;
use super::peer::Peer;
use super::row::Row;
use crate::world::{World, walled};

#[test]
fn thirty_of_thirty_agree() {
    let Some(peer) = Peer::open() else { return };
    let script = "{c} {marks} several 4242; {go} {marks} lookup peer.example & \
        {go} {marks} tcp 198.51.100.7 80 & {c} {marks} udp 2001:db8::7 4242 & wait";
    let row = Row::bash("several", script)
        .resolv_conf("nameserver 198.51.100.53\n")
        .reports("tcp", "198.51.100.7:4242")
        .by("{c} {marks} several 4242")
        .reports("tcp", "[2001:db8::7]:4242")
        .by("{c} {marks} several 4242")
        .reports("udp", "198.51.100.200:4242")
        .by("{c} {marks} several 4242")
        .notes("udp", "198.51.100.7:4242")
        .by("{c} {marks} several 4242")
        .reports("udp", "[2001:db8::7]:4242")
        .by("{c} {marks} udp 2001:db8::7 4242")
        .reports("tcp", "198.51.100.7:80")
        .by("{go} {marks} tcp 198.51.100.7 80")
        .reports("dns", "peer.example")
        .by("{go} {marks} lookup peer.example");
    for world in walled(World::with_empty_cache) {
        let bench = Bench::new(&peer, &world, &row);
        bench.prepare(Place::Guard);
        let mut first = None;
        for time in 1..=30 {
            let (ran, report) = guarded(&bench);
            judge(&bench, &ran, &report, true);
            let verdicts = report.verdicts();
            let first = first.get_or_insert_with(|| verdicts.clone());
            assert_eq!(*first, verdicts, "time {time}: {}", bench.title());
        }
    }
}
