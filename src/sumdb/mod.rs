//! The checksum database of Go, sum.golang.org or another: its texts to values, and the proofs that
//! they are true.
//!
//! The database is a list of records, each with the `go.sum` lines of a module version, that only
//! grows. It is kept as a tree of hashes, and the database signs the root of the tree. So a record
//! is true if the signature is, and if the hashes lead from the record to the root.
//!
//! Nothing in this room reads a file or the network: tiles are handed in by a closure, and none is
//! believed. Where Go has a rule, this room has the same or a stricter one, so that what is proved
//! here is proved for the go command too.
//!
//! | file | holds | follows, in x/mod/sumdb |
//! |---|---|---|
//! | key | the key of a database | note/note.go `NewVerifier` |
//! | note | signed notes | note/note.go `Open` |
//! | text | which characters notes and records have | note/note.go, tlog/note.go |
//! | head | signed tree heads | tlog/note.go `ParseTree` |
//! | lookup | answers to lookups, their names and records | tlog/note.go `ParseRecord`, client.go `Lookup` |
//! | tree | the hashes of records and subtrees | tlog/tlog.go |
//! | tile | tiles, their names and lengths | tlog/tile.go |
//! | plan | which tiles a proof takes | tlog/tile.go `ReadHashes`, client.go |
//! | proof | that a tree has a record, or contains another tree | tlog/tile.go `ReadHashes`, client.go `checkRecord`, `checkTrees` |
//!
//! testdata/ was made by Go itself; see the README.md there.

mod key;

mod note;

mod text;

mod head;

mod lookup;

mod tree;

mod tile;

mod plan;

mod proof;

#[cfg(test)]
pub(crate) mod tests;

pub use head::Head;
pub use key::{Key, KeyError};
pub use lookup::{Hashes, Lookup, LookupError, lookup_name};
pub use note::NoteError;
pub use plan::{tiles_between, tiles_for};
pub use proof::{Fork, ProofError, Tiles, check_consistency};
pub use tile::{Tile, TileLengthError, TileNameError};
