//! Bundles to test with.

use super::manifest::{Digest, FileEntry, LinkEntry, Manifest, ModuleEntry, Proof, Source};
use super::{BundleError, Sink, archive};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Mutex;

pub(super) const GO_SUM: &str =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A manifest, and the content of each file.
#[derive(Clone)]
pub(super) struct Sample {
    pub(super) manifest: Manifest,
    pub(super) contents: BTreeMap<String, Vec<u8>>,
}

impl Sample {
    pub(super) fn new(contents: &[(&str, &[u8])]) -> Sample {
        let owned = |(path, bytes): &(&str, &[u8])| ((*path).to_owned(), bytes.to_vec());
        let contents: BTreeMap<_, _> = contents.iter().map(owned).collect();
        let mut manifest = Manifest::new(GO_SUM.to_owned());
        manifest.source = Some(Source { dir: "source".to_owned(), project: ".".to_owned() });
        manifest.files = contents.iter().map(|(path, bytes)| file(path, bytes)).collect();
        Sample { manifest, contents }
    }

    pub(super) fn link(mut self, path: &str, target: &str) -> Sample {
        self.manifest.links.push(LinkEntry { path: path.to_owned(), target: target.to_owned() });
        self.manifest.sort();
        self
    }

    pub(super) fn open(&self, file: &FileEntry) -> io::Result<&[u8]> {
        Ok(&self.contents[&file.path])
    }

    pub(super) fn archive(&self) -> Vec<u8> {
        let mut out = Vec::new();
        archive::write(&mut out, &self.manifest, |file| self.open(file)).unwrap();
        out
    }
}

pub(super) fn file(path: &str, content: &[u8]) -> FileEntry {
    let sha256 = Digest::of(content);
    FileEntry { path: path.to_owned(), size: content.len() as u64, sha256, executable: false }
}

/// A little of everything.
pub(super) fn small() -> Sample {
    let long = format!("source/{}/{}", "long".repeat(20), "name".repeat(30));
    let mut sample = Sample::new(&[
        ("golang.org/x/text/@v/list", b"v0.3.0\n"),
        ("golang.org/x/text/@v/v0.3.0.zip", &noise(700, 1)),
        ("payload/go-offline", b"#!/bin/sh\n"),
        ("source/empty", b""),
        ("source/\u{fc}ber/\u{4e16}\u{754c}.go", b"package x\n"),
        (&long, b"long"),
    ])
    .link("source/link", "empty")
    .link("source/\u{fc}ber/up", &format!("../{}", &long["source/".len()..]));
    sample.manifest.files[2].executable = true;
    sample.manifest.modules.push(ModuleEntry {
        path: "golang.org/x/text".to_owned(),
        version: "v0.3.0".to_owned(),
        zip: Some("h1:g61tztE5qeGQ89tm6NTjjM9VPIm088od1l6aSorWRWg=".to_owned()),
        go_mod: None,
        proof: Proof::Sumdb,
    });
    sample
}

/// Bytes that nothing packs, the same each time.
pub(super) fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(len).collect()
}

/// Keeps what it is given.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) files: Mutex<BTreeMap<String, Vec<u8>>>,
    pub(super) links: Mutex<Vec<LinkEntry>>,
}

impl Sink for Kept {
    fn manifest(&self, _: &Manifest) -> io::Result<()> {
        Ok(())
    }

    fn file(&self, file: &FileEntry, content: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        self.files.lock().unwrap().insert(file.path.clone(), bytes);
        Ok(())
    }

    fn link(&self, link: &LinkEntry) -> io::Result<()> {
        self.links.lock().unwrap().push(link.clone());
        Ok(())
    }
}

/// Unpacks an archive to `dest`.
pub(super) fn unpack_to(dest: &Path, archive: &[u8]) -> Result<Manifest, String> {
    let read = |sink: &dyn Sink| archive::read(archive, sink);
    super::unpack(dest, read, |_| Ok::<_, BundleError>(())).map_err(|error| error.to_string())
}
