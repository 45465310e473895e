//! A door to a host on the far side: one port of one address, and nothing else of it.

use super::bench::{Bench, Place};
use super::peer::{PORT, Peer};
use super::row::Row;
use crate::sandbox::{self, Machine};
use crate::world::World;
use crate::world::walled;

fn settings(door: &str) -> String {
    format!(
        "default-profile = \"doors\"\n[profile.doors]\ninherits = \"vendor\"\nallow = [\"{door}\"]\n"
    )
}

#[test]
fn one_port_of_a_host_is_open() {
    let Some(peer) = Peer::open() else { return };
    let container = sandbox::worlds(Machine::Docker, World::with_empty_cache);
    for world in walled(World::with_empty_cache).into_iter().chain(container) {
        for (host, shown) in [("198.51.100.7", "198.51.100.7"), ("2001:db8::7", "[2001:db8::7]")] {
            let door = format!("{shown}:{PORT}");
            let dial = |name, port: u16| {
                Row::new(name, &format!("{{c}} {{marks}} tcp {host} {port}"))
                    .file("project/go-offline.toml", &settings(&door))
            };
            let open = dial("through the door", PORT);
            let bench = Bench::new(&peer, &world, &open);
            if bench.missing().is_some() {
                return;
            }
            bench.prepare(Place::Guard);
            bench.forget();
            let ran = bench.run(Place::Guard).ended(0);
            assert!(peer.hears("tcp dialled"), "{}: {ran:#?}", bench.title());
            assert_eq!(bench.report().attempts.len(), 0, "{ran:#?}");
            let packets = peer.packets();
            assert!(packets.iter().all(|to| *to == format!("tcp {door}")), "{packets:?}");

            let other = dial("beside the door", PORT + 1);
            let bench = Bench::new(&peer, &world, &other);
            bench.prepare(Place::Guard);
            bench.forget();
            let ran = bench.run(Place::Guard).ended(77);
            let report = bench.report();
            let [attempt] = &report.attempts[..] else { panic!("{ran:#?}") };
            let wanted = format!("{shown}:{}", PORT + 1);
            assert_eq!((attempt.address.as_str(), attempt.violation), (wanted.as_str(), true));
            assert_eq!(peer.packets(), [""; 0], "{}", bench.title());
        }
    }
}
