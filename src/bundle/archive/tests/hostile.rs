//! Archives that somebody made with care. Each holds a manifest that keeps the rules, so that only
//! the members are at fault, or a manifest that does not.

use super::*;
use crate::bundle::samples::{file, unpack_to};
use crate::bundle::{FileEntry, LinkEntry, Manifest};
use std::time::Instant;
use tar::{Builder, EntryType, Header};

/// A tar stream: a manifest of `file`, and what `build` adds.
fn with(build: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
    with_manifest(&Sample::new(&[("x/file", b"text")]).manifest.to_json(), build)
}

fn with_manifest(json: &[u8], build: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
    let mut all = crate::bundle::tar::plain_headers(MANIFEST, json.len() as u64);
    all.extend(json);
    all.resize(all.len().next_multiple_of(512), 0);
    let mut builder = Builder::new(all);
    build(&mut builder);
    builder.into_inner().unwrap()
}

fn header(name: &[u8], kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_device_major(0).unwrap();
    header.set_device_minor(0).unwrap();
    set_checksum(&mut header);
    header
}

/// In our form; the crate has another.
fn set_checksum(header: &mut Header) {
    header.set_cksum();
    let sum = header.cksum().unwrap();
    header.as_old_mut().cksum = format!("{sum:06o}\0 ").into_bytes().try_into().unwrap();
}

fn add(builder: &mut Builder<Vec<u8>>, name: &str, content: &[u8]) {
    let header = header(name.as_bytes(), EntryType::Regular, content.len() as u64);
    builder.append(&header, content).unwrap();
}

fn add_kind(builder: &mut Builder<Vec<u8>>, name: &str, kind: EntryType, target: &str) {
    let mut header = header(name.as_bytes(), kind, 0);
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
    set_checksum(&mut header);
    builder.append(&header, &[][..]).unwrap();
}

/// Refuses to unpack an archive, at once, and leaves nothing behind. Returns why.
fn refused(archive: &[u8]) -> String {
    let temp = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let error = unpack_to(&temp.path().join("target"), archive).unwrap_err();
    assert!(start.elapsed().as_secs() < 10, "{error}");
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0, "{error}");
    assert!(!error.contains(|c: char| c.is_control()), "{error:?}");
    error
}

fn refused_tar(tar: &[u8], words: &str) {
    let error = refused(&packed(tar));
    assert!(error.contains(words), "{words}: {error}");
}

#[test]
fn what_the_crate_writes_in_our_form_is_taken() {
    // Or the other tests would prove nothing.
    read(packed(&with(|tar| add(tar, "x/file", b"text"))).as_slice(), &()).unwrap();
}

#[test]
fn other_members_are_named_and_refused() {
    let where_file = " where the file \"x/file\" belongs";
    for (name, kind, target, words) in [
        ("x/file", EntryType::Link, "/etc/passwd", "a hard link \"x/file\" to \"/etc/passwd\""),
        ("x/file", EntryType::Symlink, "/etc", "a symbolic link \"x/file\" to \"/etc\""),
        ("x", EntryType::Symlink, "/tmp", "a symbolic link \"x\" to \"/tmp\""),
        ("x/file", EntryType::Char, "", "a character device \"x/file\""),
        ("x/file", EntryType::Block, "", "a block device \"x/file\""),
        ("x/file", EntryType::Fifo, "", "a fifo \"x/file\""),
        ("x/", EntryType::Directory, "", "a directory \"x/\""),
        ("x/file", EntryType::GNUSparse, "", "a sparse file \"x/file\""),
        ("././@LongLink", EntryType::GNULongName, "", "a GNU long name"),
        ("././@LongLink", EntryType::GNULongLink, "", "a GNU long name"),
        ("g", EntryType::XGlobalHeader, "", "a PAX header for all that follows"),
        ("x/file", EntryType::Continuous, "", "a member of a kind that no bundle has"),
    ] {
        let tar = with(|tar| {
            add_kind(tar, name, kind, target);
            add(tar, "x/file", b"text");
        });
        refused_tar(&tar, &format!("{words}{}", if target.is_empty() { "" } else { where_file }));
    }
    for name in
        ["/etc/passwd", "../evil", "x/../../evil", "X/file", "x/file2", "x\\file", "x/\u{1b}[2J"]
    {
        refused_tar(&with(|tar| add(tar, name, b"text")), &format!("a file {name:?}{where_file}"));
    }
}

#[test]
fn what_comes_twice_is_refused() {
    let twice = with(|tar| (0..2).for_each(|_| add(tar, "x/file", b"text")));
    refused_tar(&twice, "a file \"x/file\" where the end of the archive belongs");
    let json = Sample::new(&[]).manifest.to_json();
    refused_tar(&with(|tar| add(tar, MANIFEST, &json)), "a file \"manifest.json\" where");
    let not_first = {
        let mut tar = Builder::new(Vec::new());
        add(&mut tar, "x/file", b"text");
        add(&mut tar, MANIFEST, &json);
        tar.into_inner().unwrap()
    };
    refused_tar(&not_first, "a file \"x/file\" where the file \"manifest.json\" belongs");
}

#[test]
fn headers_that_say_something_else_are_refused() {
    let changed = |change: fn(&mut Header)| {
        with(|tar| {
            let mut header = header(b"x/file", EntryType::Regular, 4);
            change(&mut header);
            set_checksum(&mut header);
            let len = header.entry_size().unwrap_or(4).min(4096);
            tar.append(&header, &b"text".repeat(1024)[..usize::try_from(len).unwrap()]).unwrap();
        })
    };
    for (change, words) in [
        ((|header| header.set_mode(0o4755)) as fn(&mut Header), "another mode"),
        (|header| header.set_mode(0o755), "another mode"),
        (|header| header.set_uid(1000), "another user id"),
        (|header| header.set_gid(1), "another group id"),
        (|header| header.set_mtime(1), "another time"),
        (|header| header.set_username("root").unwrap(), "another user name"),
        (|header| header.set_groupname("root").unwrap(), "another group name"),
        (|header| header.set_size(5), "another size"),
        (|header| header.set_size(4 << 30), "another size"),
        (|header| header.set_size(u64::MAX), "another size"),
        (|header| header.as_old_mut().size = *b"         04\0", "another size"),
        (|header| header.as_old_mut().linkname[0] = b'x', "another link target"),
        (|header| header.as_ustar_mut().unwrap().prefix[0] = b'x', "another prefix"),
        (|header| header.as_ustar_mut().unwrap().magic = *b"ustar ", "another magic number"),
        (|header| header.as_mut_bytes()[511] = 1, "another form"),
        (|header| header.as_old_mut().linkflag = [0], "a file \"x/file\""),
    ] {
        refused_tar(&changed(change), words);
    }
    let mut tar = with(|tar| add(tar, "x/file", b"text"));
    let at = members(&tar)[1];
    tar[at + 148] ^= 1;
    refused_tar(&tar, "no header of a tar member");
}

#[test]
fn pax_headers_change_nothing() {
    for (key, text) in [
        ("path", "../../evil"),
        ("path", "x/file"),
        ("size", "0"),
        ("size", "1073741824"),
        ("linkpath", "/etc"),
        ("GNU.sparse.major", "1"),
        ("hdrcharset", "BINARY"),
    ] {
        let tar = with(|tar| {
            tar.append_pax_extensions([(key, text.as_bytes())]).unwrap();
            add(tar, "x/file", b"text");
        });
        refused_tar(&tar, "a PAX header");
    }
    // Where one belongs, it is that one.
    let long = format!("x/{}", "long/".repeat(30) + "name");
    let sample = Sample::new(&[(&long, b"text")]);
    let sound = tar_of(&sample.archive());
    read(packed(&sound).as_slice(), &()).unwrap();
    let text = members(&sound)[1] + 512;
    for (from, to) in [("long/name", "long/evil"), (" path=x", " size=x")] {
        let mut tar = sound.clone();
        let at = text + String::from_utf8_lossy(&tar[text..]).find(from).unwrap();
        tar[at..at + to.len()].copy_from_slice(to.as_bytes());
        refused_tar(&tar, "a PAX header that says something else where the file");
    }
    let plain = with_manifest(&sample.manifest.to_json(), |tar| {
        tar.append_data(&mut Header::new_gnu(), &long, &b"text"[..]).unwrap();
    });
    refused_tar(&plain, "a GNU long name");
}

#[test]
fn a_manifest_that_breaks_a_rule_is_refused_before_its_files_are_read() {
    let of = |files: &[FileEntry], links: &[(&str, &str)]| {
        let mut manifest = Sample::new(&[]).manifest;
        manifest.files = files.to_vec();
        let link = |(path, target): &(&str, &str)| LinkEntry {
            path: (*path).to_owned(),
            target: (*target).to_owned(),
        };
        manifest.links = links.iter().map(link).collect();
        manifest
    };
    let cases: Vec<(Manifest, &str)> = vec![
        (of(&[file("../evil", b"")], &[]), "the element `..`"),
        (of(&[file("/etc/cron.d/evil", b"")], &[]), "an absolute path"),
        (of(&[file("x\\..\\evil", b"")], &[]), "a backslash"),
        (of(&[file("X", b""), file("x", b"")], &[]), "differ in case only"),
        (of(&[file("x", b""), file("x", b"")], &[]), "listed twice"),
        (of(&[], &[("source/l", "/tmp")]), "an absolute path"),
        (of(&[file("source/l/f", b"")], &[("source/l", "d")]), "which is no directory"),
        (of(&[], &[("source/l", "../..")]), "outside of `source/`"),
    ];
    for (manifest, words) in cases {
        let tar = with_manifest(&manifest.to_json(), |tar| {
            manifest.files.iter().for_each(|file| add(tar, &file.path, b""));
        });
        refused_tar(&tar, words);
        let written = write(io::sink(), &manifest, |_| Ok(&b""[..])).unwrap_err().to_string();
        assert!(written.contains(words), "{written}");
    }
}

#[test]
fn names_in_two_unicode_forms_are_two_files_where_they_are() {
    // On a file system that does not tell them apart, unpacking fails at the second.
    let sample = Sample::new(&[("source/e\u{301}", b"1"), ("source/\u{e9}", b"2")]);
    let temp = tempfile::tempdir().unwrap();
    let dest = temp.path().join("target");
    match unpack_to(&dest, &sample.archive()) {
        Ok(_) => assert_eq!(std::fs::read_dir(dest.join("source")).unwrap().count(), 2),
        Err(error) => assert!(error.contains("exists"), "{error}"),
    }
}

#[test]
fn sizes_are_believed_nowhere() {
    let mut manifest = Sample::new(&[("x/file", b"text")]).manifest;
    manifest.files[0].size = 4 << 30;
    let tar = with_manifest(&manifest.to_json(), |tar| {
        let header = header(b"x/file", EntryType::Regular, 4 << 30);
        tar.append(&header, &b"text"[..]).unwrap();
    });
    refused_tar(&tar, "a part of it, and nothing more where the file \"x/file\" belongs");
    // Of the manifest itself, before one byte of it.
    let tar = [&crate::bundle::tar::plain_headers(MANIFEST, 4 << 30)[..], &[0; 512]].concat();
    refused_tar(&tar, "manifest.json has 4294967296 bytes");
    let tar = [&crate::bundle::tar::plain_headers(MANIFEST, 50 << 20)[..], &[0; 512]].concat();
    refused_tar(&tar, "a part of it, and nothing more");
}

#[test]
fn a_bomb_does_not_go_off() {
    let json = Sample::new(&[]).manifest.to_json();
    let zeros = zstd::bulk::Compressor::new(19).unwrap();
    let zeros = {
        let mut compressor = zeros;
        compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true)).unwrap();
        compressor.compress(&vec![0; PIECE]).unwrap()
    };
    assert!(zeros.len() < 1000, "{}", zeros.len());
    // 40 GB of zeros in 2 MB, behind the end.
    let mut tar = with_manifest(&json, |_| ());
    tar.resize(PIECE, 0);
    let first = packed(&tar);
    let bomb = [&first[..first.len() - SEAL.len() - 4], &zeros.repeat(10_000)].concat();
    let error = refused(&sealed(bomb));
    assert!(error.contains("something where nothing behind the end"), "{error}");
    // And as a file that the manifest has as a small one.
    let tar = with(|tar| add(tar, "x/file", &vec![0; PIECE]));
    refused_tar(&tar, "another size");
    // One frame that holds more than a piece, with and without saying so.
    let large = zstd::bulk::compress(&vec![0; PIECE + 1], 3).unwrap();
    assert!(refused(&large).contains("has no checksum"));
    let mut compressor = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    compressor.include_checksum(true).unwrap();
    io::copy(&mut io::repeat(0).take(1 << 30), &mut compressor).unwrap();
    let error = refused(&compressor.finish().unwrap());
    assert!(error.contains("does not say how much it holds"), "{error}");
    let mut compressor = zstd::bulk::Compressor::new(3).unwrap();
    compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true)).unwrap();
    let error = refused(&compressor.compress(&vec![0; PIECE + 1]).unwrap());
    assert!(error.contains("holds 4194305 bytes, where 1 to 4194304 belong"), "{error}");
}

#[test]
fn frames_that_nobody_writes_are_refused() {
    let frame = |header: &[u8]| refused(&[&[0x28, 0xb5, 0x2f, 0xfd], header].concat());
    // A window of 2 GiB; a dictionary; a reserved bit; a length of 2^64 - 1; nothing.
    assert!(frame(&[0xc4, 21 << 3, 0, 0, 0, 0, 0, 0, 0, 0]).contains("needs a larger window"));
    assert!(frame(&[0xc5, 0, 0]).contains("needs a dictionary"));
    assert!(frame(&[0xcc, 0, 0]).contains("has no checksum"));
    assert!(frame(&[&[0xe4][..], &[0xff; 8]].concat()).contains("holds 18446744073709551615"));
    assert!(frame(&[0x24, 0]).contains("holds 0 bytes"));
    assert!(frame(&[0x24]).contains("is cut off"));
    // Blocks that take more than what they could hold, and empty ones without an end.
    let blocks = [&[0xa4, 0, 0, 0x40, 0][..], &[0; 6 << 20]].concat();
    assert!(frame(&blocks).contains("takes more bytes"));
    // A reserved block, and one that says to hold more than it does.
    assert!(frame(&[0x24, 1, 7, 0, 0, 1, 2, 3, 4, 5]).contains("cannot be decompressed"));
    assert!(frame(&[0x24, 2, 3, 0x80, 0, 1, 2, 3, 4, 5]).contains("cannot be decompressed"));
    // In two frames where one is due.
    let tar = tar_of(&small().archive());
    let mut compressor = zstd::bulk::Compressor::new(3).unwrap();
    compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true)).unwrap();
    let frames = tar.chunks(1024).flat_map(|part| compressor.compress(part).unwrap()).collect();
    assert!(refused(&sealed(frames)).contains("the one before it is not full"));
}

#[test]
fn other_files_are_called_what_they_are() {
    let tar = tar_of(&small().archive());
    for (start, kind) in [
        (&b""[..], "an empty file"),
        (b"\x1f\x8b\x08\0", "a gzip file"),
        (b"PK\x03\x04", "a zip file"),
        (b"\xfd7zXZ\0", "an xz file"),
        (b"BZh9", "a bzip2 file"),
        (b"{\n", "JSON text"),
        (b"\x5e\x2a\x4d\x18\x04\0\0\0text", "a zstd file with a frame for others at its start"),
        (b"\x28\xb5", "the first bytes of a zstd file"),
        (b"module x\n", "no zstd file"),
        (&tar, "a tar file that is not compressed"),
    ] {
        let error = refused(start);
        assert!(error.starts_with(&format!("this is {kind}, and a bundle is")), "{error}");
    }
}
