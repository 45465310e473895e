//! A program that `go run` has built, kept for somebody who starts it elsewhere.
//!
//! go removes what it has built as soon as the program ends, so the one that it is told to start (a
//! verb of ours, by -exec) keeps the program, and writes down what it would have been started with.

use anyhow::Context;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The verb of ours that keeps a program. It is go's to call, and nobody else's.
pub const KEEP: &str = "__keep-program";

/// The names below the directory. What says that all is there is written last.
const PROGRAM: &str = "program";
const DIR: &str = "dir";
const ENVIRON: &str = "environ";
const WORDS: &str = "words";

/// A program that was kept.
pub(super) struct Kept {
    /// Its file.
    pub(super) program: PathBuf,
    /// The words it would have been started by, its own path first.
    pub(super) words: Vec<OsString>,
    /// Where.
    pub(super) dir: PathBuf,
    /// With which variables.
    pub(super) environ: Vec<(OsString, OsString)>,
}

/// Keeps the program of a command line in a directory, with all that this process was started with.
///
/// # Errors
/// There is no program, or it cannot be kept.
pub fn keep(to: &Path, words: &[OsString]) -> anyhow::Result<()> {
    let built = words.first().map(Path::new).context("there is no program to keep")?;
    let place = to.join(PROGRAM);
    fs::create_dir(&place).with_context(|| format!("making {}", place.display()))?;
    let name = built.file_name().context("a program has a name")?;
    let kept = place.join(name);
    // A link where that is possible: a program may be large.
    if fs::hard_link(built, &kept).is_err() {
        fs::copy(built, &kept).with_context(|| format!("copying {}", built.display()))?;
    }
    let dir = std::env::current_dir().context("finding the working directory")?;
    let environ = std::env::vars_os().map(|(mut variable, value)| {
        variable.push("=");
        variable.push(value);
        variable
    });
    write(to, DIR, [dir.into_os_string()])?;
    write(to, ENVIRON, environ)?;
    write(to, WORDS, words.iter().cloned())
}

/// What was kept in a directory; `None` if go has not started its program.
///
/// # Errors
/// It was started, and what was kept cannot be read.
pub(super) fn kept(dir: &Path) -> anyhow::Result<Option<Kept>> {
    if !dir.join(WORDS).exists() {
        return Ok(None);
    }
    let words = read(dir, WORDS)?;
    let name = words.first().and_then(|word| Path::new(word).file_name());
    let program = dir.join(PROGRAM).join(name.context("a program has a name")?);
    let environ = read(dir, ENVIRON)?.into_iter().filter_map(|variable| {
        // A name may begin with the sign itself.
        let bytes = variable.as_encoded_bytes();
        let at = bytes.iter().skip(1).position(|byte| *byte == b'=')? + 1;
        Some((text(bytes[..at].to_vec()), text(bytes[at + 1..].to_vec())))
    });
    let environ = environ.collect();
    let dir = read(dir, DIR)?.into_iter().next().context("there is no working directory")?.into();
    Ok(Some(Kept { program, words, dir, environ }))
}

/// Writes words, each with a NUL behind it: none can hold one.
fn write(to: &Path, name: &str, words: impl IntoIterator<Item = OsString>) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    for word in words {
        bytes.extend_from_slice(word.as_encoded_bytes());
        bytes.push(0);
    }
    let path = to.join(name);
    fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))
}

fn read(from: &Path, name: &str) -> anyhow::Result<Vec<OsString>> {
    let path = from.join(name);
    let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let words = bytes.strip_suffix(&[0]).map(|bytes| bytes.split(|byte| *byte == 0));
    Ok(words.into_iter().flatten().map(|word| text(word.to_vec())).collect())
}

#[cfg(unix)]
fn text(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

/// There is no wall there, so nothing is ever kept.
#[cfg(not(unix))]
fn text(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_as_it_was() {
        let temp = tempfile::tempdir().unwrap();
        let built = temp.path().join("my prog");
        fs::write(&built, "#!/bin/sh\n").unwrap();
        let to = temp.path().join("kept");
        fs::create_dir(&to).unwrap();
        assert!(kept(&to).unwrap().is_none());
        let words = vec![built.clone().into_os_string(), "".into(), "a\nb=".into(), "--".into()];
        keep(&to, &words).unwrap();
        fs::remove_file(&built).unwrap();
        let kept = kept(&to).unwrap().unwrap();
        assert_eq!(kept.words, words);
        assert_eq!(kept.program.file_name(), built.file_name());
        assert_eq!(fs::read_to_string(&kept.program).unwrap(), "#!/bin/sh\n");
        assert_eq!(kept.dir, std::env::current_dir().unwrap());
        let path = kept.environ.iter().find(|(name, _)| name == "PATH").unwrap();
        assert_eq!(Some(path.1.clone()), std::env::var_os("PATH"));
        assert_eq!(kept.environ.len(), std::env::vars_os().count());
    }

    #[test]
    fn nothing_is_kept_of_nothing() {
        let temp = tempfile::tempdir().unwrap();
        assert!(keep(temp.path(), &[]).is_err());
        assert!(keep(temp.path(), &["/nonesuch/x".into()]).is_err());
        assert!(kept(temp.path()).unwrap().is_none());
    }
}
