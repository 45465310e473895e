//! The archive: what is written is read, and nothing else is.

mod anywhere;
mod damaged;
mod hostile;
mod tools;

use super::*;
use crate::bundle::samples::{Kept, Sample, noise, small};
use crate::bundle::{BundleError, MANIFEST};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};

/// The tar stream of an archive.
fn tar_of(archive: &[u8]) -> Vec<u8> {
    zstd::stream::decode_all(archive).unwrap()
}

/// An archive with some tar stream.
fn packed(tar: &[u8]) -> Vec<u8> {
    let mut compressor = zstd::bulk::Compressor::new(1).unwrap();
    compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true)).unwrap();
    sealed(tar.chunks(PIECE).flat_map(|piece| compressor.compress(piece).unwrap()).collect())
}

/// Some frames, and the sum behind them.
fn sealed(mut frames: Vec<u8>) -> Vec<u8> {
    let sum = crc32fast::hash(&frames);
    frames.extend(SEAL);
    frames.extend(sum.to_le_bytes());
    frames
}

/// Where the members of a tar stream start, with their PAX headers, and where the end does.
fn members(tar: &[u8]) -> Vec<usize> {
    let (mut at, mut all, mut is_pax) = (0, Vec::new(), false);
    while tar[at] != 0 {
        if !is_pax {
            all.push(at);
        }
        is_pax = tar[at + 156] == b'x';
        let size = std::str::from_utf8(&tar[at + 124..at + 135]).unwrap();
        let size = usize::from_str_radix(size, 8).unwrap();
        at += 512 + size.next_multiple_of(512);
    }
    all.push(at);
    all
}

/// Why an archive is refused.
fn refusal(archive: &[u8]) -> String {
    read(archive, &()).unwrap_err().to_string()
}

fn read_back(sample: &Sample) -> Vec<u8> {
    let archive = sample.archive();
    let kept = Kept::default();
    assert_eq!(read(archive.as_slice(), &kept).unwrap(), sample.manifest);
    assert!(*kept.files.lock().unwrap() == sample.contents);
    assert_eq!(*kept.links.lock().unwrap(), sample.manifest.links);
    assert_eq!(read_manifest(archive.as_slice()).unwrap(), sample.manifest);
    archive
}

/// As [`small`], with files around the sizes where something changes, and the pieces: 40 MB.
fn large() -> Sample {
    let (small, sizes) = (4 << 20, [511, 512, 513]);
    let mut contents: Vec<(String, Vec<u8>)> = sizes
        .into_iter()
        .chain([small - 1, small, small + 1, 2 * small - 512, 3 * small + 77])
        .map(|size| (format!("source/f{size:08}"), noise(size, size as u64)))
        .collect();
    contents.push(("x/zeros".to_owned(), vec![0; 5_000_000]));
    let contents: Vec<(&str, &[u8])> =
        contents.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    Sample::new(&contents)
}

#[test]
fn what_is_written_is_read() {
    let archive = read_back(&small());
    let tar = tar_of(&archive);
    assert!(tar.starts_with(MANIFEST.as_bytes()));
    assert_eq!(members(&tar).len(), 1 + 6 + 2 + 1);
    assert_eq!(packed(&tar).len().abs_diff(archive.len()) / 300, 0);
    read_back(&Sample::new(&[]));
    read_back(&large());
}

#[test]
fn the_bytes_are_always_the_same() {
    // Another number here is another format: bundles of before and after would differ.
    let mut sample = small();
    sample.manifest.made_by.go_offline = "0.1.0".to_owned();
    let tar = tar_of(&sample.archive());
    assert_eq!(
        crate::gomod::hex(&Sha256::digest(&tar)),
        "1b2c60ab2f863ab07cafc6678615e66234929580a56e5d5dca66ffdbba49bf09"
    );
    assert_eq!(sample.archive(), sample.archive());
}

#[test]
fn the_last_piece_may_be_full_or_hardly_begun() {
    let sample = |size| Sample::new(&[("x/a", &noise(size, 9))]);
    let len = |size| tar_of(&sample(size).archive()).len();
    let around = len(512 * 15_000) - 512 * 15_000;
    for more in [-512, 0, 512] {
        let size = (2 * PIECE - around).checked_add_signed(more).unwrap();
        assert_eq!(len(size), (2 * PIECE).checked_add_signed(more).unwrap());
        read_back(&sample(size));
    }
}

#[test]
fn a_file_that_changed_meanwhile_is_named() {
    for sample in [small(), large()] {
        for file in &sample.manifest.files {
            let changes: [fn(&mut Vec<u8>); 3] = [
                |bytes| bytes.push(0),
                |bytes| bytes.truncate(bytes.len().saturating_sub(1)),
                |bytes| bytes.iter_mut().take(1).for_each(|byte| *byte ^= 1),
            ];
            for change in changes {
                let mut changed = sample.contents[&file.path].clone();
                change(&mut changed);
                if changed == sample.contents[&file.path] {
                    continue;
                }
                let open = |asked: &crate::bundle::FileEntry| -> io::Result<&[u8]> {
                    Ok(if asked.path == file.path {
                        &changed
                    } else {
                        &sample.contents[&asked.path]
                    })
                };
                let error = write(io::sink(), &sample.manifest, open).unwrap_err();
                let words = format!("{:?} is not what manifest.json says: ", file.path);
                assert!(error.to_string().starts_with(&words) && !error.is_io(), "{error}");
            }
        }
    }
}

#[test]
fn what_fails_elsewhere_is_not_the_bundle() {
    struct Full(usize);
    impl io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let sample = large();
    let error = write(Full(9 << 20), &sample.manifest, |file| sample.open(file)).unwrap_err();
    assert!(error.is_io() && error.to_string().starts_with("writing the archive: "), "{error}");
    let gone = |_: &_| -> io::Result<&[u8]> { Err(io::ErrorKind::NotFound.into()) };
    let error = write(io::sink(), &sample.manifest, gone).unwrap_err();
    assert!(error.is_io() && error.to_string().starts_with("reading \"source/f"), "{error}");

    /// Fails at its end.
    struct Cut<'a>(&'a [u8]);
    impl Read for Cut<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                Err(io::ErrorKind::BrokenPipe.into())
            } else {
                self.0.read(buffer)
            }
        }
    }
    let archive = sample.archive();
    let error = read(Cut(&archive[..6 << 20]), &()).unwrap_err();
    assert!(matches!(&error, BundleError::Io { .. }), "{error}");
}

#[test]
fn a_sink_that_takes_no_more_ends_it() {
    struct Picky(&'static str);
    impl crate::bundle::Sink for Picky {
        fn manifest(&self, _: &crate::bundle::Manifest) -> io::Result<()> {
            if self.0 == MANIFEST { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }
        fn file(&self, file: &crate::bundle::FileEntry, _: &mut dyn Read) -> io::Result<()> {
            if file.path == self.0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }
        fn link(&self, link: &crate::bundle::LinkEntry) -> io::Result<()> {
            if link.path == self.0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }
    }
    let archive = large().link("source/l", "f").archive();
    for name in [MANIFEST, "source/f00000511", "source/f12582989", "x/zeros", "source/l"] {
        let error = read(archive.as_slice(), &Picky(name)).unwrap_err();
        assert!(error.is_io() && error.to_string().contains(name), "{name}: {error}");
    }
    read(archive.as_slice(), &Picky("none")).unwrap();
}
