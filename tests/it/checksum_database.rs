//! A checksum database made up on the spot, with a key of its own, in a directory that go and go-offline
//! read alike: `GOSUMDB="NAME+KEY file:///DIR"`. Made without the code under test.

use crate::modules::escaped;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

type Hash = [u8; 32];

/// Records of nobody's modules before the first that matters: enough for two levels of tiles, and for
/// several tiles on the lower one.
const FILLERS: usize = 1500;

/// A database; its records can only grow in number.
#[derive(Clone)]
pub(crate) struct ChecksumDatabase {
    name: String,
    key: SigningKey,
    records: Vec<String>,
    /// The module versions that have a record: `PATH@VERSION` with the number.
    modules: Vec<(String, String, usize)>,
}

impl ChecksumDatabase {
    /// A database of fillers, the same for the same name.
    pub(crate) fn new(name: &str) -> ChecksumDatabase {
        let key = SigningKey::from_bytes(&Sha256::digest(name).into());
        let mut database = ChecksumDatabase {
            name: name.to_owned(),
            key,
            records: Vec::new(),
            modules: Vec::new(),
        };
        database.grow(FILLERS);
        database
    }

    /// Adds records of modules that nobody uses.
    pub(crate) fn grow(&mut self, count: usize) {
        for _ in 0..count {
            let id = self.records.len();
            let hash = |kind: &str| STANDARD.encode(Sha256::digest(format!("{kind} {id}")));
            let (zip, go_mod) = (hash("zip"), hash("mod"));
            self.add(
                &format!("example.org/m{id}"),
                "v1.0.0",
                &format!("h1:{zip}"),
                &format!("h1:{go_mod}"),
            );
        }
    }

    /// Records a module version.
    pub(crate) fn add(&mut self, path: &str, version: &str, zip: &str, go_mod: &str) {
        self.modules.push((path.to_owned(), version.to_owned(), self.records.len()));
        self.records.push(format!("{path} {version} {zip}\n{path} {version}/go.mod {go_mod}\n"));
    }

    /// Lets the database be another from a record on, under the same key: a fork.
    pub(crate) fn forge(&mut self, id: usize, record: &str) {
        record.clone_into(&mut self.records[id]);
    }

    /// How many records there are.
    pub(crate) fn size(&self) -> usize {
        self.records.len()
    }

    /// The number of a module version's record.
    pub(crate) fn id(&self, path: &str, version: &str) -> usize {
        let found =
            self.modules.iter().find(|(one, of, _)| (one.as_str(), of.as_str()) == (path, version));
        found.unwrap().2
    }

    /// Its name and key, as GOSUMDB has them.
    pub(crate) fn key(&self) -> String {
        let bytes = [&[1], self.key.verifying_key().as_bytes().as_slice()].concat();
        let id = self.key_id().map(|byte| format!("{byte:02x}")).concat();
        format!("{}+{id}+{}", self.name, STANDARD.encode(bytes))
    }

    fn key_id(&self) -> [u8; 4] {
        let bytes = [&[1], self.key.verifying_key().as_bytes().as_slice()].concat();
        let hash = Sha256::digest([self.name.as_bytes(), b"\n", &bytes].concat());
        hash[..4].try_into().unwrap()
    }

    /// The signed head of the tree of the first so many records.
    pub(crate) fn head(&self, size: usize) -> String {
        let root = STANDARD.encode(root(&self.leaves()[..size]));
        let text = format!("go.sum database tree\n{size}\n{root}\n");
        let signature = [&self.key_id()[..], &self.key.sign(text.as_bytes()).to_bytes()].concat();
        format!("{text}\n— {} {}\n", self.name, STANDARD.encode(signature))
    }

    /// The answer to a lookup, with the head of the tree of so many records.
    pub(crate) fn lookup(&self, path: &str, version: &str, size: usize) -> String {
        let id = self.id(path, version);
        format!("{id}\n{}\n{}", self.records[id], self.head(size))
    }

    fn leaves(&self) -> Vec<Hash> {
        let leaf = |record: &String| Sha256::new_with_prefix([0]).chain_update(record).finalize();
        self.records.iter().map(|record| leaf(record).into()).collect()
    }

    /// Writes all of it below a directory. What an older one has left there stays, as with a real one.
    pub(crate) fn write(&self, dir: &Path) {
        let put = |name: &str, bytes: &[u8]| {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        put("supported", b"");
        let head = self.head(self.size());
        put("latest", head.as_bytes());
        for (path, version, id) in &self.modules {
            if *id >= FILLERS || *id % 500 == 0 {
                let name = format!("lookup/{}@{}", escaped(path), escaped(version));
                put(&name, format!("{id}\n{}\n{head}", self.records[*id]).as_bytes());
            }
        }
        let mut hashes = self.leaves();
        for level in 0.. {
            for (index, tile) in hashes.chunks(256).enumerate() {
                let part =
                    if tile.len() < 256 { format!(".p/{}", tile.len()) } else { String::new() };
                put(&format!("tile/8/{level}/{index:03}{part}"), tile.concat().as_slice());
            }
            hashes = hashes.chunks_exact(256).map(root).collect();
            if hashes.is_empty() {
                break;
            }
        }
    }
}

/// The root of the tree above hashes: RFC 6962, section 2.1.
fn root(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        _ => {
            let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
            let node = Sha256::new_with_prefix([1]).chain_update(root(left));
            node.chain_update(root(right)).finalize().into()
        }
    }
}
