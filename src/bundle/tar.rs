//! The members of the archive's tar stream, byte for byte.
//!
//! There is one way to write each member: an ustar header with the same owner, mode and time
//! everywhere; in front of it a PAX header where a path or a link's target is not 1 to 100 bytes of
//! ASCII. So a reader has no need to understand what stands in a header: it makes the header
//! that belongs there and compares. What it found instead is read only to be named in a message.

use super::manifest::{FileEntry, LinkEntry};
use std::ops::Range;

pub(super) const BLOCK: usize = 512;

/// What ends a tar stream: two blocks of zeros.
pub(super) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// What an ustar header has room for.
const MAX_NAME: usize = 100;

/// The name of each PAX header, which only programs that know none of them see.
const PAX_NAME: &str = "PaxHeader";

const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const SIZE: Range<usize> = 124..136;
const CHECKSUM: Range<usize> = 148..156;
const KIND: usize = 156;
const TARGET: Range<usize> = 157..257;
const MAGIC: Range<usize> = 257..265;

/// How many bytes stand behind a content so that the next header is at the start of a block.
pub(super) fn padding(size: u64) -> usize {
    let over = usize::try_from(size % BLOCK as u64).expect("it is less than a block");
    if over == 0 { 0 } else { BLOCK - over }
}

/// All that stands before the content of a file.
pub(super) fn file_headers(file: &FileEntry) -> Vec<u8> {
    headers(&file.path, "", file.size, if file.executable { 0o755 } else { 0o644 }, b'0')
}

/// All that stands before the content of a file that is not executable.
pub(super) fn plain_headers(path: &str, size: u64) -> Vec<u8> {
    headers(path, "", size, 0o644, b'0')
}

/// The whole member of a link.
pub(super) fn link_headers(link: &LinkEntry) -> Vec<u8> {
    headers(&link.path, &link.target, 0, 0o777, b'2')
}

fn headers(path: &str, target: &str, size: u64, mode: u32, kind: u8) -> Vec<u8> {
    let records: String = [("path", path), ("linkpath", target)]
        .into_iter()
        .filter(|(_, text)| !fits(text))
        .map(|(key, text)| record(key, text))
        .collect();
    let mut all = Vec::new();
    if !records.is_empty() {
        all.extend(header(PAX_NAME, "", records.len() as u64, 0o644, b'x'));
        all.extend(records.bytes());
        all.resize(all.len() + padding(records.len() as u64), 0);
    }
    all.extend(header(&short(path), &short(target), size, mode, kind));
    all
}

/// Whether a header has room for a text in a form that is the same to every program.
fn fits(text: &str) -> bool {
    text.is_ascii() && text.len() <= MAX_NAME
}

/// What a header has in place of a text that it has no room for: something harmless.
fn short(text: &str) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let harmless = |byte: u8| match byte {
        b'-' | b'.' => char::from(byte),
        byte if byte.is_ascii_alphanumeric() => char::from(byte),
        _ => '_',
    };
    text.bytes().take(MAX_NAME).map(harmless).collect()
}

/// `LENGTH KEY=TEXT` and an end of line, where the length counts its own digits too.
fn record(key: &str, text: &str) -> String {
    let rest = format!(" {key}={text}\n");
    let mut len = rest.len();
    while len.to_string().len() + rest.len() != len {
        len = len.to_string().len() + rest.len();
    }
    format!("{len}{rest}")
}

fn header(name: &str, target: &str, size: u64, mode: u32, kind: u8) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put =
        |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(NAME.start, name);
    put(MODE.start, &format!("{mode:07o}"));
    // The user and the group: root, for who is root, and otherwise who unpacks.
    put(108, "0000000");
    put(116, "0000000");
    put(SIZE.start, &format!("{size:011o}"));
    // The time: 1970.
    put(136, "00000000000");
    put(CHECKSUM.start, "        ");
    put(TARGET.start, target);
    put(MAGIC.start, "ustar\x0000");
    // No names of user and group, and no device.
    put(329, "0000000");
    put(337, "0000000");
    block[KIND] = kind;
    let sum = checksum(&block);
    block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// With the field of the checksum taken as spaces.
fn checksum(block: &[u8; BLOCK]) -> u32 {
    let byte = |(at, byte): (usize, &u8)| if CHECKSUM.contains(&at) { b' ' } else { *byte };
    block.iter().enumerate().map(|all| u32::from(byte(all))).sum()
}

/// The size that a header gives, if it is the header of a plain file with this name and nothing else.
pub(super) fn size_of_plain(block: &[u8; BLOCK], path: &str) -> Option<u64> {
    let digits = std::str::from_utf8(&block[SIZE.start..SIZE.end - 1]).ok()?;
    let size = u64::from_str_radix(digits, 8).ok()?;
    (plain_headers(path, size) == block).then_some(size)
}

/// What a block is, in words, where something else belongs.
pub(super) fn describe(found: &[u8; BLOCK], expected: &[u8; BLOCK]) -> String {
    if found == &[0; BLOCK] {
        return "the end of the archive, or zeros".to_owned();
    }
    let given = text(&found[CHECKSUM]);
    let sum = u32::from_str_radix(given.trim_matches([' ', '\0']), 8);
    if sum != Ok(checksum(found)) {
        return "no header of a tar member, or a broken one".to_owned();
    }
    let (name, target) = (text(&found[NAME]), text(&found[TARGET]));
    let what = match found[KIND] {
        b'0' | 0 => "a file",
        b'1' => return format!("a hard link {name:?} to {target:?}"),
        b'2' => return format!("a symbolic link {name:?} to {target:?}"),
        b'3' => "a character device",
        b'4' => "a block device",
        b'5' => "a directory",
        b'6' => "a fifo",
        b'x' => "a PAX header",
        b'g' => "a PAX header for all that follows",
        b'L' | b'K' => "a GNU long name",
        b'S' => "a sparse file",
        _ => "a member of a kind that no bundle has",
    };
    let is_same = found[KIND] == expected[KIND] && found[NAME] == expected[NAME];
    if is_same {
        format!("{what} {name:?} with another {}", field(found, expected))
    } else {
        format!("{what} {name:?}")
    }
}

/// The first field in which two headers differ.
fn field(found: &[u8; BLOCK], expected: &[u8; BLOCK]) -> &'static str {
    // The checksum differs with each of the others.
    let differs = |at: &usize| found[*at] != expected[*at] && !CHECKSUM.contains(at);
    match (0..BLOCK).find(differs).unwrap_or_default() {
        100..108 => "mode",
        108..116 => "user id",
        116..124 => "group id",
        124..136 => "size",
        136..148 => "time",
        157..257 => "link target",
        257..265 => "magic number",
        265..297 => "user name",
        297..329 => "group name",
        329..345 => "device",
        345..500 => "prefix",
        _ => "form",
    }
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_itself() {
        for len in [1, 86, 87, 88, 89, 985, 986, 987, 988, 4096] {
            let record = record("path", &"x".repeat(len));
            assert!(record.starts_with(&format!("{} path=x", record.len())), "{len}");
        }
    }

    #[test]
    fn a_long_or_foreign_name_takes_two_more_blocks() {
        for (path, blocks) in [("a", 1), (&*"a".repeat(100), 1), (&"a".repeat(101), 3), ("é", 3)] {
            assert_eq!(plain_headers(path, 0).len(), blocks * BLOCK, "{path}");
        }
    }

    #[test]
    fn a_block_is_named_by_what_it_is() {
        let block = |headers: &[u8]| <[u8; BLOCK]>::try_from(&headers[..BLOCK]).unwrap();
        let expected = block(&plain_headers("a", 1));
        let link = LinkEntry { path: "l".to_owned(), target: "../x".to_owned() };
        for (found, words) in [
            (block(&plain_headers("a", 2)), "a file \"a\" with another size"),
            (block(&plain_headers("b", 1)), "a file \"b\""),
            (block(&headers("a", "", 1, 0o600, b'0')), "a file \"a\" with another mode"),
            (block(&link_headers(&link)), "a symbolic link \"l\" to \"../x\""),
            (header("h", "a", 0, 0o644, b'1'), "a hard link \"h\" to \"a\""),
            (header("d", "", 0, 0o644, b'4'), "a block device \"d\""),
            (block(&plain_headers("é", 1)), "a PAX header \"PaxHeader\""),
            ([0; BLOCK], "the end of the archive, or zeros"),
            ([1; BLOCK], "no header of a tar member, or a broken one"),
        ] {
            assert_eq!(describe(&found, &expected), words);
        }
        assert_eq!(size_of_plain(&expected, "a"), Some(1));
        assert_eq!(size_of_plain(&expected, "b"), None);
        assert_eq!(size_of_plain(&[0; BLOCK], "a"), None);
    }
}
