//! Databases that lie, and tiles that are not what they are said to be.

use super::made::{NAME, Signer, Tree, flips, record};
use crate::sumdb::plan::contained;
use crate::sumdb::tree::leaf;
use crate::sumdb::{Head, ProofError, Tile, TileLengthError, Tiles, check_consistency, tiles_for};
use proptest::prelude::*;
use std::collections::BTreeSet;

const SIZE: u64 = 66_000;

fn head(tree: &Tree, size: u64) -> Head {
    Signer::new(NAME).head(size, tree.root(size))
}

/// The tree, but with another record in one place.
fn forked(size: u64, at: u64) -> Tree {
    let text = |id| if id == at { "lie\n".to_owned() } else { record(id) };
    Tree::new((0..size).map(|id| leaf(&text(id))).collect())
}

fn reader(tree: &Tree) -> impl FnMut(&Tile) -> Result<Vec<u8>, String> {
    |tile| Ok(tree.tile(tile))
}

type Proof = Result<(), ProofError<String>>;

#[test]
fn a_record_that_is_not_in_the_tree_is_refused() {
    let tree = Tree::of_records(SIZE);
    let mut tiles = Tiles::new(&head(&tree, SIZE));
    let mut check = |id, record: &str| tiles.check_record(id, record, &mut reader(&tree));
    assert_eq!(check(300, &record(300)), Ok(()));
    for (id, text) in [(300, record(301)), (301, record(300)), (0, String::new())] {
        let error = check(id, &text).unwrap_err();
        assert_eq!(error, ProofError::OtherRecord { id });
    }
    // A node is no record, though its hash is in the tree.
    let tile = tree.tile(&Tile::parse("tile/8/0/000").unwrap());
    let children = String::from_utf8_lossy(&tile[..64]).into_owned();
    assert!(check(0, &children).is_err());
}

#[test]
fn a_head_older_than_the_record_is_told() {
    let tree = Tree::of_records(300);
    for (size, id) in [(300, 300), (300, u64::MAX), (0, 0)] {
        let mut tiles = Tiles::new(&head(&tree, size));
        let error = tiles.check_record(id, "", &mut reader(&tree)).unwrap_err();
        assert_eq!(error, ProofError::Stale { id, size });
    }
    let error: ProofError<String> = ProofError::Stale { id: 300, size: 300 };
    assert_eq!(
        error.to_string(),
        "the tree head is older than record 300: it is of a tree of 300 records; take a newer head"
    );
    assert_eq!(tiles_for(300, [300, u64::MAX]), BTreeSet::new());
    assert_eq!(tiles_for(0, [0]), BTreeSet::new());
}

/// Checks record 700 with one tile changed.
fn with_tile(tree: &Tree, changed: &Tile, data: &[u8]) -> Proof {
    let mut read = |tile: &Tile| Ok(if tile == changed { data.to_vec() } else { tree.tile(tile) });
    Tiles::new(&head(tree, SIZE)).check_record(700, &record(700), &mut read)
}

/// No byte of a tile is harmless, not even those that the path of the record does not touch.
#[test]
fn a_flipped_bit_in_any_tile_is_refused() {
    let tree = Tree::of_records(SIZE);
    let tiles = tiles_for(SIZE, [700]);
    let names: Vec<String> = tiles.iter().map(Tile::name).collect();
    assert_eq!(
        names,
        [
            "tile/8/0/002",
            "tile/8/0/257.p/208",
            "tile/8/1/000",
            "tile/8/1/001.p/1",
            "tile/8/2/000.p/1"
        ]
    );
    let at_root: Vec<Tile> = tiles.iter().filter(|tile| !tile.is_full()).copied().collect();
    for tile in &tiles {
        // The tiles above it are proven once; a wrong one is not remembered.
        let mut proofs = Tiles::new(&head(&tree, SIZE));
        let above = [(0, 300), (1, SIZE - 1)].into_iter().find(|(level, _)| *level == tile.level());
        if let Some((_, id)) = above.filter(|_| tile.is_full()) {
            proofs.check_record(id, &record(id), &mut reader(&tree)).unwrap();
        }
        // One bit of each byte.
        for (at, flipped) in flips(&tree.tile(tile)).step_by(3) {
            let mut read =
                |other: &Tile| Ok(if other == tile { flipped.clone() } else { tree.tile(other) });
            let error: ProofError<String> =
                proofs.check_record(700, &record(700), &mut read).unwrap_err();
            let told = match &error {
                ProofError::Root { tiles, size } => *tiles == at_root && *size == SIZE,
                ProofError::Tile { tile: wrong, parent } => {
                    wrong == tile && parent.level() == tile.level() + 1
                }
                _ => false,
            };
            assert!(told, "byte {at} of {tile}: {error}");
        }
    }
}

#[test]
fn a_tile_of_another_length_is_refused_by_name() {
    let tree = Tree::of_records(SIZE);
    for tile in tiles_for(SIZE, [700]) {
        let data = tree.tile(&tile);
        // Empty, cut within a hash, cut between hashes, a tile of height 7 or 9, one byte more.
        let wrong =
            [0, 1, data.len() - 1, data.len() - 32, data.len() / 2, data.len() * 2, data.len() + 1];
        for length in wrong {
            let mut data = data.clone();
            data.resize(length, 7);
            let error = with_tile(&tree, &tile, &data).unwrap_err();
            assert_eq!(error, ProofError::Length(TileLengthError { tile, bytes: length }));
            assert!(error.to_string().starts_with(&format!("{tile} has {length} bytes")));
        }
    }
}

#[test]
fn a_tile_that_cannot_be_read_is_told() {
    let tree = Tree::of_records(SIZE);
    for missing in tiles_for(SIZE, [700]) {
        let mut read = |tile: &Tile| {
            if *tile == missing { Err("no such file".to_owned()) } else { Ok(tree.tile(tile)) }
        };
        let error = Tiles::new(&head(&tree, SIZE)).check_record(700, &record(700), &mut read);
        assert_eq!(error.unwrap_err().to_string(), format!("{missing}: no such file"));
    }
}

/// What was refused is not remembered as right, and the next try reads it again.
#[test]
fn a_wrong_tile_can_be_read_anew() {
    let tree = Tree::of_records(SIZE);
    let mut tiles = Tiles::new(&head(&tree, SIZE));
    let zeros = |tile: &Tile| Ok(vec![0; 32 * usize::from(tile.width())]);
    for _ in 0..2 {
        let error = tiles.check_record(700, &record(700), &mut { zeros }).unwrap_err();
        assert!(matches!(error, ProofError::<String>::Root { .. }), "{error}");
        assert_eq!(tiles.proven().count(), 0);
    }
    tiles.check_record(65_999, &record(65_999), &mut reader(&tree)).unwrap();
    assert_eq!(tiles.proven().count(), 3);
    let error = tiles.check_record(700, &record(700), &mut { zeros }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tile/8/1/000 has not the hash that tile/8/2/000.p/1 has for it: it was damaged or made up; fetch it anew"
    );
    assert_eq!(tiles.check_record(700, &record(700), &mut reader(&tree)), Ok(()));
    assert_eq!(tiles.proven().count(), 5);
}

#[test]
fn tiles_of_another_tree_are_refused() {
    let (tree, other) = (Tree::of_records(SIZE), forked(SIZE, 5));
    let check = |head: &Head, tiles: &Tree, id| {
        Tiles::new(head).check_record(id, &record(id), &mut reader(tiles))
    };
    // Even for a record that both have.
    assert!(matches!(check(&head(&tree, SIZE), &other, 700), Err(ProofError::Root { .. })));
    assert_eq!(check(&head(&other, SIZE), &other, 700), Ok(()));
    assert_eq!(check(&head(&other, SIZE), &other, 5), Err(ProofError::OtherRecord { id: 5 }));
    // Right hashes in the wrong order.
    let mut read = |tile: &Tile| {
        let mut data = tree.tile(tile);
        data.rotate_left(32);
        Ok::<_, String>(data)
    };
    assert!(check_consistency(&head(&tree, 7), &head(&tree, SIZE), &mut read).is_err());
}

#[test]
fn two_heads_of_one_size_with_different_roots_are_a_fork() {
    let (tree, other) = (Tree::of_records(300), forked(300, 5));
    let (ours, theirs) = (head(&tree, 300), head(&other, 300));
    for (a, b, tiles) in [(&ours, &theirs, &other), (&theirs, &ours, &tree)] {
        let Err(ProofError::Forked(fork)) = check_consistency(a, b, &mut reader(tiles)) else {
            panic!("no fork");
        };
        assert_eq!((&fork.older, &fork.newer, fork.root), (a, b, b.root()));
        assert!(fork.to_string().starts_with(
            "the checksum database has forked: it signed a tree of 300 records with the root "
        ));
    }
}

#[test]
fn a_newer_head_that_does_not_contain_the_older_is_a_fork() {
    let (tree, other) = (Tree::of_records(SIZE), forked(SIZE, 5));
    for size in [6, 255, 256, 257, 300, 65_535, 65_536, SIZE - 1] {
        let (older, newer) = (head(&tree, size), head(&other, SIZE));
        // In either order.
        for (a, b) in [(&older, &newer), (&newer, &older)] {
            let error = check_consistency(a, b, &mut reader(&other)).unwrap_err();
            let ProofError::Forked(fork) = &error else { panic!("{error}") };
            assert_eq!((&fork.older, &fork.newer, fork.root), (&older, &newer, other.root(size)));
            let text = error.to_string();
            assert!(text.contains(&format!("whose first {size} records have the root ")), "{text}");
        }
        // The tiles of the other timeline do not make it look right.
        let error = check_consistency(&older, &newer, &mut reader(&tree)).unwrap_err();
        assert!(matches!(error, ProofError::Root { .. }), "{error}");
    }
    // Before the lie both were the same.
    let error = check_consistency(&head(&tree, 5), &head(&other, SIZE), &mut reader(&other));
    assert_eq!(error, Ok(()));
    // An empty tree has one root.
    let empty = Signer::new(NAME).head(0, [7; 32]);
    let error = check_consistency(&empty, &head(&tree, SIZE), &mut reader(&tree)).unwrap_err();
    assert!(matches!(error, ProofError::Forked(_)), "{error}");
}

/// A full tile can stand in for a partial one, since partial ones go.
#[test]
fn full_tiles_stand_in_for_partial_ones() {
    let tree = Tree::of_records(SIZE);
    let mut read = |tile: &Tile| {
        let full = tile.full();
        Ok::<_, String>(if full.index() == 0 && full.level() < 2 {
            tile.cut(&tree.tile(&full)).unwrap().to_vec()
        } else {
            tree.tile(tile)
        })
    };
    for size in [1, 200, 256, 300] {
        Tiles::new(&head(&tree, size)).check_record(0, &record(0), &mut read).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_planned_is_what_is_read(size in 1..2000_u64, ids in proptest::collection::vec(any::<u64>(), 1..9), older in any::<u64>()) {
        let tree = Tree::of_records(size);
        let mut seen = BTreeSet::new();
        let mut read = |tile: &Tile| {
            seen.insert(*tile);
            Ok::<_, String>(tree.tile(tile))
        };
        let mut tiles = Tiles::new(&head(&tree, size));
        let ids: Vec<u64> = ids.into_iter().map(|id| id % size).collect();
        for id in &ids {
            prop_assert_eq!(tiles.check_record(*id, &record(*id), &mut read), Ok(()));
        }
        prop_assert_eq!(&seen, &tiles_for(size, ids));

        let older = older % size;
        seen.clear();
        let mut read = |tile: &Tile| {
            seen.insert(*tile);
            Ok::<_, String>(tree.tile(tile))
        };
        prop_assert_eq!(check_consistency(&head(&tree, older), &head(&tree, size), &mut read), Ok(()));
        prop_assert_eq!(seen, contained(older, size));
    }
}
