//! Reads the checksum database: records, tiles and signed heads, from the caches and over the network.
//!
//! Nothing that is read here is believed. A head counts by its signature, a tile by the head, and a
//! record by a tile. So it does not matter who wrote a cache; where a proof fails on what was cached,
//! the caches are passed over once.

use super::Remote;
use super::remote::{AT_ONCE, RefusedBy};
use crate::gomod::ModuleVersion;
use crate::project::{keep, on_threads};
use crate::sumdb::{Head, Key, Lookup, Tile, Tiles, check_consistency, lookup_name, tiles_for};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The largest answer: a record is a few lines, a tile has 256 hashes.
const LONGEST: u64 = 1 << 20;

/// A checksum database, and where it can be read.
#[derive(Debug)]
pub struct Database {
    /// What its heads are signed by.
    pub key: Key,
    /// Directories in its layout that are read first: the module cache's, a bundle's.
    pub stores: Vec<PathBuf>,
    /// The directory in its layout that what comes over the network is kept in.
    pub cache: Option<PathBuf>,
    /// The database itself, or a proxy for it; `None` to do without the network.
    pub remote: Option<Remote>,
}

/// Which head everything is proven by.
#[derive(Debug, Clone)]
pub enum HeadChoice {
    /// The one that was kept, if it is newer than all records, else the newest.
    Kept,
    /// The newest.
    Newest,
    /// This one.
    Given(Vec<u8>),
}

/// What the database says of modules, proven.
#[derive(Debug)]
pub struct Proven {
    /// The head.
    pub head: Head,
    /// A record for each module, in the tree of that head.
    pub records: BTreeMap<ModuleVersion, Lookup>,
    /// The tiles that prove them.
    pub tiles: BTreeMap<Tile, Vec<u8>>,
    /// Modules without a record, and why.
    pub lacking: BTreeMap<ModuleVersion, String>,
}

impl Database {
    /// A database of which a directory has what is needed, as in a bundle: nobody is asked.
    pub fn of_dir(key: Key, dir: PathBuf) -> Database {
        Database { key, stores: vec![dir], cache: None, remote: None }
    }

    /// The record of one module, proven by the head that comes with it.
    ///
    /// # Errors
    /// There is none, or it is not proven.
    pub fn prove_one(&self, module: &ModuleVersion) -> anyhow::Result<Lookup> {
        let found = self.record(module, true)?;
        let record = found.map_err(|why| anyhow::anyhow!("{module}: {why}"))?;
        let mut tiles = Tiles::new(record.head());
        tiles
            .check_lookup(&record, &mut |tile: &Tile| self.tile(tile, true))
            .with_context(|| format!("proving the record of {module}"))?;
        Ok(record)
    }

    /// Looks modules up and proves what it finds.
    ///
    /// # Errors
    /// A head that is not signed, a record that is not in the tree, a tree that has forked, or a
    /// database that cannot be reached.
    pub fn prove(
        &self,
        modules: &[ModuleVersion],
        head: &HeadChoice,
        tell: &(dyn Fn(usize, usize) + Sync),
    ) -> anyhow::Result<Proven> {
        let with_caches = self.prove_from(modules, head, tell, true);
        match with_caches {
            // What a cache holds may be damaged; what the database itself says is the last word.
            Err(_) if self.remote.is_some() => self.prove_from(modules, head, tell, false),
            proven => proven,
        }
    }

    fn prove_from(
        &self,
        modules: &[ModuleVersion],
        choice: &HeadChoice,
        tell: &(dyn Fn(usize, usize) + Sync),
        by_cache: bool,
    ) -> anyhow::Result<Proven> {
        let done = AtomicUsize::new(0);
        let looked = on_threads(AT_ONCE, modules, |module| {
            let record = self.record(module, by_cache);
            tell(done.fetch_add(1, Ordering::Relaxed) + 1, modules.len());
            record
        });
        let mut records = BTreeMap::new();
        let mut lacking = BTreeMap::new();
        for (module, found) in modules.iter().zip(looked) {
            match found? {
                Ok(record) => drop(records.insert(module.clone(), record)),
                Err(why) => drop(lacking.insert(module.clone(), why)),
            }
        }
        let newest = records.values().map(Lookup::id).max();
        let head = self.head(choice, newest, by_cache)?;
        let ids = records.values().map(Lookup::id).filter(|id| *id < head.size());
        let needed: Vec<Tile> = tiles_for(head.size(), ids).into_iter().collect();
        let read = on_threads(AT_ONCE, &needed, |tile| self.tile(tile, by_cache));
        let read = needed.into_iter().zip(read).map(|(tile, bytes)| Ok((tile, bytes?)));
        let tiles = read.collect::<anyhow::Result<BTreeMap<_, _>>>()?;
        check(&head, &records, &tiles)?;
        self.keep_tiles(&tiles, by_cache);
        Ok(Proven { head, records, tiles, lacking })
    }

    /// The record of a module, or why there is none.
    fn record(
        &self,
        module: &ModuleVersion,
        by_cache: bool,
    ) -> anyhow::Result<Result<Lookup, String>> {
        let Some(name) = lookup_name(module) else {
            return Ok(Err("no database can have such a version".to_owned()));
        };
        let bytes = match self.read(&name, by_cache) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                return Ok(Err(match &self.remote {
                    Some(remote) => format!("{remote} has no record of it"),
                    None => "there is no record of it here".to_owned(),
                }));
            }
            // A place that answers knows its mind about this one module; others may be had.
            Err(error) if error.is::<RefusedBy>() => return Ok(Err(format!("{error:#}"))),
            Err(error) => return Err(error),
        };
        let opening =
            || format!("the record of {module} in the checksum database {}", self.key.name());
        let record = Lookup::open(&bytes, &self.key).with_context(opening)?;
        let hashes = record.hashes(module);
        if hashes.zip.is_some() || hashes.go_mod.is_some() {
            return Ok(Ok(record));
        }
        // One that is true and of another module: somebody has changed the cache.
        match by_cache && self.remote.is_some() {
            true => self.record(module, false),
            false => Ok(Err("what stands in its place is the record of another module".to_owned())),
        }
    }

    /// The head by which records up to `newest` are to be proven.
    fn head(
        &self,
        choice: &HeadChoice,
        newest: Option<u64>,
        by_cache: bool,
    ) -> anyhow::Result<Head> {
        let kept = self.kept_head();
        let covers = |head: &Head| newest.is_none_or(|newest| newest < head.size());
        match choice {
            HeadChoice::Given(note) => {
                let head = Head::open(note, &self.key).context("the head given")?;
                if let (false, Some(newest)) = (covers(&head), newest) {
                    bail!(
                        "the head given is of {} records, and one of the modules is record {newest}: it is too old for this go.sum",
                        head.size()
                    );
                }
                Ok(head)
            }
            HeadChoice::Kept if kept.as_ref().is_some_and(covers) => {
                Ok(kept.expect("it has just been looked at"))
            }
            HeadChoice::Kept | HeadChoice::Newest => self.newest_head(kept, by_cache),
        }
    }

    /// The head that was kept of what was read last.
    fn kept_head(&self) -> Option<Head> {
        let note = std::fs::read(self.cache.as_ref()?.join("latest")).ok()?;
        Head::open(&note, &self.key).ok()
    }

    /// Asks for the newest head; one that contradicts the one kept is refused.
    fn newest_head(&self, kept: Option<Head>, by_cache: bool) -> anyhow::Result<Head> {
        let Some(remote) = &self.remote else {
            bail!(
                "a head of the checksum database is needed, and nobody may be asked: give one with --head FILE"
            );
        };
        let note = remote.get("latest", LONGEST)?;
        let note = note.with_context(|| format!("{remote} has no `latest`"))?;
        let head =
            Head::open(&note, &self.key).with_context(|| format!("reading {remote}/latest"))?;
        if let Some(kept) = kept {
            let mut tiles = BTreeMap::new();
            check_consistency(&kept, &head, &mut |tile: &Tile| -> anyhow::Result<Vec<u8>> {
                let bytes = self.tile(tile, by_cache)?;
                tiles.insert(*tile, bytes.clone());
                Ok(bytes)
            })?;
            self.keep_tiles(&tiles, by_cache);
            if kept.size() >= head.size() {
                return Ok(kept);
            }
        }
        if let Some(cache) = &self.cache {
            let _ = keep(&cache.join("latest"), head.note().as_bytes());
        }
        Ok(head)
    }

    /// The bytes of a tile. A whole tile is cut where it stands in for a part.
    fn tile(&self, tile: &Tile, by_cache: bool) -> anyhow::Result<Vec<u8>> {
        if let Some(bytes) = self.read(&tile.name(), by_cache)? {
            return Ok(bytes);
        }
        let whole = self.read(&tile.full().name(), by_cache)?;
        let whole = whole.with_context(|| {
            format!(
                "{} is not to be had from the checksum database {}",
                tile.name(),
                self.key.name()
            )
        })?;
        Ok(tile.cut(&whole)?.to_vec())
    }

    /// Keeps tiles that are proven. One that is not would take the place of a good one.
    fn keep_tiles(&self, tiles: &BTreeMap<Tile, Vec<u8>>, by_cache: bool) {
        let Some(cache) = self.cache.as_ref().filter(|_| self.remote.is_some()) else { return };
        for (tile, bytes) in tiles {
            let path = cache.join(tile.name());
            if !by_cache || !path.exists() {
                let _ = keep(&path, bytes);
            }
        }
    }

    /// Reads a file of the database, from what is at hand first. A record is kept at once: it is signed.
    fn read(&self, name: &str, by_cache: bool) -> anyhow::Result<Option<Vec<u8>>> {
        let at_hand = self.cache.iter().chain(&self.stores).map(|dir| dir.join(name));
        let at_hand = at_hand.filter(|_| by_cache || self.remote.is_none());
        if let Some(bytes) = at_hand.into_iter().find_map(|path| read_small(&path)) {
            return Ok(Some(bytes));
        }
        let Some(remote) = &self.remote else { return Ok(None) };
        let bytes = remote.get(name, LONGEST)?;
        let is_record = name.starts_with("lookup/");
        if let (Some(bytes), Some(cache), true) = (&bytes, &self.cache, is_record) {
            let _ = keep(&cache.join(name), bytes);
        }
        Ok(bytes)
    }
}

fn check(
    head: &Head,
    records: &BTreeMap<ModuleVersion, Lookup>,
    tiles: &BTreeMap<Tile, Vec<u8>>,
) -> anyhow::Result<()> {
    let mut proof = Tiles::new(head);
    for (module, record) in records {
        let mut read = |tile: &Tile| -> anyhow::Result<Vec<u8>> {
            let bytes = tiles.get(tile).cloned();
            bytes.with_context(|| format!("{} is missing", tile.name()))
        };
        proof
            .check_lookup(record, &mut read)
            .with_context(|| format!("proving the record of {module}"))?;
    }
    Ok(())
}

fn read_small(path: &Path) -> Option<Vec<u8>> {
    let is_small = path.metadata().is_ok_and(|file| file.is_file() && file.len() <= LONGEST);
    is_small.then(|| std::fs::read(path).ok())?
}
