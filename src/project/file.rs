//! A file of the project, read once.

use anyhow::{Context, Result};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A text file: where it is, how to show its path, and what it holds.
#[derive(Debug, Clone)]
pub struct File {
    /// Absolute path.
    pub path: PathBuf,
    /// The path as a reader in go's working directory would write it.
    pub shown: PathBuf,
    /// The text. Bytes that are not UTF-8 have become U+FFFD, which no valid path or version
    /// holds.
    pub text: Arc<str>,
}

impl File {
    /// Reads a file; `None` if there is none.
    ///
    /// # Errors
    /// Any other reason why it cannot be read.
    pub fn read(dir: &Path, path: PathBuf) -> Result<Option<File>> {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            // `vendor` may be a plain file; then vendor/modules.txt does not exist either.
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        Ok(Some(File::of(dir, path, bytes)))
    }

    /// A file that was read.
    pub fn of(dir: &Path, path: PathBuf, bytes: Vec<u8>) -> File {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        File { shown: short_path(dir, &path), path, text: text.into() }
    }

    /// The bytes of the first line, without its end: the place of what is said of a whole file.
    pub fn first_line(&self) -> Range<usize> {
        0..self.text.find('\n').unwrap_or(self.text.len())
    }
}

/// Reads a regular file of a checkout up to a size in bytes; `None` if there is none. A link is not
/// followed and a pipe not waited for: who wrote the checkout must not say what else is read.
///
/// # Errors
/// It is something else, is larger, or cannot be read.
pub fn read_own_file(path: &Path, most: u64) -> Result<Option<Vec<u8>>> {
    use rustix::fs::{Mode, OFlags};
    use std::io::Read;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let reading = || format!("reading {}", path.display());
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => std::fs::File::from(file),
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => return Ok(None),
        Err(rustix::io::Errno::LOOP) => {
            return Err(anyhow::anyhow!("it is a symbolic link").context(reading()));
        }
        Err(error) => return Err(error).with_context(reading),
    };
    let metadata = file.metadata().with_context(reading)?;
    anyhow::ensure!(metadata.is_file(), "{}: it is no regular file", reading());
    anyhow::ensure!(metadata.len() <= most, "{}: it has more than {most} bytes", reading());
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    file.take(most).read_to_end(&mut bytes).with_context(reading)?;
    Ok(Some(bytes))
}

/// `path` relative to `dir` where that is shorter, as `cmd/go/internal/base.ShortPath` does.
/// Both must be absolute.
pub fn short_path(dir: &Path, path: &Path) -> PathBuf {
    let relative = relative_path(dir, path);
    if relative.as_os_str().len() < path.as_os_str().len() { relative } else { path.to_path_buf() }
}

/// The way from one absolute path to another; `.` if they are the same.
pub fn relative_path(from: &Path, to: &Path) -> PathBuf {
    let from: Vec<Component> = from.components().collect();
    let to: Vec<Component> = to.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut relative = PathBuf::new();
    for _ in common..from.len() {
        relative.push("..");
    }
    relative.extend(&to[common..]);
    if relative.as_os_str().is_empty() { PathBuf::from(".") } else { relative }
}

/// `filepath.Clean` for absolute paths: no `.`, no `..`, symbolic links left alone.
pub fn clean_path(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::short_path;
    use std::path::Path;

    #[test]
    fn the_shorter_way_is_shown() {
        let short = |dir: &str, path: &str| short_path(Path::new(dir), Path::new(path));
        assert_eq!(short("/a/b", "/a/b/vendor/modules.txt"), Path::new("vendor/modules.txt"));
        assert_eq!(short("/a/b/c", "/a/b/go.mod"), Path::new("../go.mod"));
        assert_eq!(short("/very/long/way/down", "/x/go.mod"), Path::new("/x/go.mod"));
        assert_eq!(short("/a", "/a"), Path::new("."));
    }
}
