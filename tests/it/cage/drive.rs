//! Drives the rows: the control first, then the same in the guard.

use super::bench::{Bench, Place};
use super::judge::judge;
use super::peer::Peer;
use super::report::Report;
use super::row::{Control, End, Row};
use crate::sandbox::{self, Machine};
use crate::skip::{not_here, skipped};
use crate::world::{Ran, Who, World, walled};
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static MACHINE: Cell<Option<Machine>> = const { Cell::new(None) };
}

/// What `rows` drives, on a machine that gives less.
pub(super) fn on(machine: Machine, rows: fn()) {
    MACHINE.set(Some(machine));
    let outcome = panic::catch_unwind(rows);
    MACHINE.set(None);
    if let Err(payload) = outcome {
        panic::resume_unwind(payload);
    }
}

/// Every row, on everybody's behalf.
pub(super) fn drive(rows: &[Row]) {
    if let Some(machine) = MACHINE.get() {
        let rows: Vec<Row> = rows.iter().filter_map(Row::without_namespace).collect();
        return drive_on(machine, &rows);
    }
    let Some(peer) = Peer::open() else { return };
    for world in walled(kind(rows)) {
        for row in of_whom(rows, &world) {
            one(&Bench::new(&peer, &world, row));
        }
    }
}

/// The same on a machine that gives less, with and without `no_new_privs`.
pub(super) fn drive_on(machine: Machine, rows: &[Row]) {
    let Some(peer) = Peer::open() else { return };
    // All of them are run, so that one look shows what a machine does to the matrix.
    let mut failed = Vec::new();
    for world in sandbox::worlds(machine, kind(rows)).into_iter().filter(has_wall) {
        for row in of_whom(rows, &world) {
            let bench = Bench::new(&peer, &world, row);
            if panic::catch_unwind(AssertUnwindSafe(|| one(&bench))).is_err() {
                failed.push(bench.title());
            }
        }
    }
    assert_eq!(failed, [""; 0]);
}

/// What the rows need of a world.
fn kind(rows: &[Row]) -> fn(Who) -> World {
    let mut texts = rows.iter().flat_map(Row::texts);
    let needs_go = rows.iter().any(|row| row.is_go) || texts.any(|text| text.contains("{goroot}"));
    if needs_go { World::with_own_cache } else { World::with_empty_cache }
}

fn of_whom<'r>(rows: &'r [Row], world: &World) -> impl Iterator<Item = &'r Row> {
    let who = world.who();
    rows.iter().filter(move |row| who == Who::Self_ || !row.only_root)
}

/// Whether there is a wall on a simulated machine.
fn has_wall(world: &World) -> bool {
    let ran = world.ours(["version"]).env("GO_OFFLINE_ISOLATION", "require").run();
    if ran.code() == Some(69) {
        skipped(&ran.stderr);
    }
    ran.code() == Some(0)
}

fn one(bench: &Bench) {
    if let Some(missing) = bench.missing() {
        return skipped(&format!("{}: there is no program `{missing}`", bench.row.name));
    }
    let has_it = control(bench);
    bench.prepare(Place::Guard);
    for _ in 0..bench.row.runs {
        let (ran, report) = guarded(bench);
        judge(bench, &ran, &report, has_it);
    }
}

/// Shows that outside the guard the program reaches what it is after. False where this machine has
/// no such thing.
pub(super) fn control(bench: &Bench) -> bool {
    bench.prepare(Place::Bare);
    bench.forget();
    let ran = bench.run(Place::Bare);
    let said = || format!("control of {}: {ran:#?}", bench.title());
    assert!(ended(&ran, bench.row.end), "{}", said());
    if bench.row.lacking.is_some_and(|text| ran.stdout.contains(text)) {
        assert_eq!(bench.peer.packets(), [""; 0], "{}", said());
        not_here(&format!("{}: {}", bench.title(), ran.stdout.trim()));
        return false;
    }
    let packets = bench.peer.packets();
    for control in &bench.row.control {
        let shown = match control {
            Control::Heard(word) => bench.peer.hears(word),
            Control::Packet(packet) => packets.iter().any(|to| to == packet),
            Control::Says(text) => ran.stdout.contains(text),
            Control::LetIn => bench.somebody_came(Place::Bare),
        };
        assert!(shown, "{control:?}, {packets:?}: {}", said());
    }
    true
}

/// Runs it in the guard and shows that nothing arrives.
pub(super) fn guarded(bench: &Bench) -> (Ran, Report) {
    bench.forget();
    let outside = bench.row.works.then(|| bench.run(Place::Bare).stdout);
    bench.forget();
    let ran = bench.run(Place::Guard);
    assert_eq!(bench.peer.packets(), bench.row.before, "{}: {ran:#?}", bench.title());
    assert_eq!(bench.peer.heard(), [""; 0], "{}: {ran:#?}", bench.title());
    if let Some(outside) = outside {
        assert_eq!(ran.stdout, outside, "{}: {ran:#?}", bench.title());
    } else {
        assert!(!bench.somebody_came(Place::Guard), "reached outside: {}: {ran:#?}", bench.title());
    }
    assert!(bench.world.has("report"), "no report: {}: {ran:#?}", bench.title());
    (ran, bench.report())
}

pub(super) fn ended(ran: &Ran, end: End) -> bool {
    match end {
        End::Code(code) => ran.code() == Some(code),
        End::Signal(signal) => ran.signal() == Some(signal),
    }
}
