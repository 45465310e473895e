//! What a file is that is no archive of a bundle.

/// By how a file starts, in words.
const KINDS: &[(&[u8], &str)] = &[
    (b"\x1f\x8b", "a gzip file"),
    (b"PK\x03\x04", "a zip file"),
    (b"PK\x05\x06", "a zip file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"BZh", "a bzip2 file"),
    (b"\x04\x22\x4d\x18", "an lz4 file"),
    (b"{", "JSON text"),
];

/// Says what a file is, by its first 512 bytes.
pub(super) fn kind_of(start: &[u8]) -> &'static str {
    if start.is_empty() {
        return "an empty file";
    }
    if let Some((_, kind)) = KINDS.iter().find(|(magic, _)| start.starts_with(magic)) {
        return kind;
    }
    if start.get(257..262) == Some(b"ustar") {
        return "a tar file that is not compressed";
    }
    // 0x184d2a50 to 0x184d2a5f
    if start.len() >= 4 && start[0] & 0xf0 == 0x50 && start[1..4] == [0x2a, 0x4d, 0x18] {
        return "a zstd file with a frame for others at its start";
    }
    if b"\x28\xb5\x2f\xfd".starts_with(start) {
        return "the first bytes of a zstd file";
    }
    "no zstd file"
}
