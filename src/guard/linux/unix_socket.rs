//! Sockets in the file system: on which side of the wall somebody listens.

use super::diag::{Diag, UnixFile, unix_file};
use super::process;
use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::time::SystemTime;

/// Who is at the other end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Somebody in the cage.
    Inside,
    /// Nobody, and the kernel refuses with this error.
    Nobody(i32),
    /// Somebody outside.
    Outside,
    /// A name service outside, which would ask the network in the caller's stead.
    Resolver,
}

/// Where name services listen: nscd, systemd-resolved, avahi.
const RESOLVERS: [&str; 5] = [
    "/run/nscd/socket",
    "/var/run/nscd/socket",
    "/run/systemd/resolve/io.systemd.Resolve",
    "/run/avahi-daemon/socket",
    "/var/run/avahi-daemon/socket",
];

/// Tells the two sides apart.
pub(super) struct Sides<'d> {
    pub(super) inside: &'d mut Diag,
    pub(super) outside: Option<&'d mut Diag>,
    /// The sockets on which somebody listened before the command started, where both sides have one
    /// network and the kernel cannot tell them apart.
    pub(super) before: Option<&'d HashSet<UnixFile>>,
    /// When the cage was raised.
    pub(super) since: SystemTime,
}

impl Sides<'_> {
    /// Who listens on a path that a thread has named.
    pub(super) fn of(&mut self, tid: u32, path: &Path) -> Side {
        let metadata = match fs::metadata(process::path_of(tid, path)) {
            Ok(metadata) => metadata,
            Err(error) => return Side::Nobody(error.raw_os_error().unwrap_or(libc::ENOENT)),
        };
        if !metadata.file_type().is_socket() {
            return Side::Nobody(libc::ECONNREFUSED);
        }
        let was_there = self
            .before
            .is_some_and(|before| before.contains(&unix_file(metadata.dev(), metadata.ino())));
        if !was_there
            && (self.inside.unix_listens(metadata.dev(), metadata.ino()).unwrap_or(false)
                || self.is_left_over(&metadata))
        {
            return Side::Inside;
        }
        match is_resolver(path) {
            true => Side::Resolver,
            false => Side::Outside,
        }
    }

    /// Whether it was made in the cage and nobody listens any more: a file stays when its socket is
    /// closed. Where the kernel does not tell who listens, its age alone says so.
    fn is_left_over(&mut self, metadata: &Metadata) -> bool {
        let is_new = made(metadata).is_ok_and(|made| made >= self.since);
        is_new && !self.listens_outside(metadata)
    }

    fn listens_outside(&mut self, metadata: &Metadata) -> bool {
        let Some(outside) = &mut self.outside else { return false };
        outside.unix_listens(metadata.dev(), metadata.ino()).unwrap_or(false)
    }
}

/// When the file was made, or last changed where the file system does not say.
fn made(metadata: &Metadata) -> io::Result<SystemTime> {
    metadata.created().or_else(|_| metadata.modified())
}

fn is_resolver(path: &Path) -> bool {
    RESOLVERS.iter().any(|resolver| path == Path::new(resolver))
}
