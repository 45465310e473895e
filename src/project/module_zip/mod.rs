//! The zip of a module version, as a proxy serves it and a module cache keeps it: to the list of
//! its files.
//!
//! It holds a zip to the rules of x/mod/zip/zip.go `checkZip` and reads every entry to its end. It
//! does not say whether the zip is the right one: that is for go.sum and the `h1:` of the list. Until
//! then a zip is foreign data, so that what its headers say is believed nowhere, and what it may cost
//! has bounds; whoever has it written to disk keeps that out of sight until the hash is known.

mod names;
mod unzip;
mod window;

#[cfg(test)]
mod tests;

use crate::gomod::{FileList, ModuleVersion, module_path, semver};
use names::Names;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use window::Window;
use zip::ZipArchive;
use zip::read::{ZipArchiveMetadata, ZipFileEntry, ZipReadOptions};

/// A zip file, and its files together: `MaxZipFile`.
const MAX_ZIP: u64 = 500 << 20;

/// The files go.mod and LICENSE in the root: `MaxGoMod`, `MaxLICENSE`.
const MAX_GO_MOD: u64 = 16 << 20;

/// A Go file larger than this is hashed, but nobody is asked whether to keep it. The largest of the
/// Go world, which are generated, have some 10 MiB.
const MAX_ASKED: u64 = 32 << 20;

/// What is kept of a zip, together.
const MAX_KEPT: usize = 64 << 20;

/// What is read to learn which entries there are: several times that of the largest module known.
/// Each entry costs memory before its content is read.
const MAX_DIRECTORY: u64 = 64 << 20;

const CHUNK: usize = 64 << 10;

/// What a module zip holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleZip {
    /// All of its files. A directory with an entry of its own is listed too, with a `/` at the end
    /// of its name and the hash of nothing, since that is what dirhash does.
    pub files: FileList,
    /// The contents asked for, by name.
    pub kept: BTreeMap<String, Vec<u8>>,
}

/// Why a module zip is not used.
#[derive(Debug)]
pub struct ZipError {
    /// The zip.
    pub zip: PathBuf,
    /// The entry at fault, as the zip names it.
    pub entry: Option<String>,
    /// What is wrong.
    pub fault: ZipFault,
}

/// What is wrong with a module zip.
#[derive(Debug)]
pub enum ZipFault {
    /// It could not be read.
    Io(io::Error),
    /// It is no zip, or its bytes contradict its headers.
    Broken(String),
    /// It is a zip, but go would not take it for this module version.
    Refused(String),
}

impl ZipError {
    /// Whether there is no such file.
    pub fn is_absent(&self) -> bool {
        matches!(&self.fault, ZipFault::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// Whether it could not be read, so that nothing is known of it.
    pub fn is_unreadable(&self) -> bool {
        matches!(&self.fault, ZipFault::Io(_))
    }

    /// The number of what the system said, if it said something.
    pub fn system_error(&self) -> Option<i32> {
        match &self.fault {
            ZipFault::Io(error) => error.raw_os_error(),
            _ => None,
        }
    }

    /// What is wrong, without the name of the zip.
    pub fn why(&self) -> String {
        let entry = self.entry.as_ref().map(|entry| format!("entry {entry:?}: "));
        format!("{}{}", entry.unwrap_or_default(), self.fault)
    }
}

impl fmt::Display for ZipError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "module zip {}: {}", self.zip.display(), self.why())
    }
}

impl fmt::Display for ZipFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ZipFault::Io(error) => error.fmt(f),
            ZipFault::Broken(why) | ZipFault::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ZipError {}

/// Reads the zip of a module version. `keep` is asked for every Go file, by name and content,
/// whether its content is wanted.
///
/// # Errors
/// A file that cannot be read, that is no whole zip, or that go would refuse.
pub fn read_module_zip(
    path: &Path,
    module: &ModuleVersion,
    keep: &dyn Fn(&str, &[u8]) -> bool,
) -> Result<ModuleZip, ZipError> {
    let file = File::open(path).map_err(|error| cannot_open(path, error))?;
    read(file, path, module, Reading::new(module, keep))
}

/// The same of a file that is open, or in memory, and is called `path` in errors.
///
/// # Errors
/// As [`read_module_zip`].
pub fn read_module_zip_file(
    file: impl Read + Seek,
    path: &Path,
    module: &ModuleVersion,
    keep: &dyn Fn(&str, &[u8]) -> bool,
) -> Result<ModuleZip, ZipError> {
    read(file, path, module, Reading::new(module, keep))
}

fn cannot_open(path: &Path, error: io::Error) -> ZipError {
    ZipError { zip: path.to_owned(), entry: None, fault: ZipFault::Io(error) }
}

fn read(
    file: impl Read + Seek,
    path: &Path,
    module: &ModuleVersion,
    mut reading: Reading<'_>,
) -> Result<ModuleZip, ZipError> {
    let of_entry = |entry, fault| ZipError { zip: path.to_owned(), entry, fault };
    let (mut window, metadata) = open(file, module).map_err(|fault| of_entry(None, fault))?;
    for index in 0..metadata.len() {
        let entry = metadata.entry(index).map_err(|error| of_entry(None, broken(error)))?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        reading.take(&name, entry, &mut window).map_err(|fault| of_entry(Some(name), fault))?;
    }
    reading.finish().map_err(|fault| of_entry(None, fault))
}

/// Writes the files of a module version's zip below a directory that is empty, and lists what was
/// written. Files are for reading only, and none is executable: a module zip says nothing of that.
///
/// # Errors
/// As of [`read_module_zip`], or a file that cannot be written. What was written then stays.
pub fn unzip_module(path: &Path, module: &ModuleVersion, dir: &Path) -> Result<FileList, ZipError> {
    let nothing = |_: &str, _: &[u8]| false;
    let reading = Reading { dir: Some(dir), ..Reading::new(module, &nothing) };
    let file = File::open(path).map_err(|error| cannot_open(path, error))?;
    Ok(read(file, path, module, reading)?.files)
}

/// Opens a zip and reads what entries it says it has.
fn open<F: Read + Seek>(
    file: F,
    module: &ModuleVersion,
) -> Result<(Window<F>, Arc<ZipArchiveMetadata>), ZipFault> {
    module_path::check(&module.path, &module.version)
        .map_err(|error| refused(error.to_string()))?;
    if semver::canonical_version(&module.version).as_ref() != Some(&module.version) {
        return Err(refused(format!("version {:?} is not canonical", module.version)));
    }
    let mut window = Window::new(file, MAX_DIRECTORY).map_err(ZipFault::Io)?;
    let len = window.len();
    if len > MAX_ZIP {
        return Err(refused(format!("it has {len} bytes, where {MAX_ZIP} are allowed")));
    }
    let metadata = ZipArchive::new(&mut window).map_err(broken)?.metadata();
    if metadata.has_duplicate_names() {
        return Err(refused("an entry is listed twice"));
    }
    window.lift_budget();
    check_overlap(&metadata, len)?;
    Ok((window, metadata))
}

/// Entries that share their bytes would make much work out of a small file.
fn check_overlap(metadata: &ZipArchiveMetadata, len: u64) -> Result<(), ZipFault> {
    let mut left = len;
    for index in 0..metadata.len() {
        let size = metadata.entry(index).map_err(broken)?.compressed_size();
        left = left.checked_sub(size).ok_or_else(|| refused("its entries overlap"))?;
    }
    Ok(())
}

/// A file of the zip that cannot be made. The path is not the zip's, so the text has to name it.
fn write_failed(path: &Path, error: &io::Error) -> ZipFault {
    ZipFault::Io(io::Error::new(error.kind(), format!("writing {}: {error}", path.display())))
}

fn refused(why: impl Into<String>) -> ZipFault {
    ZipFault::Refused(why.into())
}

/// What the crate says of a zip. It reports wrong bytes as errors of reading too.
fn broken(error: zip::result::ZipError) -> ZipFault {
    match error {
        zip::result::ZipError::Io(error) => broken_read(error),
        error => ZipFault::Broken(error.to_string()),
    }
}

fn broken_read(error: io::Error) -> ZipFault {
    match error.raw_os_error() {
        Some(_) => ZipFault::Io(error),
        None => ZipFault::Broken(error.to_string()),
    }
}

/// A zip half read.
struct Reading<'a> {
    module: &'a ModuleVersion,
    keep: &'a dyn Fn(&str, &[u8]) -> bool,
    /// Where the files are written to, if anywhere.
    dir: Option<&'a Path>,
    names: Names,
    files: Vec<(String, [u8; 32])>,
    kept: BTreeMap<String, Vec<u8>>,
    /// How many bytes there may still be, and may still be kept.
    left: u64,
    left_to_keep: usize,
    /// A Go file, or a part of another.
    buffer: Vec<u8>,
}

impl<'a> Reading<'a> {
    fn new(module: &'a ModuleVersion, keep: &'a dyn Fn(&str, &[u8]) -> bool) -> Reading<'a> {
        Reading {
            module,
            keep,
            dir: None,
            names: Names::new(module),
            files: Vec::new(),
            kept: BTreeMap::new(),
            left: MAX_ZIP,
            left_to_keep: MAX_KEPT,
            buffer: Vec::new(),
        }
    }

    fn finish(self) -> Result<ModuleZip, ZipFault> {
        let files = FileList::new(self.module.clone(), self.files);
        let files = files.map_err(|error| refused(error.to_string()))?;
        Ok(ModuleZip { files, kept: self.kept })
    }

    /// Reads an entry to its end.
    fn take(
        &mut self,
        full_name: &str,
        entry: ZipFileEntry<'_>,
        window: &mut Window<impl Read + Seek>,
    ) -> Result<(), ZipFault> {
        let name = self.names.take(full_name).map_err(ZipFault::Refused)?;
        let size = entry.size();
        self.left = self
            .left
            .checked_sub(size)
            .ok_or_else(|| refused(format!("the files have more than {MAX_ZIP} bytes together")))?;
        if matches!(name, "go.mod" | "LICENSE") && size > MAX_GO_MOD {
            return Err(refused(format!("it has {size} bytes, where {MAX_GO_MOD} are allowed")));
        }
        if name.ends_with('/') && size > 0 {
            return Err(refused("it is a directory with content"));
        }
        let content = entry.with_reader(window, ZipReadOptions::new()).map_err(broken)?;
        let mut file = match self.dir {
            Some(dir) => unzip::create(dir, name)?,
            None => None,
        };
        // One byte more shows that there is more than the header says.
        let mut content = content.take(size + 1);
        let hash = if name.ends_with(".go") && size <= MAX_ASKED {
            self.buffer.clear();
            content.read_to_end(&mut self.buffer).map_err(broken_read)?;
            check_size(self.buffer.len() as u64, size)?;
            if let Some(file) = &mut file {
                file.write_all(&self.buffer).map_err(ZipFault::Io)?;
            }
            self.offer(name)?;
            Sha256::digest(&self.buffer).into()
        } else {
            hash_chunks(&mut content, &mut self.buffer, size, file.as_mut())?
        };
        self.files.push((name.to_owned(), hash));
        Ok(())
    }

    /// Keeps the Go file in the buffer if it is wanted.
    fn offer(&mut self, name: &str) -> Result<(), ZipFault> {
        if !(self.keep)(name, &self.buffer) {
            return Ok(());
        }
        self.left_to_keep = self.left_to_keep.checked_sub(self.buffer.len()).ok_or_else(|| {
            refused(format!("the files to keep have more than {MAX_KEPT} bytes together"))
        })?;
        self.kept.insert(name.to_owned(), self.buffer.clone());
        Ok(())
    }
}

/// The limits are held against what the headers say, so that has to be true.
fn check_size(read: u64, size: u64) -> Result<(), ZipFault> {
    if read == size {
        return Ok(());
    }
    let more = if read > size { "more than" } else { "less than" };
    Err(ZipFault::Broken(format!("it has {more} the {size} bytes that its header says")))
}

fn hash_chunks(
    content: &mut impl Read,
    buffer: &mut Vec<u8>,
    size: u64,
    mut file: Option<&mut File>,
) -> Result<[u8; 32], ZipFault> {
    buffer.resize(buffer.len().max(CHUNK), 0);
    let (mut hash, mut read) = (Sha256::new(), 0);
    loop {
        match content.read(&mut buffer[..CHUNK]).map_err(broken_read)? {
            0 => break,
            part => {
                hash.update(&buffer[..part]);
                if let Some(file) = &mut file {
                    file.write_all(&buffer[..part]).map_err(ZipFault::Io)?;
                }
                read += part as u64;
            }
        }
    }
    check_size(read, size)?;
    Ok(hash.finalize().into())
}
