//! Tells whether a file is go-offline, or would start it: under whatever name, as a link, a hard
//! link, or a copy of this or another version. Nothing is executed to find out.
//!
//! It refuses to guess: a file that cannot be read is taken for what it says it is.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Every go-offline has these bytes in it, and no other program has. They never change: versions
/// know each other by them.
#[used]
static MARKER: [u8; 58] = *b"\0this file is the program go-offline 5c1f2d9be6a84730a2f1\0";

/// What marks a program that the Go toolchain linked (`cmd/internal/buildid`): the build id's note of
/// an ELF file (type 4, owner `Go`), and elsewhere `Go build ID: "`. Each byte is one higher, since
/// this program must not contain them.
const GO_BUILD_IDS: [&[u8]; 2] = [b"\x05\x01\x01\x01Hp\x01\x01", b"Hp!cvjme!JE;!#"];

/// The go command looks for a program's build id in as many bytes (`cmd/internal/buildid.ReadFile`).
const START: usize = 32 * 1024;

/// What a file is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kin {
    /// Something else: it may be a go command.
    Stranger,
    /// go-offline itself.
    Ourselves,
    /// A script that starts go-offline.
    StartsUs,
}

/// What a file is to the program that lies at `this_program`.
pub(super) fn kin(file: &Path, this_program: &Path) -> Kin {
    if is_same_file(file, this_program) {
        return Kin::Ourselves;
    }
    look_inside(file).unwrap_or(Kin::Stranger)
}

fn look_inside(path: &Path) -> io::Result<Kin> {
    let mut file = File::open(path)?;
    // Opening a pipe or a device for looking would change it, if it came to an end at all.
    if !file.metadata()?.is_file() {
        return Ok(Kin::Stranger);
    }
    let mut bytes = Vec::with_capacity(START);
    file.by_ref().take(START as u64).read_to_end(&mut bytes)?;
    if is_go_program(&bytes) {
        return Ok(Kin::Stranger);
    }
    if !bytes.contains(&0) {
        return Ok(if starts_us(&String::from_utf8_lossy(&bytes)) {
            Kin::StartsUs
        } else {
            Kin::Stranger
        });
    }
    // Read only here, since the go command is a large file and known by its start.
    file.read_to_end(&mut bytes)?;
    let marker = std::hint::black_box(&MARKER);
    let found = memchr::memmem::find(&bytes, marker).is_some();
    Ok(if found { Kin::Ourselves } else { Kin::Stranger })
}

/// Whether the Go toolchain linked the program of which this is the start.
fn is_go_program(start: &[u8]) -> bool {
    std::hint::black_box(GO_BUILD_IDS).iter().any(|id| {
        let id: Vec<u8> = id.iter().map(|byte| byte - 1).collect();
        memchr::memmem::find(start, &id).is_some()
    })
}

/// Whether a script has the word `go-offline`, bare or at the end of a path, outside its comments.
fn starts_us(script: &str) -> bool {
    const NAME: &str = "go-offline";
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let begins_before = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    // The first line may name us as the script's interpreter.
    let is_comment = |line: &str| line.trim_start().starts_with('#') && !line.starts_with("#!");
    let mut lines = script.lines().filter(|line| !is_comment(line));
    lines.any(|line| {
        line.match_indices(NAME).any(|(at, _)| {
            !line[..at].ends_with(begins_before) && !line[at + NAME.len()..].starts_with(goes_on)
        })
    })
}

/// Whether two paths lead to one file, by symbolic links or by hard ones.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    if let (Ok(one), Ok(other)) = (one.canonicalize(), other.canonicalize())
        && one == other
    {
        return true;
    }
    is_hard_link(one, other)
}

#[cfg(unix)]
fn is_hard_link(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let file = |path: &Path| path.metadata().map(|metadata| (metadata.dev(), metadata.ino()));
    matches!((file(one), file(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(not(unix))]
fn is_hard_link(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_known_by_the_word() {
        for script in [
            "#!/bin/sh\nexec go-offline go \"$@\"\n",
            "#!/bin/sh\nexec /opt/bin/go-offline go \"$@\"",
            "exec \"$HOME/go-offline\" \"$@\"",
            "x=$(go-offline)",
            "#!/usr/bin/env go-offline\n",
            "#!/opt/bin/go-offline go\n",
        ] {
            assert!(starts_us(script), "{script}");
        }
        for script in [
            "#!/bin/sh\n# not by go-offline\nexec /usr/local/go/bin/go \"$@\"\n",
            "cd /tmp/go-offline-world/x && exec go \"$@\"",
            "cat go-offline.toml; cd /go-offline/x; exec my-go-offline",
            "",
        ] {
            assert!(!starts_us(script), "{script}");
        }
    }

    #[test]
    fn a_copy_of_any_version_is_known_by_the_marker_and_a_go_program_by_its_build_id() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("go");
        let kin_of = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            kin(&file, Path::new("/nonesuch"))
        };
        let padding = vec![0; 3 * START];
        assert_eq!(kin_of(&padding), Kin::Stranger);
        assert_eq!(kin_of(&[&padding[..], &MARKER, &padding].concat()), Kin::Ourselves);
        for id in GO_BUILD_IDS {
            let id: Vec<u8> = id.iter().map(|byte| byte - 1).collect();
            assert_eq!(kin_of(&[&[0x7f], &id[..], &padding, &MARKER].concat()), Kin::Stranger);
        }
        assert_eq!(kin_of(b"#!/bin/sh\nexec go-offline go \"$@\"\n"), Kin::StartsUs);
        assert_eq!(kin(temp.path(), Path::new("/nonesuch")), Kin::Stranger);
    }

    #[test]
    fn the_running_program_contains_the_marker_and_not_the_build_id() {
        let own = std::env::current_exe().unwrap();
        assert_eq!(kin(&own, Path::new("/nonesuch")), Kin::Ourselves);
        assert!(!is_go_program(&std::fs::read(own).unwrap()[..START]));
    }

    /// Otherwise all of it would be read, every time.
    #[test]
    fn the_go_command_is_known_by_its_start() {
        let go = which::which("go").expect("the tests need a go command on PATH");
        let bytes = std::fs::read(go.canonicalize().unwrap()).unwrap();
        assert!(is_go_program(&bytes[..START.min(bytes.len())]), "{}", go.display());
    }
}
