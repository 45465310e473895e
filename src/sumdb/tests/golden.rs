//! What Go wrote and read.

use super::made::{NAME, Signer, Tree, record, same_hash};
use crate::gomod::ModuleVersion;
use crate::sumdb::plan::contained;
use crate::sumdb::tree::{root, subtrees};
use crate::sumdb::{
    Head, Key, Lookup, Tile, Tiles, check_consistency, lookup_name, tiles_between, tiles_for,
};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sumdb/testdata").join(name)
}

fn read(name: &str) -> Vec<u8> {
    fs::read(golden(name)).unwrap()
}

fn key() -> Key {
    Key::parse(String::from_utf8(read("key")).unwrap().trim_end()).unwrap()
}

fn head(size: u64) -> Head {
    Head::open(&read(&format!("heads/{size}")), &key()).unwrap()
}

#[test]
fn go_and_we_sign_the_same() {
    let signer = Signer::new(NAME);
    assert_eq!(signer.public, key());
    let tree = Tree::of_records(70_000);
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 70_000] {
        let head = head(size);
        assert_eq!(head.size(), size);
        assert_eq!(head, signer.head(size, tree.root(size)));
    }
}

#[test]
fn the_tiles_are_those_that_go_writes() {
    let tree = Tree::of_records(700);
    let mut names = Vec::new();
    for id in 0..700 {
        names.extend(tiles_for(700, [id]));
    }
    let names = BTreeSet::from_iter(names);
    assert_eq!(names.len(), 4);
    for tile in names {
        assert!(read(&tile.name()) == tree.tile(&tile), "{tile}");
    }
}

#[test]
fn the_answers_that_go_writes_are_proved_by_its_tiles() {
    let mut from_files = |tile: &Tile| fs::read(golden(&tile.name()));
    let mut tiles = Tiles::new(&head(700));
    for id in [0, 255, 256, 699] {
        let module = ModuleVersion::new(format!("example.com/M{id}"), "v1.0.0");
        let answer = read(&lookup_name(&module).unwrap());
        let lookup = Lookup::open(&answer, &key()).unwrap();
        assert_eq!((lookup.id(), lookup.record()), (id, record(id).as_str()));
        assert_eq!(
            lookup.head(),
            &Signer::new(NAME).head(id + 1, Tree::of_records(id + 1).root(id + 1))
        );
        assert_eq!(lookup.with_head(lookup.head()).as_bytes(), answer);
        tiles.check_lookup(&lookup, &mut from_files).unwrap();
        check_consistency(lookup.head(), &head(700), &mut from_files).unwrap();

        let hashes = lookup.hashes(&module);
        let lines = format!(
            "{0} v1.0.0 {1}\n{0} v1.0.0/go.mod {2}\n",
            module.path,
            hashes.zip.unwrap(),
            hashes.go_mod.unwrap()
        );
        assert_eq!(lines, record(id));
    }
    assert_eq!(tiles.proven().count(), 4);
}

#[test]
fn each_record_of_three_levels_is_proved_and_each_tile_read_once() {
    let tree = Tree::of_records(70_000);
    let mut tiles = Tiles::new(&head(70_000));
    let mut seen = Vec::new();
    let mut read = |tile: &Tile| {
        seen.push(*tile);
        Ok::<_, io::Error>(tree.tile(tile))
    };
    let ids = || (0..70_000).step_by(67).chain([69_999]);
    for id in ids() {
        tiles.check_record(id, &record(id), &mut read).unwrap();
    }
    let count = seen.len();
    let seen = BTreeSet::from_iter(seen);
    assert_eq!(seen.len(), count);
    assert_eq!(seen, tiles_for(70_000, ids()));
    assert!(tiles.proven().all(|(tile, data)| data == tree.tile(tile)));
}

#[test]
fn every_head_is_contained_in_every_later_one() {
    let tree = Tree::of_records(70_000);
    let sizes = [0, 1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 70_000];
    for (newer, older) in sizes.iter().flat_map(|newer| sizes.map(|older| (*newer, older))) {
        let mut seen = BTreeSet::new();
        let mut read = |tile: &Tile| {
            seen.insert(*tile);
            Ok::<_, io::Error>(tree.tile(tile))
        };
        check_consistency(&head(older), &head(newer), &mut read).unwrap();
        if older != newer {
            assert_eq!(seen, contained(older.min(newer), older.max(newer)));
        }
    }
}

/// A line of testdata/plans.
struct Plan {
    latest: u64,
    size: u64,
    ids: Vec<u64>,
    tiles: BTreeSet<Tile>,
}

fn plans() -> Vec<Plan> {
    let text = String::from_utf8(read("plans")).unwrap();
    let plans = text.lines().skip(1).map(|line| {
        let mut words = line.split(' ');
        let mut next = || words.next().unwrap();
        Plan {
            latest: next().parse().unwrap(),
            size: next().parse().unwrap(),
            ids: next().split(',').map(|id| id.parse().unwrap()).collect(),
            tiles: words.map(|tile| Tile::parse(&format!("tile/8/{tile}")).unwrap()).collect(),
        }
    });
    plans.collect()
}

#[test]
fn the_go_command_reads_the_planned_tiles() {
    let plans = plans();
    assert!(plans.len() > 250);
    for Plan { latest, size, ids, tiles } in plans {
        // The client takes the newer of the head that it knows and that of the answer.
        let mut planned = tiles_for(size.max(latest), ids.iter().copied());
        planned.extend(tiles_between(latest, size));
        assert_eq!(planned, tiles, "{latest} {size} {ids:?}");
    }
}

/// The trees of the plans have records that are all the same, so that each has every size.
#[test]
fn the_planned_tiles_prove_what_they_are_for() {
    const RECORD: &str = "example.com/same v1.0.0 h1:\n";
    let signer = Signer::new(NAME);
    let head = |size| {
        let hashes = subtrees(size).map(|subtree| same_hash(RECORD, subtree.level));
        signer.head(size, root(hashes))
    };
    for Plan { latest, size, ids, tiles } in plans() {
        let mut used = BTreeSet::new();
        let mut read = |tile: &Tile| {
            used.insert(*tile);
            let hash = same_hash(RECORD, 8 * tile.level());
            tiles.contains(tile).then(|| hash.repeat(tile.width().into())).ok_or("not planned")
        };
        let mut proofs = Tiles::new(&head(size.max(latest)));
        for id in ids {
            proofs.check_record(id, RECORD, &mut read).unwrap();
        }
        if latest > 0 {
            check_consistency(&head(latest), &head(size), &mut read).unwrap();
        }
        assert!(used.is_subset(&tiles));
        // Go also checks a head that it knows against itself.
        let left: BTreeSet<Tile> = tiles.difference(&used).copied().collect();
        assert!(left.is_subset(&tiles_between(latest, latest)));
    }
}
