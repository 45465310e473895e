//! The proofs in a bundle, where nothing else of it is needed.

use super::Failure;
use super::proving::refused;
use super::unbundling::{read_as_bundle, refused_bundle};
use crate::bundle::{FileEntry, LinkEntry, Manifest, Sink};
use crate::fetch::{Database, HeadChoice};
use crate::sumdb::Lookup;
use anyhow::Context;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Lets the database be what a bundle carries of it, and says by which head it is to be proven. What of an
/// archive had to be written somewhere lasts as long as the first value.
pub(super) fn bundle_database(
    bundle: &Path,
    database: &mut Database,
) -> Result<(Option<TempDir>, HeadChoice), Failure> {
    let name = database.key.name().to_owned();
    database.cache = None;
    let (dir, temp) = match bundle.is_dir() {
        true => (bundle.to_path_buf(), None),
        false => {
            let temp = unpack_database(bundle)?;
            (temp.path().to_path_buf(), Some(temp))
        }
    };
    let dir = dir.join("sumdb").join(name);
    let records = dir.join("lookup");
    database.stores = vec![dir];
    let record = first_file(&records).with_context(|| {
        format!(
            "{} carries no proofs of the checksum database {}",
            bundle.display(),
            database.key.name()
        )
    });
    let record = record.map_err(Failure::config)?;
    let reading = || format!("reading {}", record.display());
    let bytes = std::fs::read(&record).with_context(reading).map_err(Failure::io)?;
    let record = Lookup::open(&bytes, &database.key).with_context(reading).map_err(refused)?;
    Ok((temp, HeadChoice::Given(record.head().note().as_bytes().to_vec())))
}

/// Any file below a directory.
fn first_file(dir: &Path) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(dir).ok()?.filter_map(Result::ok);
    entries.find_map(|entry| match entry.file_type().ok()? {
        kind if kind.is_dir() => first_file(&entry.path()),
        kind => kind.is_file().then(|| entry.path()),
    })
}

/// The part of the checksum database that an archive carries, in a directory that lasts as long as it is
/// needed. Nothing of it is to be believed without its proof.
fn unpack_database(archive: &Path) -> Result<TempDir, Failure> {
    let making = || "making a directory for the proofs of the bundle".to_owned();
    let temp = tempfile::Builder::new().prefix("go-offline-sumdb-").tempdir();
    let temp = temp.with_context(making).map_err(Failure::io)?;
    read_as_bundle(archive, &OnlyDatabase(temp.path()))
        .map_err(|error| refused_bundle(archive, error.into()))?;
    Ok(temp)
}

/// Writes what belongs to the checksum database, and nothing else.
struct OnlyDatabase<'a>(&'a Path);

impl Sink for OnlyDatabase<'_> {
    fn manifest(&self, _: &Manifest) -> io::Result<()> {
        Ok(())
    }

    fn file(&self, file: &FileEntry, content: &mut dyn Read) -> io::Result<()> {
        if !file.path.starts_with("sumdb/") {
            return Ok(());
        }
        let path = self.0.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap_or(self.0))?;
        io::copy(content, &mut File::create(path)?).map(|_| ())
    }

    fn link(&self, _: &LinkEntry) -> io::Result<()> {
        Ok(())
    }
}
