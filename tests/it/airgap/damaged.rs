//! A large archive that was damaged: refused, whatever the place, and nothing is unpacked of it.

use super::near::{Near, temp};
use go_offline::run::{Trust, unpack_bundle, verify_bundle};
use go_offline::sumdb::Key;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Spread over the archive, by blocks of 4 KiB: a disk loses no less.
const FLIPPED: usize = 60;
/// Of the places where the tar stream could be cut and still look sound.
const CUT: usize = 24;
const PIECE: usize = 4 << 20;

#[test]
#[ignore = "needs GO_OFFLINE_CORPUS, GO_OFFLINE_MODCACHE and a module proxy; takes minutes"]
fn a_damaged_archive_is_refused_and_nothing_is_unpacked() {
    let near = Near::of_corpus("docker-cli");
    let archive = near.bundle("b.tar.zst", &["--with-source"]);
    verify_bundle(&archive, &Trust::in_key(Key::golang())).unwrap();
    let bytes = fs::read(&archive).unwrap();
    drop(fs::remove_file(archive));

    let frames = frames(&bytes);
    each(FLIPPED, |own, number| {
        let at = bytes.len() / FLIPPED * number;
        // Another place in each block, and another bit.
        let at = (at - at % 4096 + number * 1031 % 4096).min(bytes.len() - 1);
        let damaged = own.join(format!("{number}.tar.zst"));
        let mut file = fs::File::create(&damaged).unwrap();
        file.write_all(&bytes[..at]).unwrap();
        file.write_all(&[bytes[at] ^ (1 << (number % 8))]).unwrap();
        file.write_all(&bytes[at + 1..]).unwrap();
        refused(&damaged, &format!("byte {at} changed"));
    });
    // A download that broke off, where a frame ends.
    each(frames.len(), |own, number| {
        let damaged = own.join(format!("{number}.tar.zst"));
        fs::write(&damaged, &bytes[..frames[number].end]).unwrap();
        refused(&damaged, &format!("only {} frames", number + 1));
    });
    let tar = inflated(&bytes, &frames);
    let borders = borders(&tar);
    each(CUT, |own, number| {
        let at = borders[borders.len() / CUT * number];
        let damaged = own.join(format!("{number}.tar.zst"));
        fs::write(&damaged, sealed(&tar[..at])).unwrap();
        refused(&damaged, &format!("the tar stream cut at {at}"));
    });
    // The way of doing it is sound: all of it is no damage.
    let whole = near.temp.path().join("whole.tar.zst");
    fs::write(&whole, sealed(&tar)).unwrap();
    verify_bundle(&whole, &Trust::in_key(Key::golang())).unwrap();
}

/// Does something with each number on all processors, below a directory.
fn each(count: usize, work: impl Fn(&Path, usize) + Sync) {
    let (own, next) = (temp(), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    work(own.path(), number);
                }
            });
        }
    });
}

/// It is refused by its name, and gone when this returns.
fn refused(archive: &Path, what: &str) {
    let place = archive.with_extension("d");
    let failure = unpack_bundle(archive, &place, &Trust::in_key(Key::golang())).err();
    let failure = failure.unwrap_or_else(|| panic!("{what}, and it was unpacked"));
    let said = format!("{:#}", failure.error);
    let name = archive.file_name().unwrap().to_str().unwrap();
    assert!(said.contains(name) && said.contains("is refused"), "{what}: {said}");
    assert_eq!(failure.exit as i32, 65, "{what}: {said}");
    assert!(!place.exists(), "{what}: something is there");
    fs::remove_file(archive).unwrap();
    let stem = archive.file_stem().unwrap().to_str().unwrap();
    let left = fs::read_dir(archive.parent().unwrap()).unwrap().map(Result::unwrap);
    let hidden = format!(".{stem}");
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with(&hidden));
    assert_eq!(left.count(), 0, "{what}: something hidden is left");
}

/// Where the frames of zstd lie, less the mark behind them.
fn frames(bytes: &[u8]) -> Vec<Range<usize>> {
    let (mut frames, mut at) = (Vec::new(), 0);
    while bytes[at..].starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let length = zstd::zstd_safe::find_frame_compressed_size(&bytes[at..]).unwrap();
        frames.push(at..at + length);
        at += length;
    }
    frames
}

fn inflated(bytes: &[u8], frames: &[Range<usize>]) -> Vec<u8> {
    let each = frames.iter().map(|frame| zstd::bulk::decompress(&bytes[frame.clone()], PIECE));
    each.map(Result::unwrap).collect::<Vec<_>>().concat()
}

/// Where members begin in a tar stream, and where the contents behind their headers do.
fn borders(tar: &[u8]) -> Vec<usize> {
    let (mut borders, mut at) = (Vec::new(), 0);
    while tar[at..].len() > 512 && tar[at] != 0 {
        let size = std::str::from_utf8(&tar[at + 124..at + 135]).unwrap();
        let size = usize::from_str_radix(size, 8).unwrap();
        borders.extend([at, at + 512]);
        at += 512 + size.next_multiple_of(512);
    }
    borders.push(at);
    borders
}

/// An archive whose frames and mark are all right.
fn sealed(tar: &[u8]) -> Vec<u8> {
    let mut compressor = zstd::bulk::Compressor::new(1).unwrap();
    compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true)).unwrap();
    let pieces = tar.chunks(PIECE).flat_map(|piece| compressor.compress(piece).unwrap());
    let mut sealed: Vec<u8> = pieces.collect();
    let crc = crc32fast::hash(&sealed);
    sealed.extend([0x5e, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]);
    sealed.extend(crc.to_le_bytes());
    sealed
}
