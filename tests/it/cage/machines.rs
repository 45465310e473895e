//! Machines that give less: the rows reach the far side there too, so it is the guard that keeps them
//! from it and not the machine.

use super::bench::Bench;
use super::drive::{control, drive_on};
use super::languages::tcp;
use super::names::lookup;
use super::peer::Peer;
use super::row::Row;
use crate::sandbox::{Machine, worlds};
use crate::skip::skipped;
use crate::world::World;

fn rows() -> Vec<Row> {
    vec![
        tcp("c", "{c}"),
        tcp("static c", "{c-static}"),
        tcp("go", "{go}"),
        tcp("go cgo", "{go-cgo}"),
        tcp("go 386", "{go-386}"),
        tcp("python", "python3 {python}"),
        lookup("go lookup", "{go}"),
        lookup("go cgo lookup", "{go-cgo}"),
        lookup("c lookup", "{c}"),
    ]
}

#[test]
fn everybody_reaches_the_far_side() {
    let Some(peer) = Peer::open() else { return };
    let rows = rows();
    for machine in Machine::ALL {
        for world in worlds(machine, World::with_empty_cache) {
            for row in &rows {
                let bench = Bench::new(&peer, &world, row);
                match bench.missing() {
                    Some(missing) => skipped(&format!("there is no program `{missing}`")),
                    None => assert!(control(&bench)),
                }
            }
        }
    }
}

/// A listener of somebody else takes the calls from us, not the names.
#[test]
fn names_are_seen_where_somebody_else_listens() {
    let names: Vec<Row> = rows().into_iter().filter(|row| row.mounts.is_some()).collect();
    assert!(!names.is_empty());
    drive_on(Machine::Watched, &names);
}
