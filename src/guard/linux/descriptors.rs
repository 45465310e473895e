//! Inherited descriptors: which of them could carry traffic past the wall.
//!
//! A socket stays in the network it was made in, wherever it is used. So does a tunnel device, and
//! a namespace file is a way back for whoever may use it.

use super::kernel;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

/// See [`crate::guard::seal_descriptors`].
pub(in crate::guard) fn seal_descriptors() -> io::Result<usize> {
    let mut sealed = 0;
    for number in open_descriptors()? {
        if number > 2 && !is_harmless(number) {
            sealed += usize::from(kernel::close_on_exec(number)?);
        }
    }
    Ok(sealed)
}

fn open_descriptors() -> io::Result<Vec<i32>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    Ok(numbers)
}

/// What cannot be looked at is not harmless.
fn is_harmless(number: i32) -> bool {
    let link = format!("/proc/self/fd/{number}"); // followed by the kernel, not by its text
    let Ok(metadata) = fs::metadata(&link) else {
        return false;
    };
    let kind = metadata.file_type();
    if kind.is_file() || kind.is_dir() {
        // Namespace files (and process descriptors, on some kernels) call themselves regular files.
        return filesystem(&link).is_ok_and(|magic| !NOT_FILES.contains(&magic));
    }
    kind.is_fifo()
        || kind.is_block_device()
        || (kind.is_char_device() && !is_network_device(&metadata))
}

#[allow(clippy::useless_conversion)] // the kernel's type has another width on other machines
fn filesystem(path: &str) -> io::Result<i64> {
    Ok(i64::from(rustix::fs::statfs(path)?.f_type) & 0xffff_ffff)
}

const NSFS_MAGIC: i64 = 0x6e73_6673;
const PIDFS_MAGIC: i64 = 0x5049_4446;
const ANON_INODE_MAGIC: i64 = 0x0904_1934;
const SOCKFS_MAGIC: i64 = 0x534f_434b;
const BPF_MAGIC: i64 = 0xcafe_4a11;
const NOT_FILES: [i64; 5] = [NSFS_MAGIC, PIDFS_MAGIC, ANON_INODE_MAGIC, SOCKFS_MAGIC, BPF_MAGIC];

/// The devices that are a network when opened: net/tun, vhost-net, vhost-vsock.
fn is_network_device(metadata: &Metadata) -> bool {
    let device = metadata.rdev();
    matches!((rustix::fs::major(device), rustix::fs::minor(device)), (10, 200 | 238 | 241))
}
