//! Under which name we were started: as `go` we are the go command.

use super::args::Arguments;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The word that leads from `go` to our own command line.
const OFFLINE: &str = "offline";

/// How this program was called.
#[derive(Debug, Clone, Default)]
pub(super) struct Called {
    /// The word it was called by.
    pub(super) arg0: OsString,
    /// The same as a file, where it is a path: absolute, links kept.
    pub(super) file: Option<PathBuf>,
}

impl Called {
    /// From the first argument, the file that was executed as far as the system tells, and the
    /// directory that we were started in.
    pub(super) fn new(
        arg0: OsString,
        executed: Option<&Path>,
        started_in: Option<&Path>,
    ) -> Called {
        let path = Path::new(&arg0);
        let file = match (path.is_absolute(), path.components().count() > 1) {
            (true, _) => Some(path.to_path_buf()),
            (false, true) => started_in.map(|dir| dir.join(path)),
            // Found on PATH, or by its path under a name without one.
            (false, false) => {
                let executed = executed.filter(|file| file.file_name() == Some(&arg0));
                executed.filter(|file| file.is_absolute()).map(Path::to_path_buf)
            }
        };
        Called { arg0, file }
    }

    /// Whether we are the go command.
    fn is_go(&self) -> bool {
        Path::new(&self.arg0).file_name() == Some(OsStr::new("go"))
    }

    /// Reads the words behind our name; an error has been printed, and is the exit code.
    pub(super) fn read(&self, mut words: Vec<OsString>) -> Result<Arguments, u8> {
        if self.is_go() {
            if words.first().is_none_or(|word| word != OFFLINE) {
                return Ok(Arguments::of_go(words));
            }
            words.remove(0);
        }
        words.insert(0, "go-offline".into());
        Arguments::parse(words)
    }
}

/// The path that this program was executed by, links kept: AT_EXECFN of getauxval(3).
#[cfg(target_os = "linux")]
pub(super) fn executed() -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let path = rustix::param::linux_execfn().to_bytes();
    (!path.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(path)))
}

/// Nobody tells.
#[cfg(not(target_os = "linux"))]
pub(super) fn executed() -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::super::args::{Own, Verb};
    use super::*;

    fn read(line: &str) -> Arguments {
        let mut words = line.split(' ').map(OsString::from);
        let called = Called::new(words.next().unwrap(), None, Some(Path::new("/here")));
        called.read(words.collect()).unwrap()
    }

    fn go_words(line: &str) -> Vec<OsString> {
        match read(line).verb {
            Verb::Go(words) => words,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn as_go_every_word_is_gos() {
        for line in ["go build --profile x", "/shim/go --help", "./go -C d test", "go frobnicate"] {
            let words: Vec<&str> = line.split(' ').skip(1).collect();
            assert_eq!(go_words(line), words, "{line}");
            assert_eq!(read(line).profile, None);
        }
        assert!(matches!(read("go offline check").verb, Verb::Own(Own::Check(_))));
        assert_eq!(go_words("go offline go frobnicate"), ["frobnicate"]);
        let read = read("/shim/go offline --profile cache build -x");
        assert_eq!(read.profile.as_deref(), Some("cache"));
        assert!(matches!(self::read("go offline foo").verb, Verb::Other(_)));
        assert!(matches!(self::read("gopher foo").verb, Verb::Other(_)));
    }

    #[test]
    fn the_file_that_was_called() {
        let file = |arg0: &str| {
            Called::new(arg0.into(), Some(Path::new("/link/go")), Some(Path::new("/here"))).file
        };
        assert_eq!(file("/shim/go"), Some("/shim/go".into()));
        assert_eq!(file("shim/go"), Some("/here/shim/go".into()));
        assert_eq!(file("./go"), Some("/here/./go".into()));
        assert_eq!(file("go"), Some("/link/go".into()), "as the system tells");
        assert_eq!(file("gopher"), None, "executed under another name");
    }
}
