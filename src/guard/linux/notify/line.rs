//! The line to a caller that waits for its answer.

use super::listener::{Answer, Listener, Notified};
use std::io;
use std::os::fd::BorrowedFd;

/// A call, and what can be done about it before it is answered.
#[derive(Clone, Copy)]
pub(super) struct Line<'l> {
    listener: &'l Listener,
    pub(super) call: &'l Notified,
}

impl<'l> Line<'l> {
    pub(super) fn new(listener: &'l Listener, call: &'l Notified) -> Line<'l> {
        Line { listener, call }
    }

    /// Whether the caller still waits: what was read of it until now was its own.
    pub(super) fn is_waiting(&self) -> bool {
        self.listener.is_waiting(self.call)
    }

    /// Gives the caller a copy of a descriptor, as what its call has come to.
    pub(super) fn give(&self, ours: BorrowedFd<'_>, is_close_on_exec: bool) -> io::Result<Answer> {
        self.listener.give(self.call, ours, is_close_on_exec)
    }

    /// Gives the caller a copy of a descriptor in place of one that it has.
    pub(super) fn give_in_place_of(
        &self,
        theirs: i32,
        ours: BorrowedFd<'_>,
        is_close_on_exec: bool,
    ) -> io::Result<()> {
        self.listener.give_in_place_of(self.call, theirs, ours, is_close_on_exec)
    }
}
