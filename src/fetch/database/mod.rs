//! Reads the checksum database: records, tiles and signed heads, from the caches and over the network.
//!
//! Nothing that is read here is believed. A head counts by its signature, a tile by the head, and a
//! record by a tile. So it does not matter who wrote a cache: what is wrong in one place is taken from
//! the next, of which the last is the database itself.

mod heads;
mod places;
mod tile_reader;

#[cfg(test)]
mod tests;

pub use heads::HeadChoice;

use super::SumdbSource;
use super::remote::AT_ONCE;
use crate::gomod::ModuleVersion;
use crate::project::{keep, try_on_threads};
use crate::sumdb::{Head, Key, Lookup, ProofError, Tile, Tiles, lookup_name, tiles_for};
use anyhow::Context;
use heads::of_unproven;
use places::Place;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use tile_reader::{Read, TileReader};

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
    pub remote: Option<SumdbSource>,
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
    /// What could not be checked besides.
    pub notes: Vec<String>,
}

/// A record, and the number of the place that has it.
struct Found {
    record: Lookup,
    place: usize,
}

/// What was found for each module, or why there is nothing.
type Looked = BTreeMap<ModuleVersion, Result<Found, String>>;

/// A record that is not in the tree.
type Unproven = (ModuleVersion, ProofError<anyhow::Error>);

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
        let found = self.record(module, 0)?;
        let record = found.map_err(|why| anyhow::anyhow!("{module}: {why}"))?.record;
        let proof = |read: Read<'_>| {
            Tiles::new(record.head()).check_lookup(&record, &mut |tile: &Tile| read(tile))
        };
        let proven = TileReader::new(self.places()).prove(proof);
        proven.map_err(|error| of_proof(error).context(proving(module)))?;
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
        choice: &HeadChoice,
        tell: &(dyn Fn(usize, usize) + Sync),
    ) -> anyhow::Result<Proven> {
        let done = AtomicUsize::new(0);
        let looked = try_on_threads(AT_ONCE, modules, |module| {
            let found = self.record(module, 0);
            tell(done.fetch_add(1, Ordering::Relaxed) + 1, modules.len());
            found.map(|found| (module.clone(), found))
        })?;
        let mut looked: Looked = looked.into_iter().collect();
        let reader = TileReader::new(self.places());
        let mut chosen = self.head(choice, &looked, &reader)?;
        loop {
            let (module, error) = match prove_by(&chosen.0, &looked, &reader)? {
                Ok(tiles) => {
                    self.keep(&chosen.0, choice, &looked, &reader);
                    return Ok(proven(chosen, looked, tiles));
                }
                Err(unproven) => unproven,
            };
            // The next place may have the true one.
            let found = looked.get(&module).and_then(|found| found.as_ref().ok());
            let is_stale = matches!(error, ProofError::Stale { .. });
            match self.record(&module, found.map_or(0, |found| found.place + 1))? {
                Ok(found) => drop(looked.insert(module, Ok(found))),
                Err(_) => return Err(of_unproven(error, choice).context(proving(&module))),
            }
            if is_stale {
                chosen = self.head(choice, &looked, &reader)?;
            }
        }
    }

    /// Keeps what is proven for the next time, and nothing else: it would take the place of what is
    /// good. Where nobody may be asked nothing has come that is not here already.
    fn keep(&self, head: &Head, choice: &HeadChoice, looked: &Looked, reader: &TileReader<'_>) {
        let Some(cache) = self.cache.as_ref().filter(|_| self.remote.is_some()) else { return };
        for (module, Found { record, place }) in found(looked) {
            // The cache itself is the first place.
            if let (true, Some(name)) = (*place > 0, lookup_name(module)) {
                let _ = keep(&cache.join(name), record.with_head(record.head()).as_bytes());
            }
        }
        reader.keep_in(cache);
        self.keep_head(cache, head, choice);
    }

    /// Where its files are read, in this order: the cache first, if there is one.
    fn places(&self) -> Vec<Place<'_>> {
        let dirs = self.cache.iter().chain(&self.stores).map(|dir| Place::Dir(dir));
        dirs.chain(self.remote.iter().map(Place::Remote)).collect()
    }

    /// The record of a module of the first place, from one on, that has a true one; else why there is
    /// none.
    fn record(&self, module: &ModuleVersion, from: usize) -> anyhow::Result<Result<Found, String>> {
        let Some(name) = lookup_name(module) else {
            return Ok(Err("no database can have such a version".to_owned()));
        };
        // The last word counts: it is that of the database itself, where that may be asked.
        let mut lacking = Ok("there is no record of it here".to_owned());
        for (number, place) in self.places().into_iter().enumerate().skip(from) {
            let Some(bytes) = place.read(&name)? else {
                if let Place::Remote(remote) = place {
                    lacking = Ok(format!("{remote} has no record of it"));
                }
                continue;
            };
            let record = match place.open_record(&name, &bytes, &self.key) {
                Ok(record) => record,
                Err(error) => {
                    lacking = Err(error);
                    continue;
                }
            };
            let hashes = record.hashes(module);
            if hashes.zip.is_some() || hashes.go_mod.is_some() {
                return Ok(Ok(Found { record, place: number }));
            }
            // One that is true and of another module: somebody has changed the cache.
            lacking = Ok("what stands in its place is the record of another module".to_owned());
        }
        let of = || format!("the record of {module} in the checksum database {}", self.key.name());
        lacking.map(Err).with_context(of)
    }
}

/// Proves all records by a head. The inner error is of a record that is not in its tree.
fn prove_by(
    head: &Head,
    looked: &Looked,
    reader: &TileReader<'_>,
) -> anyhow::Result<Result<BTreeMap<Tile, Vec<u8>>, Unproven>> {
    let size = head.size();
    let newest = found(looked).max_by_key(|(_, found)| found.record.id());
    if let Some((module, found)) = newest.filter(|(_, found)| found.record.id() >= size) {
        return Ok(Err((module.clone(), ProofError::Stale { id: found.record.id(), size })));
    }
    let ids = found(looked).map(|(_, found)| found.record.id());
    let needed: Vec<Tile> = tiles_for(size, ids).into_iter().collect();
    // All at once; the proof itself asks for one after the other.
    try_on_threads(AT_ONCE, &needed, |tile| reader.tile(tile).map(drop))?;
    let mut wrong = None;
    let checked = reader.prove(|read| {
        let mut tiles = Tiles::new(head);
        found(looked).try_for_each(|(module, found)| {
            let checked = tiles.check_lookup(&found.record, &mut |tile: &Tile| read(tile));
            checked.inspect_err(|_| wrong = Some(module.clone()))
        })
    });
    match (checked, wrong) {
        (Err(error @ ProofError::OtherRecord { .. }), Some(module)) => Ok(Err((module, error))),
        (Err(error), Some(module)) => Err(of_proof(error).context(proving(&module))),
        (Err(error), None) => Err(of_proof(error)),
        (Ok(()), _) => {
            let tiles = needed.into_iter().map(|tile| Ok((tile, reader.tile(&tile)?)));
            tiles.collect::<anyhow::Result<_>>().map(Ok)
        }
    }
}

fn proven(
    (head, notes): (Head, Vec<String>),
    looked: Looked,
    tiles: BTreeMap<Tile, Vec<u8>>,
) -> Proven {
    let mut proven =
        Proven { head, records: BTreeMap::new(), tiles, lacking: BTreeMap::new(), notes };
    for (module, found) in looked {
        match found {
            Ok(found) => drop(proven.records.insert(module, found.record)),
            Err(why) => drop(proven.lacking.insert(module, why)),
        }
    }
    proven
}

/// The records that were found.
fn found(looked: &Looked) -> impl Iterator<Item = (&ModuleVersion, &Found)> {
    looked.iter().filter_map(|(module, found)| Some((module, found.as_ref().ok()?)))
}

fn proving(module: &ModuleVersion) -> String {
    format!("proving the record of {module}")
}

/// A proof that fails, as an error. What cannot be read is no verdict on what it would have proven.
fn of_proof(error: ProofError<anyhow::Error>) -> anyhow::Error {
    match error {
        ProofError::Read { error, .. } => error,
        error => error.into(),
    }
}
