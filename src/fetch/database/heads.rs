//! The signed tree head that everything is proven by.

use super::places::Place;
use super::tile_reader::{Missing, TileReader};
use super::{Database, Looked, found, of_proof};
use crate::project::keep;
use crate::sumdb::{Head, ProofError, Tile, check_consistency};
use anyhow::{Context, anyhow};
use std::path::Path;

/// Where the newest head is read, and the one used last is kept.
const LATEST: &str = "latest";

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

impl Database {
    /// The head by which what was found is to be proven, and what could not be checked about it.
    ///
    /// # Errors
    /// There is none, one is not signed, or the database has forked since the one that was kept.
    pub(super) fn head(
        &self,
        choice: &HeadChoice,
        looked: &Looked,
        reader: &TileReader<'_>,
    ) -> anyhow::Result<(Head, Vec<String>)> {
        let kept = self.kept_head();
        let covers = |head: &Head| found(looked).all(|(_, found)| found.record.id() < head.size());
        match (choice, kept) {
            (HeadChoice::Given(note), kept) => {
                let head = Head::open(note, &self.key).context("the head given")?;
                let notes = kept.map(|kept| hold_against(&kept, &head, reader, false));
                Ok((head, notes.transpose()?.into_iter().flatten().collect()))
            }
            (HeadChoice::Kept, Some(kept)) if covers(&kept) => Ok((kept, Vec::new())),
            (HeadChoice::Kept | HeadChoice::Newest, kept) => self.newest_head(looked, kept, reader),
        }
    }

    /// The head that was kept of what was read last.
    fn kept_head(&self) -> Option<Head> {
        let note = std::fs::read(self.cache.as_ref()?.join(LATEST)).ok()?;
        Head::open(&note, &self.key).ok()
    }

    /// Keeps a head that something was proven by, if it is the newest until now. One that was given is
    /// for this time.
    pub(super) fn keep_head(&self, cache: &Path, head: &Head, choice: &HeadChoice) {
        let is_given = matches!(choice, HeadChoice::Given(_));
        if !is_given && self.kept_head().is_none_or(|kept| kept.size() < head.size()) {
            let _ = keep(&cache.join(LATEST), head.note().as_bytes());
        }
    }

    /// The newest head that can be had; one that contradicts the one kept is refused. Each lookup comes
    /// with a head, and go asks for no other (client.go `mergeLatest`): a tree of files need have no
    /// `latest`, and that of a proxy may be older.
    fn newest_head(
        &self,
        looked: &Looked,
        kept: Option<Head>,
        reader: &TileReader<'_>,
    ) -> anyhow::Result<(Head, Vec<String>)> {
        let latest = self.latest()?;
        let of_lookups = found(looked).map(|(_, found)| found.record.head());
        // Of two of the same size the last counts.
        let newest = of_lookups.chain(&latest).max_by_key(|head| head.size()).cloned();
        let Some(newest) = newest.or_else(|| kept.clone()) else { return Err(self.no_head()) };
        let mut notes = Vec::new();
        if let Some(latest) = latest.filter(|latest| *latest != newest) {
            notes.extend(hold_against(&latest, &newest, reader, false)?);
        }
        let Some(kept) = kept else { return Ok((newest, notes)) };
        notes.extend(hold_against(&kept, &newest, reader, self.remote.is_some())?);
        Ok((if kept.size() >= newest.size() { kept } else { newest }, notes))
    }

    /// The head that the database says is the newest, where it may be asked and says so.
    fn latest(&self) -> anyhow::Result<Option<Head>> {
        let Some(remote) = &self.remote else { return Ok(None) };
        let place = Place::Remote(remote);
        let note = place.read(LATEST)?;
        note.map(|note| place.open_head(LATEST, &note, &self.key)).transpose()
    }

    fn no_head(&self) -> anyhow::Error {
        match &self.remote {
            Some(remote) => anyhow!("{remote} has no `latest`, nor a record of any of the modules"),
            None => anyhow!(
                "a head of the checksum database is needed, and nobody may be asked: give one with --head FILE"
            ),
        }
    }
}

/// Checks that of two trees the larger contains the smaller. Where nobody has the tiles for that it is
/// said, unless they are needed.
fn hold_against(
    known: &Head,
    head: &Head,
    reader: &TileReader<'_>,
    is_needed: bool,
) -> anyhow::Result<Option<String>> {
    let checked =
        reader.prove(|read| check_consistency(known, head, &mut |tile: &Tile| read(tile)));
    match checked {
        Ok(()) => Ok(None),
        Err(ProofError::Read { error, .. }) if !is_needed && error.is::<Missing>() => {
            Ok(Some(format!(
                "it was not checked that the tree of {} records and the one known, of {}, are of one database: {error}",
                head.size(),
                known.size()
            )))
        }
        Err(error) => Err(of_proof(error)),
    }
}

/// A record that is not in the tree, as an error: that a head is too old is no contradiction.
pub(super) fn of_unproven(error: ProofError<anyhow::Error>, choice: &HeadChoice) -> anyhow::Error {
    let ProofError::Stale { id, size } = error else { return of_proof(error) };
    let which = match choice {
        HeadChoice::Given(_) => "the head given",
        HeadChoice::Kept | HeadChoice::Newest => "the newest head that is to be had",
    };
    anyhow!(
        "{which} is of {size} records, and one of the modules is record {id}: it is too old for this go.sum"
    )
}
