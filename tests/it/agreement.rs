//! Held against the go command: small vendored worlds, made by go itself, are changed in one place
//! after the other, and each time our verdict must be go's, in go's words.
//!
//! Where we say more than go (sums, packages on disk, lines that go passes over) the finding has
//! another code or other words; where go says more, it is about source files, which are not read
//! here. Both are spelt out in `verdict.rs`.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::skip::skipped;
use verdict::Kind;

mod go;
mod mutate;
pub(crate) mod proxy;
mod verdict;
mod worlds;

/// What a run of the comparison came to.
#[derive(Default)]
struct Tally {
    mutants: AtomicUsize,
    kinds: Mutex<BTreeMap<Kind, usize>>,
    disagreements: Mutex<Vec<String>>,
}

#[test]
fn agrees_with_go_on_a_sample_of_mutants() {
    compare(3);
}

#[test]
#[ignore = "thousands of mutants, each a go process"]
fn agrees_with_go_on_every_mutant() {
    compare(1);
}

/// Compares every `step`-th mutant of every world.
fn compare(step: usize) {
    let Some(go) = go::Go::find() else { return skipped("there is no go command") };
    let proxy = proxy::Proxy::new();
    let worlds = worlds::all();
    let next = AtomicUsize::new(0);
    let tally = Tally::default();
    // A world is changed in place, so one thread works on it.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(world) = worlds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    compare_world(&go, &proxy, world, step, &tally);
                }
            });
        }
    });
    let mutants = tally.mutants.into_inner();
    let kinds = tally.kinds.into_inner().unwrap();
    println!("{mutants} mutants of {} worlds: {kinds:?}", worlds.len());
    let disagreements = tally.disagreements.into_inner().unwrap();
    let first = disagreements.iter().take(400).cloned().collect::<Vec<_>>().join("\n");
    assert!(disagreements.is_empty(), "{} disagreements:\n{first}", disagreements.len());
    assert!(mutants >= 300, "only {mutants} mutants");
    for kind in [Kind::Sound, Kind::Inconsistent, Kind::Roots, Kind::NewerGo, Kind::Refused] {
        assert!(kinds.contains_key(&kind), "no mutant led to {kind:?}");
    }
}

fn compare_world(
    go: &go::Go,
    proxy: &proxy::Proxy,
    seed: &worlds::Seed,
    step: usize,
    tally: &Tally,
) {
    let world = go.vendored(proxy, seed);
    let sound = verdict::of_go(go, &world);
    assert_eq!(sound.kind, Kind::Sound, "{}: {}", seed.name, sound.stderr);
    let ours = verdict::ours(go, &world);
    assert!(ours.is_silent(), "{}: {ours:?}", seed.name);
    let names: Vec<&str> = ["go.work", "go.mod", "a/go.mod", "b/go.mod", "vendor/modules.txt"]
        .into_iter()
        .filter(|name| world.path(name).exists())
        .collect();
    let mut count = 0;
    for name in names {
        let text = world.read(name);
        for mutant in mutate::mutants(name, &text) {
            count += 1;
            if count % step != 0 {
                continue;
            }
            world.write(name, &mutant.text);
            let (theirs, ours) = (verdict::of_go(go, &world), verdict::ours(go, &world));
            tally.mutants.fetch_add(1, Ordering::Relaxed);
            *tally.kinds.lock().unwrap().entry(theirs.kind).or_default() += 1;
            if let Err(reason) = verdict::compare(&theirs, &ours) {
                tally.disagreements.lock().unwrap().push(format!(
                    "== {}: {name}: {}: {reason}\ngo: {}\nwe: {ours:?}\n",
                    seed.name, mutant.what, theirs.stderr
                ));
            }
        }
        world.write(name, &text);
    }
}
