//! Proofs that a tree has a record or contains another tree: tlog/tile.go `ReadHashes`, client.go
//! `checkRecord`, `checkTrees`.

use super::head::Head;
use super::lookup::Lookup;
use super::plan::at_root;
use super::tile::{Tile, TileLengthError};
use super::tree::{Hash, Subtree, complete, leaf, root, subtrees};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::fmt;
use std::iter::successors;

/// Why something is not proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofError<E> {
    /// The head was signed before the record was added.
    Stale {
        /// The number of the record.
        id: u64,
        /// How many records there were.
        size: u64,
    },
    /// A tile could not be read.
    Read {
        /// The tile.
        tile: Tile,
        /// Why.
        error: E,
    },
    /// A tile was read that cannot be the one it is said to be.
    Length(TileLengthError),
    /// The tiles at the root do not make up the head: one of them at least is wrong.
    Root {
        /// The tiles.
        tiles: Vec<Tile>,
        /// The size of the head's tree.
        size: u64,
    },
    /// A tile has not the hash that the one above it has for it, and that is right.
    Tile {
        /// The tile.
        tile: Tile,
        /// The one above it.
        parent: Tile,
    },
    /// The tree has another record under this number.
    OtherRecord {
        /// The number.
        id: u64,
    },
    /// The database has signed two heads that cannot both be true.
    Forked(Box<Fork>),
}

/// Two heads of which the larger tree does not contain the smaller. Together with the tiles they
/// prove that the database misbehaved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// The head of the smaller tree.
    pub older: Head,
    /// The head of the larger tree.
    pub newer: Head,
    /// The root that the larger tree had when it was as small as the other.
    pub root: [u8; 32],
}

impl<E: fmt::Display> fmt::Display for ProofError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProofError::Stale { id, size } => write!(
                f,
                "the tree head is older than record {id}: it is of a tree of {size} records; \
                 take a newer head"
            ),
            ProofError::Read { tile, error } => write!(f, "{tile}: {error}"),
            ProofError::Length(error) => error.fmt(f),
            ProofError::Root { tiles, size } => {
                let tiles: Vec<String> = tiles.iter().map(Tile::name).collect();
                write!(
                    f,
                    "{}: not of the signed tree of {size} records, one of them at least: it was \
                     damaged or made up; fetch it anew",
                    tiles.join(", ")
                )
            }
            ProofError::Tile { tile, parent } => write!(
                f,
                "{tile} has not the hash that {parent} has for it: it was damaged or made up; \
                 fetch it anew"
            ),
            ProofError::OtherRecord { id } => write!(
                f,
                "record {id} of the signed tree is another: the one at hand was changed or made up"
            ),
            ProofError::Forked(fork) => fork.fmt(f),
        }
    }
}

impl<E: fmt::Display + fmt::Debug> std::error::Error for ProofError<E> {}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fork { older, newer, root } = self;
        let [old, new, root] = [older.root(), newer.root(), *root].map(|it| STANDARD.encode(it));
        write!(
            f,
            "the checksum database has forked: it signed a tree of {} records with the root {old}, \
             and a tree of {} records with the root {new}, ",
            older.size(),
            newer.size()
        )?;
        if older.size() < newer.size() {
            write!(f, "whose first {} records have the root {root}, ", older.size())?;
        }
        f.write_str("so that somebody is shown other records; trust neither, and keep both heads as the proof")
    }
}

impl<E> From<TileLengthError> for ProofError<E> {
    fn from(error: TileLengthError) -> ProofError<E> {
        ProofError::Length(error)
    }
}

/// The tiles of the tree of one head, each checked before anything is concluded from it, and read
/// once.
#[derive(Debug, Clone)]
pub struct Tiles {
    head: Head,
    proven: BTreeMap<Tile, Vec<u8>>,
}

impl Tiles {
    /// Begins with no tiles.
    pub fn new(head: &Head) -> Tiles {
        Tiles { head: head.clone(), proven: BTreeMap::new() }
    }

    /// The head of the tree.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The tiles read until now that are known to be of the tree, as they may be kept.
    pub fn proven(&self) -> impl Iterator<Item = (&Tile, &[u8])> {
        self.proven.iter().map(|(tile, data)| (tile, data.as_slice()))
    }

    /// Checks that the tree has the record under this number. `read` gives the bytes of a tile; for
    /// a partial one that is no longer there it may [cut](Tile::cut) the full one.
    ///
    /// # Errors
    /// A record that the tree has not, or tiles that do not prove it.
    pub fn check_record<E>(
        &mut self,
        id: u64,
        record: &str,
        read: &mut impl FnMut(&Tile) -> Result<Vec<u8>, E>,
    ) -> Result<(), ProofError<E>> {
        let size = self.head.size();
        if id >= size {
            return Err(ProofError::Stale { id, size });
        }
        if self.hash(Subtree { level: 0, index: id }, read)? == leaf(record) {
            return Ok(());
        }
        Err(ProofError::OtherRecord { id })
    }

    /// Checks that the tree has the record of a lookup, whichever head came with that.
    ///
    /// # Errors
    /// As [`Tiles::check_record`].
    pub fn check_lookup<E>(
        &mut self,
        lookup: &Lookup,
        read: &mut impl FnMut(&Tile) -> Result<Vec<u8>, E>,
    ) -> Result<(), ProofError<E>> {
        self.check_record(lookup.id(), lookup.record(), read)
    }

    /// Checks that the tree contains that of an older head.
    fn check_contains<E>(
        &mut self,
        older: &Head,
        read: &mut impl FnMut(&Tile) -> Result<Vec<u8>, E>,
    ) -> Result<(), ProofError<E>> {
        let hashes: Result<Vec<Hash>, _> =
            subtrees(older.size()).map(|subtree| self.hash(subtree, read)).collect();
        let root = root(hashes?.into_iter());
        if root == older.root() {
            return Ok(());
        }
        let fork = Fork { older: older.clone(), newer: self.head.clone(), root };
        Err(ProofError::Forked(Box::new(fork)))
    }

    /// The hash of a subtree that is in the tree.
    fn hash<E>(
        &mut self,
        subtree: Subtree,
        read: &mut impl FnMut(&Tile) -> Result<Vec<u8>, E>,
    ) -> Result<Hash, ProofError<E>> {
        if self.proven.is_empty() {
            self.prove_root(read)?;
        }
        let size = self.head.size();
        let tile = Tile::with(subtree, size);
        // Whatever is not at the root is full, so that there is a tile above it.
        let way: Vec<Tile> = successors(Some(tile), |tile| Some(tile.parent(size)))
            .take_while(|tile| !self.proven.contains_key(tile))
            .collect();
        for tile in way.into_iter().rev() {
            let parent = tile.parent(size);
            let data = fetch(&tile, read)?;
            let place = tile.as_subtree();
            if parent.hash_of(place, &self.proven[&parent]) != complete(&data) {
                return Err(ProofError::Tile { tile, parent });
            }
            self.proven.insert(tile, data);
        }
        Ok(tile.hash_of(subtree, &self.proven[&tile]))
    }

    /// Checks the tiles whose hashes make up the root, every hash of them.
    fn prove_root<E>(
        &mut self,
        read: &mut impl FnMut(&Tile) -> Result<Vec<u8>, E>,
    ) -> Result<(), ProofError<E>> {
        let size = self.head.size();
        let mut tiles = BTreeMap::new();
        for tile in at_root(size) {
            tiles.insert(tile, fetch(&tile, read)?);
        }
        let hashes = subtrees(size).map(|subtree| {
            let tile = Tile::with(subtree, size);
            tile.hash_of(subtree, &tiles[&tile])
        });
        if root(hashes) != self.head.root() {
            return Err(ProofError::Root { tiles: tiles.into_keys().collect(), size });
        }
        self.proven = tiles;
        Ok(())
    }
}

fn fetch<E>(
    tile: &Tile,
    read: &mut impl FnMut(&Tile) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, ProofError<E>> {
    let data = read(tile).map_err(|error| ProofError::Read { tile: *tile, error })?;
    tile.check_length(&data)?;
    Ok(data)
}

/// Checks that the larger of two trees contains the smaller, so that the database only added
/// records in between. `read` gives tiles of the larger tree.
///
/// Two heads of the same size take no tiles: their roots are the same, or one of them is a lie.
///
/// # Errors
/// [`ProofError::Forked`] where it does not; anything else where that cannot be told.
pub fn check_consistency<E>(
    head: &Head,
    other: &Head,
    read: &mut impl FnMut(&Tile) -> Result<Vec<u8>, E>,
) -> Result<(), ProofError<E>> {
    let (older, newer) = if head.size() <= other.size() { (head, other) } else { (other, head) };
    if older.size() < newer.size() {
        return Tiles::new(newer).check_contains(older, read);
    }
    if older.root() == newer.root() {
        return Ok(());
    }
    let (older, newer) = (older.clone(), newer.clone());
    let root = newer.root();
    Err(ProofError::Forked(Box::new(Fork { older, newer, root })))
}
