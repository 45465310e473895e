//! The hashes of a tree of records: tlog/tlog.go, RFC 6962.

use sha2::{Digest, Sha256};

/// A hash of a record or of a subtree.
pub(super) type Hash = [u8; 32];

/// A complete subtree: the `index`th one, from the left, of those with 2^`level` records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subtree {
    pub(super) level: u8,
    pub(super) index: u64,
}

/// The hash of a record: `RecordHash`. It begins otherwise than that of a node, so that no record
/// can pass for one.
pub(super) fn leaf(record: &str) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(record).finalize().into()
}

/// The hash of a node: `NodeHash`.
pub(super) fn node(left: &[u8], right: &[u8]) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The hash of the complete subtree above some hashes, whose number is a power of two: `tileHash`.
pub(super) fn complete(hashes: &[u8]) -> Hash {
    if let Ok(hash) = hashes.try_into() {
        return hash;
    }
    let (left, right) = hashes.split_at(hashes.len() / 2);
    node(&complete(left), &complete(right))
}

/// The complete subtrees that make up a tree, from right to left, which is from the smallest to the
/// largest: `subTreeIndex`.
pub(super) fn subtrees(size: u64) -> impl Iterator<Item = Subtree> {
    (0..64)
        .filter(move |level| size >> level & 1 == 1)
        .map(move |level| Subtree { level, index: (size >> level) - 1 })
}

/// The root of a tree, given the hashes of its [`subtrees`] in that order: `subTreeHash`.
pub(super) fn root(hashes: impl Iterator<Item = Hash>) -> Hash {
    let root = hashes.reduce(|right, left| node(&left, &right));
    root.unwrap_or_else(|| Sha256::digest([]).into())
}
