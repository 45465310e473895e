//! Sound zips give the list that dirhash would hash; all others give an error.

use super::*;
use base64::Engine;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn module() -> ModuleVersion {
    ModuleVersion::new("x.y/z", "v1.0.0")
}

/// A zip of files in `x.y/z@v1.0.0/`; a name with a `!` in front is taken as it stands without.
fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    packed(files, CompressionMethod::Stored)
}

fn packed(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in files {
        let name = match name.strip_prefix('!') {
            Some(name) => name.to_owned(),
            None => format!("x.y/z@v1.0.0/{name}"),
        };
        writer.start_file(name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn read(bytes: &[u8]) -> Result<ModuleZip, ZipError> {
    read_kept(bytes, &|_, _| false)
}

fn read_kept(bytes: &[u8], keep: &dyn Fn(&str, &[u8]) -> bool) -> Result<ModuleZip, ZipError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("z.zip");
    std::fs::write(&path, bytes).unwrap();
    read_module_zip(&path, &module(), keep)
}

/// What is wrong, behind `module zip PATH: `.
fn fault(bytes: &[u8]) -> String {
    let text = read(bytes).unwrap_err().to_string();
    text.split_once("z.zip: ").unwrap().1.to_owned()
}

/// The bytes with every `from` made a `to` of the same length.
fn patched(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at: Vec<usize> = memchr::memmem::find_iter(&bytes, from).collect();
    assert!(!at.is_empty());
    for at in at {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

/// The bytes with a field of the central header of entry number `entry` changed.
fn with_field(mut bytes: Vec<u8>, entry: usize, offset: usize, value: &[u8]) -> Vec<u8> {
    let header = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").nth(entry).unwrap();
    bytes[header + offset..][..value.len()].copy_from_slice(value);
    bytes
}

const FLAGS: usize = 8;
const METHOD: usize = 10;
const CRC: usize = 16;
const PACKED: usize = 20;
const SIZE: usize = 24;
const START: usize = 42;

/// dirhash `Hash1`, written anew.
fn h1(files: &[(&str, &[u8])]) -> String {
    let mut lines: Vec<(String, &[u8])> =
        files.iter().map(|(name, content)| (format!("x.y/z@v1.0.0/{name}"), *content)).collect();
    lines.sort();
    let mut all = Sha256::new();
    for (name, content) in lines {
        let hash = Sha256::digest(content);
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        all.update(format!("{hex}  {name}\n"));
    }
    let digest = base64::engine::general_purpose::STANDARD.encode(all.finalize());
    format!("h1:{digest}")
}

#[test]
fn the_list_is_what_dirhash_hashes() {
    let long: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
    let files: &[(&str, &[u8])] = &[
        ("go.mod", b"module x.y/z\n"),
        ("z.go", b"package z\n"),
        ("a/b c.go", b"package a\n"),
        ("a/LICENSE", b""),
        ("a.txt", b"x"),
        ("long.bin", &long),
        ("long.go", &long),
        ("\u{e9}/x", b"y"),
    ];
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let found = read(&packed(files, method)).unwrap();
        assert_eq!(found.files.h1(), h1(files));
        assert_eq!(found.files.len(), files.len());
        assert!(found.kept.is_empty());
    }
}

#[test]
fn go_files_are_offered_and_kept() {
    let files: &[(&str, &[u8])] =
        &[("a.go", b"package a"), ("b.go", b"package b"), ("c.txt", b"package b")];
    let found = read_kept(&zip_of(files), &|_, content| content.ends_with(b"b")).unwrap();
    assert_eq!(found.kept, BTreeMap::from([("b.go".to_owned(), b"package b".to_vec())]));
    let found = read_kept(&zip_of(files), &|name, _| name == "c.txt").unwrap();
    assert!(found.kept.is_empty(), "a file that is no Go file was offered");
}

#[test]
fn a_directory_is_hashed_as_an_empty_file() {
    let files: &[(&str, &[u8])] = &[("a/", b""), ("a/x", b"1"), ("b/", b"")];
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_directory("x.y/z@v1.0.0/a/", SimpleFileOptions::default()).unwrap();
    writer.start_file("x.y/z@v1.0.0/a/x", SimpleFileOptions::default()).unwrap();
    writer.write_all(b"1").unwrap();
    writer.add_directory("x.y/z@v1.0.0/b/", SimpleFileOptions::default()).unwrap();
    let found = read(&writer.finish().unwrap().into_inner()).unwrap();
    assert_eq!(found.files.h1(), h1(files));
}

#[test]
fn many_read_at_once() {
    let bytes =
        packed(&[("a.go", b"package a"), ("b", &[7; 100_000])], CompressionMethod::Deflated);
    let want = read(&bytes).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(read(&bytes).unwrap(), want));
        }
    });
}

#[test]
fn names_that_go_refuses() {
    for (name, why) in [
        ("!a.go", "its name does not start with `x.y/z@v1.0.0/`"),
        ("!x.y/z@v1.0.1/a.go", "its name does not start with `x.y/z@v1.0.0/`"),
        ("!x.y/z@v1.0.0", "its name does not start with `x.y/z@v1.0.0/`"),
        ("!/x.y/z@v1.0.0/a", "its name does not start with `x.y/z@v1.0.0/`"),
        ("!../x.y/z@v1.0.0/a", "its name does not start with `x.y/z@v1.0.0/`"),
        ("!X.y/z@v1.0.0/a", "its name does not start with `x.y/z@v1.0.0/`"),
        ("..", "malformed file path \"..\": invalid path element \"..\""),
        ("../../a", "malformed file path \"../../a\": invalid path element \"..\""),
        ("a/../b", "malformed file path \"a/../b\": invalid path element \"..\""),
        ("a/./b", "malformed file path \"a/./b\": invalid path element \".\""),
        ("/etc/passwd", "malformed file path \"/etc/passwd\": empty path element"),
        ("a//b", "malformed file path \"a//b\": double slash"),
        ("a\\b", "malformed file path \"a\\\\b\": invalid char '\\\\'"),
        ("c:a", "malformed file path \"c:a\": invalid char ':'"),
        ("a\nb", "malformed file path \"a\\nb\": invalid char '\\n'"),
        ("a\0b", "malformed file path \"a\\x00b\": invalid char '\\x00'"),
        (
            "aux.go",
            "malformed file path \"aux.go\": \"aux\" disallowed as path element component on Windows",
        ),
        ("a/go.mod", "go.mod lies in the root only"),
        ("Go.mod", "go.mod is spelled so"),
    ] {
        let bytes = zip_of(&[("ok.go", b"package ok"), (name, b"1")]);
        let text = fault(&bytes);
        assert!(text.ends_with(&format!(": {why}")), "{name:?}: {text}");
        assert!(text.starts_with("entry \""), "{text}");
    }
    let root = zip_of(&[("x", b"")]);
    let root = patched(root, b"x.y/z@v1.0.0/x", b"x.y/z@v1.0.0//");
    assert!(fault(&root).contains("empty string"), "{}", fault(&root));
}

#[test]
fn names_that_are_one() {
    let two = |a, b| fault(&zip_of(&[(a, b"1"), (b, b"2")]));
    assert!(two("a.go", "A.go").ends_with("its name differs from \"a.go\" in case only"));
    assert!(two("a/x", "A/y").ends_with("its name differs from \"a\" in case only"));
    assert!(two("a", "a/x").ends_with("it is both a file and a directory"));
    let twice = patched(zip_of(&[("a", b"1"), ("b", b"2")]), b"v1.0.0/b", b"v1.0.0/a");
    assert_eq!(fault(&twice), "an entry is listed twice");
}

#[test]
fn a_name_that_is_no_text() {
    let bytes = patched(zip_of(&[("ab", b"1")]), b"v1.0.0/ab", b"v1.0.0/\xff\xfe");
    assert!(fault(&bytes).contains("invalid char"), "{}", fault(&bytes));
}

#[test]
fn bytes_that_contradict_the_header() {
    let stored = || zip_of(&[("a", b"0123456789"), ("b.go", b"package b"), ("c", b"")]);
    let squeezed =
        || packed(&[("a", &[b'a'; 5000]), ("b.go", &[b'b'; 5000])], CompressionMethod::Deflated);
    for (what, bytes) in [
        ("content", patched(stored(), b"0123456789", b"0123456780")),
        ("content of a Go file", patched(stored(), b"package b", b"package c")),
        ("checksum", with_field(stored(), 0, CRC, &[1, 2, 3, 4])),
        ("checksum of a Go file", with_field(stored(), 1, CRC, &[1, 2, 3, 4])),
        ("checksum of an empty file", with_field(stored(), 2, CRC, &[1, 2, 3, 4])),
        ("a size too small", with_field(squeezed(), 0, SIZE, &[1, 0, 0, 0])),
        ("a size too large", with_field(squeezed(), 0, SIZE, &[0, 0, 1, 0])),
        ("a size too small of a Go file", with_field(squeezed(), 1, SIZE, &[1, 0, 0, 0])),
        ("a size too large of a Go file", with_field(squeezed(), 1, SIZE, &[0, 0, 1, 0])),
        ("a packed size too small", with_field(squeezed(), 0, PACKED, &[3, 0, 0, 0])),
        ("another method", with_field(squeezed(), 0, METHOD, &[0, 0])),
        ("a packed file for a stored one", with_field(stored(), 0, METHOD, &[8, 0])),
    ] {
        let error = read(&bytes).unwrap_err();
        assert!(error.entry.is_some(), "{what}: {error}");
        assert!(matches!(error.fault, ZipFault::Broken(_)), "{what}: {error}");
    }
}

#[test]
fn what_go_has_no_means_for() {
    let stored = || zip_of(&[("a", b"0123456789")]);
    for bytes in [
        with_field(stored(), 0, METHOD, &[12, 0]),
        with_field(stored(), 0, METHOD, &[99, 0]),
        with_field(stored(), 0, FLAGS, &[1, 0]),
    ] {
        let error = read(&bytes).unwrap_err();
        assert!(error.entry.is_some(), "{error}");
    }
}

#[test]
fn headers_that_ask_for_too_much() {
    let two = || zip_of(&[("go.mod", b"module x.y/z"), ("b.go", b"package b")]);
    let huge = with_field(two(), 1, SIZE, &[0, 0, 0, 0xf0]);
    assert!(fault(&huge).ends_with("the files have more than 524288000 bytes together"));
    let go_mod = with_field(two(), 0, SIZE, &[1, 0, 0, 1]);
    assert!(fault(&go_mod).ends_with("it has 16777217 bytes, where 16777216 are allowed"));
    let license = with_field(zip_of(&[("LICENSE", b"")]), 0, SIZE, &[1, 0, 0, 1]);
    assert!(fault(&license).ends_with("it has 16777217 bytes, where 16777216 are allowed"));
    let beyond = with_field(two(), 1, PACKED, &[0, 0, 0, 0xf0]);
    assert_eq!(fault(&beyond), "its entries overlap");
    let outside = with_field(two(), 1, START, &[0, 0, 0, 0x70]);
    assert!(matches!(read(&outside).unwrap_err().fault, ZipFault::Broken(_)));
    let directory = patched(zip_of(&[("ab", b"1")]), b"v1.0.0/ab", b"v1.0.0/a/");
    assert!(fault(&directory).ends_with("it is a directory with content"));
}

/// 500 MiB of zeros and a little more are half a megabyte of zip.
#[test]
fn a_bomb_goes_off_nowhere() {
    let zeros = vec![0; 30 << 20];
    let names: Vec<String> = (0..17).map(|number| format!("{number}.bin")).collect();
    let files: Vec<(&str, &[u8])> =
        names.iter().map(|name| (name.as_str(), zeros.as_slice())).collect();
    let bytes = packed(&files, CompressionMethod::Deflated);
    assert!(fault(&bytes).ends_with("the files have more than 524288000 bytes together"));
    // The same with headers that make it little.
    let mut bytes = bytes;
    for entry in 0..17 {
        bytes = with_field(bytes, entry, SIZE, &[1, 0, 0, 0]);
    }
    let error = read(&bytes).unwrap_err();
    assert!(matches!(error.fault, ZipFault::Broken(_)), "{error}");
    assert_eq!(error.entry.as_deref(), Some("x.y/z@v1.0.0/0.bin"));
}

#[test]
fn no_more_is_kept_than_allowed() {
    let zeros = vec![0; 30 << 20];
    let files: [(&str, &[u8]); 3] = [("a.go", &zeros), ("b.go", &zeros), ("c.go", &zeros)];
    let bytes = packed(&files, CompressionMethod::Deflated);
    let error = read_kept(&bytes, &|_, _| true).unwrap_err().to_string();
    assert!(error.ends_with("the files to keep have more than 67108864 bytes together"), "{error}");
}

/// Entries of the same bytes: 1000 times 500 KiB of empty blocks, say, are work for nothing.
#[test]
fn shared_bytes_are_refused() {
    let content = [b'x'; 100];
    let bytes = zip_of(&[("a", &content), ("b", &content), ("c", &content), ("d", &content)]);
    let whole = read(&bytes).unwrap();
    assert_eq!(whole.files.len(), 4);
    let mut shared = bytes;
    for entry in 0..4 {
        shared = with_field(shared, entry, PACKED, &[0, 1, 0, 0]);
    }
    assert_eq!(fault(&shared), "its entries overlap");
}

#[test]
fn what_is_no_zip() {
    let sound = packed(&[("a.go", b"package a"), ("b", b"b")], CompressionMethod::Deflated);
    for bytes in [&b""[..], b"PK", b"PK\x05\x06", &[0; 1000], b"<html>404</html>"] {
        assert!(matches!(read(bytes).unwrap_err().fault, ZipFault::Broken(_)));
    }
    for len in 0..sound.len() {
        read(&sound[..len]).expect_err("a part of a zip");
    }
    // More entries than there are.
    let end = sound.len() - 22;
    let mut more = sound.clone();
    more[end + 8..end + 12].copy_from_slice(&[9, 0, 9, 0]);
    read(&more).unwrap_err();
}

/// Whatever one byte is turned into: an error, or the very same list.
#[test]
fn a_changed_byte_is_noticed_or_does_not_matter() {
    let sound = packed(&[("a.go", b"package a"), ("b/c", b"b")], CompressionMethod::Deflated);
    let want = read(&sound).unwrap();
    for at in 0..sound.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut bytes = sound.clone();
            bytes[at] ^= bit;
            if let Ok(found) = read(&bytes) {
                let renamed = found.files.names().ne(want.files.names());
                assert!(renamed || found == want, "byte {at}");
            }
        }
    }
}

#[test]
fn module_versions_that_have_no_zip() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("z.zip");
    std::fs::write(&path, zip_of(&[("a", b"1")])).unwrap();
    for (name, version) in [
        ("x.y/z", "v1.0"),
        ("x.y/z", "v1.0.0+meta"),
        ("x.y/z", ""),
        ("x.y/z", "v2.0.0"),
        ("../z", "v1.0.0"),
        ("./z", ""),
    ] {
        let module = ModuleVersion::new(name, version);
        let error = read_module_zip(&path, &module, &|_, _| false).unwrap_err();
        assert!(matches!(error.fault, ZipFault::Refused(_)), "{error}");
    }
    let absent = read_module_zip(&dir.path().join("no.zip"), &module(), &|_, _| false);
    assert!(absent.unwrap_err().is_absent());
    let directory = read_module_zip(dir.path(), &module(), &|_, _| false).unwrap_err();
    assert!(matches!(directory.fault, ZipFault::Io(_)), "{directory}");
}

#[test]
fn the_files_are_written_as_they_are_listed() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("z.zip");
    std::fs::write(&path, zip_of(&[("a.go", b"package a"), ("b/c", b"12"), ("d/", b"")])).unwrap();
    let into = dir.path().join("into");
    std::fs::create_dir(&into).unwrap();
    let files = unzip_module(&path, &module(), &into).unwrap();
    assert_eq!(files, read_module_zip(&path, &module(), &|_, _| false).unwrap().files);
    assert_eq!(std::fs::read(into.join("a.go")).unwrap(), b"package a");
    assert_eq!(std::fs::read(into.join("b/c")).unwrap(), b"12");
    assert!(into.join("d").is_dir());
    let mode = std::fs::metadata(into.join("b/c")).unwrap().permissions().mode();
    assert_eq!(mode & 0o333, 0, "{mode:o}");
    // What is there already is not written over.
    let again = unzip_module(&path, &module(), &into).unwrap_err();
    assert!(again.to_string().contains("into/a.go"), "{again}");
}
