//! Archives: no panic and no mountain of memory, and what is read is written the same. The input is
//! taken as an archive, as the tar stream in one, and as the manifest in that.
//!
//! LeakSanitizer takes the thread-locals of a thread that is just ending for lost: `-- -detect_leaks=0`.
#![no_main]

use go_offline::bundle::{Manifest, archive};
use libfuzzer_sys::fuzz_target;
use zstd::zstd_safe::CParameter;

fuzz_target!(|bytes: &[u8]| {
    let _ = archive::read(bytes, &());
    let _ = archive::read(packed(bytes).as_slice(), &());
    let Ok(manifest) = Manifest::parse(bytes) else { return };
    assert!(manifest.to_json() == bytes);
    // Only empty files have a content that is known.
    let mut written = Vec::new();
    if archive::write(&mut written, &manifest, |_| Ok(&b""[..])).is_ok() {
        let read = archive::read(written.as_slice(), &()).expect("it was just written");
        assert!(read == manifest);
    }
});

/// Whole but for what is in it.
fn packed(tar: &[u8]) -> Vec<u8> {
    let mut compressor = zstd::bulk::Compressor::new(1).expect("memory");
    compressor.set_parameter(CParameter::ChecksumFlag(true)).expect("there is one");
    let mut all = compressor.compress(tar).expect("memory");
    let sum = crc32fast::hash(&all);
    all.extend([0x5e, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]);
    all.extend(sum.to_le_bytes());
    all
}
