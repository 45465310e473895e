//! What is done for each command before it starts, and what it must not inherit.

use super::{Attempt, UnixSockets, system};
use std::io;
use std::process::Command;

/// Makes `command` die with this process. To be called on each command before it is spawned.
///
/// The kernel kills the command (`SIGKILL`) when the thread that started it ends, so call it for
/// commands started from [`super::Cage::run`], whose thread lives as long as the process. It holds
/// for the command itself, not for what the command starts, and a set-uid program is free of it.
/// It starts as [`as_started`] has it.
pub fn prepare_child(command: &mut Command) {
    as_started(command);
    system::die_with_parent(command);
}

/// Makes `command` start with what this process was started with and Rust's runtime has changed:
/// an ignored SIGPIPE stays ignored, and of the descriptors 0 to 2 those that were closed are
/// closed. To be called on a command before it is spawned, or takes this process's place. Without
/// effect on systems other than Linux.
pub fn as_started(command: &mut Command) {
    system::as_started(command);
}

/// Keeps inherited descriptors that could carry traffic past the wall from the commands started
/// after this call: they are marked close-on-exec. Returns a note on each socket with an address that
/// the caller left open ([`Nature::Inherited`](super::Nature::Inherited)).
///
/// Kept are regular files, directories, pipes, devices and descriptors of events (eventfd, epoll,
/// timers), since `/dev/fd/63` arguments and a job server's pipes must go on working; and unix
/// sockets, under [`UnixSockets::Note`]: one without a name is as good as a pipe, one with a name is
/// noted. Everything else from 3 on is sealed: sockets, namespace files, process descriptors,
/// network tunnels, and whatever is not known.
/// Descriptors 0 to 2 are never touched: a socket there stays usable, and is noted if it is none of
/// the file system.
///
/// # Errors
///
/// Where the list of open descriptors cannot be read.
pub fn seal_descriptors(unix_sockets: UnixSockets) -> io::Result<Vec<Attempt>> {
    system::seal_descriptors(unix_sockets)
}
