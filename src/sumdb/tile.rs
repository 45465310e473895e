//! Tiles by their names and lengths: tlog/tile.go.

use super::tree::{Hash, Subtree, complete};
use std::fmt;

/// The checksum database has tiles of this height only: client.go `initWork`.
const HEIGHT: u8 = 8;

/// The hashes of a full tile.
pub(super) const FULL: u16 = 1 << HEIGHT;

/// A tree has fewer than 2⁶³ records, so that none has a tile above this level.
const TOP_LEVEL: u8 = 7;

/// A name element of a tile's index has three digits, so that no directory grows large.
const BASE: u64 = 1000;

/// A tile: `width` neighbouring hashes of the tree's level `8 * level`, from the hash
/// `256 * index` on. A tile of fewer than 256 hashes, a partial one, is at the right edge of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

/// Why a text is no name of a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TileNameError {
    /// It is one, of a tree whose tiles are not 8 levels high.
    OtherHeight {
        /// The name.
        name: String,
        /// How high those tiles are.
        height: u8,
    },
    /// It holds records, which no client of the database reads.
    Data {
        /// The name.
        name: String,
    },
    /// Nothing else that Go would write as a name.
    Malformed {
        /// The text.
        name: String,
    },
}

impl fmt::Display for TileNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TileNameError::OtherHeight { name, height } => write!(
                f,
                "{name:?} names a tile of height {height}: the checksum database has tiles of height {HEIGHT} only"
            ),
            TileNameError::Data { name } => {
                write!(f, "{name:?} names a tile of records: only tiles of hashes prove a record")
            }
            TileNameError::Malformed { name } => write!(
                f,
                "{name:?} names no tile: expected `tile/8/LEVEL/INDEX` and perhaps `.p/WIDTH`, such as tile/8/0/x001/234.p/5"
            ),
        }
    }
}

impl std::error::Error for TileNameError {}

/// The bytes for a tile are more or fewer than it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileLengthError {
    /// The tile.
    pub tile: Tile,
    /// How many bytes there are.
    pub bytes: usize,
}

impl fmt::Display for TileLengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TileLengthError { tile, bytes } = self;
        let (width, whole) = (tile.width, tile.bytes());
        write!(f, "{tile} has {bytes} bytes, where its {width} hashes take {whole}: ")?;
        f.write_str(if *bytes < whole {
            "it was cut short, or is a narrower tile under this name; fetch it anew"
        } else {
            "it is a wider tile under this name, or no tile; fetch it anew"
        })
    }
}

impl std::error::Error for TileLengthError {}

impl Tile {
    /// Reads a name as [`Tile::name`] writes it: `ParseTilePath`.
    ///
    /// # Errors
    /// A name of a tile that the checksum database does not have, or any other text.
    pub fn parse(name: &str) -> Result<Tile, TileNameError> {
        let malformed = || TileNameError::Malformed { name: name.to_owned() };
        let rest = name.strip_prefix("tile/").ok_or_else(malformed)?;
        let (height, rest) = rest.split_once('/').ok_or_else(malformed)?;
        match height.parse() {
            Ok(HEIGHT) => {}
            Ok(height @ 1..=30) => {
                return Err(TileNameError::OtherHeight { name: name.to_owned(), height });
            }
            _ => return Err(malformed()),
        }
        if rest.starts_with("data/") {
            return Err(TileNameError::Data { name: name.to_owned() });
        }
        // There is one way to write each name, without signs and with as many zeros as needed.
        parse_place(rest).filter(|tile| tile.name() == name).ok_or_else(malformed)
    }

    /// The name, which is its path below the database as well: `tile/8/0/x001/234.p/5` is the tile
    /// of the first five hashes; `Path`.
    pub fn name(&self) -> String {
        self.to_string()
    }

    /// How many tiles are below it on the way to the records.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// How many tiles are to its left on its level.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes it has, 256 at most.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether it can no longer grow with the tree.
    pub fn is_full(&self) -> bool {
        self.width == FULL
    }

    /// The full tile in its place, which can stand in for it as soon as the tree is large enough.
    #[must_use]
    pub fn full(&self) -> Tile {
        Tile { width: FULL, ..*self }
    }

    /// Cuts the bytes of the full tile in its place to its own: a database need not keep a partial
    /// tile once the full one is there; client.go `readTile`.
    ///
    /// # Errors
    /// Bytes that no full tile has.
    pub fn cut<'b>(&self, full: &'b [u8]) -> Result<&'b [u8], TileLengthError> {
        self.full().check_length(full)?;
        Ok(&full[..self.bytes()])
    }

    /// Checks that it has as many bytes as these.
    ///
    /// # Errors
    /// More or fewer bytes.
    pub fn check_length(&self, data: &[u8]) -> Result<(), TileLengthError> {
        if data.len() == self.bytes() {
            return Ok(());
        }
        Err(TileLengthError { tile: *self, bytes: data.len() })
    }

    fn bytes(&self) -> usize {
        usize::from(self.width) * size_of::<Hash>()
    }

    /// The widest tile in its place in a tree of that size, which has one there.
    pub(super) fn in_tree(size: u64, level: u8, index: u64) -> Tile {
        let hashes = (size >> (HEIGHT * level)) - (index << HEIGHT);
        let width = u16::try_from(hashes).map_or(FULL, |hashes| hashes.min(FULL));
        Tile { level, index, width }
    }

    /// The tile that holds the hashes of a subtree: `tileForIndex`.
    pub(super) fn with(subtree: Subtree, size: u64) -> Tile {
        let level = subtree.level / HEIGHT;
        let index = subtree.index << (subtree.level % HEIGHT) >> HEIGHT;
        Tile::in_tree(size, level, index)
    }

    /// The tile that holds the hash of this one, which is full: `tileParent`.
    pub(super) fn parent(&self, size: u64) -> Tile {
        Tile::in_tree(size, self.level + 1, self.index >> HEIGHT)
    }

    /// What the tile is in its parent, if it is full.
    pub(super) fn as_subtree(&self) -> Subtree {
        Subtree { level: HEIGHT * (self.level + 1), index: self.index }
    }

    /// The hash of a subtree that the tile, of which `data` has all bytes, holds: `HashFromTile`.
    pub(super) fn hash_of(&self, subtree: Subtree, data: &[u8]) -> Hash {
        let height = subtree.level % HEIGHT;
        let first = (subtree.index << height) - (self.index << HEIGHT);
        let first = usize::try_from(first).expect("the subtree is in the tile");
        let size = size_of::<Hash>();
        complete(&data[first * size..(first + (1 << height)) * size])
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{HEIGHT}/{}/", self.level)?;
        let mut groups = vec![self.index % BASE];
        let mut rest = self.index / BASE;
        while rest > 0 {
            groups.push(rest % BASE);
            rest /= BASE;
        }
        while let Some(group) = groups.pop() {
            if groups.is_empty() {
                write!(f, "{group:03}")?;
            } else {
                write!(f, "x{group:03}/")?;
            }
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// Reads `LEVEL/INDEX` with or without `.p/WIDTH`, perhaps not as it should be written.
fn parse_place(text: &str) -> Option<Tile> {
    let (level, rest) = text.split_once('/')?;
    let level = level.parse().ok().filter(|level| *level <= TOP_LEVEL)?;
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => {
            (index, width.parse().ok().filter(|width| (1..FULL).contains(width))?)
        }
        None => (rest, FULL),
    };
    let index = index.split('/').try_fold(0_u64, |index, group| {
        let group = group.trim_start_matches('x').parse().ok().filter(|group| *group < BASE)?;
        index.checked_mul(BASE)?.checked_add(group)
    })?;
    // What lies further right is in no tree.
    let last = (i64::MAX.unsigned_abs() >> (HEIGHT * level)) >> HEIGHT;
    (index <= last).then_some(Tile { level, index, width })
}
