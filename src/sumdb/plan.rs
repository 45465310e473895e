//! Which tiles a proof takes: tlog/tile.go `ReadHashes`, client.go `checkRecord`, `checkTrees`.

use super::tile::Tile;
use super::tree::{Subtree, subtrees};
use std::collections::BTreeSet;

/// The tiles that the go command reads to check records under one head, of a tree of `size`: no
/// more, and each of them, where its caches are empty.
///
/// Records that are not in the tree take no tiles, since they cannot be checked.
pub fn tiles_for(size: u64, ids: impl IntoIterator<Item = u64>) -> BTreeSet<Tile> {
    let records = ids.into_iter().filter(|id| *id < size);
    plan(size, records.map(|index| Subtree { level: 0, index }))
}

/// The tiles that the go command reads besides, where it knows another head already than the one
/// that the lookups answer with: it keeps the newest that it saw, and checks records under the newer
/// of the two, so that the others are [`tiles_for`] the larger tree.
///
/// First it checks the known head against itself, then that one of the trees contains the other. Of
/// two tiles in one place it asks for both, but takes the full one for the other.
pub fn tiles_between(known: u64, size: u64) -> BTreeSet<Tile> {
    let mut tiles = plan(known, subtrees(known));
    tiles.extend(contained(known.min(size), known.max(size)));
    tiles
}

/// The tiles of a tree that prove the root of a smaller one.
pub(super) fn contained(older: u64, newer: u64) -> BTreeSet<Tile> {
    plan(newer, subtrees(older))
}

/// The tiles that prove the hashes of some subtrees.
fn plan(size: u64, subtrees: impl Iterator<Item = Subtree>) -> BTreeSet<Tile> {
    let mut subtrees = subtrees.peekable();
    if subtrees.peek().is_none() {
        return BTreeSet::new();
    }
    let mut tiles = at_root(size);
    for subtree in subtrees {
        let mut tile = Tile::with(subtree, size);
        // All tiles of the way up are there as soon as one is: full ones come from here, and others
        // are at the root.
        while tiles.insert(tile) {
            tile = tile.parent(size);
        }
    }
    tiles
}

/// The tiles whose hashes make up the root of a tree. All others of the tree are full.
pub(super) fn at_root(size: u64) -> BTreeSet<Tile> {
    subtrees(size).map(|subtree| Tile::with(subtree, size)).collect()
}
