//! Archives that were sound, and had an accident.

use super::*;
use crate::bundle::samples::unpack_to;

/// As few bytes as there are in a bundle with a file and a link.
fn tiny() -> Vec<u8> {
    Sample::new(&[("x/a", b"text"), ("source/b", b"")]).link("source/l", "b").archive()
}

#[test]
fn no_byte_of_the_tar_stream_may_change() {
    let archive = tiny();
    let (tar, manifest) = (tar_of(&archive), read_manifest(archive.as_slice()).unwrap());
    let json = 512..512 + manifest.to_json().len();
    let temp = tempfile::tempdir().unwrap();
    for at in 0..tar.len() {
        let mut tar = tar.clone();
        tar[at] ^= 1 << (at % 8);
        match read(packed(&tar).as_slice(), &()) {
            Err(_) => {}
            // What the manifest says of others, such as the digest of go.sum, is for who knows them.
            Ok(read) => assert!(json.contains(&at) && read != manifest, "byte {at} may change"),
        }
        if at % 97 == 0 {
            unpack_to(&temp.path().join("x"), &packed(&tar)).unwrap_err();
            assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
        }
    }
}

#[test]
fn no_byte_of_the_archive_may_change() {
    for archive in [tiny(), small().archive()] {
        for at in 0..archive.len() {
            for bit in [at % 8, (at + 3) % 8] {
                let mut archive = archive.clone();
                archive[at] ^= 1 << bit;
                assert!(read(archive.as_slice(), &()).is_err(), "byte {at}, bit {bit}");
            }
        }
    }
}

#[test]
fn nobody_vouches_for_another_packing_but_for_its_content() {
    // What zstd takes as the same, under a sum of its own, is the same bundle.
    let archive = tiny();
    let frames = &archive[..archive.len() - SEAL.len() - 4];
    for at in 0..frames.len() {
        let mut frames = frames.to_vec();
        frames[at] ^= 0x40;
        if read(sealed(frames.clone()).as_slice(), &()).is_ok() {
            assert_eq!(tar_of(&frames), tar_of(&archive));
        }
    }
}

#[test]
fn nothing_may_be_cut_off() {
    let archive = small().archive();
    for len in 0..archive.len() {
        let error = read(&archive[..len], &()).unwrap_err();
        assert!(!error.is_io(), "{len}: {error}");
    }
    let tar = tar_of(&archive);
    for len in (0..tar.len()).step_by(512).chain(members(&tar)) {
        let error = refusal(&packed(&tar[..len]));
        let words = if len == 0 { "a frame for others at its start" } else { "nothing more where" };
        assert!(error.contains(words) || error.contains("and nothing more"), "{len}: {error}");
    }
    assert!(
        refusal(&archive[..archive.len() - 1]).contains("is cut off: the archive is not whole")
    );
}

/// A large archive: parts that cannot be compressed, and one that shrinks to nothing.
fn of_many_blocks() -> Vec<u8> {
    let sample = Sample::new(&[
        ("x/large", &noise(11 << 20, 1)),
        ("x/small", &noise(3 << 20, 2)),
        ("x/zeros", &vec![0; 6 << 20]),
    ]);
    sample.archive()
}

/// A byte is changed in some blocks of 4 KiB, and the archive is cut before them.
fn each_block_counts(step: usize) {
    let mut archive = of_many_blocks();
    let blocks = archive.len().div_ceil(4096);
    for block in (0..blocks).step_by(step).chain([blocks - 1]) {
        let at = (block * 4096 + block % 4096).min(archive.len() - 1);
        archive[at] ^= 0x10;
        read(archive.as_slice(), &()).unwrap_err();
        archive[at] ^= 0x10;
        let error = read(&archive[..block * 4096], &()).unwrap_err();
        assert!(!error.is_io(), "{error}");
    }
    read(archive.as_slice(), &()).unwrap();
}

#[test]
fn some_blocks_of_a_large_archive_count() {
    each_block_counts(61);
}

#[test]
#[ignore = "takes a minute"]
fn each_block_of_a_large_archive_counts() {
    each_block_counts(1);
}

#[test]
fn each_piece_of_a_large_tar_stream_counts() {
    let tar = tar_of(&of_many_blocks());
    for at in (512..tar.len()).step_by(1 << 20) {
        let mut tar = tar.clone();
        tar[at] ^= 1;
        read(packed(&tar).as_slice(), &()).unwrap_err();
    }
}

#[test]
fn a_changed_content_is_named() {
    for sample in [small(), large()] {
        let tar = tar_of(&sample.archive());
        let places = members(&tar);
        for (file, place) in sample.manifest.files.iter().zip(places.windows(2).skip(1)) {
            if file.size == 0 {
                continue;
            }
            let mut tar = tar.clone();
            let headers = crate::bundle::tar::file_headers(file).len();
            tar[place[0] + headers] ^= 1;
            let error = refusal(&packed(&tar));
            let words = format!("{:?} is not what manifest.json says: sha256 ", file.path);
            assert!(error.starts_with(&words), "{error}");
            tar[place[0] + headers] ^= 1;
            if file.size % 512 != 0 {
                tar[place[1] - 1] = 1;
                let error = refusal(&packed(&tar));
                assert!(error.contains("something else than zeros behind the content"), "{error}");
            }
        }
    }
}

#[test]
fn members_stay_where_they_are() {
    let tar = tar_of(&small().archive());
    let places = members(&tar);
    let parts: Vec<&[u8]> = places.windows(2).map(|pair| &tar[pair[0]..pair[1]]).collect();
    let end = &tar[places[parts.len()]..];
    let refused = |parts: &[&[u8]], what: &str| {
        let error = refusal(&packed(&[&parts.concat(), end].concat()));
        assert!(error.contains(" where "), "{what}: {error}");
        error
    };
    for at in 0..parts.len() {
        let mut changed = parts.clone();
        changed.remove(at);
        refused(&changed, "dropped");
        let mut changed = parts.clone();
        changed.insert(at, parts[at]);
        refused(&changed, "twice");
        for other in at + 1..parts.len() {
            let mut changed = parts.clone();
            changed.swap(at, other);
            refused(&changed, "swapped");
        }
    }
    let mut changed = parts.clone();
    changed.push(parts[1]);
    let error = refused(&changed, "appended");
    assert!(error.contains("a file \"golang.org/x/text/@v/list\" where the end"), "{error}");
}

#[test]
fn nothing_comes_behind_the_end() {
    let archive = small().archive();
    let tar = tar_of(&archive);
    let behind = |more: &[u8]| refusal(&[&archive, more].concat());
    for more in [&b"x"[..], b"\0", &[0; 1024], b"PK\x03\x04", b"\x28\xb5\x2f", &archive] {
        assert!(behind(more).contains("is something behind the archive"), "{more:?}");
    }
    let frames = &archive[..archive.len() - SEAL.len() - 4];
    assert!(refusal(frames).contains("is cut off: the archive is not whole"));
    assert!(refusal(&sealed([frames, frames].concat())).contains("is one too many"));
    // A frame for others, which zstd passes over.
    let other = [frames, b"\x50\x2a\x4d\x18\x04\0\0\0text"].concat();
    assert!(refusal(&sealed(other)).contains("is none: something else stands there"));
    let other = [frames, b"\x5e\x2a\x4d\x18\x05\0\0\0texts"].concat();
    assert!(refusal(&sealed(other)).contains("is one for others"));
    for more in [&[0; 512][..], &tar, b"x"] {
        let error = refusal(&packed(&[&tar, more].concat()));
        assert!(error.contains("something where nothing behind the end"), "{error}");
    }
}
