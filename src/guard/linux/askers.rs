//! Who asks name servers. A question arrives with a port only; the call that opened the way to the
//! server came with a process.

use crate::guard::Process;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// More sockets than this are not remembered; the rest is looked for in /proc.
const MOST: usize = 4096;

/// The sockets on which somebody is about to ask a name server.
#[derive(Debug, Default)]
pub(super) struct Askers(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    sockets: HashMap<u64, Arc<Process>>,
    /// The last one that came, for questions whose socket is gone.
    last: Option<Arc<Process>>,
}

impl Askers {
    /// Remembers whose socket it is. The process is looked at only if it is not known already.
    pub(super) fn remember(&self, socket: Option<u64>, pid: u32, look: impl FnOnce() -> Process) {
        // Looked at without the lock: a process can make whoever looks at it wait.
        let process = match self.last() {
            Some(last) if last.pid == pid => last,
            _ => Arc::new(look()),
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.last = Some(Arc::clone(&process));
        if known.sockets.len() >= MOST {
            known.sockets.clear();
        }
        if let Some(socket) = socket {
            known.sockets.insert(socket, process);
        }
    }

    /// Whose socket it is.
    pub(super) fn of_socket(&self, socket: u64) -> Option<Arc<Process>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.sockets.get(&socket).cloned()
    }

    /// Who came last.
    pub(super) fn last(&self) -> Option<Arc<Process>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last.clone()
    }
}
