//! Files of our own caches, which several runs may write at a time.

use std::io::Write;
use std::path::Path;

/// Keeps bytes in a file of the user's cache: a reader sees all of them or what was there before.
pub fn keep(path: &Path, bytes: &[u8]) -> Option<()> {
    let dir = path.parent()?;
    std::fs::create_dir_all(dir).ok()?;
    let mut file = tempfile::NamedTempFile::new_in(dir).ok()?;
    file.write_all(bytes).ok()?;
    file.persist(path).ok()?;
    Some(())
}
