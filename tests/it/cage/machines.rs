//! Machines that give less: the rows reach the far side there too, so it is the guard that keeps them
//! from it and not the machine.

use super::bench::Bench;
use super::drive::{control, drive_on, on};
use super::languages::tcp;
use super::names::lookup;
use super::peer::Peer;
use super::row::Row;
use super::{calls, languages, local, names, processes, verbs};
use crate::sandbox::{Machine, worlds};
use crate::skip::skipped;
use crate::world::World;
use std::panic;

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

/// The whole matrix, in parts.
const MATRIX: [(&str, fn()); 20] = [
    ("internet", calls::internet),
    ("beside the internet", calls::beside_the_internet),
    ("other numbers", calls::other_numbers),
    ("quiet", calls::quiet),
    ("go", languages::go),
    ("other languages", languages::others),
    ("outside", local::of_somebody_outside),
    ("outside, denied", local::of_somebody_outside_where_that_is_denied),
    ("inside", local::between_two_inside),
    ("inherited", local::an_inherited_connection),
    ("inherited unix sockets", local::inherited_unix_sockets),
    ("names by udp", names::by_udp),
    ("names by tcp", names::by_tcp),
    ("another server", names::of_another_server),
    ("name service", names::by_a_name_service),
    ("descent", processes::descent),
    ("ends", processes::ends),
    ("programs of a build", verbs::programs_of_a_build),
    ("programs of the project", verbs::programs_of_the_project),
    ("out of the profile", verbs::a_go_command_that_has_left_the_profile),
];

/// Drives parts of the matrix where watched calls are the wall: in a container, for root and an ordinary
/// user, with and without `no_new_privs`.
fn in_a_container(parts: &[(&'static str, fn())]) {
    let failed: Vec<_> = parts
        .iter()
        .filter(|(_, rows)| panic::catch_unwind(|| on(Machine::Docker, *rows)).is_err())
        .map(|(part, _)| *part)
        .collect();
    assert_eq!(failed, [""; 0]);
}

#[test]
fn the_heart_of_the_matrix_in_a_container() {
    let heart = ["internet", "outside", "names by udp"];
    let parts = MATRIX.into_iter().filter(|(name, _)| heart.contains(name));
    in_a_container(&parts.collect::<Vec<_>>());
}

#[test]
#[ignore = "minutes: `.ci/full`"]
fn the_matrix_in_a_container() {
    in_a_container(&MATRIX);
}
