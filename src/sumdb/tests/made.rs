//! A database that is made up in memory: key, records, tiles, heads.

use crate::sumdb::tile::Tile;
use crate::sumdb::tree::{Hash, Subtree, leaf, node, root, subtrees};
use crate::sumdb::{Head, Key};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest, Sha256};
use std::path::Path;

pub(crate) const NAME: &str = "sum.example.com";

/// A private key, the same for the same name: that of `testdata/generate` for [`NAME`].
pub(crate) struct Signer {
    key: SigningKey,
    pub(crate) public: Key,
}

impl Signer {
    pub(crate) fn new(name: &str) -> Signer {
        let key = SigningKey::from_bytes(&Sha256::digest(name).into());
        let bytes = [&[1], key.verifying_key().as_bytes().as_slice()].concat();
        let hash = Sha256::digest([name.as_bytes(), b"\n", &bytes].concat());
        let hash: String = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        let public = Key::parse(&format!("{name}+{hash}+{}", STANDARD.encode(bytes))).unwrap();
        Signer { key, public }
    }

    /// The signature line of a text.
    pub(crate) fn line(&self, text: &str) -> String {
        let id = self.public.id();
        let (name, hash) = id.rsplit_once('+').unwrap();
        let mut bytes = u32::from_str_radix(hash, 16).unwrap().to_be_bytes().to_vec();
        bytes.extend(self.key.sign(text.as_bytes()).to_bytes());
        format!("— {name} {}\n", STANDARD.encode(bytes))
    }

    pub(crate) fn sign(&self, text: &str) -> String {
        format!("{text}\n{}", self.line(text))
    }

    pub(crate) fn head(&self, size: u64, root: Hash) -> Head {
        let text = format!("go.sum database tree\n{size}\n{}\n", STANDARD.encode(root));
        Head::open(self.sign(&text).as_bytes(), &self.public).unwrap()
    }
}

/// The record of `testdata/generate`.
pub(crate) fn record(id: u64) -> String {
    let hash = |what: &str| STANDARD.encode(Sha256::digest(format!("{what} {id}")));
    let (module, zip, go_mod) = (format!("example.com/M{id} v1.0.0"), hash("zip"), hash("mod"));
    format!("{module} h1:{zip}\n{module}/go.mod h1:{go_mod}\n")
}

/// All hashes of a tree, level by level.
pub(crate) struct Tree {
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    pub(crate) fn new(leaves: Vec<Hash>) -> Tree {
        let mut levels = vec![leaves];
        while levels[levels.len() - 1].len() > 1 {
            let below = levels[levels.len() - 1].chunks_exact(2);
            levels.push(below.map(|two| node(&two[0], &two[1])).collect());
        }
        Tree { levels }
    }

    pub(crate) fn of_records(size: u64) -> Tree {
        Tree::new((0..size).map(|id| leaf(&record(id))).collect())
    }

    fn hash(&self, subtree: Subtree) -> Hash {
        self.levels[usize::from(subtree.level)][usize::try_from(subtree.index).unwrap()]
    }

    pub(crate) fn root(&self, size: u64) -> Hash {
        root(subtrees(size).map(|subtree| self.hash(subtree)))
    }

    pub(crate) fn tile(&self, tile: &Tile) -> Vec<u8> {
        let first = usize::try_from(tile.index() << 8).unwrap();
        let hashes = &self.levels[usize::from(8 * tile.level())];
        hashes[first..first + usize::from(tile.width())].concat()
    }
}

/// The hash of each subtree of a level in a tree of records that are all the same.
pub(crate) fn same_hash(record: &str, level: u8) -> Hash {
    (0..level).fold(leaf(record), |hash, _| node(&hash, &hash))
}

/// Flips a bit of each byte, one after the other.
pub(crate) fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let each = (0..bytes.len()).flat_map(|at| [0x01, 0x20, 0x80].map(|bit| (at, bit)));
    each.map(|(at, bit)| {
        let mut flipped = bytes.to_vec();
        flipped[at] ^= bit;
        (at, flipped)
    })
}

/// Writes a database of so many records below a directory, with the answers to lookups of some of them,
/// and returns its head. Under the number of a fork it has another record than all others have.
pub(crate) fn publish(dir: &Path, size: u64, lookups: &[u64], fork: Option<u64>) -> Head {
    let record = |id| if fork == Some(id) { record(id + 1) } else { record(id) };
    let tree = Tree::new((0..size).map(|id| leaf(&record(id))).collect());
    let head = Signer::new(NAME).head(size, tree.root(size));
    let put = |name: &str, bytes: &[u8]| {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    put("supported", b"");
    put("latest", head.note().as_bytes());
    for id in lookups {
        let answer = format!("{id}\n{}\n{}", record(*id), head.note());
        put(&format!("lookup/example.com/!m{id}@v1.0.0"), answer.as_bytes());
    }
    for tile in crate::sumdb::tiles_for(size, 0..size) {
        put(&tile.name(), &tree.tile(&tile));
    }
    head
}
