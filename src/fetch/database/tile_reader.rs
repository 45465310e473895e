//! Reads each tile once, and another copy of it where one turns out to be wrong.

use super::places::Place;
use crate::project::keep;
use crate::sumdb::{ProofError, Tile};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a proof reads its tiles by.
pub(super) type Read<'r> = &'r mut dyn FnMut(&Tile) -> anyhow::Result<Vec<u8>>;

/// A tile that is nowhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing(String);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of the checksum database is not to be had", self.0)
    }
}

impl std::error::Error for Missing {}

/// The tiles that were read.
pub(super) struct TileReader<'d> {
    places: Vec<Place<'d>>,
    /// With the number of the copy. Each place may have two: the tile, and a whole one that stands in
    /// for a part.
    tiles: Mutex<BTreeMap<Tile, (Vec<u8>, usize)>>,
}

impl<'d> TileReader<'d> {
    pub(super) fn new(places: Vec<Place<'d>>) -> TileReader<'d> {
        TileReader { places, tiles: Mutex::default() }
    }

    /// The bytes of a tile.
    ///
    /// # Errors
    /// The database cannot be reached, or nobody has it in the right length.
    pub(super) fn tile(&self, tile: &Tile) -> anyhow::Result<Vec<u8>> {
        if let Some((bytes, _)) = self.tiles().get(tile) {
            return Ok(bytes.clone());
        }
        let (bytes, copy) = self.copy(tile, 0)?;
        self.tiles().insert(*tile, (bytes.clone(), copy));
        Ok(bytes)
    }

    /// Makes a proof, if need be with other copies of tiles than the first.
    ///
    /// # Errors
    /// It fails with all of them.
    pub(super) fn prove(
        &self,
        mut proof: impl FnMut(Read<'_>) -> Result<(), ProofError<anyhow::Error>>,
    ) -> Result<(), ProofError<anyhow::Error>> {
        let before: Vec<Tile> = self.tiles().keys().copied().collect();
        loop {
            let Err(error) = proof(&mut |tile| self.tile(tile)) else { return Ok(()) };
            let blamed = match &error {
                ProofError::Root { tiles, .. } => tiles.as_slice(),
                ProofError::Tile { tile, .. } => std::slice::from_ref(tile),
                _ => &[],
            };
            let mut is_other = false;
            for tile in blamed {
                is_other |= self
                    .pass_over(tile)
                    .map_err(|error| ProofError::Read { tile: *tile, error })?;
            }
            if !is_other {
                // What the proof did not get to is not proven, and must not be kept.
                self.tiles().retain(|tile, _| before.contains(tile));
                return Err(error);
            }
        }
    }

    /// Takes the next copy of a tile; false if there is none.
    fn pass_over(&self, tile: &Tile) -> anyhow::Result<bool> {
        let copy = self.tiles().get(tile).map(|(_, copy)| *copy);
        let Some(copy) = copy else { return Ok(false) };
        match self.copy(tile, copy + 1) {
            Ok(next) => {
                self.tiles().insert(*tile, next);
                Ok(true)
            }
            Err(error) if error.is::<Missing>() => Ok(false),
            Err(error) if error.is::<crate::sumdb::TileLengthError>() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The first copy from one on that has the right length, and its number.
    fn copy(&self, tile: &Tile, from: usize) -> anyhow::Result<(Vec<u8>, usize)> {
        let mut wrong = None;
        for copy in from..2 * self.places.len() {
            let is_whole = copy % 2 == 1;
            if is_whole && tile.is_full() {
                continue;
            }
            let name = if is_whole { tile.full().name() } else { tile.name() };
            let Some(bytes) = self.places[copy / 2].read(&name)? else { continue };
            let fits = match is_whole {
                true => tile.cut(&bytes).map(<[u8]>::to_vec),
                false => tile.check_length(&bytes).map(|()| bytes),
            };
            match fits {
                Ok(bytes) => return Ok((bytes, copy)),
                Err(error) => wrong = Some(error),
            }
        }
        Err(wrong.map_or_else(|| Missing(tile.name()).into(), anyhow::Error::from))
    }

    /// Keeps what did not come from the cache itself. All of it is proven: one that is not would take
    /// the place of a good one.
    pub(super) fn keep_in(&self, cache: &Path) {
        for (tile, (bytes, _)) in self.tiles().iter().filter(|(_, (_, copy))| *copy > 1) {
            let _ = keep(&cache.join(tile.name()), bytes);
        }
    }

    fn tiles(&self) -> MutexGuard<'_, BTreeMap<Tile, (Vec<u8>, usize)>> {
        self.tiles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
